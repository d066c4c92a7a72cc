/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole programs written as IR: the kernel takes all of them, and those that run by
 * themselves leave the right bytes.
 */
#include "test.h"

#include "kernel.h"

enum { OUT_SIZE = 4096, SOURCE_SIZE = 1 << 16 };

struct loaded {
	struct arena *arena;
	struct program program;
	int maps[MAP_LIMIT], code; /* of the last program */
};

static bool read_source(const char *path, struct source *source, char *text)
{
	FILE *file = fopen(path, "r");

	if (!file)
		return false;
	*source = (struct source){path, text, fread(text, 1, SOURCE_SIZE, file)};
	fclose(file);
	return true;
}

static void load(struct loaded *l, const char *path, bool signed_division)
{
	struct source source = {0};
	struct report report;
	struct function_ir **functions;
	struct map_spec *maps;

	l->arena = arena_new();
	l->program = (struct program){0};
	CHECK(read_source(path, &source, arena_alloc(l->arena, SOURCE_SIZE)));
	report_init(&report, l->arena, &source);
	functions = ir_parse(l->arena, &report, &l->program);
	CHECK(functions && l->program.map_count < MAP_LIMIT);
	maps = arena_array(l->arena, struct map_spec, MAP_LIMIT);
	memcpy(maps, l->program.maps, l->program.map_count * sizeof(*maps));
	l->program.maps = maps;
	for (uint32_t n = 0; n < l->program.probe_count; n++)
		CHECK(build_code(l->arena, functions[n], &l->program, n, signed_division));
	for (uint32_t n = 0; n < l->program.map_count; n++)
		l->maps[n] = kernel_map(&maps[n]);
	for (uint32_t n = 0; n < l->program.probe_count; n++) {
		if (n)
			close(l->code);
		l->code = kernel_load(&l->program.probes[n], l->maps);
		if (l->code < 0)
			fprintf(stderr, "%s is refused\n", path);
		CHECK(l->code >= 0);
	}
}

static void unload(struct loaded *l)
{
	close(l->code);
	for (uint32_t n = 0; n < l->program.map_count; n++)
		close(l->maps[n]);
	arena_free(l->arena);
}

static void run(struct loaded *l, void *out)
{
	uint32_t key = 0, result;

	CHECK(kernel_run(l->code, &result));
	CHECK_EQ(kernel_lookup(l->maps[0], &key, out), 0);
}

static int64_t at(const uint8_t *out, size_t offset)
{
	int64_t value;

	memcpy(&value, out + offset, 8);
	return value;
}

static void test_memory(void)
{
	static uint8_t out[OUT_SIZE];
	const int64_t argument = (int64_t)0x99aabbccddeeff05, low = (int16_t)0xff05;
	struct loaded l;

	load(&l, "test/code/memory.ir", false);
	run(&l, out);
	CHECK_EQ(at(out, 3), 0);
	CHECK_EQ(at(out, 8), (int64_t)(0xffull << 56));
	CHECK_EQ(at(out, 16), argument);
	CHECK_EQ(at(out, 24), 81985529216486895);
	CHECK_EQ(at(out, 32), 0x05ffeedd);
	for (int n = 0; n < 8; n++)
		CHECK_EQ(at(out, 64 + 8 * n), n == 5 ? argument : n ? 0 : -(2ll << 32));
	CHECK_EQ(at(out, 1024), -(2ll << 32));
	CHECK_EQ(at(out, 2048 + 184), 0);
	CHECK_EQ(at(out, 2048 + 192), low);
	CHECK_EQ(at(out, 2248 + 292), (int64_t)((uint64_t)low << 48));
	unload(&l);
}

static void test_jumps(void)
{
	int64_t out[8];
	struct loaded l;

	load(&l, "test/code/jumps.ir", false);
	run(&l, out);
	CHECK_EQ(out[0], 0x99aabbccddeeff05);
	CHECK_EQ(out[1], 1);
	CHECK_EQ(out[2], 0 + 1 + 2 + 3);
	CHECK_EQ(out[3], 0);
	unload(&l);
}

static void test_pressure(void)
{
	int64_t out[12];
	struct loaded l;

	load(&l, "test/code/pressure.ir", false);
	run(&l, out);
	CHECK(out[0] != 0);
	unload(&l);
}

int main(void)
{
	struct loaded l;

	if (geteuid())
		return 0;
	load(&l, "test/code/page_cache.ir", false);
	unload(&l);
	load(&l, "test/code/block_latency.ir", false);
	unload(&l);
	test_memory();
	test_jumps();
	test_pressure();
	return test_result();
}
