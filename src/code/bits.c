/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many low bits of a value can be set, from its definition alone.  Only what the
 * kernel's verifier finds out by itself as well: an `and` that is dropped because of this
 * must not have been what made an access provable.
 */
#include "code/passes.h"

uint8_t operand_bits(const uint8_t *bits, const struct operand *o)
{
	if (o->kind == OPERAND_TEMP)
		return bits[o->id];
	if (o->kind == OPERAND_CONST && o->value >= 0)
		return o->value ? (uint8_t)(64 - __builtin_clzll((uint64_t)o->value)) : 0;
	return 64;
}

static uint8_t shift_bits(const struct instruction *i, uint8_t a)
{
	int shift = i->b.kind == OPERAND_CONST ? (int)(i->b.value & 63) : -1;

	if (i->op == OP_shl)
		return shift >= 0 && a + shift < 64 ? (uint8_t)(a + shift) : 64;
	/* The verifier gives up on a shift by a number that it does not know. */
	if (shift < 0)
		return 64;
	return a > shift ? (uint8_t)(a - shift) : 0;
}

uint8_t result_bits(const uint8_t *bits, const struct instruction *i)
{
	uint8_t a = operand_bits(bits, &i->a), b = operand_bits(bits, &i->b);
	uint8_t most = a > b ? a : b, width = (uint8_t)(8 * i->width);

	switch (i->op) {
	case OP_move:
		return a;
	case OP_set:
		return 1;
	case OP_load:
		return i->is_signed ? 64 : width;
	case OP_extend:
		if (i->is_signed)
			return a < width ? a : 64;
		return a < width ? a : width;
	case OP_swap:
		return width;
	case OP_and:
		return a < b ? a : b;
	case OP_or:
	case OP_xor:
		return most;
	case OP_add:
		return most < 63 ? most + 1 : 64;
	case OP_sar:
		return a < 64 ? shift_bits(i, a) : 64;
	case OP_shl:
	case OP_shr:
		return shift_bits(i, a);
	default:
		return 64;
	}
}

uint8_t *definition_counts(const struct function_ir *f)
{
	uint8_t *counts = arena_array(f->arena, uint8_t, f->temp_count + 1);

	for (uint32_t b = 0; b < f->block_count; b++)
		for (uint32_t n = 0; n < f->blocks[b]->count; n++)
			if (counts[f->blocks[b]->list[n].to] < 2)
				counts[f->blocks[b]->list[n].to]++;
	return counts;
}

uint8_t *known_bits(const struct function_ir *f)
{
	uint8_t *counts = definition_counts(f);
	uint8_t *bits = arena_array(f->arena, uint8_t, f->temp_count + 1);

	for (uint32_t t = 0; t <= f->temp_count; t++)
		bits[t] = 64;
	for (uint32_t b = 0; b < f->block_count; b++)
		for (uint32_t n = 0; n < f->blocks[b]->count; n++) {
			const struct instruction *i = &f->blocks[b]->list[n];

			if (counts[i->to] == 1)
				bits[i->to] = result_bits(bits, i);
		}
	return bits;
}
