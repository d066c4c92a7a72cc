/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers: a linear scan over live ranges with holes.  Temps that are live across a
 * call get r6-r9, others may have any.  When none is free the cheapest temps are spilled:
 * the function is rewritten and scanned again, until all fit.
 */
#include <math.h>

#include "code/passes.h"

#define REGISTERS 10
#define SURVIVE_CALLS 0x3c0 /* r6-r9 */
#define MAX_ROUNDS 64
#define TINY 6 /* positions: written by one instruction and read by the next */

/* Temps that may still be live in a register. */
struct residents {
	uint32_t *temps;
	uint32_t count;
	size_t capacity;
};

struct scan {
	struct function_ir *f;
	struct liveness live;
	struct allocation *allocation;
	struct residents residents[REGISTERS];
	uint32_t *slot_of; /* [temp]: slot of a spilled one, or UINT32_MAX */
	struct residents *sharing; /* temps in each slot of this round */
	uint32_t first_slot, spilled;
};

static const struct live_range *ranges_of(const struct scan *scan, uint32_t temp)
{
	return scan->live.intervals[temp].ranges;
}

static void residents_add(struct scan *scan, struct residents *r, uint32_t temp)
{
	r->temps = arena_grow(scan->f->arena, r->temps, r->count, &r->capacity, sizeof(*r->temps));
	r->temps[r->count++] = temp;
}

static bool residents_meet(const struct scan *scan, const struct residents *r, uint32_t temp)
{
	for (uint32_t n = 0; n < r->count; n++)
		if (ranges_meet(ranges_of(scan, r->temps[n]), ranges_of(scan, temp)))
			return true;
	return false;
}

static void drop_ended(struct scan *scan, uint32_t now)
{
	for (int reg = 0; reg < REGISTERS; reg++) {
		struct residents *r = &scan->residents[reg];
		uint32_t kept = 0;

		for (uint32_t n = 0; n < r->count; n++)
			if (scan->live.intervals[r->temps[n]].to > now)
				r->temps[kept++] = r->temps[n];
		r->count = kept;
	}
}

/* ---- choosing ----------------------------------------------------------- */

static bool crosses_call(const struct liveness *live, const struct live_range *range)
{
	for (; range; range = range->next) {
		uint32_t low = 0, high = live->call_count;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (live->calls[middle] < range->from)
				low = middle + 1;
			else
				high = middle;
		}
		if (low < live->call_count && live->calls[low] < range->to)
			return true;
	}
	return false;
}

static unsigned allowed_registers(const struct scan *scan, uint32_t temp)
{
	return crosses_call(&scan->live, ranges_of(scan, temp)) ? SURVIVE_CALLS
								: (1u << REGISTERS) - 1;
}

static bool is_free(const struct scan *scan, unsigned allowed, int reg, uint32_t temp)
{
	return reg >= 0 && (allowed >> reg & 1) &&
	       !residents_meet(scan, &scan->residents[reg], temp);
}

static int free_register(const struct scan *scan, unsigned allowed, uint32_t temp)
{
	/* those of arguments last among what calls destroy: others may have to be there */
	static const int8_t order[REGISTERS] = {0, 5, 4, 3, 2, 1, 6, 7, 8, 9};
	const struct interval *interval = &scan->live.intervals[temp];

	if (is_free(scan, allowed, interval->hint, temp))
		return interval->hint;
	for (int n = 0; n < 2; n++) {
		uint32_t partner = interval->partner[n];
		int reg = partner ? scan->allocation->registers[partner] : -1;

		if (is_free(scan, allowed, reg, temp))
			return reg;
	}
	for (int n = 0; n < REGISTERS; n++)
		if (is_free(scan, allowed, order[n], temp))
			return order[n];
	return -1;
}

/* ---- spilling ----------------------------------------------------------- */

static float spill_cost(const struct scan *scan, uint32_t temp)
{
	const struct interval *interval = &scan->live.intervals[temp];

	return interval->to - interval->ranges->from <= TINY ? INFINITY : interval->weight;
}

static float eviction_cost(const struct scan *scan, int reg, uint32_t temp)
{
	const struct residents *r = &scan->residents[reg];
	float cost = 0;

	for (uint32_t n = 0; n < r->count; n++)
		if (ranges_meet(ranges_of(scan, r->temps[n]), ranges_of(scan, temp)))
			cost += spill_cost(scan, r->temps[n]);
	return cost;
}

/* A slot of this round whose temps are live at other times, or a new one. */
static void spill(struct scan *scan, uint32_t temp)
{
	struct function_ir *f = scan->f;
	uint32_t n = 0, count = f->slot_count - scan->first_slot;

	while (n < count && residents_meet(scan, &scan->sharing[n], temp))
		n++;
	if (n == count) {
		uint32_t slot = ir_slot(f, "spill", 8, 8);

		scan->allocation->stack_used += 8;
		f->slots[slot].offset = -scan->allocation->stack_used;
	}
	residents_add(scan, &scan->sharing[n], temp);
	scan->slot_of[temp] = scan->first_slot + n;
	scan->allocation->registers[temp] = -1;
	scan->spilled++;
}

static void evict(struct scan *scan, int reg, uint32_t temp)
{
	struct residents *r = &scan->residents[reg];
	uint32_t kept = 0;

	for (uint32_t n = 0; n < r->count; n++) {
		if (ranges_meet(ranges_of(scan, r->temps[n]), ranges_of(scan, temp)))
			spill(scan, r->temps[n]);
		else
			r->temps[kept++] = r->temps[n];
	}
	r->count = kept;
}

/* Spill `temp` or all that is in its way in one register, which is returned. */
static int make_room(struct scan *scan, unsigned allowed, uint32_t temp)
{
	float least = spill_cost(scan, temp);
	int best = -1;

	for (int reg = 0; reg < REGISTERS; reg++) {
		float cost;

		if (!(allowed >> reg & 1))
			continue;
		cost = eviction_cost(scan, reg, temp);
		if (cost < least) {
			least = cost;
			best = reg;
		}
	}
	if (best < 0)
		spill(scan, temp);
	else
		evict(scan, best, temp);
	return best;
}

/* ---- the scan ----------------------------------------------------------- */

static void place_temp(struct scan *scan, uint32_t temp)
{
	unsigned allowed = allowed_registers(scan, temp);
	int reg;

	drop_ended(scan, ranges_of(scan, temp)->from);
	reg = free_register(scan, allowed, temp);
	if (reg < 0)
		reg = make_room(scan, allowed, temp);
	if (reg < 0)
		return;
	scan->allocation->registers[temp] = (int8_t)reg;
	residents_add(scan, &scan->residents[reg], temp);
}

/* In the order in which they start: results come half an instruction after what is read. */
static void place_all(struct scan *scan)
{
	uint32_t temps = scan->f->temp_count, times = scan->live.position_count / 2;
	uint32_t *starting = arena_array(scan->f->arena, uint32_t, times + 1);
	uint32_t *next = arena_array(scan->f->arena, uint32_t, temps + 1);

	for (uint32_t t = temps; t; t--) {
		const struct live_range *first = ranges_of(scan, t);

		if (!first)
			continue;
		next[t] = starting[first->from / 2];
		starting[first->from / 2] = t;
	}
	for (uint32_t time = 0; time < times; time++)
		for (uint32_t t = starting[time]; t; t = next[t])
			place_temp(scan, t);
}

/* One round; how many temps were spilled. */
static uint32_t scan_once(struct function_ir *f, struct allocation *allocation)
{
	uint32_t temps = f->temp_count;
	struct scan scan = {
		.f = f,
		.live = liveness_find(f),
		.allocation = allocation,
		.slot_of = arena_array(f->arena, uint32_t, temps + 1),
		.sharing = arena_array(f->arena, struct residents, temps + 1),
		.first_slot = f->slot_count,
	};

	allocation->temp_count = temps;
	allocation->registers = arena_array(f->arena, int8_t, temps + 1);
	for (uint32_t t = 0; t <= temps; t++) {
		allocation->registers[t] = -1;
		scan.slot_of[t] = UINT32_MAX;
	}
	place_all(&scan);
	if (scan.spilled)
		spill_rewrite(f, scan.slot_of, temps);
	return scan.spilled;
}

static int32_t lowest_slot(const struct function_ir *f)
{
	int32_t lowest = 0;

	for (uint32_t n = 0; n < f->slot_count; n++)
		if (!f->slots[n].in_scratch && f->slots[n].offset < lowest)
			lowest = f->slots[n].offset;
	return lowest;
}

bool allocate(struct function_ir *f, struct allocation *allocation)
{
	allocation->stack_used = (int32_t)ALIGN_UP((uint32_t)-lowest_slot(f), 8);
	for (int round = 0; round < MAX_ROUNDS; round++)
		if (!scan_once(f, allocation))
			return allocation->stack_used <= STACK_SIZE;
	return false;
}
