/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Liveness: legal IR in its final order in; for each temp the ranges of positions in which
 * its value is needed out, with the cost of spilling it and the registers it would like.
 * Only temps that are live between blocks take part in the flow analysis.
 */
#include "code/passes.h"

#define WORD_BITS 64
#define COLD_SHARE 0.125f

struct flow {
	struct function_ir *f;
	uint32_t *number; /* [temp]: from 1 on, of those live between blocks; else 0 */
	uint32_t *temps; /* [number - 1] */
	uint32_t count, words;
	uint64_t *needed, *defined, *live_out; /* [block][word] */
	uint32_t *starts; /* [block]: its first position */
	float weight; /* of a use in the block being walked */
	struct liveness live;
};

/* ---- which temps are live between blocks -------------------------------- */

static void note_temp(struct flow *flow, const uint32_t *defined_in, uint32_t block,
		      const struct operand *o)
{
	if (o->kind != OPERAND_TEMP || defined_in[o->id] == block + 1 || flow->number[o->id])
		return;
	flow->temps[flow->count++] = o->id;
	flow->number[o->id] = flow->count;
}

static void number_temps(struct flow *flow)
{
	struct function_ir *f = flow->f;
	uint32_t *defined_in = arena_array(f->arena, uint32_t, f->temp_count + 1);
	struct operand *operands[MAX_OPERANDS];

	for (uint32_t b = 0; b < f->block_count; b++) {
		struct block *block = f->blocks[b];

		for (uint32_t k = 0; k < block->count; k++) {
			for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
				note_temp(flow, defined_in, b, operands[n]);
			defined_in[block->list[k].to] = b + 1;
		}
		note_temp(flow, defined_in, b, &block->a);
		note_temp(flow, defined_in, b, &block->b);
	}
}

/* ---- the flow ----------------------------------------------------------- */

static void add_bit(const struct flow *flow, uint64_t *set, uint32_t temp)
{
	uint32_t bit = flow->number[temp] - 1;

	if (flow->number[temp])
		set[bit / WORD_BITS] |= 1ull << bit % WORD_BITS;
}

static void remove_bit(const struct flow *flow, uint64_t *set, uint32_t temp)
{
	uint32_t bit = flow->number[temp] - 1;

	if (flow->number[temp])
		set[bit / WORD_BITS] &= ~(1ull << bit % WORD_BITS);
}

static void need_operand(const struct flow *flow, uint64_t *needed, const struct operand *o)
{
	if (o->kind == OPERAND_TEMP)
		add_bit(flow, needed, o->id);
}

static void describe_block(struct flow *flow, uint32_t b)
{
	struct block *block = flow->f->blocks[b];
	uint64_t *needed = flow->needed + b * flow->words;
	uint64_t *defined = flow->defined + b * flow->words;
	struct operand *operands[MAX_OPERANDS];

	need_operand(flow, needed, &block->a);
	need_operand(flow, needed, &block->b);
	for (uint32_t k = block->count; k--;) {
		remove_bit(flow, needed, block->list[k].to);
		add_bit(flow, defined, block->list[k].to);
		for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
			need_operand(flow, needed, operands[n]);
	}
}

static bool flow_into(struct flow *flow, uint32_t b, const struct block *next)
{
	uint64_t *out = flow->live_out + b * flow->words;
	bool changed = false;

	for (uint32_t w = 0; w < flow->words; w++) {
		uint32_t at = next->id * flow->words + w;
		uint64_t in = flow->needed[at] | (flow->live_out[at] & ~flow->defined[at]);

		changed |= (in & ~out[w]) != 0;
		out[w] |= in;
	}
	return changed;
}

static void solve(struct flow *flow)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (uint32_t b = flow->f->block_count; b--;) {
			struct block *next[2];

			for (uint32_t s = block_successors(flow->f->blocks[b], next); s--;)
				changed |= flow_into(flow, b, next[s]);
		}
	}
}

static void find_flow(struct flow *flow)
{
	struct function_ir *f = flow->f;
	size_t size;

	flow->number = arena_array(f->arena, uint32_t, f->temp_count + 1);
	flow->temps = arena_array(f->arena, uint32_t, f->temp_count + 1);
	number_temps(flow);
	flow->words = (flow->count + WORD_BITS - 1) / WORD_BITS;
	size = (size_t)f->block_count * flow->words;
	flow->needed = arena_array(f->arena, uint64_t, size);
	flow->defined = arena_array(f->arena, uint64_t, size);
	flow->live_out = arena_array(f->arena, uint64_t, size);
	for (uint32_t b = 0; b < f->block_count; b++)
		describe_block(flow, b);
	solve(flow);
}

/* ---- ranges, built from the end ----------------------------------------- */

static void add_range(struct flow *flow, uint32_t temp, uint32_t from, uint32_t to)
{
	struct interval *interval = &flow->live.intervals[temp];
	struct live_range *first = interval->ranges;

	if (first && first->from <= to) {
		if (from < first->from)
			first->from = from;
		if (to > first->to)
			first->to = to;
	} else {
		first = arena_new_of(flow->f->arena, struct live_range);
		*first = (struct live_range){from, to, interval->ranges};
		interval->ranges = first;
	}
	if (to > interval->to)
		interval->to = to;
}

static void use_temp(struct flow *flow, const struct operand *o, uint32_t start, uint32_t end)
{
	if (o->kind != OPERAND_TEMP)
		return;
	add_range(flow, o->id, start, end);
	flow->live.intervals[o->id].weight += flow->weight;
}

static void define_temp(struct flow *flow, uint32_t temp, uint32_t at)
{
	struct interval *interval = &flow->live.intervals[temp];

	if (interval->ranges && interval->ranges->from <= at && interval->ranges->to > at)
		interval->ranges->from = at;
	else
		add_range(flow, temp, at, at + 1);
	interval->weight += flow->weight;
}

/* ---- what it would like ------------------------------------------------- */

static void hint(struct flow *flow, uint32_t temp, int reg)
{
	if (flow->live.intervals[temp].hint < 0)
		flow->live.intervals[temp].hint = (int8_t)reg;
}

static void pair(struct flow *flow, uint32_t a, uint32_t b)
{
	struct interval *of_a = &flow->live.intervals[a], *of_b = &flow->live.intervals[b];

	if (a == b)
		return;
	of_a->partner[of_a->partner[0] != 0] = b;
	of_b->partner[of_b->partner[0] != 0] = a;
	if (of_a->hint < 0)
		of_a->hint = of_b->hint;
}

/* `a` moves to the result first: best when they share a register. */
static bool moves_a(const struct instruction *i)
{
	return op_is_binary(i->op) || i->op == OP_move || i->op == OP_neg || i->op == OP_not ||
	       i->op == OP_extend || i->op == OP_swap;
}

static void note_hints(struct flow *flow, const struct instruction *i)
{
	if (i->op == OP_call) {
		for (uint32_t n = 0; n < i->arg_count; n++)
			if (i->args[n].kind == OPERAND_TEMP)
				hint(flow, i->args[n].id, (int)n + 1);
		if (i->to)
			hint(flow, i->to, 0);
	} else if (i->op == OP_context) {
		hint(flow, i->to, 1);
	} else if (i->to && i->op != OP_set && moves_a(i) && i->a.kind == OPERAND_TEMP) {
		pair(flow, i->a.id, i->to);
	}
}

/* ---- the walk ----------------------------------------------------------- */

static void walk_instruction(struct flow *flow, struct instruction *i, uint32_t start, uint32_t at)
{
	struct operand *operands[MAX_OPERANDS];

	note_hints(flow, i);
	if (i->op == OP_call)
		flow->live.calls[flow->live.call_count++] = at + 1;
	if (i->to)
		define_temp(flow, i->to, at + 2);
	for (uint32_t n = instruction_operands(i, operands); n--;) {
		bool late = (i->op == OP_set || (operands[n] == &i->b && result_before_b(i)));

		use_temp(flow, operands[n], start, late ? at + 3 : at + 1);
	}
}

static void walk_block(struct flow *flow, uint32_t b)
{
	struct block *block = flow->f->blocks[b];
	const uint64_t *out = flow->live_out + (size_t)b * flow->words;
	uint32_t start = flow->starts[b], at = start + 4 * block->count;

	flow->weight = block->is_cold ? COLD_SHARE : 1;
	for (unsigned n = 0; n < block->depth; n++)
		flow->weight *= 8;
	for (uint32_t w = 0; w < flow->words; w++)
		for (uint64_t left = out[w]; left; left &= left - 1) {
			uint32_t bit = w * WORD_BITS + (uint32_t)__builtin_ctzll(left);

			add_range(flow, flow->temps[bit], start, at + 4);
		}
	if (block->end == END_RETURN && block->a.kind == OPERAND_TEMP)
		hint(flow, block->a.id, 0);
	use_temp(flow, &block->a, start, at + 1);
	use_temp(flow, &block->b, start, at + 1);
	for (uint32_t k = block->count; k--;) {
		at -= 4;
		walk_instruction(flow, &block->list[k], start, at);
	}
}

static uint32_t number_positions(struct flow *flow)
{
	struct function_ir *f = flow->f;
	uint32_t at = 0;

	flow->starts = arena_array(f->arena, uint32_t, f->block_count);
	for (uint32_t b = 0; b < f->block_count; b++) {
		flow->starts[b] = at;
		at += 4 * (f->blocks[b]->count + 1);
	}
	return at;
}

static void finish(struct flow *flow)
{
	struct liveness *live = &flow->live;

	for (uint32_t n = 0; n < live->call_count / 2; n++) {
		uint32_t other = live->call_count - 1 - n, call = live->calls[n];

		live->calls[n] = live->calls[other];
		live->calls[other] = call;
	}
	for (uint32_t t = 1; t <= flow->f->temp_count; t++) {
		uint32_t length = 1;

		for (struct live_range *r = live->intervals[t].ranges; r; r = r->next)
			length += r->to - r->from;
		live->intervals[t].weight /= (float)length;
	}
}

struct liveness liveness_find(struct function_ir *f)
{
	struct flow flow = {.f = f};

	find_flow(&flow);
	flow.live.position_count = number_positions(&flow);
	flow.live.intervals = arena_array(f->arena, struct interval, f->temp_count + 1);
	flow.live.calls = arena_array(f->arena, uint32_t, flow.live.position_count / 4);
	for (uint32_t t = 0; t <= f->temp_count; t++)
		flow.live.intervals[t].hint = -1;
	for (uint32_t b = f->block_count; b--;)
		walk_block(&flow, b);
	finish(&flow);
	return flow.live;
}

bool ranges_meet(const struct live_range *a, const struct live_range *b)
{
	while (a && b) {
		if (a->from < b->to && b->from < a->to)
			return true;
		if (a->to <= b->to)
			a = a->next;
		else
			b = b->next;
	}
	return false;
}
