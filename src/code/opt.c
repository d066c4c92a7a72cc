/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The optimiser: the order of its passes.  Each pass is linear in the function's size;
 * rounds go on while jumps were simplified, since that turns variables into values.
 */
#include "code/passes.h"

#define MAX_ROUNDS 4

/* One context instruction, the first of the entry; the others become copies of it. */
static void hoist_context(struct function_ir *f)
{
	uint32_t context = 0;
	struct block *entry = f->blocks[0];
	struct instruction *list;

	for (uint32_t b = 0; b < f->block_count; b++)
		for (uint32_t n = 0; n < f->blocks[b]->count; n++) {
			struct instruction *i = &f->blocks[b]->list[n];

			if (i->op != OP_context)
				continue;
			if (!context)
				context = ir_new_temp(f);
			i->op = OP_move;
			i->a = ir_temp(context);
		}
	if (!context)
		return;
	list = arena_array(f->arena, struct instruction, entry->count + 1);
	list[0] = (struct instruction){.op = OP_context, .width = 8, .to = context};
	for (uint32_t n = 0; n < entry->count; n++)
		list[n + 1] = entry->list[n];
	entry->list = list;
	entry->count++;
	entry->capacity = entry->count;
}

void optimise(struct function_ir *f)
{
	bool changed = true;

	cfg_order(f);
	hoist_context(f);
	for (int round = 0; changed && round < MAX_ROUNDS; round++) {
		opt_values(f);
		opt_dead(f);
		changed = opt_jumps(f);
	}
	opt_variables(f);
}
