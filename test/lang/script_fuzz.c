/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a script: through the lexer and the parser, with all dumps.
 */
#include "lang/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct source source = {"-", (const char *)data, size};
	struct report report;
	struct compilation c = {.arena = arena, .report = &report, .source = &source};
	struct text out = {0};
	struct token *tokens;
	struct script *script;
	uint32_t count;

	report_init(&report, arena, &source);
	c.names = names_new(arena);
	tokens = lex_script(&c, &count);
	token_dump(&c, tokens, count, &out);
	script = parse_script(&c, tokens, count);
	if (script) {
		for (struct clause *clause = script->clauses; clause; clause = clause->next)
			clause->body = node_copy(arena, clause->body);
		script_dump(script, false, &out);
	}
	report_print(&report, &out, false);
	text_free(&out);
	arena_free(arena);
	return 0;
}
