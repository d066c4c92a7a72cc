/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole pipeline: text to program.  Each stage runs only when the one before it found
 * nothing wrong, and each can be shown.
 */
#include "code/code.h"

#include "code/ir.h"
#include "code/lower.h"

const char *const stage_names[STAGE_COUNT] = {
	[STAGE_NONE] = "none",	 [STAGE_TOKENS] = "tokens", [STAGE_TREE] = "tree",
	[STAGE_TYPES] = "types", [STAGE_IR] = "ir",	    [STAGE_ALLOC] = "alloc",
	[STAGE_BPF] = "bpf",
};

static bool wants(const struct dump *dump, enum stage stage)
{
	return dump && dump->stage == stage;
}

/* ---- IR to code --------------------------------------------------------- */

struct back_end {
	struct compilation *c;
	struct program *program;
	struct function_ir **functions;
	const struct dump *dump;
	uint32_t scratch, scratch_size;
	bool signed_division;
};

/* A program did not fit into what the kernel allows it. */
static bool no_room(struct back_end *b, uint32_t probe, unsigned limit, const char *of)
{
	const struct function_ir *f = b->functions[probe];

	error_at(b->c, f->blocks[0]->range, DIAG_no_room, f->name, limit, of);
	return false;
}

/* Slots to stack or scratch, one scratch entry a program. */
static bool place_all(struct back_end *b)
{
	struct program *program = b->program;
	uint32_t size;

	b->scratch = program->map_count;
	for (uint32_t i = 0; i < program->probe_count; i++) {
		size = 0;
		if (!place_slots(b->functions[i], b->scratch, i, &size))
			return no_room(b, i, 32768, "bytes of memory");
		if (size > b->scratch_size)
			b->scratch_size = size;
	}
	if (b->scratch_size)
		program_add_map(b->c, program,
				&(struct map_spec){.role = MAP_SCRATCH,
						   .name = "scratch",
						   .bpf_type = BPF_MAP_TYPE_PERCPU_ARRAY,
						   .key_size = 4,
						   .value_size = b->scratch_size,
						   .max_entries = program->probe_count,
						   .per_cpu = true});
	return true;
}

static bool generate(struct back_end *b, uint32_t i)
{
	struct function_ir *f = b->functions[i];
	struct allocation allocation;

	optimise(f);
	legalise(f, b->signed_division);
	if (!allocate(f, &allocation))
		return no_room(b, i, 512, "bytes of stack");
	if (wants(b->dump, STAGE_ALLOC))
		alloc_print(f, &allocation, b->dump->out);
	if (!emit(f, &allocation, b->c->arena, &b->program->probes[i]))
		return no_room(b, i, 32767, "instructions");
	if (wants(b->dump, STAGE_BPF))
		disassemble(b->program, &b->program->probes[i], b->dump->out);
	return true;
}

static void size_all(struct back_end *b)
{
	struct program *program = b->program;
	uint32_t cpus = target_machine(b->c->target)->cpus_possible;

	if (program->rings != UINT32_MAX)
		program->maps[program->rings].max_entries = cpus;
	program_size(program, cpus, MEMORY_BUDGET);
}

static struct program *back_end(struct compilation *c, struct program *program,
				struct function_ir **functions, const struct dump *dump)
{
	struct back_end b = {
		.c = c,
		.program = program,
		.functions = functions,
		.dump = dump,
		.signed_division = target_has(c->target, FEATURE_signed_division),
	};

	for (uint32_t i = 0; i < program->probe_count; i++)
		optimise(functions[i]);
	if (wants(dump, STAGE_IR)) {
		ir_print(program, functions, dump->out);
		return NULL;
	}
	if (!place_all(&b))
		return NULL;
	for (uint32_t i = 0; i < program->probe_count; i++)
		if (!generate(&b, i))
			return NULL;
	size_all(&b);
	return wants(dump, STAGE_ALLOC) || wants(dump, STAGE_BPF) ? NULL : program;
}

struct program *compile_ir(struct compilation *c, const struct dump *dump)
{
	struct program *program = arena_new_of(c->arena, struct program);
	struct function_ir **functions = ir_parse(c->arena, c->report, program);

	return functions ? back_end(c, program, functions, dump) : NULL;
}

/* ---- text to IR --------------------------------------------------------- */

struct program *compile(struct compilation *c, const struct dump *dump)
{
	struct program *program = arena_new_of(c->arena, struct program);
	struct function_ir **functions;
	struct script *script;
	struct token *tokens;
	uint32_t count;

	tokens = lex_script(c, &count);
	if (c->report->errors)
		return NULL;
	if (wants(dump, STAGE_TOKENS)) {
		token_dump(c, tokens, count, dump->out);
		return NULL;
	}
	script = parse_script(c, tokens, count);
	if (!script)
		return NULL;
	if (wants(dump, STAGE_TREE)) {
		script_dump(script, false, dump->out);
		return NULL;
	}
	if (!check_script(c, script))
		return NULL;
	if (wants(dump, STAGE_TYPES)) {
		script_dump(script, true, dump->out);
		return NULL;
	}
	functions = lower_script(c, script, program);
	return back_end(c, program, functions, dump);
}
