/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `@x = f(...)` of the map functions.  All uses of a map are of one function with one
 * shape; a value with sign anywhere makes the whole map signed.
 */
#include "lang/check.h"

struct aggregate_rule {
	enum kind kind;
	uint32_t least, most; /* arguments */
};

static const struct aggregate_rule rules[FUNCTION_COUNT] = {
	[FUNCTION_count] = {KIND_count, 0, 0}, [FUNCTION_sum] = {KIND_sum, 1, 1},
	[FUNCTION_min] = {KIND_min, 1, 1},     [FUNCTION_max] = {KIND_max, 1, 1},
	[FUNCTION_avg] = {KIND_avg, 1, 1},     [FUNCTION_stats] = {KIND_stats, 1, 1},
	[FUNCTION_hist] = {KIND_hist, 1, 2},   [FUNCTION_lhist] = {KIND_lhist, 4, 4},
};

bool is_aggregate_call(const struct node *node)
{
	const struct function *function =
		node->kind == NODE_call ? function_find(node->name) : NULL;

	return function && function->is_aggregate;
}

static bool constant(struct checker *k, struct node *call, struct node **at, uint32_t number)
{
	if (!check_value(k, at))
		return false;
	if ((*at)->kind == NODE_integer)
		return true;
	error_at(k->c, (*at)->range, DIAG_constant_needed,
		 arena_printf(k->c->arena, "argument %u of '%s()'", number, call->name));
	return false;
}

static bool check_list(struct checker *k, struct node *call, const struct aggregate_rule *rule)
{
	uint32_t count = list_count(call->list), number = 1;
	bool good = count >= rule->least && count <= rule->most;

	if (!good)
		error_at(k->c, call->range, DIAG_argument_count, call->name,
			 rule->least != rule->most ? arena_printf(k->c->arena, "%u to %u arguments",
								  rule->least, rule->most)
			 : rule->most == 1	   ? "1 argument"
			 : rule->most ? arena_printf(k->c->arena, "%u arguments", rule->most)
				      : "no arguments",
			 count);
	for (struct node **at = &call->list; *at; at = &(*at)->next, number++) {
		if (number > 1) {
			good &= constant(k, call, at, number);
		} else if (!check_value(k, at)) {
			good = false;
		} else if (!convert_int(k, at)) {
			error_at(k->c, (*at)->range, DIAG_argument_kind, number, call->name,
				 "an integer", type_word(k, (*at)->type));
			good = false;
		}
	}
	return good;
}

static bool in_range(struct checker *k, const struct node *number, const char *what, int64_t low,
		     int64_t high)
{
	if (number->number >= low && number->number <= high)
		return true;
	error_at(k->c, number->range, DIAG_out_of_range, what, (long long)low, (long long)high);
	return false;
}

/* hist(value, bits) */
static const struct type *hist_of(struct checker *k, const struct node *call)
{
	const struct node *value = call->list, *bits = value->next;

	if (bits && !in_range(k, bits, "the second argument of 'hist()'", 0, 5))
		return NULL;
	return type_aggregate(k->c->types, KIND_hist,
			      value->type->is_signed && !node_is_flexible(value),
			      bits ? (uint32_t)bits->number : 0);
}

/* lhist(value, min, max, step) */
static const struct type *lhist_of(struct checker *k, const struct node *call)
{
	const struct node *min = call->list->next, *max = min->next, *step = max->next;
	uint64_t slots;

	if (!in_range(k, step, "the step of 'lhist()'", 1, INT64_MAX) ||
	    !in_range(k, max, "the greatest of 'lhist()'", min->number + (min->number < INT64_MAX),
		      INT64_MAX))
		return NULL;
	slots = ((uint64_t)max->number - (uint64_t)min->number + (uint64_t)step->number - 1) /
		(uint64_t)step->number;
	if (slots > MAX_LINEAR_SLOTS) {
		error_at(k->c, call->range, DIAG_out_of_range, "the number of slots of 'lhist()'",
			 1ll, (long long)MAX_LINEAR_SLOTS);
		return NULL;
	}
	return type_lhist(k->c->types, min->number, max->number, step->number);
}

static const struct type *aggregate_of(struct checker *k, const struct node *call, enum kind kind)
{
	const struct node *value = call->list;

	if (kind == KIND_hist)
		return hist_of(k, call);
	if (kind == KIND_lhist)
		return lhist_of(k, call);
	return type_aggregate(k->c->types, kind,
			      value && value->type->is_signed && !node_is_flexible(value), 0);
}

/* Of two that differ in sign alone, the signed one. */
static const struct type *signed_one(const struct type *a, const struct type *b)
{
	if (a->kind != b->kind || a->kind == KIND_lhist || a->count != b->count)
		return NULL;
	return a->is_signed ? a : b;
}

/* With what two of a kind can differ in. */
static const char *aggregate_word(struct checker *k, const struct type *type)
{
	if (type->kind == KIND_hist)
		return arena_printf(k->c->arena, "hist(..., %u)", type->count);
	if (type->kind == KIND_lhist)
		return arena_printf(k->c->arena, "lhist(..., %lld, %lld, %lld)",
				    (long long)type->min, (long long)type->max,
				    (long long)type->step);
	return type_word(k, type);
}

static bool learn(struct checker *k, struct checked_map *map, const struct node *call,
		  const struct type *type)
{
	const struct type *known = map->value.exact;

	if (!known || known->kind != type->kind)
		return map_learns(k, map, call->range, type, false);
	if (known != type && !signed_one(known, type)) {
		error_at(k->c, call->range, DIAG_map_type, map->map.name, aggregate_word(k, known),
			 aggregate_word(k, type));
		return false;
	}
	if (known != type && signed_one(known, type) != known) {
		k->changed = true;
		map->value.exact = map->map.value = type;
	}
	return true;
}

void check_aggregate(struct checker *k, struct checked_map *map, struct node *call)
{
	const struct aggregate_rule *rule;
	const struct type *type;

	call->function = function_find(call->name);
	call->type = type_none(k->c->types);
	rule = &rules[call->function->id];
	if (!check_list(k, call, rule) || !map)
		return;
	type = aggregate_of(k, call, rule->kind);
	if (!type || !learn(k, map, call, type))
		return;
	call->type = map->map.value;
	if (call->list)
		convert_node(k, &call->list, int_type(k, map->map.value->is_signed));
}
