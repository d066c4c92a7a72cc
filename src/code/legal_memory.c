/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory accesses: legal bases and offsets; copies and zeroing in pieces as wide as the
 * alignment allows, or by one helper call when there would be too many.
 */
#include "code/passes.h"

#define MAX_ZEROED_IN_PIECES 128
#define MAX_COPIED_IN_PIECES 256

/* A base and the offset from it. */
struct place {
	struct operand base;
	int64_t offset;
};

/* The frame pointer and the values of maps are 8-aligned; so is what lowering points to,
 * as far as its offsets say. */
static int64_t known_offset(const struct function_ir *f, const struct operand *base, int64_t offset)
{
	if (base->kind == OPERAND_SLOT)
		offset += f->slots[base->id].offset;
	return base->value + offset;
}

static struct place legal_place(struct function_ir *f, struct operand base, int64_t offset,
				uint32_t size)
{
	if (base.kind == OPERAND_MAP_VALUE) {
		base.value += offset;
		offset = 0;
	}
	if (base.kind != OPERAND_SLOT)
		base = in_temp(f, base);
	if (base.kind == OPERAND_TEMP && (offset < INT16_MIN || offset + size > INT16_MAX)) {
		base = ir_binary(f, OP_add, base, ir_const(offset));
		offset = 0;
	}
	return (struct place){base, offset};
}

static void legalise_access(struct function_ir *f, const struct instruction *i)
{
	struct instruction access = *i;
	struct place at = legal_place(f, i->a, i->offset, i->width);

	access.a = at.base;
	access.offset = (int32_t)at.offset;
	if (i->op == OP_store && i->b.kind == OPERAND_CONST)
		access.b = ir_const(arith_extend(i->b.value, i->width, true));
	if (i->op == OP_atomic_add || (i->op == OP_store && !is_immediate(&access.b)))
		access.b = in_temp(f, access.b);
	ir_append(f, &access);
}

/* ---- in pieces ---------------------------------------------------------- */

static uint32_t piece_width(int64_t offsets, uint32_t left)
{
	uint32_t width = 8;

	while (width > left || (offsets & (width - 1)))
		width /= 2;
	return width;
}

static void zero_pieces(struct function_ir *f, const struct instruction *i)
{
	struct place to = legal_place(f, i->a, i->offset, i->size);
	int64_t known = known_offset(f, &i->a, i->offset);
	uint32_t width;

	for (uint32_t at = 0; at < i->size; at += width) {
		width = piece_width(known + at, i->size - at);
		ir_store(f, to.base, (int32_t)(to.offset + at), width, ir_const(0));
	}
}

static void copy_pieces(struct function_ir *f, const struct instruction *i)
{
	struct place to = legal_place(f, i->a, i->offset, i->size);
	struct place from = legal_place(f, i->b, 0, i->size);
	int64_t known_to = known_offset(f, &i->a, i->offset);
	int64_t known_from = known_offset(f, &i->b, 0);
	uint32_t width;

	for (uint32_t at = 0; at < i->size; at += width) {
		struct operand piece;

		width = piece_width((known_to + at) | (known_from + at), i->size - at);
		piece = ir_load(f, from.base, (int32_t)(from.offset + at), width, false);
		ir_store(f, to.base, (int32_t)(to.offset + at), width, piece);
	}
}

/* ---- by a helper -------------------------------------------------------- */

static struct operand address_of(struct function_ir *f, struct operand base, int64_t offset)
{
	if (base.kind == OPERAND_TEMP)
		return offset ? ir_binary(f, OP_add, base, ir_const(offset)) : base;
	base.value += offset;
	return base;
}

/* A failing read fills its destination with zeroes: that is what reading from NULL is for. */
static void read_kernel(struct function_ir *f, const struct instruction *i, struct operand from)
{
	struct instruction call = {
		.op = OP_call,
		.width = 8,
		.helper = BPF_FUNC_probe_read_kernel,
		.arg_count = 3,
		.args = {address_of(f, i->a, i->offset), ir_const(i->size), from},
		.range = i->range,
	};

	ir_append(f, &call);
}

void legalise_memory(struct function_ir *f, const struct instruction *i)
{
	if (i->op == OP_zero && i->size > MAX_ZEROED_IN_PIECES)
		read_kernel(f, i, ir_const(0));
	else if (i->op == OP_zero)
		zero_pieces(f, i);
	else if (i->op == OP_copy && i->size > MAX_COPIED_IN_PIECES)
		read_kernel(f, i, i->b);
	else if (i->op == OP_copy)
		copy_pieces(f, i);
	else
		legalise_access(f, i);
}
