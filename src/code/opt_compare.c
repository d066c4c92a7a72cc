/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparisons: decided when compiling where that can be, else in the form that a branch
 * takes.  A test of a comparison's result becomes the comparison.
 */
#include "code/passes.h"

#define MAX_WRAPPED 8 /* also ends a comparison of itself, which IR text may hold */

static void swap_sides(enum compare *compare, struct operand *a, struct operand *b)
{
	struct operand left = *a;

	*a = *b;
	*b = left;
	*compare = compare_swapped(*compare);
}

static bool holds_for_equals(enum compare compare)
{
	return compare_constants(compare, 0, 0);
}

/* `(x compare y) != 0`: compare x and y. */
static bool unwrap_set(const struct values *v, enum compare *compare, struct operand *a,
		       struct operand *b)
{
	const struct instruction *made = operand_maker(v, a);
	bool is_one = is_constant(b, 1), holds;

	if (!made || made->op != OP_set || !(is_one || is_constant(b, 0)) ||
	    (*compare != CMP_EQ && *compare != CMP_NE))
		return false;
	holds = (*compare == CMP_EQ) == is_one;
	*compare = holds ? made->compare : compare_inverse(made->compare);
	*a = made->a;
	*b = made->b;
	return true;
}

/* By the bits that a can have; b is constant. */
static int decide_by_bits(const struct values *v, enum compare compare, const struct operand *a,
			  int64_t b)
{
	unsigned bits = operand_bits(v->bits, a);
	uint64_t most = bits < 64 ? (1ull << bits) - 1 : UINT64_MAX;

	if (bits < 64 && b < 0) /* a >= 0 > b, and below b when unsigned */
		return compare_constants(compare, 0, b);
	if (compare == CMP_SLT || compare == CMP_SGE)
		return bits < 64 && (uint64_t)b > most ? compare == CMP_SLT : -1;
	if (compare == CMP_SLE || compare == CMP_SGT)
		return bits < 64 && (uint64_t)b >= most ? compare == CMP_SLE : -1;
	if (compare == CMP_EQ || compare == CMP_NE)
		return (uint64_t)b > most ? compare == CMP_NE : -1;
	if (compare == CMP_ULT || compare == CMP_UGE)
		return (uint64_t)b > most ? compare == CMP_ULT : b == 0 ? compare == CMP_UGE : -1;
	return (uint64_t)b >= most ? compare == CMP_ULE : -1;
}

/* Memory of ours is never at address 0. */
static int decide_address(enum compare compare, const struct operand *a, const struct operand *b)
{
	if (a->kind == OPERAND_TEMP || a->kind == OPERAND_CONST || !is_constant(b, 0) ||
	    (compare != CMP_EQ && compare != CMP_NE))
		return -1;
	return compare == CMP_NE;
}

/* Unsigned orderings against the least values are tests for zero. */
static void simplify(enum compare *compare, struct operand *b)
{
	bool below_one = (*compare == CMP_ULT && is_constant(b, 1)) ||
			 (*compare == CMP_ULE && is_constant(b, 0));
	bool from_one = (*compare == CMP_UGE && is_constant(b, 1)) ||
			(*compare == CMP_UGT && is_constant(b, 0));

	if (!below_one && !from_one)
		return;
	*compare = below_one ? CMP_EQ : CMP_NE;
	*b = ir_const(0);
}

int fold_compare(const struct values *v, enum compare *compare, struct operand *a,
		 struct operand *b)
{
	int holds;

	if (a->kind != OPERAND_TEMP && b->kind == OPERAND_TEMP)
		swap_sides(compare, a, b);
	for (int n = 0; n < MAX_WRAPPED && unwrap_set(v, compare, a, b); n++)
		;
	if (a->kind == OPERAND_CONST && b->kind == OPERAND_CONST)
		return compare_constants(*compare, a->value, b->value);
	if (operand_equal(a, b))
		return holds_for_equals(*compare);
	if (b->kind != OPERAND_CONST)
		return -1;
	holds = a->kind == OPERAND_TEMP ? decide_by_bits(v, *compare, a, b->value)
					: decide_address(*compare, a, b);
	if (holds < 0)
		simplify(compare, b);
	return holds;
}
