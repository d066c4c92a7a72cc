/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables: `t = x op y; v = t` where t has no other use defines v directly.  That saves
 * a move that the allocator could not always avoid.  Looks only a few instructions back.
 */
#include "code/passes.h"

#define MAX_LOOK_BACK 16

static bool mentions(struct instruction *i, uint32_t temp)
{
	struct operand *operands[MAX_OPERANDS];

	if (i->to == temp)
		return true;
	for (uint32_t n = instruction_operands(i, operands); n--;)
		if (operands[n]->kind == OPERAND_TEMP && operands[n]->id == temp)
			return true;
	return false;
}

/* The definition of `temp` before instruction `n`, when nothing in between touches `to`. */
static struct instruction *find_definition(struct block *block, uint32_t n, uint32_t temp,
					   uint32_t to)
{
	uint32_t stop = n > MAX_LOOK_BACK ? n - MAX_LOOK_BACK : 0;

	while (n-- > stop) {
		if (block->list[n].to == temp)
			return &block->list[n];
		if (mentions(&block->list[n], to))
			break;
	}
	return NULL;
}

static uint8_t *count_uses(struct function_ir *f)
{
	uint8_t *uses = arena_array(f->arena, uint8_t, f->temp_count + 1);
	struct operand *operands[MAX_OPERANDS];

	for (uint32_t b = 0; b < f->block_count; b++) {
		struct block *block = f->blocks[b];

		for (uint32_t k = 0; k < block->count; k++)
			for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
				if (operands[n]->kind == OPERAND_TEMP && uses[operands[n]->id] < 2)
					uses[operands[n]->id]++;
		if (block->a.kind == OPERAND_TEMP)
			uses[block->a.id] = 2;
		if (block->b.kind == OPERAND_TEMP)
			uses[block->b.id] = 2;
	}
	return uses;
}

void opt_variables(struct function_ir *f)
{
	uint8_t *definitions = definition_counts(f), *uses = count_uses(f);

	for (uint32_t b = 0; b < f->block_count; b++) {
		struct block *block = f->blocks[b];
		uint32_t kept = 0;

		for (uint32_t k = 0; k < block->count; k++) {
			struct instruction *i = &block->list[k], *made = NULL;

			if (i->op == OP_move && i->a.kind == OPERAND_TEMP && i->a.id != i->to &&
			    definitions[i->a.id] == 1 && uses[i->a.id] == 1)
				made = find_definition(block, kept, i->a.id, i->to);
			if (made)
				made->to = i->to;
			else
				block->list[kept++] = *i;
		}
		block->count = kept;
	}
}
