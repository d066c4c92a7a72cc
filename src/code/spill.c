/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spilling: temps that got no register live in stack slots; each use reads one into a
 * temp of its own, each definition stores it.  Whole 64 bits at aligned places: the
 * verifier then keeps track of pointers and bounds through them.
 */
#include "code/passes.h"

struct spilling {
	struct function_ir *f;
	const uint32_t *slot_of;
	uint32_t temp_count;
};

static uint32_t slot_of(const struct spilling *s, uint32_t temp)
{
	return temp <= s->temp_count ? s->slot_of[temp] : UINT32_MAX;
}

static bool is_spilled(const struct spilling *s, const struct operand *o)
{
	return o->kind == OPERAND_TEMP && slot_of(s, o->id) != UINT32_MAX;
}

static void reload(const struct spilling *s, struct operand *o)
{
	if (is_spilled(s, o))
		*o = ir_load(s->f, ir_slot_at(slot_of(s, o->id), 0), 0, 8, false);
}

/* Operands that are the same temp share one reload. */
static void reload_all(const struct spilling *s, struct operand **list, uint32_t count)
{
	struct operand old[MAX_OPERANDS];

	for (uint32_t n = 0; n < count; n++) {
		uint32_t same = 0;

		old[n] = *list[n];
		if (!is_spilled(s, list[n]))
			continue;
		while (!operand_equal(&old[same], &old[n]))
			same++;
		if (same < n)
			*list[n] = *list[same];
		else
			reload(s, list[n]);
	}
}

static bool can_store(const struct spilling *s, const struct operand *o)
{
	return is_immediate(o) || (o->kind == OPERAND_TEMP && !is_spilled(s, o));
}

static void rewrite_instruction(const struct spilling *s, struct instruction *i)
{
	struct operand *operands[MAX_OPERANDS];
	uint32_t to = i->to ? slot_of(s, i->to) : UINT32_MAX;

	if (i->op == OP_move && is_spilled(s, &i->a) && to == UINT32_MAX) {
		i->op = OP_load;
		i->a = ir_slot_at(slot_of(s, i->a.id), 0);
		ir_append(s->f, i);
		return;
	}
	if (i->op == OP_move && to != UINT32_MAX && can_store(s, &i->a)) {
		ir_store(s->f, ir_slot_at(to, 0), 0, 8, i->a);
		return;
	}
	reload_all(s, operands, instruction_operands(i, operands));
	if (to != UINT32_MAX)
		i->to = ir_new_temp(s->f);
	ir_append(s->f, i);
	if (to != UINT32_MAX)
		ir_store(s->f, ir_slot_at(to, 0), 0, 8, ir_temp(i->to));
}

static void rewrite_block(const struct spilling *s, struct block *block)
{
	struct block old = *block;
	struct operand *ends[2] = {&block->a, &block->b};

	block->list = NULL;
	block->count = 0;
	block->capacity = 0;
	s->f->at = block;
	for (uint32_t n = 0; n < old.count; n++) {
		s->f->range = old.list[n].range;
		rewrite_instruction(s, &old.list[n]);
	}
	s->f->range = block->range;
	reload_all(s, ends, 2);
	s->f->at = NULL;
}

void spill_rewrite(struct function_ir *f, const uint32_t *slots, uint32_t temp_count)
{
	struct spilling s = {f, slots, temp_count};

	for (uint32_t n = 0; n < f->block_count; n++)
		rewrite_block(&s, f->blocks[n]);
}
