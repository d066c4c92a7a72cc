/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jumps: past empty blocks, past branches whose outcome the way there decides, and none
 * at all between blocks that always follow each other.
 */
#include <string.h>

#include "code/passes.h"

/* Enough for what lowering makes of nested conditions, and ends in empty endless loops. */
#define MAX_HOPS 16
#define MAX_LOOK_BACK 8
#define MAX_RETURNS 4

/* How a block is left: by its jump, or by its branch when that holds or not. */
enum edge { EDGE_JUMP, EDGE_THEN, EDGE_OTHERWISE };

/* The constant that `temp` has at the end of `block`, when it is plain to see. */
static bool constant_at_end(const struct block *block, uint32_t temp, int64_t *value)
{
	uint32_t stop = block->count > MAX_LOOK_BACK ? block->count - MAX_LOOK_BACK : 0;

	for (uint32_t n = block->count; n-- > stop;) {
		const struct instruction *i = &block->list[n];

		if (i->to != temp)
			continue;
		*value = i->a.value;
		return i->op == OP_move && i->a.kind == OPERAND_CONST;
	}
	return false;
}

/* Does the branch at the end of `to` hold when it is reached from `from`?  -1: unknown. */
static int decide(const struct block *from, enum edge edge, const struct block *to)
{
	bool holds = edge == EDGE_THEN;
	int64_t value;

	if (edge != EDGE_JUMP && operand_equal(&from->a, &to->a) &&
	    operand_equal(&from->b, &to->b)) {
		if (from->compare == to->compare)
			return holds;
		if (from->compare == compare_inverse(to->compare))
			return !holds;
	}
	if (to->a.kind == OPERAND_TEMP && to->b.kind == OPERAND_CONST &&
	    constant_at_end(from, to->a.id, &value))
		return compare_constants(to->compare, value, to->b.value);
	return -1;
}

static struct block *follow(const struct block *from, enum edge edge, struct block *to)
{
	for (int hop = 0; hop < MAX_HOPS && to->count == 0; hop++) {
		int holds;

		if (to->end == END_JUMP) {
			to = to->then;
			continue;
		}
		holds = to->end == END_BRANCH ? decide(from, edge, to) : -1;
		if (holds < 0)
			break;
		to = holds ? to->then : to->otherwise;
	}
	return to;
}

/* Blocks that do nothing but return a constant: the first of each is enough. */
struct returns {
	struct block *list[MAX_RETURNS];
	uint32_t count;
};

static struct block *first_return(struct returns *returns, struct block *block)
{
	if (block->count || block->end != END_RETURN || block->a.kind != OPERAND_CONST)
		return block;
	for (uint32_t n = 0; n < returns->count; n++)
		if (returns->list[n]->a.value == block->a.value)
			return returns->list[n];
	if (returns->count < MAX_RETURNS)
		returns->list[returns->count++] = block;
	return block;
}

static bool retarget(struct block **target, struct block *to)
{
	bool changed = *target != to;

	*target = to;
	return changed;
}

static bool thread_block(struct returns *returns, struct block *block)
{
	bool changed = false;

	if (block->end == END_BRANCH) {
		struct block *then = follow(block, EDGE_THEN, block->then);
		struct block *otherwise = follow(block, EDGE_OTHERWISE, block->otherwise);

		changed |= retarget(&block->then, first_return(returns, then));
		changed |= retarget(&block->otherwise, first_return(returns, otherwise));
		if (block->then != block->otherwise)
			return changed;
		block_end_jump(block, block->then);
	}
	if (block->end == END_JUMP) {
		changed |= retarget(&block->then, follow(block, EDGE_JUMP, block->then));
		if (block->then->count == 0 && block->then->end == END_RETURN) {
			block->end = END_RETURN;
			block->a = block->then->a;
			changed = true;
		}
	}
	return changed;
}

static void append_all(struct function_ir *f, struct block *to, const struct block *from)
{
	if (!to->count) {
		to->list = from->list;
		to->count = from->count;
		to->capacity = from->capacity;
		return;
	}
	for (uint32_t n = 0; n < from->count; n++) {
		to->list =
			arena_grow(f->arena, to->list, to->count, &to->capacity, sizeof(*to->list));
		to->list[to->count++] = from->list[n];
	}
}

/* `next` follows `block` and nothing else does: one block. */
static void join(struct function_ir *f, struct block *block, const struct block *next)
{
	append_all(f, block, next);
	block->end = next->end;
	block->compare = next->compare;
	block->a = next->a;
	block->b = next->b;
	block->then = next->then;
	block->otherwise = next->otherwise;
	block->unlikely_then = next->unlikely_then;
	block->range = next->range;
}

static bool join_lines(struct function_ir *f)
{
	uint32_t *entries = cfg_entries(f);
	bool changed = false;

	for (uint32_t n = 0; n < f->block_count; n++) {
		struct block *block = f->blocks[n];

		if (n && !entries[n])
			continue;
		while (block->end == END_JUMP && block->then != block &&
		       entries[block->then->id] == 1) {
			entries[block->then->id] = 0;
			join(f, block, block->then);
			changed = true;
		}
	}
	return changed;
}

bool opt_jumps(struct function_ir *f)
{
	struct returns returns = {.count = 0};
	bool changed = false;

	for (uint32_t n = 0; n < f->block_count; n++)
		changed |= thread_block(&returns, f->blocks[n]);
	cfg_order(f);
	changed |= join_lines(f);
	cfg_order(f);
	return changed;
}
