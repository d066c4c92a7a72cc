/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Integer arithmetic as BPF does it, for folding: two 64-bit values in, one out, for
 * every input.  All of it is done unsigned, since C leaves signed overflow undefined.
 */
#include "type/type.h"

static uint64_t magnitude(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

/* Rounds towards zero; INT64_MIN / -1 comes out as INT64_MIN by wrapping. */
static uint64_t divide(int64_t a, int64_t b, bool is_signed)
{
	uint64_t quotient;

	if (!b)
		return 0;
	if (!is_signed)
		return (uint64_t)a / (uint64_t)b;
	quotient = magnitude(a) / magnitude(b);
	return (a < 0) != (b < 0) ? -quotient : quotient;
}

/* The sign is that of the dividend. */
static uint64_t modulo(int64_t a, int64_t b, bool is_signed)
{
	uint64_t rest;

	if (!b)
		return (uint64_t)a;
	if (!is_signed)
		return (uint64_t)a % (uint64_t)b;
	rest = magnitude(a) % magnitude(b);
	return a < 0 ? -rest : rest;
}

static bool is_less(int64_t a, int64_t b, bool is_signed)
{
	return is_signed ? a < b : (uint64_t)a < (uint64_t)b;
}

static uint64_t calculate(enum arith op, int64_t a, int64_t b, bool is_signed)
{
	uint64_t x = (uint64_t)a, y = (uint64_t)b;

	switch (op) {
	case ARITH_ADD:
		return x + y;
	case ARITH_SUB:
		return x - y;
	case ARITH_MUL:
		return x * y;
	case ARITH_DIV:
		return divide(a, b, is_signed);
	case ARITH_MOD:
		return modulo(a, b, is_signed);
	case ARITH_AND:
		return x & y;
	case ARITH_OR:
		return x | y;
	case ARITH_XOR:
		return x ^ y;
	case ARITH_SHL:
		return x << (y & 63);
	case ARITH_SHR:
		return is_signed ? (uint64_t)(a >> (y & 63)) : x >> (y & 63);
	case ARITH_EQ:
		return x == y;
	case ARITH_NE:
		return x != y;
	case ARITH_LT:
		return is_less(a, b, is_signed);
	case ARITH_LE:
		return !is_less(b, a, is_signed);
	case ARITH_GT:
		return is_less(b, a, is_signed);
	case ARITH_GE:
		return !is_less(a, b, is_signed);
	}
	return 0;
}

int64_t arith(enum arith op, int64_t a, int64_t b, bool is_signed)
{
	return (int64_t)calculate(op, a, b, is_signed);
}

int64_t arith_extend(int64_t value, uint32_t size, bool is_signed)
{
	unsigned unused = size < 8 ? 64 - 8 * size : 0;

	if (!size)
		return 0;
	if (is_signed)
		return (int64_t)((uint64_t)value << unused) >> unused;
	return (int64_t)((uint64_t)value << unused >> unused);
}
