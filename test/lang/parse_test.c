/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What golden files cannot hold: scripts cut off anywhere, hostile nesting, random bytes,
 * ranges and copies.
 */
#include "lang/lang.h"
#include "test.h"

#include <stdlib.h>

struct run {
	struct compilation c;
	struct source source;
	struct report report;
	struct token *tokens;
	uint32_t count;
	struct script *script;
};

static const char large[] =
	"#!/usr/bin/sonde\n#include <x.h>\n"
	"BEGIN, tracepoint:a:b* /pid == 1 && comm != \"a\\x41\"/ { printf(\"%d\\n\", 1_0ms); }\n"
	"uprobe:\"/bin/a b\":main /* c */ { if ($x) { @[1, 'a'] = count(); } else if 2 { --@a }\n"
	"  else { $t = (1, (uint64)-2).0; return } // end\n"
	"  let $y: struct sock * = $1 ? sizeof(struct x *) : $#; @b <<= ((struct a*)b)->c.d[3]; "
	"}\n";

static struct run run_text(const char *text, size_t size)
{
	struct run run = {.source = {"-e", text, size}};

	run.c.arena = arena_new();
	run.c.names = names_new(run.c.arena);
	return run;
}

/* Sets the pointers into `run` itself, then lexes and parses. */
static void run_parse(struct run *run)
{
	report_init(&run->report, run->c.arena, &run->source);
	run->c.report = &run->report;
	run->c.source = &run->source;
	run->tokens = lex_script(&run->c, &run->count);
	run->script = parse_script(&run->c, run->tokens, run->count);
}

static void run_free(struct run *run)
{
	arena_free(run->c.arena);
}

static bool has_error(const struct run *run, enum diagnostic_id id)
{
	for (const struct diagnostic *d = run->report.first; d; d = d->next) {
		if (d->kind == &diagnostic_kinds[id])
			return true;
	}
	return false;
}

static void check_tokens(const struct run *run)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i + 1 < run->count; i++) {
		CHECK(run->tokens[i].range.start >= end);
		CHECK(run->tokens[i].range.end > run->tokens[i].range.start);
		CHECK(run->tokens[i].kind != TOKEN_end);
		end = run->tokens[i].range.end;
	}
	CHECK(run->tokens[run->count - 1].kind == TOKEN_end);
	CHECK(end <= run->source.size);
}

/* Parses a copy that ends exactly where the text does, so that a sanitizer sees more. */
static void check_any(const char *text, size_t size)
{
	char *copy = malloc(size ? size : 1);
	struct text out = {0};
	struct run run;

	memcpy(copy, text, size);
	run = run_text(copy, size);
	run_parse(&run);
	check_tokens(&run);
	CHECK(!run.script == (run.report.errors > 0));
	token_dump(&run.c, run.tokens, run.count, &out);
	if (run.script)
		script_dump(run.script, false, &out);
	report_print(&run.report, &out, false);
	text_free(&out);
	run_free(&run);
	free(copy);
}

static void test_prefixes(void)
{
	for (size_t size = 0; size < sizeof(large); size++)
		check_any(large, size);
	for (size_t start = 0; start < sizeof(large); start++)
		check_any(large + start, sizeof(large) - 1 - start);
}

static void test_random(void)
{
	static const char *const pieces[] = {
		"{",   "}",  "(",     ")",     "[",  "]",    ";",      ",",   ".",	"->",
		"?",   ":",  "/",     "*",     "++", "=",    "==",     "$x",  "@",	"@m",
		"1",   "5s", "\"s\"", "'c'",   "if", "else", "return", "let", "struct", "sizeof",
		"pid", "f(", "BEGIN", "k:a:b", "\n", " ",    "//",     "/*",  "#",	"\\",
	};
	uint32_t seed = 1;

	for (unsigned round = 0; round < 3000; round++) {
		struct text text = {0};

		for (unsigned i = 0; i < round % 60; i++) {
			seed = seed * 1664525 + 1013904223;
			if (round % 3)
				text_string(&text, pieces[(seed >> 16) % ARRAY_SIZE(pieces)]);
			else
				text_char(&text, (char)(seed >> 24));
		}
		check_any(text_cstr(&text), text.size);
		text_free(&text);
	}
}

/* `open` and `close` 100,000 times around `middle`. */
static void check_deep(const char *open, const char *middle, const char *close)
{
	struct text text = {0};
	struct run run;

	text_string(&text, "BEGIN { ");
	for (unsigned i = 0; i < 100000; i++)
		text_string(&text, open);
	text_string(&text, middle);
	for (unsigned i = 0; i < 100000; i++)
		text_string(&text, close);
	text_string(&text, "; }");
	run = run_text(text.data, text.size);
	run_parse(&run);
	CHECK(!run.script);
	CHECK(has_error(&run, DIAG_too_deep));
	run_free(&run);
	text_free(&text);
}

static void test_depth(void)
{
	check_deep("(", "1", ")");
	check_deep("(", "", "");
	check_deep("f(", "1", ")");
	check_deep("@[", "1", "]");
	check_deep("(1,", "1", ")");
	check_deep("-", "1", "");
	check_deep("(uint8)", "1", "");
	check_deep("1 + ", "1", "");
	check_deep("1 ? ", "1", " : 1");
	check_deep("1 ? 1 : ", "1", "");
	check_deep("1 || 1 && 1 | 1 ^ 1 & 1 == 1 < 1 << 1 + 1 * (", "1", ")");
	check_deep("", "$x", ".x");
	check_deep("", "$x", "[0]");
	check_deep("{", "", "}");
	check_deep("if (1) {", "", "}");
	check_deep("if (1) { } else ", "{ }", "");
}

static void test_reasonable_depth(void)
{
	struct text text = {0};
	struct run run;

	text_string(&text, "BEGIN { $x = ");
	text_fill(&text, '(', 200);
	text_string(&text, "1");
	text_fill(&text, ')', 200);
	for (unsigned i = 0; i < 900; i++)
		text_string(&text, " + 1");
	text_string(&text, "; }");
	run = run_text(text.data, text.size);
	run_parse(&run);
	CHECK(run.script);
	run_free(&run);
	text_free(&text);
}

/* Every node lies within its parent, and a list in order. */
static void check_ranges(const struct node *node, struct range outer)
{
	uint32_t start = node->range.start;

	CHECK(node->range.start >= outer.start && node->range.end <= outer.end);
	CHECK(node->range.start <= node->range.end);
	if (node->left)
		check_ranges(node->left, node->range);
	if (node->right)
		check_ranges(node->right, node->range);
	if (node->third)
		check_ranges(node->third, node->range);
	for (const struct node *child = node->list; child; child = child->next) {
		CHECK(child->range.start >= start);
		check_ranges(child, node->range);
		start = child->range.end;
	}
}

static void test_ranges(void)
{
	struct run run = run_text(large, sizeof(large) - 1);

	run_parse(&run);
	CHECK(run.script);
	for (const struct clause *c = run.script ? run.script->clauses : NULL; c; c = c->next) {
		if (c->predicate)
			check_ranges(c->predicate, c->range);
		check_ranges(c->body, c->range);
		CHECK_EQ(large[c->range.end - 1], '}');
	}
	run_free(&run);
}

static bool is_copy(const struct node *a, const struct node *b)
{
	if (!a || !b)
		return a == b;
	if (a == b || a->kind != b->kind || a->op != b->op || a->name != b->name ||
	    a->number != b->number)
		return false;
	if (!is_copy(a->left, b->left) || !is_copy(a->right, b->right) ||
	    !is_copy(a->third, b->third))
		return false;
	for (a = a->list, b = b->list; a && b; a = a->next, b = b->next) {
		if (!is_copy(a, b))
			return false;
	}
	return a == b;
}

static void test_copy(void)
{
	struct run run = run_text(large, sizeof(large) - 1);

	run_parse(&run);
	for (const struct clause *c = run.script ? run.script->clauses : NULL; c; c = c->next) {
		const struct node *copy = node_copy(run.c.arena, c->body);

		CHECK(is_copy(c->body, copy));
		CHECK(!copy->next);
	}
	CHECK(!node_copy(run.c.arena, NULL));
	run_free(&run);
}

/* Errors are counted on, but each statement in error gives one. */
static void test_many_errors(void)
{
	struct text text = {0};
	struct run run;

	text_string(&text, "BEGIN {\n");
	for (unsigned i = 0; i < 500; i++)
		text_string(&text, "$x = ;\n");
	text_string(&text, "}");
	run = run_text(text.data, text.size);
	run_parse(&run);
	CHECK_EQ(run.report.errors, 500);
	run_free(&run);
	text_free(&text);
}

int main(void)
{
	test_prefixes();
	test_random();
	test_depth();
	test_reasonable_depth();
	test_ranges();
	test_copy();
	test_many_errors();
	return test_result();
}
