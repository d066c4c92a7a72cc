/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as IR text: read, and what is accepted goes through all passes.
 */
#include <stdio.h>
#include <string.h>

#include "kernel.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void compile_all(struct arena *arena, struct program *program,
			struct function_ir **functions, struct text *out)
{
	struct map_spec *maps = arena_array(arena, struct map_spec, program->map_count + 1);

	if (program->map_count)
		memcpy(maps, program->maps, program->map_count * sizeof(*maps));
	program->maps = maps;
	for (uint32_t n = 0; n < program->probe_count; n++) {
		uint32_t count = program->map_count;

		if (build_code(arena, functions[n], program, n, n % 2))
			disassemble(program, &program->probes[n], out);
		program->map_count = count;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct source source = {"-", (const char *)data, size};
	struct report report;
	struct program program = {0};
	struct function_ir **functions;
	struct text out = {0};

	report_init(&report, arena, &source);
	functions = ir_parse(arena, &report, &program);
	if (functions) {
		ir_print(&program, functions, &out);
		compile_all(arena, &program, functions, &out);
	}
	report_print(&report, &out, false);
	text_free(&out);
	arena_free(arena);
	return 0;
}
