/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a script: through the lexer, the parser and the checker, with all dumps.
 */
#include "lang/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct target *target;

int LLVMFuzzerInitialize(int *count, char ***arguments);

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
	(void)count, (void)arguments;
	target_open_direct(&target, NULL);
	return 0;
}

/* Without the kernel's types: they are foreign bytes of another test. */
static int load_btf(void *context, const char *module, struct span *btf)
{
	(void)context, (void)module, (void)btf;
	return -1;
}

static void check(struct compilation *c, struct script *script, struct text *out)
{
	static const char *const positional[] = {"1", "text"};
	static const char *const options[] = {"a", "1", "b", NULL};

	c->types = types_new(c->arena, c->names, (struct btf_source){load_btf, NULL});
	c->target = target;
	c->positional = positional;
	c->positional_count = 2;
	c->options = options;
	c->option_count = 2;
	c->max_strlen = 1024;
	c->stack_depth = 127;
	c->max_probes = 64;
	check_script(c, script);
	script_dump(script, true, out);
}

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
		if (target)
			check(&c, script, &out);
	}
	report_print(&report, &out, false);
	text_free(&out);
	arena_free(arena);
	return 0;
}
