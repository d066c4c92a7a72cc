/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer semantics: random expressions are calculated by arith(), folded by the optimiser
 * from constants, and calculated by the kernel from memory (wholly, or with some constants
 * in between).  All must agree, with signed division native and emulated.
 */
#include "test.h"

#include "kernel.h"
#include "random.h"

enum {
	EXPRESSIONS = 60, /* in one program */
	PROGRAMS = 30,
	WAYS = 3, /* from constants, from memory, mixed */
	LEAVES = 64,
	DEPTH = 4,
};

enum { FROM_CONSTANTS, FROM_MEMORY, MIXED };
enum { MAP_IN, MAP_OUT, MAPS };

struct state {
	uint64_t seed;
	int64_t leaves[LEAVES];
	int64_t expected[EXPRESSIONS];
	struct function_ir *f;
};

/* An expression and its value; `way` says how it is built. */
struct made {
	struct operand operand;
	int64_t value;
};

static const struct {
	enum op op;
	enum arith arith;
	bool is_signed;
} binaries[] = {
	{OP_add, ARITH_ADD, false},  {OP_sub, ARITH_SUB, false}, {OP_mul, ARITH_MUL, false},
	{OP_udiv, ARITH_DIV, false}, {OP_sdiv, ARITH_DIV, true}, {OP_umod, ARITH_MOD, false},
	{OP_smod, ARITH_MOD, true},  {OP_and, ARITH_AND, false}, {OP_or, ARITH_OR, false},
	{OP_xor, ARITH_XOR, false},  {OP_shl, ARITH_SHL, false}, {OP_shr, ARITH_SHR, false},
	{OP_sar, ARITH_SHR, true},
};

static const struct {
	enum compare compare;
	enum arith arith;
	bool is_signed;
} compares[] = {
	{CMP_EQ, ARITH_EQ, false},  {CMP_NE, ARITH_NE, false},	{CMP_ULT, ARITH_LT, false},
	{CMP_ULE, ARITH_LE, false}, {CMP_UGT, ARITH_GT, false}, {CMP_UGE, ARITH_GE, false},
	{CMP_SLT, ARITH_LT, true},  {CMP_SLE, ARITH_LE, true},	{CMP_SGT, ARITH_GT, true},
	{CMP_SGE, ARITH_GE, true},
};

static struct made make(struct state *s, int way, unsigned depth);

static struct made make_leaf(struct state *s, int way)
{
	uint32_t n = random_below(&s->seed, LEAVES);
	bool in_memory = way == FROM_MEMORY || (way == MIXED && n % 2);

	if (!in_memory)
		return (struct made){ir_const(s->leaves[n]), s->leaves[n]};
	return (struct made){ir_load(s->f, ir_map_value(MAP_IN, 8 * n), 0, 8, false), s->leaves[n]};
}

static struct made make_unary(struct state *s, int way, unsigned depth)
{
	uint32_t kind = random_below(&s->seed, 4), width = 1u << random_below(&s->seed, 3);
	bool is_signed = random_below(&s->seed, 2);
	struct made a = make(s, way, depth - 1);

	if (kind == 0)
		return (struct made){ir_unary(s->f, OP_neg, a.operand),
				     arith(ARITH_SUB, 0, a.value, true)};
	if (kind == 1)
		return (struct made){ir_unary(s->f, OP_not, a.operand), ~a.value};
	if (kind == 2)
		return (struct made){ir_extend(s->f, a.operand, width, is_signed),
				     arith_extend(a.value, width, is_signed)};
	width *= 2;
	return (struct made){ir_swap(s->f, a.operand, width),
			     (int64_t)(__builtin_bswap64((uint64_t)a.value) >> (64 - 8 * width))};
}

static struct made make_binary(struct state *s, int way, unsigned depth)
{
	uint32_t kind = random_below(&s->seed, ARRAY_SIZE(binaries));
	struct made a = make(s, way, depth - 1), b = make(s, way, depth - 1);

	return (struct made){
		ir_binary(s->f, binaries[kind].op, a.operand, b.operand),
		arith(binaries[kind].arith, a.value, b.value, binaries[kind].is_signed)};
}

static struct made make_set(struct state *s, int way, unsigned depth)
{
	uint32_t kind = random_below(&s->seed, ARRAY_SIZE(compares));
	struct made a = make(s, way, depth - 1), b = make(s, way, depth - 1);

	return (struct made){
		ir_set(s->f, compares[kind].compare, a.operand, b.operand),
		arith(compares[kind].arith, a.value, b.value, compares[kind].is_signed)};
}

static struct made make(struct state *s, int way, unsigned depth)
{
	uint32_t choice = random_below(&s->seed, 12);

	if (!depth || choice == 0)
		return make_leaf(s, way);
	if (choice < 4)
		return make_unary(s, way, depth);
	return choice < 6 ? make_set(s, way, depth) : make_binary(s, way, depth);
}

static void make_program(struct state *s)
{
	for (uint32_t n = 0; n < LEAVES; n++)
		s->leaves[n] = random_value(&s->seed);
	for (uint32_t n = 0; n < EXPRESSIONS; n++) {
		uint64_t start = s->seed;

		for (int way = 0; way < WAYS; way++) {
			struct made made;

			s->seed = start;
			made = make(s, way, DEPTH);
			s->expected[n] = made.value;
			ir_store(s->f, ir_map_value(MAP_OUT, 8 * (n * WAYS + way)), 0, 8,
				 made.operand);
		}
	}
	ir_return(s->f, ir_const(7));
}

/* From constants nothing may be left to calculate. */
static bool is_folded(const struct state *s)
{
	uint32_t stores = 0;
	const struct block *block = s->f->blocks[0];

	for (uint32_t n = 0; n < block->count; n++)
		if (block->list[n].op == OP_store && block->list[n].b.kind == OPERAND_CONST)
			stores++;
	return s->f->block_count == 1 && stores >= EXPRESSIONS;
}

static void compare_results(const struct state *s, const int64_t *results, int number)
{
	for (uint32_t n = 0; n < EXPRESSIONS; n++)
		for (int way = 0; way < WAYS; way++) {
			int64_t got = results[n * WAYS + way];

			if (got != s->expected[n])
				fprintf(stderr, "program %d, expression %u, way %d\n", number, n,
					way);
			CHECK_EQ(got, s->expected[n]);
		}
}

static void test_program(struct state *s, const struct program *maps, const int *fds, int number,
			 bool signed_division)
{
	struct arena *arena = arena_new();
	struct program_probe probe = {0};
	struct program program = *maps;
	int64_t results[EXPRESSIONS * WAYS] = {0};
	uint32_t key = 0, result = 0;
	int code;

	program.probes = &probe;
	s->f = ir_function(arena, "arith", BPF_PROG_TYPE_RAW_TRACEPOINT);
	make_program(s);
	optimise(s->f);
	CHECK(is_folded(s));
	CHECK(build_code(arena, s->f, &program, 0, signed_division));
	code = kernel_load(&probe, fds);
	CHECK(code >= 0);
	CHECK_EQ(kernel_update(fds[MAP_IN], &key, s->leaves), 0);
	CHECK(kernel_run(code, &result));
	CHECK_EQ(result, 7);
	CHECK_EQ(kernel_lookup(fds[MAP_OUT], &key, results), 0);
	compare_results(s, results, number);
	close(code);
	arena_free(arena);
}

int main(void)
{
	struct map_spec specs[MAPS] = {
		[MAP_IN] = {.bpf_type = BPF_MAP_TYPE_ARRAY,
			    .key_size = 4,
			    .value_size = LEAVES * 8,
			    .max_entries = 1},
		[MAP_OUT] = {.bpf_type = BPF_MAP_TYPE_ARRAY,
			     .key_size = 4,
			     .value_size = EXPRESSIONS * WAYS * 8,
			     .max_entries = 1},
	};
	struct program program = {.maps = specs, .map_count = MAPS};
	struct state state = {.seed = 0x50d3};
	int fds[MAPS];
	bool native;

	if (geteuid())
		return 0;
	native = has_signed_division();
	for (int n = 0; n < MAPS; n++)
		fds[n] = kernel_map(&specs[n]);
	for (int n = 0; n < PROGRAMS; n++) {
		test_program(&state, &program, fds, n, false);
		if (native)
			test_program(&state, &program, fds, n, true);
	}
	return test_result();
}
