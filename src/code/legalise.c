/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Legal BPF: afterwards every instruction can be written as BPF with nothing but the
 * registers of its own temps.
 *   a of a two-operand instruction may be anything (it is moved to the result first);
 *   b is a temp or a 32-bit constant; a memory base is a temp or a stack slot, with a
 *   16-bit offset; call arguments and moves take anything; comparisons have a temp first.
 * Copies, zeroing and emulated division are gone.
 */
#include "code/passes.h"

struct operand in_temp(struct function_ir *f, struct operand o)
{
	return o.kind == OPERAND_TEMP ? o : ir_unary(f, OP_move, o);
}

static struct operand in_temp_or_immediate(struct function_ir *f, struct operand o)
{
	return is_immediate(&o) ? o : in_temp(f, o);
}

/* BPF leaves shifts by 64 and more undefined. */
static struct operand shift_count(struct function_ir *f, const uint8_t *bits, struct operand b)
{
	if (b.kind == OPERAND_CONST)
		return ir_const(b.value & 63);
	if (b.kind == OPERAND_TEMP && operand_bits(bits, &b) <= 6)
		return b;
	return ir_binary(f, OP_and, in_temp(f, b), ir_const(63));
}

static void legalise_comparison(struct function_ir *f, enum compare *compare, struct operand *a,
				struct operand *b)
{
	if (a->kind != OPERAND_TEMP && b->kind == OPERAND_TEMP) {
		struct operand left = *a;

		*a = *b;
		*b = left;
		*compare = compare_swapped(*compare);
	}
	*a = in_temp(f, *a);
	*b = in_temp_or_immediate(f, *b);
}

bool result_before_b(const struct instruction *i)
{
	return op_is_binary(i->op) && (!op_commutes(i->op) || i->a.kind != OPERAND_TEMP);
}

/* Constants go to the right, except those that have to be loaded into a register anyway:
 * that can then be the result's. */
static void order_sides(struct instruction *i)
{
	struct operand a = i->a;

	if (!op_commutes(i->op))
		return;
	if ((is_immediate(&a) && i->b.kind == OPERAND_TEMP) ||
	    (a.kind == OPERAND_TEMP && i->b.kind != OPERAND_TEMP && !is_immediate(&i->b))) {
		i->a = i->b;
		i->b = a;
	}
}

static void legalise_binary(struct function_ir *f, const uint8_t *bits, struct instruction *i)
{
	order_sides(i);
	if (i->op == OP_shl || i->op == OP_shr || i->op == OP_sar)
		i->b = shift_count(f, bits, i->b);
	else
		i->b = in_temp_or_immediate(f, i->b);
	if (result_before_b(i) && i->b.kind == OPERAND_TEMP && i->b.id == i->to)
		i->b = ir_unary(f, OP_move, i->b);
	ir_append(f, i);
}

static void legalise_set(struct function_ir *f, struct instruction *i)
{
	legalise_comparison(f, &i->compare, &i->a, &i->b);
	if (i->a.id == i->to)
		i->a = ir_unary(f, OP_move, i->a);
	if (i->b.kind == OPERAND_TEMP && i->b.id == i->to)
		i->b = ir_unary(f, OP_move, i->b);
	ir_append(f, i);
}

static void legalise_instruction(struct function_ir *f, const uint8_t *bits, struct instruction *i,
				 bool signed_division)
{
	switch (i->op) {
	case OP_udiv:
	case OP_umod:
	case OP_sdiv:
	case OP_smod:
		legalise_division(f, i, signed_division);
		break;
	case OP_set:
		legalise_set(f, i);
		break;
	case OP_load:
	case OP_store:
	case OP_atomic_add:
	case OP_copy:
	case OP_zero:
		legalise_memory(f, i);
		break;
	default:
		if (op_is_binary(i->op))
			legalise_binary(f, bits, i);
		else
			ir_append(f, i);
	}
}

static void legalise_block(struct function_ir *f, const uint8_t *bits, struct block *block,
			   bool signed_division)
{
	struct block old = *block;

	block->list = NULL;
	block->count = 0;
	block->capacity = 0;
	f->at = block;
	for (uint32_t n = 0; n < old.count; n++) {
		f->range = old.list[n].range;
		legalise_instruction(f, bits, &old.list[n], signed_division);
	}
	f->range = block->range;
	if (block->end == END_BRANCH)
		legalise_comparison(f, &block->compare, &block->a, &block->b);
	f->at = NULL;
}

void legalise(struct function_ir *f, bool signed_division)
{
	uint8_t *bits = known_bits(f);

	for (uint32_t n = 0; n < f->block_count; n++)
		legalise_block(f, bits, f->blocks[n], signed_division);
	cfg_layout(f);
}
