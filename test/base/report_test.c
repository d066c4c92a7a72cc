/* SPDX-License-Identifier: Apache-2.0 */
/* Diagnostics byte for byte: places, carets, hints, limits. */
#include "base/base.h"
#include "test.h"

static const struct diagnostic_kind bad = {"bad", SEVERITY_ERROR, "bad thing '%s'"};
static const struct diagnostic_kind odd = {"odd", SEVERITY_WARNING, "odd"};

static const char text[] = "BEGIN {\n"
			   "\t$x = \tfoo(1);\n"
			   "  \xc3\xa4\xc3\xb6 = bar;   \n"
			   "}";
static const struct source source = {"x.bt", text, sizeof(text) - 1};

static struct range range_of(const char *part)
{
	uint32_t start = (uint32_t)(strstr(text, part) - text);

	return (struct range){start, start + (uint32_t)strlen(part)};
}

static void check_text(const struct report *report, bool colour, const char *expected)
{
	struct text out = {0};

	report_print(report, &out, colour);
	CHECK_STR(text_cstr(&out), expected);
	text_free(&out);
}

static void test_texts(struct arena *arena)
{
	struct report report;

	report_init(&report, arena, &source);
	report_hint(&report, "to nothing");
	report_add(&report, range_of("foo"), &bad, "foo");
	report_hint(&report, "did you mean '%s'?", "for");
	report_add(&report, range_of("foo"), &bad, "again");
	report_hint(&report, "dropped with it");
	report_add(&report, range_of("bar"), &odd);
	CHECK_EQ(report.errors, 1);
	CHECK_EQ(report.warnings, 1);
	check_text(&report, false,
		   "x.bt:2:8: error: bad thing 'foo'\n"
		   "\t$x = \tfoo(1);\n"
		   "\t     \t^~~\n"
		   "hint: did you mean 'for'?\n"
		   "x.bt:3:8: warning: odd\n"
		   "  \xc3\xa4\xc3\xb6 = bar;\n"
		   "       ^~~\n");
}

static void test_places(struct arena *arena)
{
	struct report report;
	struct range all = {6, source.size}, end = {source.size, source.size};

	report_init(&report, arena, &source);
	report_add(&report, all, &odd);
	report_add(&report, end, &odd);
	report_add(&report, (struct range){9999, 10000}, &bad, "far");
	check_text(&report, false,
		   "x.bt:1:7: warning: odd\n"
		   "BEGIN {\n"
		   "      ^\n"
		   "x.bt:4:2: warning: odd\n"
		   "}\n"
		   " ^\n"
		   "x.bt:4:2: error: bad thing 'far'\n"
		   "}\n"
		   " ^\n");
}

static void test_colours(struct arena *arena)
{
	struct report report;

	report_init(&report, arena, &source);
	report_add(&report, range_of("BEGIN"), &bad, "x");
	report_hint(&report, "h");
	check_text(&report, true,
		   "\033[1mx.bt:1:1: \033[0m\033[1;31merror\033[0m: \033[1mbad thing 'x'\033[0m\n"
		   "BEGIN {\n"
		   "\033[1;32m^~~~~\033[0m\n"
		   "\033[1;36mhint\033[0m: h\n");
}

static void test_limits(struct arena *arena)
{
	struct report report;

	report_init(&report, arena, &source);
	report.error_limit = 1;
	report_add(&report, (struct range){0, 1}, &bad, "1");
	report_add(&report, (struct range){1, 2}, &bad, "2");
	report_hint(&report, "dropped");
	report_add(&report, (struct range){2, 3}, &bad, "3");
	CHECK_EQ(report.errors, 3);
	check_text(&report, false,
		   "x.bt:1:1: error: bad thing '1'\n"
		   "BEGIN {\n"
		   "^\n"
		   "2 more errors\n");
	report_init(&report, arena, NULL);
	report.muted = true;
	report_add(&report, (struct range){0, 1}, &bad, "1");
	report_hint(&report, "muted");
	CHECK_EQ(report.errors, 0);
	report.muted = false;
	report_add(&report, (struct range){0, 1}, &bad, "no source");
	check_text(&report, false, "error: bad thing 'no source'\n");
}

static void test_control_characters(struct arena *arena)
{
	static const struct source odd_source = {"-e", "a\033[0m\0b\r\n", 9};
	struct report report;

	report_init(&report, arena, &odd_source);
	report_add(&report, (struct range){6, 7}, &odd);
	check_text(&report, false, "-e:1:7: warning: odd\na [0m b\n      ^\n");
}

int main(void)
{
	struct arena *arena = arena_new();

	test_texts(arena);
	test_places(arena);
	test_colours(arena);
	test_limits(arena);
	test_control_characters(arena);
	arena_free(arena);
	return test_result();
}
