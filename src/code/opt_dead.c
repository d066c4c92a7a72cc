/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dead code: results that nothing uses, assignments that another one in the block follows
 * at once, and stores to slots that nothing reads.  Marking goes backwards until nothing
 * new is found, once when there is no loop.
 */
#include "code/passes.h"

struct marks {
	bool *used; /* [temp] */
	bool *slot_read; /* [slot]: other than written through a constant offset */
	bool changed;
};

static void mark(bool *flag, struct marks *marks)
{
	marks->changed |= !*flag;
	*flag = true;
}

static void mark_operand(struct marks *marks, const struct operand *o)
{
	if (o->kind == OPERAND_TEMP)
		mark(&marks->used[o->id], marks);
	else if (o->kind == OPERAND_SLOT)
		mark(&marks->slot_read[o->id], marks);
}

static bool is_plain_write(const struct instruction *i)
{
	return (i->op == OP_store || i->op == OP_copy || i->op == OP_zero) &&
	       i->a.kind == OPERAND_SLOT;
}

static bool is_needed(const struct marks *marks, const struct instruction *i)
{
	if (i->op == OP_move && i->a.kind == OPERAND_TEMP && i->a.id == i->to)
		return false;
	if (i->to && marks->used[i->to])
		return true;
	if (is_plain_write(i))
		return marks->slot_read[i->a.id];
	return !instruction_droppable(i);
}

static void mark_instruction(struct marks *marks, struct instruction *i)
{
	struct operand *operands[MAX_OPERANDS];
	uint32_t count = instruction_operands(i, operands);

	if (!is_needed(marks, i))
		return;
	for (uint32_t n = is_plain_write(i) ? 1 : 0; n < count; n++)
		mark_operand(marks, operands[n]);
}

static void mark_all(struct function_ir *f, struct marks *marks)
{
	for (uint32_t n = f->block_count; n--;) {
		struct block *block = f->blocks[n];

		mark_operand(marks, &block->a);
		mark_operand(marks, &block->b);
		for (uint32_t k = block->count; k--;)
			mark_instruction(marks, &block->list[k]);
	}
}

static void sweep(const struct marks *marks, struct block *block)
{
	uint32_t kept = 0;

	for (uint32_t n = 0; n < block->count; n++) {
		struct instruction *i = &block->list[n];

		if (!is_needed(marks, i))
			continue;
		if (i->to && !marks->used[i->to])
			i->to = 0;
		if (kept != n)
			block->list[kept] = *i;
		kept++;
	}
	block->count = kept;
}

/*
 * Assignments to variables that are not read before the next one.  `assigned` holds the
 * number of the block, plus one, in which the next thing that happens to a temp is that.
 */
static void drop_overwritten(struct block *block, uint32_t number, uint32_t *assigned)
{
	struct operand *operands[MAX_OPERANDS];
	uint32_t kept = block->count;

	if (block->a.kind == OPERAND_TEMP)
		assigned[block->a.id] = 0;
	if (block->b.kind == OPERAND_TEMP)
		assigned[block->b.id] = 0;
	for (uint32_t k = block->count; k--;) {
		struct instruction *i = &block->list[k];

		if (i->to && assigned[i->to] == number + 1 && instruction_droppable(i))
			continue;
		assigned[i->to] = number + 1;
		for (uint32_t n = instruction_operands(i, operands); n--;)
			if (operands[n]->kind == OPERAND_TEMP)
				assigned[operands[n]->id] = 0;
		block->list[--kept] = *i;
	}
	if (!kept)
		return;
	block->list += kept;
	block->count -= kept;
	block->capacity -= kept;
}

void opt_dead(struct function_ir *f)
{
	uint32_t *assigned = arena_array(f->arena, uint32_t, f->temp_count + 1);
	struct marks marks = {
		.used = arena_array(f->arena, bool, f->temp_count + 1),
		.slot_read = arena_array(f->arena, bool, f->slot_count),
	};

	for (uint32_t n = 0; n < f->block_count; n++)
		drop_overwritten(f->blocks[n], n, assigned);
	do {
		marks.changed = false;
		mark_all(f, &marks);
	} while (marks.changed);
	for (uint32_t n = 0; n < f->block_count; n++)
		sweep(&marks, f->blocks[n]);
}
