/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps: plain values read, assigned and counted up.  A map without key is an array of one
 * value that is reached by its address; one with keys is a hash, in which a missing entry
 * reads as zeroes.  A read that the predicate has made is not made again.
 */
#include "code/lower.h"

#include <errno.h>

/* ---- the maps of the script --------------------------------------------- */

static uint32_t map_type(const struct map *map)
{
	if (kind_is_aggregate(map->value->kind))
		return map->keyed ? BPF_MAP_TYPE_PERCPU_HASH : BPF_MAP_TYPE_PERCPU_ARRAY;
	return map->keyed ? BPF_MAP_TYPE_HASH : BPF_MAP_TYPE_ARRAY;
}

void lower_maps(struct lower *l)
{
	for (const struct map *map = l->script->maps; map; map = map->next) {
		const struct map_spec spec = {
			.role = MAP_USER,
			.name = map->name,
			.bpf_type = map_type(map),
			.key_size = map->keyed ? stored_size(map->key) : 4,
			.value_size = stored_size(map->value),
			.max_entries = map->keyed ? l->c->max_map_keys : 1,
			.per_cpu = kind_is_aggregate(map->value->kind),
			.key = map->keyed ? map->key : NULL,
			.value = map->value,
		};

		program_add_map(l->c, l->program, &spec);
	}
}

/* ---- keys --------------------------------------------------------------- */

static struct operand new_slot(struct lower *l, const char *name, uint32_t size)
{
	return ir_slot_at(ir_slot(l->f, name, size, 8), 0);
}

static struct operand single_key(struct lower *l, const struct node *node, const struct type *type)
{
	uint32_t size = stored_size(type);
	struct value value;
	struct operand key;

	if (type_in_memory(type) && node->type->size == size) {
		/* Where it lies it can be the key itself. */
		value = lower_expression(l, node, NOWHERE);
		return value.at;
	}
	key = new_slot(l, "key", size);
	lower_store(l, node, key, size);
	return key;
}

struct operand lower_map_key(struct lower *l, const struct node *node)
{
	const struct type *type = node->map->key;
	struct node tuple;

	if (!node->map->keyed) {
		struct operand key = new_slot(l, "key", 4);

		ir_store(l->f, key, 0, 4, ir_const(0));
		return key;
	}
	if (!node->list->next)
		return single_key(l, node->list, type);
	tuple = (struct node){
		.kind = NODE_tuple, .range = node->range, .type = type, .list = node->list};
	return lower_memory(l, &tuple);
}

struct operand lower_map_lookup(struct lower *l, const struct map *map, struct operand key)
{
	return ir_call(l->f, BPF_FUNC_map_lookup_elem, 2, ir_map(map->index), key);
}

static struct operand update(struct lower *l, const struct map *map, struct operand key,
			     struct operand value, int64_t flags)
{
	return ir_call(l->f, BPF_FUNC_map_update_elem, 4, ir_map(map->index), key, value,
		       ir_const(flags));
}

/* ---- reads that are known ----------------------------------------------- */

void reads_drop(struct lower *l, const struct map *map)
{
	for (struct known_read *read = l->reads; read; read = read->next)
		if (read->node->map == map)
			read->stale = true;
}

static const struct known_read *known_read(struct lower *l, const struct node *node)
{
	for (const struct known_read *read = l->reads; read; read = read->next)
		if (!read->stale && node_equal(read->node, node))
			return read;
	return NULL;
}

static bool list_is_pure(const struct node *list)
{
	for (; list; list = list->next)
		if (!node_is_pure(list))
			return false;
	return true;
}

static void remember_read(struct lower *l, const struct node *node, struct operand value)
{
	struct known_read *read;

	if (!list_is_pure(node->list))
		return;
	read = arena_new_of(l->c->arena, struct known_read);
	read->node = node;
	read->value = value;
	read->next = l->reads;
	l->reads = read;
}

/* ---- reads -------------------------------------------------------------- */

static struct value read_unkeyed(struct lower *l, const struct node *node)
{
	struct operand at = ir_map_value(node->map->index, 0);

	if (type_in_memory(node->type))
		return memory_value(node->type, at);
	return scalar_value(node->type, ir_load(l->f, at, 0, 8, false));
}

static struct value read_memory(struct lower *l, const struct node *node, struct operand to)
{
	struct block *present = ir_block(l->f), *missing = ir_block(l->f), *done = ir_block(l->f);
	struct operand at = lower_map_lookup(l, node->map, lower_map_key(l, node));

	to = memory_for(l, node->type, to);
	ir_branch(l->f, CMP_NE, at, ir_const(0), present, missing);
	ir_begin(l->f, present);
	ir_copy(l->f, to, 0, at, node->type->size);
	ir_jump(l->f, done);
	ir_begin(l->f, missing);
	ir_zero(l->f, to, 0, node->type->size);
	ir_begin(l->f, done);
	return memory_value(node->type, to);
}

static struct operand read_scalar(struct lower *l, const struct node *node)
{
	struct block *present = ir_block(l->f), *done = ir_block(l->f);
	struct operand at = lower_map_lookup(l, node->map, lower_map_key(l, node));
	uint32_t result = ir_new_temp(l->f);

	ir_assign(l->f, result, ir_const(0));
	ir_branch(l->f, CMP_NE, at, ir_const(0), present, done);
	ir_begin(l->f, present);
	ir_assign(l->f, result, ir_load(l->f, at, 0, 8, false));
	ir_begin(l->f, done);
	return ir_temp(result);
}

struct value lower_map_read(struct lower *l, const struct node *node, struct operand to)
{
	const struct known_read *known;
	struct operand value;

	if (!node->list)
		return read_unkeyed(l, node);
	if (type_in_memory(node->type))
		return read_memory(l, node, to);
	known = known_read(l, node);
	if (known)
		return scalar_value(node->type, known->value);
	value = read_scalar(l, node);
	remember_read(l, node, value);
	return scalar_value(node->type, value);
}

void lower_map_condition(struct lower *l, const struct node *node, struct block *then,
			 struct block *otherwise)
{
	const struct known_read *known = known_read(l, node);
	struct block *present = ir_block(l->f);
	struct operand at, value;

	if (known) {
		ir_branch(l->f, CMP_NE, known->value, ir_const(0), then, otherwise);
		return;
	}
	at = lower_map_lookup(l, node->map, lower_map_key(l, node));
	ir_branch(l->f, CMP_NE, at, ir_const(0), present, otherwise);
	ir_begin(l->f, present);
	value = ir_load(l->f, at, 0, 8, false);
	/* Only `then` knows it: the other way may come from a missing entry. */
	remember_read(l, node, value);
	ir_branch(l->f, CMP_NE, value, ir_const(0), then, otherwise);
}

/* ---- assignments -------------------------------------------------------- */

static void insert(struct lower *l, const struct map *map, struct operand key, struct operand value)
{
	struct operand result = update(l, map, key, value, BPF_ANY);

	lower_loss_if(l, CMP_NE, result, ir_const(0), LOSS_map_full);
}

static void assign(struct lower *l, const struct node *node, const struct node *value)
{
	const struct map *map = node->map;
	uint32_t size = stored_size(map->value);
	struct operand key, at;

	if (!map->keyed && !node_mentions(value, NULL, map)) {
		lower_store(l, value, ir_map_value(map->index, 0), size);
		return;
	}
	at = new_slot(l, "value", size);
	lower_store(l, value, at, size);
	if (!map->keyed) {
		ir_copy(l->f, ir_map_value(map->index, 0), 0, at, size);
		return;
	}
	key = lower_map_key(l, node);
	insert(l, map, key, at);
}

/* ---- changes in place --------------------------------------------------- */

struct change {
	enum token_kind op;
	const struct type *type;
	struct operand by;
};

/* The value before; what is added is so atomically. */
static struct operand change_at(struct lower *l, struct operand at, const struct change *change)
{
	struct operand before = ir_load(l->f, at, 0, 8, false), by = change->by;

	if (change->op == TOKEN_plus || change->op == TOKEN_minus) {
		if (change->op == TOKEN_minus)
			by = ir_unary(l->f, OP_neg, by);
		ir_atomic_add(l->f, at, 0, 8, by);
		return before;
	}
	ir_store(l->f, at, 0, 8, lower_operation(l, change->op, change->type, before, by));
	return before;
}

/* Out of line: there is no entry yet.  Goes to `raced` when another CPU makes it first. */
static void insert_changed(struct lower *l, const struct map *map, struct operand key,
			   const struct change *change, struct block *raced)
{
	struct operand value = new_slot(l, "value", 8), result;
	struct block *failed = ir_block(l->f), *inserted = ir_block(l->f), *full = ir_block(l->f);

	ir_store(l->f, value, 0, 8,
		 lower_operation(l, change->op, change->type, ir_const(0), change->by));
	result = update(l, map, key, value, BPF_NOEXIST);
	ir_branch_unlikely(l->f, CMP_NE, result, ir_const(0), failed, inserted);
	ir_begin(l->f, failed);
	ir_branch(l->f, CMP_EQ, result, ir_const(-EEXIST), raced, full);
	ir_begin(l->f, full);
	lower_loss(l, LOSS_map_full);
	ir_begin(l->f, inserted);
}

static struct operand change_keyed(struct lower *l, const struct node *node,
				   const struct change *change)
{
	struct block *present = ir_block(l->f), *missing = ir_block(l->f), *done = ir_block(l->f);
	struct block *raced = ir_block(l->f);
	struct operand key = lower_map_key(l, node);
	uint32_t at = ir_new_temp(l->f), before = ir_new_temp(l->f);

	ir_assign(l->f, at, lower_map_lookup(l, node->map, key));
	ir_branch_unlikely(l->f, CMP_EQ, ir_temp(at), ir_const(0), missing, present);
	ir_begin(l->f, missing);
	ir_assign(l->f, before, ir_const(0));
	insert_changed(l, node->map, key, change, raced);
	ir_jump(l->f, done);
	ir_begin(l->f, raced);
	ir_assign(l->f, at, lower_map_lookup(l, node->map, key));
	ir_branch(l->f, CMP_EQ, ir_temp(at), ir_const(0), done, present);
	ir_begin(l->f, present);
	ir_assign(l->f, before, change_at(l, ir_temp(at), change));
	ir_begin(l->f, done);
	return ir_temp(before);
}

static struct operand change(struct lower *l, const struct node *node, const struct change *change)
{
	struct operand before;

	if (node->map->keyed)
		before = change_keyed(l, node, change);
	else
		before = change_at(l, ir_map_value(node->map->index, 0), change);
	reads_drop(l, node->map);
	return before;
}

struct operand lower_map_step(struct lower *l, const struct node *step)
{
	const struct type *type = step->left->type;
	const struct change by = {
		.op = step->op == TOKEN_increment ? TOKEN_plus : TOKEN_minus,
		.type = type,
		.by = ir_const(type->kind == KIND_pointer && type->of->size ? type->of->size : 1),
	};
	struct operand before = change(l, step->left, &by);

	return step->number ? before : lower_operation(l, by.op, type, before, by.by);
}

void lower_map_assign(struct lower *l, const struct node *node)
{
	struct change by;

	if (node->op == TOKEN_assign && kind_is_aggregate(node->left->map->value->kind)) {
		lower_aggregate(l, node->left, node->right);
	} else if (node->op == TOKEN_assign) {
		assign(l, node->left, node->right);
		reads_drop(l, node->left->map);
	} else {
		by = (struct change){.op = token_rows[node->op].base,
				     .type = node->type,
				     .by = lower_scalar(l, node->right)};
		change(l, node->left, &by);
	}
}
