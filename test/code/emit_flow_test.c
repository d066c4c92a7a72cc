/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control flow, variables and registers: random programs are interpreted as they were
 * built, and run by the kernel after all passes.  Many variables that live across calls
 * make the allocator spill.
 */
#include "test.h"

#include "kernel.h"
#include "random.h"

enum {
	PROGRAMS = 150,
	VARIABLES = 24,
	SLOT_WORDS = 8,
	STEPS = 100000, /* of the interpreter */
};

enum { MAP_IN, MAP_OUT, MAPS };

struct state {
	uint64_t seed;
	struct function_ir *f;
	uint32_t variables[VARIABLES], variable_count, slot;
	int64_t in[VARIABLES], out[VARIABLES], slot_words[SLOT_WORDS];
};

/* ---- the interpreter ---------------------------------------------------- */

static const struct {
	bool known;
	enum arith arith;
	bool is_signed;
} binaries[OP_COUNT] = {
	[OP_add] = {true, ARITH_ADD, false}, [OP_sub] = {true, ARITH_SUB, false},
	[OP_mul] = {true, ARITH_MUL, false}, [OP_udiv] = {true, ARITH_DIV, false},
	[OP_sdiv] = {true, ARITH_DIV, true}, [OP_umod] = {true, ARITH_MOD, false},
	[OP_smod] = {true, ARITH_MOD, true}, [OP_and] = {true, ARITH_AND, false},
	[OP_or] = {true, ARITH_OR, false},   [OP_xor] = {true, ARITH_XOR, false},
	[OP_shl] = {true, ARITH_SHL, false}, [OP_shr] = {true, ARITH_SHR, false},
	[OP_sar] = {true, ARITH_SHR, true},
};

static bool holds(enum compare compare, int64_t a, int64_t b)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;
	const bool results[] = {
		[CMP_EQ] = a == b,
		[CMP_NE] = a != b,
		[CMP_ULT] = x<y, [CMP_ULE] = x <= y, [CMP_UGT] = x> y,
		[CMP_UGE] = x >= y,
		[CMP_SLT] = a<b, [CMP_SLE] = a <= b, [CMP_SGT] = a> b,
		[CMP_SGE] = a >= b,
	};

	return results[compare];
}

static int64_t value_of(const int64_t *temps, const struct operand *o)
{
	return o->kind == OPERAND_TEMP ? temps[o->id] : o->value;
}

static int64_t *memory_at(struct state *s, const struct instruction *i)
{
	int64_t word = (i->a.value + i->offset) / 8;

	if (i->a.kind == OPERAND_SLOT)
		return &s->slot_words[word];
	return i->a.id == MAP_IN ? &s->in[word] : &s->out[word];
}

static void interpret_one(struct state *s, int64_t *temps, const struct instruction *i)
{
	int64_t a = value_of(temps, &i->a), b = value_of(temps, &i->b);

	if (i->op == OP_store)
		*memory_at(s, i) = b;
	else if (i->op == OP_load)
		temps[i->to] = *memory_at(s, i);
	else if (i->op == OP_set)
		temps[i->to] = holds(i->compare, a, b);
	else if (i->op == OP_move)
		temps[i->to] = a;
	else if (i->op == OP_extend)
		temps[i->to] = arith_extend(a, i->width, i->is_signed);
	else if (binaries[i->op].known)
		temps[i->to] = arith(binaries[i->op].arith, a, b, binaries[i->op].is_signed);
}

static bool interpret(struct state *s, const struct function_ir *f)
{
	int64_t *temps = calloc(f->temp_count + 1, sizeof(*temps));
	const struct block *block = f->blocks[0];
	uint32_t steps = 0;

	while (block->end != END_RETURN && steps < STEPS) {
		for (uint32_t n = 0; n < block->count; n++, steps++)
			interpret_one(s, temps, &block->list[n]);
		if (block->end == END_JUMP ||
		    holds(block->compare, value_of(temps, &block->a), value_of(temps, &block->b)))
			block = block->then;
		else
			block = block->otherwise;
		steps++;
	}
	for (uint32_t n = 0; n < block->count; n++)
		interpret_one(s, temps, &block->list[n]);
	free(temps);
	return steps < STEPS;
}

/* ---- random programs ---------------------------------------------------- */

static uint32_t any_variable(struct state *s)
{
	return s->variables[random_below(&s->seed, s->variable_count)];
}

static struct operand any_operand(struct state *s)
{
	switch (random_below(&s->seed, 6)) {
	case 0:
		return ir_const(random_value(&s->seed));
	case 1:
		return ir_load(s->f, ir_slot_at(s->slot, 8 * random_below(&s->seed, SLOT_WORDS)), 0,
			       8, false);
	default:
		return ir_temp(any_variable(s));
	}
}

static struct operand any_value(struct state *s)
{
	static const enum op ops[] = {OP_add, OP_sub, OP_mul, OP_and,  OP_or,	OP_xor, OP_shl,
				      OP_shr, OP_sar, OP_add, OP_udiv, OP_sdiv, OP_umod};
	struct operand a = any_operand(s), b = any_operand(s);
	uint32_t kind = random_below(&s->seed, 8);

	if (kind == 0)
		return a;
	if (kind == 1)
		return ir_set(s->f, random_below(&s->seed, CMP_SGE + 1), a, b);
	if (kind == 2)
		return ir_extend(s->f, a, 1u << random_below(&s->seed, 3),
				 random_below(&s->seed, 2));
	a = ir_binary(s->f, ops[random_below(&s->seed, ARRAY_SIZE(ops))], a, b);
	return kind == 3 ? ir_binary(s->f, OP_sub, any_operand(s), a) : a;
}

static void add_statements(struct state *s, unsigned depth, uint32_t count);

static void add_condition(struct state *s, unsigned depth)
{
	struct block *then = ir_block(s->f), *otherwise = ir_block(s->f), *after = ir_block(s->f);
	struct operand a = any_operand(s), b = any_operand(s);
	enum compare compare = random_below(&s->seed, CMP_SGE + 1);

	if (random_below(&s->seed, 3) == 0) {
		a = ir_set(s->f, compare, a, b);
		b = ir_const(0);
		compare = random_below(&s->seed, 2) ? CMP_NE : CMP_EQ;
	}
	if (random_below(&s->seed, 3) == 0)
		ir_branch_unlikely(s->f, compare, a, b, then, otherwise);
	else
		ir_branch(s->f, compare, a, b, then, otherwise);
	ir_begin(s->f, then);
	add_statements(s, depth - 1, 2);
	ir_jump(s->f, after);
	ir_begin(s->f, otherwise);
	if (random_below(&s->seed, 2))
		add_statements(s, depth - 1, 2);
	ir_begin(s->f, after);
}

/* `v = a && b` as lowering makes it, then a branch on v. */
static void add_truth(struct state *s)
{
	struct block *yes = ir_block(s->f), *no = ir_block(s->f), *after = ir_block(s->f);
	struct block *second = ir_block(s->f);
	uint32_t truth = any_variable(s);

	ir_branch(s->f, CMP_SGT, any_operand(s), ir_const(0), second, no);
	ir_begin(s->f, second);
	ir_branch(s->f, CMP_NE, any_operand(s), any_operand(s), yes, no);
	ir_begin(s->f, yes);
	ir_assign(s->f, truth, ir_const(1));
	ir_jump(s->f, after);
	ir_begin(s->f, no);
	ir_assign(s->f, truth, ir_const(0));
	ir_begin(s->f, after);
	yes = ir_block(s->f);
	no = ir_block(s->f);
	ir_branch(s->f, CMP_NE, ir_temp(truth), ir_const(0), yes, no);
	ir_begin(s->f, yes);
	add_statements(s, 0, 1);
	ir_begin(s->f, no);
}

static void add_loop(struct state *s)
{
	struct block *head = ir_block(s->f), *body = ir_block(s->f), *after = ir_block(s->f);
	uint32_t counter = ir_new_temp(s->f);

	ir_assign(s->f, counter, ir_const(0));
	ir_begin(s->f, head);
	ir_branch(s->f, CMP_ULT, ir_temp(counter), ir_const(3), body, after);
	ir_begin(s->f, body);
	add_statements(s, 0, 3);
	ir_assign(s->f, counter, ir_binary(s->f, OP_add, ir_temp(counter), ir_const(1)));
	ir_jump(s->f, head);
	ir_begin(s->f, after);
}

static void add_statement(struct state *s, unsigned depth)
{
	uint32_t choice = random_below(&s->seed, 16);

	if (choice == 0)
		ir_call(s->f, BPF_FUNC_ktime_get_ns, 0);
	else if (choice == 1)
		ir_store(s->f, ir_slot_at(s->slot, 8 * random_below(&s->seed, SLOT_WORDS)), 0, 8,
			 any_operand(s));
	else if (choice < 4 && depth)
		add_condition(s, depth);
	else if (choice == 4 && depth)
		add_truth(s);
	else if (choice == 5 && depth)
		add_loop(s);
	else
		ir_assign(s->f, any_variable(s), any_value(s));
}

static void add_statements(struct state *s, unsigned depth, uint32_t count)
{
	while (count--)
		add_statement(s, depth);
}

static void make_program(struct state *s)
{
	s->f = ir_function(s->f->arena, "flow", BPF_PROG_TYPE_RAW_TRACEPOINT);
	s->slot = ir_slot(s->f, "words", SLOT_WORDS * 8, 8);
	s->variable_count = 2 + random_below(&s->seed, VARIABLES - 1);
	ir_zero(s->f, ir_slot_at(s->slot, 0), 0, SLOT_WORDS * 8);
	for (uint32_t n = 0; n < s->variable_count; n++) {
		s->variables[n] = ir_new_temp(s->f);
		ir_assign(s->f, s->variables[n],
			  ir_load(s->f, ir_map_value(MAP_IN, 8 * n), 0, 8, false));
	}
	add_statements(s, 2, 30);
	for (uint32_t n = 0; n < s->variable_count; n++)
		ir_store(s->f, ir_map_value(MAP_OUT, 0), (int32_t)(8 * n), 8,
			 ir_temp(s->variables[n]));
	ir_return(s->f, ir_temp(s->variables[0]));
}

static void test_program(struct state *s, const struct program *maps, const int *fds, int number,
			 bool signed_division)
{
	struct arena *arena = arena_new();
	struct function_ir start = {.arena = arena};
	struct program_probe probe = {0};
	struct program program = *maps;
	int64_t results[VARIABLES] = {0};
	uint32_t key = 0, result;
	int code;

	program.probes = &probe;
	s->f = &start;
	memset(s->out, 0, sizeof(s->out));
	memset(s->slot_words, 0, sizeof(s->slot_words));
	for (uint32_t n = 0; n < VARIABLES; n++)
		s->in[n] = random_value(&s->seed);
	make_program(s);
	CHECK_EQ(kernel_update(fds[MAP_IN], &key, s->in), 0);
	CHECK_EQ(kernel_update(fds[MAP_OUT], &key, results), 0);
	CHECK(interpret(s, s->f));
	CHECK(build_code(arena, s->f, &program, 0, signed_division));
	code = kernel_load(&probe, fds);
	CHECK(code >= 0);
	CHECK(kernel_run(code, &result));
	CHECK_EQ(kernel_lookup(fds[MAP_OUT], &key, results), 0);
	CHECK_EQ(result, (uint32_t)s->out[0]);
	if (memcmp(results, s->out, sizeof(results)))
		fprintf(stderr, "program %d\n", number);
	CHECK(!memcmp(results, s->out, sizeof(results)));
	close(code);
	arena_free(arena);
}

int main(void)
{
	struct map_spec specs[MAPS] = {
		[MAP_IN] = {.bpf_type = BPF_MAP_TYPE_ARRAY,
			    .key_size = 4,
			    .value_size = VARIABLES * 8,
			    .max_entries = 1},
		[MAP_OUT] = {.bpf_type = BPF_MAP_TYPE_ARRAY,
			     .key_size = 4,
			     .value_size = VARIABLES * 8,
			     .max_entries = 1},
	};
	struct program program = {.maps = specs, .map_count = MAPS};
	struct state state = {.seed = 0xf10e};
	int fds[MAPS];
	bool native;

	if (geteuid())
		return 0;
	native = has_signed_division();
	for (int n = 0; n < MAPS; n++)
		fds[n] = kernel_map(&specs[n]);
	for (int n = 0; n < PROGRAMS && !test_failed; n++)
		test_program(&state, &program, fds, n, native && n % 2);
	return test_result();
}
