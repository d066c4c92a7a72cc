/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The graph of blocks: order, dominators, layout, and simplification.  After cfg_order,
 * f->blocks is in reverse postorder and a block's id is its index in it.
 */
#include "code/passes.h"

void block_end_jump(struct block *block, struct block *to)
{
	block->end = END_JUMP;
	block->then = to;
	block->otherwise = NULL;
	block->a = block->b = (struct operand){0};
	block->unlikely_then = false;
}

static void block_end_return(struct block *block, struct operand value)
{
	block_end_jump(block, NULL);
	block->end = END_RETURN;
	block->a = value;
}

uint32_t block_successors(const struct block *block, struct block *list[2])
{
	if (block->end == END_RETURN)
		return 0;
	list[0] = block->then;
	if (block->end == END_JUMP)
		return 1;
	list[0] = block->unlikely_then ? block->then : block->otherwise;
	list[1] = block->unlikely_then ? block->otherwise : block->then;
	return 2;
}

/* ---- order -------------------------------------------------------------- */

#define UNSEEN UINT32_MAX

/* Depth first, without recursion: `stack` holds the path, ids count visited successors. */
static uint32_t visit(struct block *entry, struct block **stack, struct block **order,
		      uint32_t total, bool *entry_is_target)
{
	uint32_t depth = 0, at = total;

	stack[depth++] = entry;
	entry->id = 0;
	while (depth) {
		struct block *block = stack[depth - 1], *next[2];
		uint32_t count = block_successors(block, next);

		if (block->id == count) {
			order[--at] = block;
			depth--;
			continue;
		}
		block = next[block->id++];
		*entry_is_target |= block == entry;
		if (block->id != UNSEEN)
			continue;
		block->id = 0;
		stack[depth++] = block;
	}
	return at;
}

static void number(struct function_ir *f)
{
	for (uint32_t n = 0; n < f->block_count; n++)
		f->blocks[n]->id = n;
}

static void add_entry(struct function_ir *f)
{
	struct block **blocks = arena_array(f->arena, struct block *, f->block_count + 1);
	struct block *entry = ir_block(f);

	block_end_jump(entry, f->blocks[0]);
	blocks[0] = entry;
	for (uint32_t n = 0; n < f->block_count; n++)
		blocks[n + 1] = f->blocks[n];
	f->blocks = blocks;
	f->block_count++;
	f->block_capacity = f->block_count;
}

void cfg_order(struct function_ir *f)
{
	uint32_t total = f->block_count, first;
	struct block **stack = arena_array(f->arena, struct block *, total);
	struct block **order = arena_array(f->arena, struct block *, total);
	bool entry_is_target = false;

	for (uint32_t n = 0; n < total; n++) {
		f->blocks[n]->id = UNSEEN;
		if (f->blocks[n]->end == END_JUMP && !f->blocks[n]->then)
			block_end_return(f->blocks[n], ir_const(0));
	}
	first = visit(f->blocks[0], stack, order, total, &entry_is_target);
	f->blocks = order + first;
	f->block_count = total - first;
	f->block_capacity = f->block_count;
	if (entry_is_target)
		add_entry(f);
	number(f);
}

uint32_t *cfg_entries(const struct function_ir *f)
{
	uint32_t *entries = arena_array(f->arena, uint32_t, f->block_count);

	for (uint32_t n = 0; n < f->block_count; n++) {
		struct block *next[2];

		for (uint32_t s = block_successors(f->blocks[n], next); s--;)
			entries[next[s]->id]++;
	}
	return entries;
}

/* ---- layout ------------------------------------------------------------- */

static void note_loops(struct function_ir *f)
{
	for (uint32_t n = 0; n < f->block_count; n++) {
		struct block *next[2];

		for (uint32_t s = block_successors(f->blocks[n], next); s--;)
			for (uint32_t in = next[s]->id; in <= n; in++)
				if (f->blocks[in]->depth < 4)
					f->blocks[in]->depth++;
	}
}

static void note_cold(struct function_ir *f)
{
	for (uint32_t n = 1; n < f->block_count; n++)
		f->blocks[n]->is_cold = true;
	for (uint32_t n = 0; n < f->block_count; n++) {
		struct block *block = f->blocks[n], *next[2];

		if (block->is_cold)
			continue;
		for (uint32_t s = block_successors(block, next); s--;)
			if (!(block->unlikely_then && next[s] == block->then))
				next[s]->is_cold = false;
	}
}

void cfg_layout(struct function_ir *f)
{
	struct block **order;
	uint32_t at = 0;

	cfg_order(f);
	for (uint32_t n = 0; n < f->block_count; n++)
		f->blocks[n]->depth = 0;
	note_loops(f);
	note_cold(f);
	order = arena_array(f->arena, struct block *, f->block_count);
	for (int cold = 0; cold < 2; cold++)
		for (uint32_t n = 0; n < f->block_count; n++)
			if (f->blocks[n]->is_cold == cold)
				order[at++] = f->blocks[n];
	f->blocks = order;
	number(f);
}

/* ---- dominators --------------------------------------------------------- */

static uint32_t meet(const uint32_t *parent, uint32_t a, uint32_t b)
{
	while (a != b) {
		while (a > b)
			a = parent[a];
		while (b > a)
			b = parent[b];
	}
	return a;
}

/* Cooper, Harvey and Kennedy's iteration, pushed along the edges instead of pulled. */
static uint32_t *find_parents(const struct function_ir *f)
{
	uint32_t *parent = arena_array(f->arena, uint32_t, f->block_count);
	bool changed = true;

	for (uint32_t n = 1; n < f->block_count; n++)
		parent[n] = UNSEEN;
	while (changed) {
		changed = false;
		for (uint32_t n = 0; n < f->block_count; n++) {
			struct block *next[2];

			for (uint32_t s = block_successors(f->blocks[n], next); s--;) {
				uint32_t to = next[s]->id;
				uint32_t above =
					parent[to] == UNSEEN ? n : meet(parent, parent[to], n);

				changed |= above != parent[to];
				parent[to] = above;
			}
		}
	}
	return parent;
}

struct dominators cfg_dominators(const struct function_ir *f)
{
	struct dominators d = {
		.parent = find_parents(f),
		.first = arena_array(f->arena, uint32_t, f->block_count),
		.size = arena_array(f->arena, uint32_t, f->block_count),
	};
	uint32_t *next = arena_array(f->arena, uint32_t, f->block_count);

	for (uint32_t n = f->block_count; n--;) {
		d.size[n]++;
		if (n)
			d.size[d.parent[n]] += d.size[n];
	}
	next[0] = 1;
	for (uint32_t n = 1; n < f->block_count; n++) {
		d.first[n] = next[d.parent[n]];
		next[d.parent[n]] += d.size[n];
		next[n] = d.first[n] + 1;
	}
	return d;
}

bool dominates(const struct dominators *d, uint32_t above, uint32_t below)
{
	return d->first[below] - d->first[above] < d->size[above];
}
