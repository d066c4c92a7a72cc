/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simplify one instruction in place: constants, identities, cheaper equals.  In: resolved
 * operands and what is known of values; out: an instruction with the same result, often a
 * move.  Nothing is added, so a rule that needs two instructions belongs to legalise.
 */
#include "code/passes.h"

static void to_move(struct instruction *i, struct operand value)
{
	*i = (struct instruction){
		.op = OP_move, .width = 8, .to = i->to, .a = value, .range = i->range};
}

static void to_constant(struct instruction *i, int64_t value)
{
	to_move(i, ir_const(value));
}

static void to_binary(struct instruction *i, enum op op, int64_t b)
{
	i->op = op;
	i->width = 8;
	i->is_signed = false;
	i->b = ir_const(b);
}

static void to_unary(struct instruction *i, enum op op)
{
	i->op = op;
	i->b = (struct operand){0};
}

static bool is_memory_address(const struct operand *o)
{
	return o->kind == OPERAND_SLOT || o->kind == OPERAND_MAP_VALUE;
}

/* The instruction that made `o`, when it is `op` with a constant right operand. */
static const struct instruction *maker_with_constant(const struct values *v,
						     const struct operand *o, enum op op)
{
	const struct instruction *made = operand_maker(v, o);

	return made && made->op == op && made->b.kind == OPERAND_CONST ? made : NULL;
}

/* ---- both constant ------------------------------------------------------ */

static int64_t fold_constants(const struct instruction *i)
{
	static const struct {
		enum arith op;
		bool is_signed;
	} as[OP_COUNT] = {
		[OP_add] = {ARITH_ADD, false}, [OP_sub] = {ARITH_SUB, false},
		[OP_mul] = {ARITH_MUL, false}, [OP_udiv] = {ARITH_DIV, false},
		[OP_sdiv] = {ARITH_DIV, true}, [OP_umod] = {ARITH_MOD, false},
		[OP_smod] = {ARITH_MOD, true}, [OP_and] = {ARITH_AND, false},
		[OP_or] = {ARITH_OR, false},   [OP_xor] = {ARITH_XOR, false},
		[OP_shl] = {ARITH_SHL, false}, [OP_shr] = {ARITH_SHR, false},
		[OP_sar] = {ARITH_SHR, true},
	};

	return arith(as[i->op].op, i->a.value, i->b.value, as[i->op].is_signed);
}

/* ---- unary -------------------------------------------------------------- */

static int64_t swap_constant(int64_t value, unsigned width)
{
	return (int64_t)(__builtin_bswap64((uint64_t)value) >> (64 - 8 * width));
}

static int64_t unary_constant(const struct instruction *i)
{
	switch (i->op) {
	case OP_neg:
		return arith(ARITH_SUB, 0, i->a.value, true);
	case OP_not:
		return ~i->a.value;
	case OP_swap:
		return swap_constant(i->a.value, i->width);
	default:
		return arith_extend(i->a.value, i->width, i->is_signed);
	}
}

/* The value is the same in its low `width` bytes already extended as asked. */
static bool extend_is_implied(const struct values *v, const struct instruction *i)
{
	const struct instruction *made = operand_maker(v, &i->a);
	unsigned bits = operand_bits(v->bits, &i->a);

	if (i->is_signed && bits < 8u * i->width)
		return true;
	if (!i->is_signed)
		return bits <= 8u * i->width;
	return made && (made->op == OP_load || made->op == OP_extend) && made->is_signed &&
	       made->width <= i->width;
}

static void fold_unary(const struct values *v, struct instruction *i)
{
	const struct instruction *made = operand_maker(v, &i->a);

	if (i->a.kind == OPERAND_CONST) {
		to_constant(i, unary_constant(i));
	} else if (i->op == OP_extend) {
		if (extend_is_implied(v, i))
			to_move(i, i->a);
		else if (made && made->op == OP_extend && made->width >= i->width)
			i->a = made->a;
	} else if (made && made->op == i->op && i->op != OP_swap) {
		to_move(i, made->a); /* -(-x), ~~x */
	}
}

/* ---- binary, by operation ----------------------------------------------- */

static void fold_add(const struct values *v, struct instruction *i)
{
	const struct instruction *made = maker_with_constant(v, &i->a, OP_add);
	int64_t b = i->b.value;

	if (i->b.kind != OPERAND_CONST)
		return;
	if (is_memory_address(&i->a)) {
		i->a.value = arith(ARITH_ADD, i->a.value, b, false);
		to_move(i, i->a);
	} else if (b == 0) {
		to_move(i, i->a);
	} else if (made) {
		i->a = made->a;
		i->b.value = arith(ARITH_ADD, made->b.value, b, false);
	}
}

static void fold_sub(const struct values *v, struct instruction *i)
{
	if (operand_equal(&i->a, &i->b)) {
		to_constant(i, 0);
	} else if (i->b.kind == OPERAND_CONST) {
		to_binary(i, OP_add, arith(ARITH_SUB, 0, i->b.value, false));
		fold_add(v, i);
	} else if (is_constant(&i->a, 0)) {
		i->a = i->b;
		to_unary(i, OP_neg);
	}
}

/* k for 2^k, else -1. */
static int power_of_two(const struct operand *o)
{
	uint64_t value = (uint64_t)o->value;

	if (o->kind != OPERAND_CONST || !value || (value & (value - 1)))
		return -1;
	return __builtin_ctzll(value);
}

static void fold_mul(struct instruction *i)
{
	int shift = power_of_two(&i->b);

	if (is_constant(&i->b, 0))
		to_constant(i, 0);
	else if (is_constant(&i->b, -1))
		to_unary(i, OP_neg);
	else if (shift == 0)
		to_move(i, i->a);
	else if (shift > 0)
		to_binary(i, OP_shl, shift);
}

static void fold_unsigned_division(struct instruction *i)
{
	int shift = power_of_two(&i->b);
	bool modulo = i->op == OP_umod;

	if (is_constant(&i->b, 0)) {
		to_move(i, modulo ? i->a : ir_const(0));
	} else if (shift == 0) {
		to_move(i, modulo ? ir_const(0) : i->a);
	} else if (shift > 0) {
		to_binary(i, modulo ? OP_and : OP_shr,
			  modulo ? (int64_t)((1ull << shift) - 1) : shift);
	}
}

static void fold_signed_division(const struct values *v, struct instruction *i)
{
	bool modulo = i->op == OP_smod;

	if (operand_bits(v->bits, &i->a) < 64 && operand_bits(v->bits, &i->b) < 64) {
		i->op = modulo ? OP_umod : OP_udiv;
		fold_unsigned_division(i);
	} else if (is_constant(&i->b, 0)) {
		to_move(i, modulo ? i->a : ir_const(0));
	} else if (is_constant(&i->b, 1)) {
		to_move(i, modulo ? ir_const(0) : i->a);
	} else if (is_constant(&i->b, -1)) {
		if (modulo)
			to_constant(i, 0);
		else
			to_unary(i, OP_neg);
	}
}

static void fold_and(const struct values *v, struct instruction *i)
{
	const struct instruction *made = maker_with_constant(v, &i->a, OP_and);
	unsigned bits = operand_bits(v->bits, &i->a);
	uint64_t possible = bits < 64 ? (1ull << bits) - 1 : ~0ull;

	if (operand_equal(&i->a, &i->b)) {
		to_move(i, i->a);
		return;
	}
	if (i->b.kind != OPERAND_CONST)
		return;
	if (!((uint64_t)i->b.value & possible)) {
		to_constant(i, 0);
	} else if (((uint64_t)i->b.value & possible) == possible) {
		to_move(i, i->a);
	} else if (i->b.value == UINT32_MAX) {
		to_unary(i, OP_extend);
		i->width = 4;
	} else if (made) {
		i->a = made->a;
		i->b.value &= made->b.value;
	}
}

static void fold_or(struct instruction *i)
{
	if (operand_equal(&i->a, &i->b) || is_constant(&i->b, 0))
		to_move(i, i->a);
	else if (is_constant(&i->b, -1))
		to_constant(i, -1);
}

static void fold_xor(struct instruction *i)
{
	if (operand_equal(&i->a, &i->b))
		to_constant(i, 0);
	else if (is_constant(&i->b, 0))
		to_move(i, i->a);
	else if (is_constant(&i->b, -1))
		to_unary(i, OP_not);
}

static void fold_shift(const struct values *v, struct instruction *i)
{
	const struct instruction *made = maker_with_constant(v, &i->a, i->op);
	int64_t shift;

	if (i->b.kind != OPERAND_CONST)
		return;
	i->b.value &= 63;
	if (!i->b.value) {
		to_move(i, i->a);
		return;
	}
	if (i->op == OP_sar && operand_bits(v->bits, &i->a) < 64)
		i->op = OP_shr;
	if (i->op == OP_shr && operand_bits(v->bits, &i->a) <= i->b.value) {
		to_constant(i, 0);
		return;
	}
	if (!made || made->op != i->op)
		return;
	shift = i->b.value + (made->b.value & 63);
	if (shift < 64) {
		i->a = made->a;
		i->b.value = shift;
	} else if (i->op != OP_sar) {
		to_constant(i, 0);
	}
}

static void fold_set(const struct values *v, struct instruction *i)
{
	int holds = fold_compare(v, &i->compare, &i->a, &i->b);

	if (holds >= 0)
		to_constant(i, holds);
	else if (i->compare == CMP_NE && is_constant(&i->b, 0) && operand_bits(v->bits, &i->a) <= 1)
		to_move(i, i->a);
}

static void fold_binary(const struct values *v, struct instruction *i)
{
	if (op_commutes(i->op) && i->a.kind == OPERAND_CONST) {
		struct operand a = i->a;

		i->a = i->b;
		i->b = a;
	}
	switch (i->op) {
	case OP_add:
		return fold_add(v, i);
	case OP_sub:
		return fold_sub(v, i);
	case OP_mul:
		return fold_mul(i);
	case OP_udiv:
	case OP_umod:
		return fold_unsigned_division(i);
	case OP_sdiv:
	case OP_smod:
		return fold_signed_division(v, i);
	case OP_and:
		return fold_and(v, i);
	case OP_or:
		return fold_or(i);
	case OP_xor:
		return fold_xor(i);
	default:
		return fold_shift(v, i);
	}
}

/* ---- stores ------------------------------------------------------------- */

/* What is cut to the store's width need not be extended from it before. */
static void fold_stored(const struct values *v, struct instruction *i)
{
	const struct instruction *made = operand_maker(v, &i->b);

	if (made && made->op == OP_extend && made->width >= i->width)
		i->b = made->a;
}

void fold_address(const struct values *v, struct instruction *i)
{
	const struct instruction *made;
	int64_t offset;

	if (i->op != OP_load && i->op != OP_store && i->op != OP_atomic_add && i->op != OP_copy &&
	    i->op != OP_zero)
		return;
	made = maker_with_constant(v, &i->a, OP_add);
	if (!made || made->b.value != (int16_t)made->b.value)
		return;
	offset = i->offset + made->b.value;
	if (offset != (int16_t)offset)
		return;
	i->a = made->a;
	i->offset = (int32_t)offset;
}

void fold_instruction(const struct values *v, struct instruction *i)
{
	if (i->op == OP_neg || i->op == OP_not || i->op == OP_extend || i->op == OP_swap)
		fold_unary(v, i);
	else if (i->op == OP_store)
		fold_stored(v, i);
	else if (i->op == OP_set)
		fold_set(v, i);
	else if (!op_is_binary(i->op))
		return;
	else if (i->a.kind == OPERAND_CONST && i->b.kind == OPERAND_CONST)
		to_constant(i, fold_constants(i));
	else
		fold_binary(v, i);
}
