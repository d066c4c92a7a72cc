/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where slots live: on the stack, or in this program's entry of the per-CPU scratch map.
 * Slots that are not in use at the same time share their bytes; small ones take the stack
 * first.  Afterwards no operand names a slot in scratch memory: it is reached through a
 * pointer that is looked up once.
 */
#include "code/passes.h"

#define SPILL_ROOM 64
#define MAX_SCRATCH 32768 /* the kernel's limit for a per-CPU value */

/* From the first to the last use, as instruction numbers in topological order. */
struct lifetime {
	uint32_t from, to;
};

struct placing {
	struct function_ir *f;
	struct lifetime *lives;
	uint32_t *by_size; /* slots, the smallest first */
	uint32_t *placed; /* those that have an offset in the area being filled */
	uint32_t placed_count, used;
};

/* ---- lifetimes ---------------------------------------------------------- */

static void extend_life(struct lifetime *life, uint32_t from, uint32_t to)
{
	if (life->from > from)
		life->from = from;
	if (life->to < to)
		life->to = to;
}

/* An address that is computed with may be used anywhere later. */
static bool address_escapes(const struct instruction *i)
{
	return i->op == OP_move || op_is_binary(i->op) || i->op == OP_neg || i->op == OP_not ||
	       i->op == OP_extend || i->op == OP_swap;
}

static void note_operand(struct lifetime *lives, const struct operand *o, uint32_t at, bool always)
{
	if (o->kind == OPERAND_SLOT)
		extend_life(&lives[o->id], always ? 0 : at, always ? UINT32_MAX : at + 1);
}

static void note_uses(struct function_ir *f, struct lifetime *lives, uint32_t *starts)
{
	uint32_t at = 0;

	for (uint32_t b = 0; b < f->block_count; b++) {
		struct block *block = f->blocks[b];

		starts[b] = at;
		for (uint32_t k = 0; k < block->count; k++, at++) {
			struct instruction *i = &block->list[k];
			struct operand *operands[MAX_OPERANDS];
			bool escapes = address_escapes(i) ||
				       (i->op == OP_store && i->b.kind == OPERAND_SLOT);

			for (uint32_t n = instruction_operands(i, operands); n--;)
				note_operand(lives, operands[n], at, escapes);
		}
		note_operand(lives, &block->a, at, true);
		note_operand(lives, &block->b, at, true);
		at++;
	}
	starts[f->block_count] = at;
}

/* What is in use anywhere in a loop may be needed in its next round. */
static void note_loops(const struct function_ir *f, struct lifetime *lives, const uint32_t *starts)
{
	for (uint32_t b = f->block_count; b--;) {
		struct block *next[2];

		for (uint32_t s = block_successors(f->blocks[b], next); s--;) {
			uint32_t from = starts[next[s]->id], to = starts[b + 1];

			if (next[s]->id > b)
				continue;
			for (uint32_t n = 0; n < f->slot_count; n++)
				if (lives[n].from < to && lives[n].to > from)
					extend_life(&lives[n], from, to);
		}
	}
}

static struct lifetime *find_lifetimes(struct function_ir *f)
{
	struct lifetime *lives = arena_array(f->arena, struct lifetime, f->slot_count);
	uint32_t *starts = arena_array(f->arena, uint32_t, f->block_count + 1);

	for (uint32_t n = 0; n < f->slot_count; n++)
		lives[n].from = UINT32_MAX;
	note_uses(f, lives, starts);
	note_loops(f, lives, starts);
	return lives;
}

/* ---- offsets ------------------------------------------------------------ */

/* Pieces are copied and cleared faster when aligned. */
static uint32_t slot_align(const struct slot *slot)
{
	uint32_t align = slot->size >= 8 ? 8 : slot->size >= 4 ? 4 : 1;

	return align > slot->align ? align : slot->align;
}

static bool overlap(const struct lifetime *a, const struct lifetime *b)
{
	return a->from < b->to && b->from < a->to;
}

/* The next offset at or above `at` that may be free of slot `other`, or `at` itself. */
static uint32_t step_over(const struct placing *p, uint32_t slot, uint32_t other, uint32_t at)
{
	const struct slot *s = &p->f->slots[slot], *o = &p->f->slots[other];
	uint32_t end = (uint32_t)o->offset + o->size;

	if (!overlap(&p->lives[slot], &p->lives[other]) || at >= end ||
	    at + s->size <= (uint32_t)o->offset)
		return at;
	return ALIGN_UP(end, slot_align(s));
}

static uint32_t first_fit(const struct placing *p, uint32_t slot)
{
	uint32_t at = 0, before;

	do {
		before = at;
		for (uint32_t n = 0; n < p->placed_count; n++)
			at = step_over(p, slot, p->placed[n], at);
	} while (at != before);
	return at;
}

/* Offsets count up from 0 for now; false: there is no room below `limit`. */
static bool place_one(struct placing *p, uint32_t slot, uint32_t limit)
{
	uint32_t at = first_fit(p, slot), end = at + p->f->slots[slot].size;

	if (end > limit)
		return false;
	p->f->slots[slot].offset = (int32_t)at;
	p->placed[p->placed_count++] = slot;
	if (end > p->used)
		p->used = end;
	return true;
}

static void sort_by_size(struct placing *p)
{
	const struct slot *slots = p->f->slots;

	for (uint32_t n = 0; n < p->f->slot_count; n++) {
		uint32_t at = n;

		for (; at && slots[p->by_size[at - 1]].size > slots[n].size; at--)
			p->by_size[at] = p->by_size[at - 1];
		p->by_size[at] = n;
	}
}

static bool is_used(const struct placing *p, uint32_t slot)
{
	return p->lives[slot].to != 0;
}

static void place_on_stack(struct placing *p)
{
	struct function_ir *f = p->f;
	uint32_t bottom;

	for (uint32_t n = 0; n < f->slot_count; n++) {
		struct slot *slot = &f->slots[p->by_size[n]];

		if (is_used(p, p->by_size[n]) && !slot->in_scratch)
			slot->in_scratch = !place_one(p, p->by_size[n], STACK_SIZE - SPILL_ROOM);
	}
	bottom = ALIGN_UP(p->used, 8);
	for (uint32_t n = 0; n < p->placed_count; n++)
		f->slots[p->placed[n]].offset -= (int32_t)bottom;
}

static bool place_in_scratch(struct placing *p)
{
	p->placed_count = 0;
	p->used = 0;
	for (uint32_t n = 0; n < p->f->slot_count; n++)
		if (is_used(p, n) && p->f->slots[n].in_scratch && !place_one(p, n, MAX_SCRATCH))
			return false;
	return true;
}

/* ---- the pointer to scratch memory -------------------------------------- */

struct rewrite {
	struct function_ir *f;
	struct operand base;
};

static bool is_scratch(const struct function_ir *f, const struct operand *o)
{
	return o->kind == OPERAND_SLOT && f->slots[o->id].in_scratch;
}

static void rewrite_operand(struct rewrite *r, struct operand *o)
{
	if (is_scratch(r->f, o))
		*o = ir_binary(r->f, OP_add, r->base,
			       ir_const(r->f->slots[o->id].offset + o->value));
}

/* Loads and stores take the offset themselves. */
static void rewrite_address(struct rewrite *r, struct instruction *i)
{
	if (!is_scratch(r->f, &i->a) || i->op == OP_call || address_escapes(i))
		return;
	i->offset += (int32_t)(r->f->slots[i->a.id].offset + i->a.value);
	i->a = r->base;
}

static void rewrite_block(struct rewrite *r, struct block *block)
{
	struct block old = *block;
	struct operand *operands[MAX_OPERANDS];

	block->list = NULL;
	block->count = 0;
	block->capacity = 0;
	r->f->at = block;
	for (uint32_t k = 0; k < old.count; k++) {
		struct instruction *i = &old.list[k];

		r->f->range = i->range;
		rewrite_address(r, i);
		for (uint32_t n = instruction_operands(i, operands); n--;)
			rewrite_operand(r, operands[n]);
		ir_append(r->f, i);
	}
	rewrite_operand(r, &block->a);
	rewrite_operand(r, &block->b);
	r->f->at = NULL;
}

static bool uses_scratch(const struct function_ir *f, struct block *block)
{
	struct operand *operands[MAX_OPERANDS];

	if (is_scratch(f, &block->a) || is_scratch(f, &block->b))
		return true;
	for (uint32_t k = 0; k < block->count; k++)
		for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
			if (is_scratch(f, operands[n]))
				return true;
	return false;
}

/* Up to where no loop is around it. */
static uint32_t leave_loops(const struct function_ir *f, const struct dominators *d, uint32_t home)
{
	for (uint32_t b = f->block_count; b--;) {
		struct block *next[2];

		for (uint32_t s = block_successors(f->blocks[b], next); s--;) {
			if (next[s]->id > b || home > b || !dominates(d, next[s]->id, home))
				continue;
			home = d->parent[next[s]->id];
			b = f->block_count;
			break;
		}
	}
	return home;
}

/* The last block that each use of scratch memory comes through: a predicate that fails
 * before it does not pay for the lookup. */
static struct block *lookup_home(struct function_ir *f)
{
	struct dominators d = cfg_dominators(f);
	uint32_t home = UINT32_MAX;

	for (uint32_t n = 0; n < f->block_count; n++) {
		if (!uses_scratch(f, f->blocks[n]))
			continue;
		if (home == UINT32_MAX)
			home = n;
		while (!dominates(&d, home, n))
			home = d.parent[home];
	}
	return f->blocks[leave_loops(f, &d, home)];
}

/* At the begin of its home, after the context, which is in r1 at the entry. */
static void add_lookup(struct rewrite *r, uint32_t scratch, uint32_t key)
{
	struct function_ir *f = r->f;
	struct block *home = lookup_home(f), *rest = ir_block(f), *none = ir_block(f);
	struct operand key_at = ir_slot_at(ir_slot(f, "scratch_key", 4, 4), 0);

	f->range = home->range;
	*rest = *home;
	*home = (struct block){.id = home->id};
	f->at = home;
	if (rest->count && rest->list[0].op == OP_context) {
		ir_append(f, &rest->list[0]);
		rest->list++;
		rest->count--;
		rest->capacity--;
	}
	ir_store(f, key_at, 0, 4, ir_const(key));
	r->base = ir_call(f, BPF_FUNC_map_lookup_elem, 2, ir_map(scratch), key_at);
	ir_branch_unlikely(f, CMP_EQ, r->base, ir_const(0), none, rest);
	ir_begin(f, none);
	ir_return(f, ir_const(0));
	ir_begin(f, rest);
	f->at = NULL;
}

static bool needs_scratch(const struct placing *p)
{
	for (uint32_t n = 0; n < p->f->slot_count; n++)
		if (is_used(p, n) && p->f->slots[n].in_scratch)
			return true;
	return false;
}

/* The key's slot takes four bytes below the others. */
static void place_key(struct placing *p)
{
	int32_t lowest = 0;

	for (uint32_t n = 0; n + 1 < p->f->slot_count; n++)
		if (!p->f->slots[n].in_scratch && p->f->slots[n].offset < lowest)
			lowest = p->f->slots[n].offset;
	p->f->slots[p->f->slot_count - 1].offset = lowest - 4;
}

bool place_slots(struct function_ir *f, uint32_t scratch, uint32_t key, uint32_t *scratch_size)
{
	struct placing p = {
		.f = f,
		.by_size = arena_array(f->arena, uint32_t, f->slot_count),
		.placed = arena_array(f->arena, uint32_t, f->slot_count),
	};
	struct rewrite r = {.f = f};

	*scratch_size = 0;
	cfg_order(f);
	p.lives = find_lifetimes(f);
	sort_by_size(&p);
	place_on_stack(&p);
	if (!needs_scratch(&p))
		return true;
	if (!place_in_scratch(&p))
		return false;
	*scratch_size = ALIGN_UP(p.used, 8);
	add_lookup(&r, scratch, key);
	place_key(&p);
	for (uint32_t n = 0; n < f->block_count; n++)
		rewrite_block(&r, f->blocks[n]);
	return true;
}
