/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aggregates: `@x[key] = f(value)`.  Values are per CPU, so that plain loads and stores
 * update them.  A missing entry is made of zeroes first, out of line; then all that a
 * kind has to say is how one value changes what is in place.
 */
#include "code/lower.h"

/* ---- the kinds ---------------------------------------------------------- */

static void add_to(struct lower *l, struct operand at, int32_t offset, struct operand value)
{
	struct operand old = ir_load(l->f, at, offset, 8, false);

	ir_store(l->f, at, offset, 8, ir_binary(l->f, OP_add, old, value));
}

void lower_count(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	(void)type;
	add_to(l, at, 0, value);
}

void lower_sum(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	(void)type;
	add_to(l, at, 0, value);
}

void lower_avg(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	(void)type;
	add_to(l, at, 0, value);
	add_to(l, at, 8, ir_const(1));
}

void lower_stats(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	lower_avg(l, type, at, value);
}

/* Keep `value` where nothing is kept yet or `compare` holds for it and what is. */
static void keep(struct lower *l, enum compare compare, struct operand at, struct operand value)
{
	struct block *set = ir_block(l->f), *known = ir_block(l->f), *done = ir_block(l->f);

	ir_branch_unlikely(l->f, CMP_EQ, ir_load(l->f, at, 8, 8, false), ir_const(0), set, known);
	ir_begin(l->f, known);
	ir_branch(l->f, compare, value, ir_load(l->f, at, 0, 8, false), set, done);
	ir_begin(l->f, set);
	ir_store(l->f, at, 0, 8, value);
	ir_store(l->f, at, 8, 8, ir_const(1));
	ir_begin(l->f, done);
}

void lower_min(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	keep(l, type->is_signed ? CMP_SLT : CMP_ULT, at, value);
}

void lower_max(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	keep(l, type->is_signed ? CMP_SGT : CMP_UGT, at, value);
}

/* ---- histograms --------------------------------------------------------- */

static void count_at(struct lower *l, struct operand at, struct operand offset)
{
	add_to(l, ir_binary(l->f, OP_add, at, offset), 0, ir_const(1));
}

static void count_in(struct lower *l, struct operand at, struct operand slot)
{
	count_at(l, at, ir_binary(l->f, OP_shl, slot, ir_const(3)));
}

/* Halve the search: when more than `shift` bits are left, drop them and add to `log`. */
static void log2_step(struct lower *l, uint32_t rest, uint32_t log, int64_t shift, int64_t weight)
{
	struct block *more = ir_block(l->f), *next = ir_block(l->f);
	struct operand high = ir_binary(l->f, OP_shr, ir_temp(rest), ir_const(shift));

	ir_branch(l->f, CMP_NE, high, ir_const(0), more, next);
	ir_begin(l->f, more);
	if (shift > 1)
		ir_assign(l->f, rest, high);
	ir_assign(l->f, log, ir_binary(l->f, OP_add, ir_temp(log), ir_const(weight * shift)));
	ir_begin(l->f, next);
}

/* `from` + `weight` * log2(value) of a value above 0; branches, which lets the verifier
 * know the result on each path. */
static struct operand lower_log2(struct lower *l, struct operand value, int64_t from,
				 int64_t weight)
{
	uint32_t rest = ir_new_temp(l->f), log = ir_new_temp(l->f);

	ir_assign(l->f, rest, value);
	ir_assign(l->f, log, ir_const(from));
	for (int64_t shift = 32; shift; shift /= 2)
		log2_step(l, rest, log, shift, weight);
	return ir_temp(log);
}

/* Powers of two: slot n + 2 for [2^n, 2^(n+1)), as a byte offset right away. */
static struct operand octave_offset(struct lower *l, struct operand value)
{
	return lower_log2(l, value, 2 * 8, 8);
}

/* Masks here only tell the verifier what it may have lost sight of. */
static struct operand small_slot(struct lower *l, struct operand value, uint32_t bits)
{
	value = ir_binary(l->f, OP_and, value, ir_const((2 << bits) - 1));
	return ir_binary(l->f, OP_add, value, ir_const(1));
}

/* 2^bits slots in each octave, as in hist_slot(). */
static struct operand fine_slot(struct lower *l, struct operand value, uint32_t bits)
{
	/* From 1 on: the verifier does not see that the value has that many bits. */
	struct operand high = ir_binary(l->f, OP_shr, value, ir_const(bits + 1));
	struct operand octave = lower_log2(l, high, 1, 1);
	struct operand within = ir_binary(l->f, OP_shr, value, octave);
	struct operand before = ir_binary(l->f, OP_shl, octave, ir_const(bits));

	within = ir_binary(l->f, OP_and, within, ir_const((2 << bits) - 1));
	before = ir_binary(l->f, OP_add, before, ir_const(1));
	return ir_binary(l->f, OP_add, before, within);
}

/* Below 2^(bits + 1) each value has its own slot, after the one below zero. */
void lower_hist(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	uint32_t bits = type->count;
	struct block *small = ir_block(l->f), *large = ir_block(l->f), *done = ir_block(l->f);
	struct block *below = ir_block(l->f), *positive = ir_block(l->f);

	if (type->is_signed) {
		ir_branch_unlikely(l->f, CMP_SLT, value, ir_const(0), below, positive);
		ir_begin(l->f, below);
		count_at(l, at, ir_const(0));
		ir_jump(l->f, done);
	}
	ir_begin(l->f, positive);
	ir_branch(l->f, CMP_ULT, value, ir_const(2 << bits), small, large);
	ir_begin(l->f, small);
	count_in(l, at, small_slot(l, value, bits));
	ir_jump(l->f, done);
	ir_begin(l->f, large);
	if (bits)
		count_in(l, at, fine_slot(l, value, bits));
	else
		count_at(l, at, octave_offset(l, value));
	ir_begin(l->f, done);
}

static struct operand linear_slot(struct lower *l, const struct type *type, struct operand value,
				  uint32_t last)
{
	struct block *above = ir_block(l->f), *within = ir_block(l->f);
	uint32_t slot = ir_new_temp(l->f);

	value = ir_binary(l->f, OP_sub, value, ir_const(type->min));
	if (type->step != 1)
		value = ir_binary(l->f, OP_udiv, value, ir_const(type->step));
	ir_assign(l->f, slot, ir_binary(l->f, OP_add, value, ir_const(1)));
	/* Never, but the verifier knows nothing of a quotient. */
	ir_branch_unlikely(l->f, CMP_UGT, ir_temp(slot), ir_const(last), above, within);
	ir_begin(l->f, above);
	ir_assign(l->f, slot, ir_const(last));
	ir_begin(l->f, within);
	return ir_temp(slot);
}

void lower_lhist(struct lower *l, const struct type *type, struct operand at, struct operand value)
{
	struct block *below = ir_block(l->f), *above = ir_block(l->f), *done = ir_block(l->f);
	struct block *enough = ir_block(l->f), *within = ir_block(l->f);
	uint32_t last = type->size / 8 - 1;
	enum compare less = type->is_signed ? CMP_SLT : CMP_ULT;

	ir_branch(l->f, less, value, ir_const(type->min), below, enough);
	ir_begin(l->f, below);
	count_at(l, at, ir_const(0));
	ir_jump(l->f, done);
	ir_begin(l->f, enough);
	ir_branch(l->f, less, value, ir_const(type->max), within, above);
	ir_begin(l->f, above);
	count_at(l, at, ir_const((int64_t)last * 8));
	ir_jump(l->f, done);
	ir_begin(l->f, within);
	count_in(l, at, linear_slot(l, type, value, last));
	ir_begin(l->f, done);
}

/* ---- the entry ---------------------------------------------------------- */

/* Bigger initial values than this come from a map of zeroes. */
enum { MOST_ZEROES_ON_STACK = 32 };

static struct operand initial_value(struct lower *l, uint32_t size)
{
	struct operand slot;

	if (size > MOST_ZEROES_ON_STACK) {
		if (l->zeroes == UINT32_MAX)
			l->zeroes =
				program_add_map(l->c, l->program,
						&(struct map_spec){.role = MAP_ZEROES,
								   .name = "zeroes",
								   .bpf_type = BPF_MAP_TYPE_ARRAY,
								   .key_size = 4,
								   .max_entries = 1});
		if (l->program->maps[l->zeroes].value_size < size)
			l->program->maps[l->zeroes].value_size = size;
		return ir_map_value(l->zeroes, 0);
	}
	slot = ir_slot_at(ir_slot(l->f, "zeroes", size, 8), 0);
	ir_zero(l->f, slot, 0, size);
	return slot;
}

/* The address of the entry; goes to `none` where there is none and none can be made. */
static struct operand entry(struct lower *l, const struct node *node, struct block *none)
{
	const struct map *map = node->map;
	struct block *missing = ir_block(l->f), *full = ir_block(l->f), *found = ir_block(l->f);
	struct operand key = lower_map_key(l, node);
	uint32_t at = ir_new_temp(l->f);

	ir_assign(l->f, at, lower_map_lookup(l, map, key));
	ir_branch_unlikely(l->f, CMP_EQ, ir_temp(at), ir_const(0), map->keyed ? missing : none,
			   found);
	if (map->keyed) {
		ir_begin(l->f, missing);
		ir_call(l->f, BPF_FUNC_map_update_elem, 4, ir_map(map->index), key,
			initial_value(l, map->value->size), ir_const(BPF_NOEXIST));
		ir_assign(l->f, at, lower_map_lookup(l, map, key));
		ir_branch_unlikely(l->f, CMP_EQ, ir_temp(at), ir_const(0), full, found);
		ir_begin(l->f, full);
		lower_loss(l, LOSS_map_full);
		ir_jump(l->f, none);
	}
	ir_begin(l->f, found);
	return ir_temp(at);
}

static void (*const updates[KIND_COUNT])(struct lower *l, const struct type *type,
					 struct operand at, struct operand value) = {
#define AGGREGATE(name) [KIND_##name] = lower_##name,
#include "type/kinds.def"
};

void lower_aggregate(struct lower *l, const struct node *map, const struct node *call)
{
	const struct type *type = map->map->value;
	struct operand value = call->list ? lower_scalar(l, call->list) : ir_const(1);
	struct block *done = ir_block(l->f);

	updates[type->kind](l, type, entry(l, map, done), value);
	ir_begin(l->f, done);
}
