/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One view of all instructions: their operands, what may be dropped or shared, and the
 * algebra of comparisons.
 */
#include <string.h>

#include "code/passes.h"

enum shape {
	SHAPE_UNARY,
	SHAPE_BINARY,
	SHAPE_SOURCE,
	SHAPE_LOAD,
	SHAPE_STORE,
	SHAPE_MEMORY,
	SHAPE_CALL
};

static const struct {
	enum shape shape;
	bool pure;
} ops[OP_COUNT] = {
#define OP(name, shape, pure, doc) [OP_##name] = {SHAPE_##shape, pure},
#include "code/ops.def"
#undef OP
};

static const struct {
	const char *name;
	int32_t helper;
	bool pure;
} helpers[] = {
#define HELPER(name, arguments, pure) {#name, BPF_FUNC_##name, pure},
#include "code/helpers.def"
#undef HELPER
};

uint32_t instruction_operands(struct instruction *i, struct operand *list[MAX_OPERANDS])
{
	uint32_t count = 0;

	if (i->a.kind)
		list[count++] = &i->a;
	if (i->b.kind)
		list[count++] = &i->b;
	for (uint32_t n = 0; n < i->arg_count; n++)
		list[count++] = &i->args[n];
	return count;
}

bool operand_equal(const struct operand *a, const struct operand *b)
{
	return a->kind == b->kind && a->id == b->id && a->value == b->value;
}

bool is_immediate(const struct operand *o)
{
	return o->kind == OPERAND_CONST && o->value == (int32_t)o->value;
}

bool is_constant(const struct operand *o, int64_t value)
{
	return o->kind == OPERAND_CONST && o->value == value;
}

bool op_commutes(enum op op)
{
	return op == OP_add || op == OP_mul || op == OP_and || op == OP_or || op == OP_xor;
}

bool op_is_binary(enum op op)
{
	return ops[op].shape == SHAPE_BINARY;
}

bool instruction_pure(const struct instruction *i)
{
	if (i->op != OP_call)
		return ops[i->op].pure;
	for (size_t n = 0; n < ARRAY_SIZE(helpers); n++)
		if (helpers[n].helper == i->helper)
			return helpers[n].pure;
	return false;
}

bool instruction_droppable(const struct instruction *i)
{
	return i->op == OP_load || instruction_pure(i);
}

enum compare compare_inverse(enum compare compare)
{
	static const enum compare inverse[] = {
		[CMP_EQ] = CMP_NE,   [CMP_NE] = CMP_EQ,	  [CMP_ULT] = CMP_UGE, [CMP_ULE] = CMP_UGT,
		[CMP_UGT] = CMP_ULE, [CMP_UGE] = CMP_ULT, [CMP_SLT] = CMP_SGE, [CMP_SLE] = CMP_SGT,
		[CMP_SGT] = CMP_SLE, [CMP_SGE] = CMP_SLT,
	};

	return inverse[compare];
}

enum compare compare_swapped(enum compare compare)
{
	static const enum compare swapped[] = {
		[CMP_EQ] = CMP_EQ,   [CMP_NE] = CMP_NE,	  [CMP_ULT] = CMP_UGT, [CMP_ULE] = CMP_UGE,
		[CMP_UGT] = CMP_ULT, [CMP_UGE] = CMP_ULE, [CMP_SLT] = CMP_SGT, [CMP_SLE] = CMP_SGE,
		[CMP_SGT] = CMP_SLT, [CMP_SGE] = CMP_SLE,
	};

	return swapped[compare];
}

bool compare_constants(enum compare compare, int64_t a, int64_t b)
{
	static const struct {
		enum arith op;
		bool is_signed;
	} as[] = {
		[CMP_EQ] = {ARITH_EQ, false},  [CMP_NE] = {ARITH_NE, false},
		[CMP_ULT] = {ARITH_LT, false}, [CMP_ULE] = {ARITH_LE, false},
		[CMP_UGT] = {ARITH_GT, false}, [CMP_UGE] = {ARITH_GE, false},
		[CMP_SLT] = {ARITH_LT, true},  [CMP_SLE] = {ARITH_LE, true},
		[CMP_SGT] = {ARITH_GT, true},  [CMP_SGE] = {ARITH_GE, true},
	};

	return arith(as[compare].op, a, b, as[compare].is_signed);
}

const char *helper_name(int32_t helper)
{
	for (size_t n = 0; n < ARRAY_SIZE(helpers); n++)
		if (helpers[n].helper == helper)
			return helpers[n].name;
	return NULL;
}

int32_t helper_by_name(const char *name, size_t size)
{
	for (size_t n = 0; n < ARRAY_SIZE(helpers); n++)
		if (strlen(helpers[n].name) == size && !memcmp(helpers[n].name, name, size))
			return helpers[n].helper;
	return -1;
}
