/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IR text: what is printed is read back as the same; junk is refused with a place or makes
 * code, and never does harm.
 */
#include "test.h"

#include <stdio.h>

#include "kernel.h"
#include "random.h"

static const char *const files[] = {
	"test/code/page_cache.ir", "test/code/block_latency.ir", "test/code/pressure.ir",
	"test/code/jumps.ir",	   "test/code/memory.ir",	 "test/code/lower_maps.ir",
	"test/code/lower_hist.ir", "test/code/lower_strings.ir",
};

static bool read_file(const char *path, struct text *out)
{
	FILE *file = fopen(path, "r");
	char buffer[4096];
	size_t size;

	if (!file)
		return false;
	while ((size = fread(buffer, 1, sizeof(buffer), file)))
		text_add(out, buffer, size);
	fclose(file);
	return true;
}

/* Parse; NULL: refused, and then with a diagnostic inside the text. */
static struct function_ir **parse(struct arena *arena, const struct text *text,
				  struct program *program)
{
	struct source source = {"text", text->data, text->size};
	struct report report;
	struct function_ir **functions;

	report_init(&report, arena, &source);
	functions = ir_parse(arena, &report, program);
	CHECK_EQ(report.errors, functions ? 0 : 1);
	if (report.first)
		CHECK(report.first->range.end <= text->size);
	return functions;
}

static void test_round_trip(const char *path)
{
	struct arena *arena = arena_new();
	struct program first = {0}, second = {0};
	struct text text = {0}, printed = {0}, again = {0};
	struct function_ir **functions;

	CHECK(read_file(path, &text));
	functions = parse(arena, &text, &first);
	CHECK(functions);
	ir_print(&first, functions, &printed);
	functions = parse(arena, &printed, &second);
	CHECK(functions);
	ir_print(&second, functions, &again);
	CHECK_STR(text_cstr(&again), text_cstr(&printed));
	text_free(&text);
	text_free(&printed);
	text_free(&again);
	arena_free(arena);
}

/* All passes on whatever it says. */
static void compile_all(struct arena *arena, struct program *program,
			struct function_ir **functions)
{
	struct text out = {0};
	struct map_spec *maps = arena_array(arena, struct map_spec, program->map_count + 1);

	if (program->map_count)
		memcpy(maps, program->maps, program->map_count * sizeof(*maps));
	program->maps = maps;
	for (uint32_t n = 0; n < program->probe_count; n++) {
		uint32_t count = program->map_count;

		if (build_code(arena, functions[n], program, n, false))
			disassemble(program, &program->probes[n], &out);
		program->map_count = count;
	}
	ir_print(program, functions, &out);
	text_free(&out);
}

static void change(struct text *text, uint64_t *seed)
{
	static const char *const words[] = {"t1",
					    "t9",
					    ".0",
					    ".2",
					    "-1",
					    "99999999999999999999",
					    "return 0",
					    "jump .1\n",
					    "&key.0+8",
					    "\n",
					    "65535",
					    "call",
					    "slot a.1 8 align 8 scratch\n",
					    "\"",
					    "#"};
	const char *word = words[random_below(seed, ARRAY_SIZE(words))];
	uint32_t at = random_below(seed, (uint32_t)text->size), size = (uint32_t)strlen(word);

	switch (random_below(seed, 3)) {
	case 0:
		text->data[at] = (char)random_next(seed);
		break;
	case 1:
		if (size <= text->size - at)
			memcpy(text->data + at, word, size);
		break;
	default:
		memmove(text->data + at, text->data + at + 1, text->size - at - 1);
		text->size--;
	}
}

static void test_junk(const char *path, uint64_t *seed)
{
	struct text text = {0}, junk = {0};

	CHECK(read_file(path, &text));
	for (int round = 0; round < 150; round++) {
		struct arena *arena = arena_new();
		struct program program = {0};
		struct function_ir **functions;

		text_clear(&junk);
		text_add(&junk, text.data, text.size);
		for (uint32_t n = 1 + random_below(seed, 4); n--;)
			change(&junk, seed);
		functions = parse(arena, &junk, &program);
		if (functions)
			compile_all(arena, &program, functions);
		arena_free(arena);
	}
	text_free(&junk);
	text_free(&text);
}

int main(void)
{
	uint64_t seed = 0x1234;

	for (size_t n = 0; n < ARRAY_SIZE(files); n++) {
		test_round_trip(files[n]);
		test_junk(files[n], &seed);
	}
	return test_result();
}
