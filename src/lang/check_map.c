/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps: what all uses in all probes together say of a map's keys and value.  Uses join
 * what they know; once nothing changes any more, each use fits or is an error.
 */
#include "lang/check.h"

static struct checked_map *find(struct checker *k, const char *name)
{
	for (struct map *map = k->script->maps; map; map = map->next)
		if (!strcmp(map->name, name))
			return (struct checked_map *)map;
	return NULL;
}

static struct checked_map *find_or_make(struct checker *k, const struct node *node)
{
	struct checked_map *map = find(k, node->name);
	struct map **last = &k->script->maps;

	if (map)
		return map;
	map = arena_new_of(k->c->arena, struct checked_map);
	while (*last)
		last = &(*last)->next;
	*last = &map->map;
	map->map.name = node->name;
	map->map.range = node->range;
	map->map.index = k->script->map_count++;
	map->map.key = map->map.value = type_none(k->c->types);
	return map;
}

/* ---- keys --------------------------------------------------------------- */

static bool fits_key(struct checker *k, struct node **at)
{
	const struct type *type;

	if (!check_value(k, at))
		return false;
	type = (*at)->type;
	if (type->kind != KIND_record && type->kind != KIND_array)
		return true;
	error_at(k->c, (*at)->range, DIAG_type_mismatch, type_word(k, type), "a key");
	return false;
}

/* @x[(a, b)] is @x[a, b]. */
static void flatten_keys(struct node *node)
{
	if (node->list->kind == NODE_tuple && !node->list->next && node->list->list)
		node->list = node->list->list;
}

/* The key's parts as they stand here: of a tuple's value, its elements. */
static uint32_t key_parts(struct checker *k, const struct node *node, const struct type ***types,
			  bool **flexible)
{
	const struct node *keys = node->list;
	bool is_tuple = !keys->next && keys->type->kind == KIND_tuple;
	uint32_t count = is_tuple ? keys->type->field_count : list_count(keys);

	*types = arena_array(k->c->arena, const struct type *, count + 1);
	*flexible = arena_array(k->c->arena, bool, count + 1);
	for (uint32_t i = 0; i < count; i++) {
		(*types)[i] = is_tuple ? keys->type->fields[i].type : keys->type;
		(*flexible)[i] = !is_tuple && node_is_flexible(keys);
		keys = is_tuple ? keys : keys->next;
	}
	return count;
}

static const struct type *key_type(struct checker *k, const struct checked_map *map)
{
	const struct type **elements =
		arena_array(k->c->arena, const struct type *, map->key_count + 1);

	for (uint32_t i = 0; i < map->key_count; i++)
		elements[i] = shape_stored(k, &map->keys[i]);
	if (map->key_count == 1)
		return elements[0];
	return type_tuple(k->c->types, elements, map->key_count);
}

static void bad_key(struct checker *k, const struct checked_map *map, const struct node *node,
		    const struct type *const *types, uint32_t count)
{
	const struct type *key = count == 1 ? types[0] : type_tuple(k->c->types, types, count);

	error_at(k->c, node->range, DIAG_map_key, map->map.name, type_word(k, map->map.key),
		 type_word(k, key));
}

static bool learn_key(struct checker *k, struct checked_map *map, const struct node *node)
{
	const struct type **types;
	bool *flexible;
	uint32_t count = key_parts(k, node, &types, &flexible);

	if (!map->keys) {
		map->keys = arena_array(k->c->arena, struct shape, count + 1);
		map->key_count = count;
	}
	for (uint32_t i = 0; i < count; i++) {
		if (count == map->key_count && shape_join(k, &map->keys[i], types[i], flexible[i]))
			continue;
		bad_key(k, map, node, types, count);
		return false;
	}
	map->map.key = key_type(k, map);
	if (map->map.key->size <= MAX_VALUE_SIZE)
		return true;
	error_at(k->c, node->range, DIAG_too_big,
		 arena_printf(k->c->arena, "the key of '%s'", map->map.name), map->map.key->size,
		 MAX_VALUE_SIZE);
	return false;
}

static void convert_keys(struct checker *k, const struct checked_map *map, struct node *node)
{
	uint32_t i = 0;

	if (!node->list->next) {
		convert_node(k, &node->list, map->map.key);
		return;
	}
	for (struct node **key = &node->list; *key; key = &(*key)->next)
		convert_node(k, key, map->map.key->fields[i++].type);
}

static bool check_keys(struct checker *k, struct checked_map *map, struct node *node)
{
	bool good = true;

	flatten_keys(node);
	for (struct node **key = &node->list; *key; key = &(*key)->next)
		good &= fits_key(k, key);
	if (!good || !learn_key(k, map, node))
		return false;
	convert_keys(k, map, node);
	return true;
}

/* ---- uses --------------------------------------------------------------- */

struct checked_map *map_at(struct checker *k, struct node *node)
{
	struct checked_map *map = find_or_make(k, node);
	bool keyed = node->list;

	node->map = &map->map;
	node->type = type_none(k->c->types);
	if (!map->map.seen) {
		map->map.seen = true;
		map->map.keyed = keyed;
		map->map.range = node->range;
		if (!keyed)
			map->map.key = NULL;
	}
	if (map->map.keyed != keyed) {
		error_at(k->c, node->range, keyed ? DIAG_no_key : DIAG_needs_key, map->map.name);
		return NULL;
	}
	if (keyed && !check_keys(k, map, node))
		return NULL;
	node->type = map->map.value;
	return map;
}

struct checked_map *map_target(struct checker *k, struct node *node)
{
	struct checked_map *map = find_or_make(k, node);

	if (!map->is_target)
		k->changed = true;
	map->is_target = true;
	return map_at(k, node);
}

bool map_known(struct checker *k, const struct node *node)
{
	struct nearest nearest = nearest_to(node->name);

	if (node->map && kind_is_known(node->map->value))
		return true;
	if (node->map && ((struct checked_map *)node->map)->is_target)
		return false; /* what is assigned to it is in error */
	for (struct map *map = k->script->maps; map; map = map->next)
		if (kind_is_known(map->value))
			nearest_offer(&nearest, map->name);
	error_at(k->c, node->range, DIAG_unknown_map, node->name);
	if (nearest.name)
		hint(k->c, "did you mean '%s'?", nearest.name);
	return false;
}

struct checked_map *map_whole(struct checker *k, struct node *node)
{
	struct checked_map *map = find(k, node->name);

	node->type = type_none(k->c->types);
	node->map = map ? &map->map : NULL;
	if (!map_known(k, node))
		return NULL;
	node->type = map->map.value;
	return map;
}

void check_map(struct checker *k, struct node **at)
{
	struct node *node = *at;
	struct checked_map *map = map_at(k, node);

	if (!map || !map_known(k, node))
		return;
	if (!kind_is_aggregate(map->map.value->kind))
		return;
	node->type = type_none(k->c->types);
	error_at(k->c, node->range, DIAG_not_a_value,
		 arena_printf(k->c->arena, "'%s' (a %s)", map->map.name,
			      type_word(k, map->map.value)));
	hint(k->c, "print it as a whole: print(%s)", map->map.name);
}

/* ---- values ------------------------------------------------------------- */

bool map_learns(struct checker *k, struct checked_map *map, struct range range,
		const struct type *type, bool flexible)
{
	if (shape_join(k, &map->value, type, flexible)) {
		map->map.value = shape_stored(k, &map->value);
		return true;
	}
	error_at(k->c, range, DIAG_map_type, map->map.name, type_word(k, map->map.value),
		 type_word(k, type));
	return false;
}

void map_assign(struct checker *k, struct checked_map *map, struct node **value)
{
	const struct type *type = (*value)->type;

	if (type->size > MAX_VALUE_SIZE) {
		error_at(k->c, (*value)->range, DIAG_too_big,
			 arena_printf(k->c->arena, "the value of '%s'", map->map.name), type->size,
			 MAX_VALUE_SIZE);
		return;
	}
	if (map_learns(k, map, (*value)->range, type, node_is_flexible(*value)))
		convert_node(k, value, map->map.value);
}
