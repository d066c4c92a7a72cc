/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Division.  Unsigned division is BPF's own (x / 0 = 0, x % 0 = x).  Signed division is
 * native from Linux 6.6 on; for older kernels it is made of the unsigned one, without
 * branches: with s = x >> 63, (x ^ s) - s is |x|, and negates it again.
 */
#include "code/passes.h"

static void finish(struct function_ir *f, const struct instruction *i, enum op op, struct operand a,
		   struct operand b)
{
	struct instruction last = *i;

	last.op = op;
	last.a = a;
	last.b = b;
	ir_append(f, &last);
}

static struct operand sign_of(struct function_ir *f, struct operand x)
{
	if (x.kind == OPERAND_CONST)
		return ir_const(x.value < 0 ? -1 : 0);
	return ir_binary(f, OP_sar, x, ir_const(63));
}

static struct operand absolute(struct function_ir *f, struct operand x, struct operand sign)
{
	if (x.kind == OPERAND_CONST)
		return ir_const(x.value < 0 ? arith(ARITH_SUB, 0, x.value, true) : x.value);
	return ir_binary(f, OP_sub, ir_binary(f, OP_xor, x, sign), sign);
}

/* As BPF takes it; dividing by an immediate zero is not allowed. */
static struct operand divisor(struct function_ir *f, struct operand b)
{
	return is_immediate(&b) && b.value ? b : in_temp(f, b);
}

/* An unsigned one by an immediate would be sign-extended. */
static struct operand unsigned_divisor(struct function_ir *f, struct operand b)
{
	return is_immediate(&b) && b.value > 0 ? b : in_temp(f, b);
}

static struct operand not_in(struct function_ir *f, struct operand b, uint32_t to)
{
	return b.kind == OPERAND_TEMP && b.id == to ? ir_unary(f, OP_move, b) : b;
}

/* x / 2^k rounds to zero when 2^k - 1 is added to a negative x first. */
static void divide_by_power(struct function_ir *f, const struct instruction *i, int shift)
{
	struct operand a = in_temp(f, i->a);
	struct operand sign = ir_binary(f, OP_sar, a, ir_const(63));
	struct operand bias = ir_binary(f, OP_shr, sign, ir_const(64 - shift));
	struct operand sum = ir_binary(f, OP_add, a, bias);
	struct operand multiples = ir_const((int64_t)(~0ull << shift));

	if (i->op == OP_sdiv) {
		finish(f, i, OP_sar, sum, ir_const(shift));
		return;
	}
	finish(f, i, OP_sub, a, ir_binary(f, OP_and, sum, divisor(f, multiples)));
}

static void emulate(struct function_ir *f, const struct instruction *i)
{
	struct operand a = in_temp(f, i->a);
	struct operand b = i->b.kind == OPERAND_CONST ? i->b : in_temp(f, i->b);
	struct operand sign_a = sign_of(f, a), sign_b = sign_of(f, b);
	struct operand positive_a = absolute(f, a, sign_a);
	struct operand positive_b = unsigned_divisor(f, absolute(f, b, sign_b));
	struct operand result, sign;

	if (i->op == OP_smod) {
		result = ir_binary(f, OP_umod, positive_a, positive_b);
		sign = sign_a;
	} else {
		result = ir_binary(f, OP_udiv, positive_a, positive_b);
		sign = ir_binary(f, OP_xor, sign_a, sign_b);
	}
	finish(f, i, OP_sub, ir_binary(f, OP_xor, result, sign), sign);
}

static bool is_power_of_two(const struct operand *b, int *shift)
{
	if (b->kind != OPERAND_CONST || b->value < 2 || (b->value & (b->value - 1)))
		return false;
	*shift = __builtin_ctzll((uint64_t)b->value);
	return true;
}

void legalise_division(struct function_ir *f, const struct instruction *i, bool signed_division)
{
	bool is_signed = i->op == OP_sdiv || i->op == OP_smod;
	int shift;

	if (is_signed && is_power_of_two(&i->b, &shift))
		divide_by_power(f, i, shift);
	else if (is_signed && !signed_division)
		emulate(f, i);
	else
		finish(f, i, i->op, i->a,
		       not_in(f, is_signed ? divisor(f, i->b) : unsigned_divisor(f, i->b), i->to));
}
