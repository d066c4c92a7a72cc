/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checker as its users see it: what probes, maps and trees come out of a script, with
 * options and parameters, on this machine's kernel.
 */
#include <stdlib.h>

#include "../test.h"
#include "lang/lang.h"

static struct target *target;

struct checked {
	struct arena *arena;
	struct report report;
	struct source source;
	struct compilation c;
	struct script *script;
	bool good;
	struct text types, messages;
};

static int load_btf(void *context, const char *module, struct span *btf)
{
	return target_btf(context, module ? module : "vmlinux", btf, NULL);
}

static void prepare(struct checked *t, const char *text)
{
	*t = (struct checked){.arena = arena_new()};
	t->source = (struct source){"-e", text, strlen(text)};
	report_init(&t->report, t->arena, &t->source);
	t->c = (struct compilation){
		.arena = t->arena,
		.names = names_new(t->arena),
		.report = &t->report,
		.target = target,
		.source = &t->source,
		.max_strlen = 1024,
		.stack_depth = 127,
		.max_map_keys = 4096,
		.max_probes = 1024,
	};
	t->c.types = types_new(t->arena, t->c.names, (struct btf_source){load_btf, target});
}

static void check(struct checked *t)
{
	uint32_t count;
	struct token *tokens = lex_script(&t->c, &count);

	t->script = parse_script(&t->c, tokens, count);
	t->good = t->script && check_script(&t->c, t->script);
	if (t->script)
		script_dump(t->script, true, &t->types);
	report_print(&t->report, &t->messages, false);
}

static void done(struct checked *t)
{
	text_free(&t->types);
	text_free(&t->messages);
	arena_free(t->arena);
}

static bool shows(const struct checked *t, const char *what)
{
	return strstr(text_cstr(&t->types), what);
}

static bool tells(const struct checked *t, const char *what)
{
	return strstr(text_cstr(&t->messages), what);
}

static void check_text(struct checked *t, const char *text)
{
	prepare(t, text);
	check(t);
}

/* ---- maps --------------------------------------------------------------- */

static const char *type_in(struct checked *t, const struct type *type)
{
	struct text out = {0};
	const char *word;

	type_text(type, &out);
	word = arena_strdup(t->arena, text_cstr(&out));
	text_free(&out);
	return word;
}

static const struct map *map_named(const struct checked *t, const char *name)
{
	for (const struct map *map = t->script->maps; map; map = map->next)
		if (!strcmp(map->name, name))
			return map;
	return NULL;
}

static void test_maps(void)
{
	struct checked t;

	/* each learns from the one after it: several passes */
	check_text(&t, "BEGIN { @a = @b; @b = @c; @c = @d; @d = comm; @k[@a] = 1; }"
		       "END { @k[\"more than sixteen bytes\"] = pid; @n = -1; @n = pid; }");
	CHECK(t.good);
	CHECK_EQ(t.script->map_count, 6);
	CHECK_STR(type_in(&t, map_named(&t, "@a")->value), "string[16]");
	CHECK_STR(type_in(&t, map_named(&t, "@k")->key), "string[24]");
	CHECK_STR(type_in(&t, map_named(&t, "@k")->value), "uint64");
	CHECK_STR(type_in(&t, map_named(&t, "@n")->value), "int64");
	CHECK(!map_named(&t, "@n")->key && !map_named(&t, "@n")->keyed);
	CHECK_EQ(map_named(&t, "@n")->index, 5);
	done(&t);

	/* a cycle says nothing */
	check_text(&t, "BEGIN { @a = @b; @b = @a; }");
	CHECK(!t.good);
	done(&t);
}

/* ---- folding ------------------------------------------------------------ */

static void test_options(void)
{
	static const char *const options[] = {"count", "7", "long", NULL, "name", "x"};
	static const char *const positional[] = {"42", "text", "0x10"};
	struct checked t;

	prepare(&t, "BEGIN /getopt(\"long\")/ { print(getopt(\"count\", 1)); "
		    "print(getopt(\"other\", 3));"
		    "print(getopt(\"name\", \"y\")); print($1 + $3); print(str($1)); print($2); "
		    "print($#);"
		    "print(comm == $1); }"
		    "END /!getopt(\"long\")/ { nosuch(); }");
	t.c.options = options;
	t.c.option_count = 3;
	t.c.positional = positional;
	t.c.positional_count = 3;
	check(&t);
	CHECK(t.good);
	CHECK_EQ(t.script->probe_count, 1);
	CHECK(!t.script->probes->predicate);
	CHECK(shows(&t, "integer 7 : int64"));
	CHECK(shows(&t, "integer 3 : int64"));
	CHECK(shows(&t, "string \"x\" : string[2]"));
	CHECK(shows(&t, "integer 58 : int64"));
	CHECK(shows(&t, "string \"42\" : string[3]\n"));
	CHECK(shows(&t, "string \"text\" : string[5]"));
	done(&t);

	prepare(&t, "BEGIN { print(getopt(\"name\", 1)); }");
	t.c.options = options;
	t.c.option_count = 3;
	check(&t);
	CHECK(!t.good && tells(&t, "'x' of option 'name'"));
	done(&t);
}

static void test_point_parameters(void)
{
	static const char *const options[] = {"event", "sys_enter"};
	static const char *const positional[] = {"3"};
	struct checked t;

	prepare(&t, "interval:s:$1 { exit(); } tracepoint:raw_syscalls:$event { exit(); }");
	t.c.options = options;
	t.c.option_count = 1;
	t.c.positional = positional;
	t.c.positional_count = 1;
	check(&t);
	CHECK(t.good);
	CHECK_STR(t.script->probes->name, "interval:s:3");
	CHECK_EQ(t.script->probes->points[0].period, 3000000000);
	CHECK_STR(t.script->probes->next->points[0].name, "raw_syscalls:sys_enter");
	done(&t);
}

/* ---- printf ------------------------------------------------------------- */

static unsigned count_of(const struct checked *t, const char *what)
{
	const char *at = text_cstr(&t->types);
	unsigned count = 0;

	while ((at = strstr(at, what))) {
		count++;
		at++;
	}
	return count;
}

static void test_printf(void)
{
	struct checked t;

	check_text(&t, "BEGIN { printf(\"%d \", 1); if (getopt(\"x\")) { printf(\"never\"); }"
		       "else { printf(\"%s \", comm); } printf(\"%%\\n\"); @x = 1; printf(\"on its "
		       "own\"); }");
	CHECK(t.good);
	CHECK_EQ(count_of(&t, "call printf"), 2);
	CHECK(shows(&t, "string \"%d %s %%\\n\" : string[10]"));
	done(&t);
}

static void test_format(void)
{
	struct arena *arena = arena_new();
	struct format_piece *pieces;
	uint32_t count;
	struct span bad;
	const char *text = "a%%b%-5ld%08.3f%hhxend";

	CHECK(format_parse(arena, (struct span){text, strlen(text)}, &pieces, &count, &bad));
	CHECK_EQ(count, 4);
	CHECK(pieces[0].literal_size == 3 && !memcmp(pieces[0].literal, "a%b", 3));
	CHECK(pieces[0].conversion == 'd' && pieces[0].left && pieces[0].width == 5);
	CHECK(pieces[1].conversion == 'f' && pieces[1].zero && pieces[1].precision == 3);
	CHECK(pieces[2].conversion == 'x' && pieces[2].argument == 2);
	CHECK(!pieces[3].conversion && pieces[3].literal_size == 3);
	CHECK(!format_parse(arena, (struct span){"%", 1}, &pieces, &count, &bad));
	CHECK(!format_parse(arena, (struct span){"x%9", 3}, &pieces, &count, &bad));
	CHECK(format_parse(arena, (struct span){"", 0}, &pieces, &count, &bad) && !count);
	arena_free(arena);
}

/* ---- probes ------------------------------------------------------------- */

static void test_probes(void)
{
	struct checked t;

	/* one body for all points, unless it looks at its point */
	check_text(&t, "t:raw_syscalls:sys_* { @[pid] = count(); }"
		       "t:raw_syscalls:sys_* { @p[probe] = count(); }"
		       "BEGIN, END, i:ms:50 { print(1); }");
	CHECK(t.good);
	CHECK_EQ(t.script->probe_count, 6);
	CHECK_EQ(t.script->probes->point_count, 2);
	CHECK_EQ(t.script->probes->next->point_count, 1);
	CHECK_STR(t.script->probe_names[2], "tracepoint:raw_syscalls:sys_exit");
	CHECK_STR(t.script->probe_names[5], "interval:ms:50");
	done(&t);

	/* argument names of old scripts */
	check_text(
		&t,
		"t:syscalls:sys_exit_read { @[name] = hist(args->retval); @s[stack] = count(); }");
	CHECK(t.good);
	CHECK(shows(&t, "context 16 : int64"));
	done(&t);

	check_text(&t, "t:syscalls:sys_enter_openatx { exit(); }");
	CHECK(!t.good && tells(&t, "hint: did you mean 'tracepoint:syscalls:sys_enter_openat'?"));
	done(&t);

	/* several errors, each told once though the body stands for two probes */
	check_text(&t, "t:raw_syscalls:sys_* { print(args.nosuch); print(nosuch); } BEGIN { "
		       "print(PID); }");
	CHECK(!t.good);
	CHECK_EQ(t.report.errors, 3);
	done(&t);
}

static void test_uprobe(const char *self)
{
	struct checked t;
	char text[512];

	snprintf(text, sizeof(text),
		 "uprobe:%s:main, ur:%s:main { @ = count(); } u:%s:mai* { exit(); }", self, self,
		 self);
	check_text(&t, text);
	CHECK(t.good);
	CHECK_EQ(t.script->probe_count, 3);
	CHECK_STR(t.script->probes->points[0].symbol, "main");
	CHECK(t.script->probes->points[0].offset);
	CHECK(!t.script->probes->points[0].is_return);
	CHECK(t.script->probes->next->points[0].is_return);
	CHECK_EQ(t.script->probes->points[0].offset, t.script->probes->next->points[0].offset);
	done(&t);
}

static void test_list(void)
{
	struct checked t;
	struct text out = {0};

	prepare(&t, "");
	CHECK_EQ(points_list(&t.c, "tracepoint:raw_syscalls:sys_*", &out), 2);
	CHECK_STR(text_cstr(&out),
		  "tracepoint:raw_syscalls:sys_enter\ntracepoint:raw_syscalls:sys_exit\n");
	CHECK_EQ(points_list(&t.c, "tracepoint:nosuch:*", &out), 0);
	text_clear(&out);
	CHECK(points_list(&t.c, "*sched_switch", &out) >= 1);
	CHECK(strstr(text_cstr(&out), "tracepoint:sched:sched_switch\n"));
	text_free(&out);
	done(&t);
}

/* What the kernel lacks is told where it is used. */
static void test_features(void)
{
	struct checked t;

	setenv("SONDE_NO_FEATURE", "tracepoint,uprobe", 1);
	if (target_open_direct(&target, NULL))
		return;
	check_text(&t, "t:raw_syscalls:sys_enter { exit(); } u:/bin/true:main { exit(); }");
	CHECK(!t.good);
	CHECK(tells(
		&t,
		"'t:raw_syscalls:sys_enter' needs tracepoint programs, which this kernel lacks"));
	CHECK_EQ(t.report.errors, 2);
	done(&t);
	target_close(target, true);
	unsetenv("SONDE_NO_FEATURE");
}

static bool has_tracefs(void)
{
	struct text id = {0};
	int error = target_read_file(target, ROOT_TRACEFS, "events/raw_syscalls/sys_enter/id", &id);

	text_free(&id);
	return !error;
}

int main(int count, char **arguments)
{
	NEEDS_ROOT();
	(void)count;
	test_format();
	if (target_open_direct(&target, NULL))
		return test_result();
	test_maps();
	test_options();
	test_printf();
	test_uprobe(arguments[0]);
	if (has_tracefs()) {
		test_point_parameters();
		test_probes();
		test_list();
	}
	target_close(target, true);
	test_features();
	return test_result();
}
