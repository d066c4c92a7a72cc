/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions: each node gets its type, and is replaced where another node says better
 * what it means.  An expression in error has the kind none, about which nobody complains
 * again.
 */
#include "lang/check.h"

static void check_integer(struct checker *k, struct node **at)
{
	if (!(*at)->type)
		(*at)->type = int_type(k, !(*at)->is_unsigned);
}

static void check_boolean(struct checker *k, struct node **at)
{
	(*at)->type = type_bool(k->c->types);
}

static void check_string(struct checker *k, struct node **at)
{
	(*at)->type = type_string(k->c->types, (uint32_t)(*at)->text.size + 1);
}

static void check_name(struct checker *k, struct node **at)
{
	check_identifier(k, at);
	if ((*at)->kind != NODE_identifier || !(*at)->builtin)
		return;
	error_at(k->c, (*at)->range, DIAG_not_a_value, "'args'");
	hint(k->c, "use one of its members: args.NAME");
}

/* ---- tuples ------------------------------------------------------------- */

/* What a tuple can hold as it is. */
static bool fits_tuple(struct checker *k, struct node **at)
{
	const struct type *type;

	if (!check_value(k, at))
		return false;
	type = (*at)->type;
	if (type->kind == KIND_record || type->kind == KIND_array) {
		error_at(k->c, (*at)->range, DIAG_type_mismatch, type_word(k, type),
			 "part of a tuple");
		return false;
	}
	if (type->kind == KIND_int)
		convert_int(k, at);
	return true;
}

static void check_tuple(struct checker *k, struct node **at)
{
	struct node *tuple = *at;
	uint32_t count = list_count(tuple->list), i = 0;
	const struct type **elements = arena_array(k->c->arena, const struct type *, count + 1);
	bool good = true;

	for (struct node **element = &tuple->list; *element; element = &(*element)->next, i++) {
		good &= fits_tuple(k, element);
		elements[i] = (*element)->type;
	}
	tuple->type = good ? type_tuple(k->c->types, elements, count) : type_none(k->c->types);
}

/* ---- types as written --------------------------------------------------- */

enum space cast_space(const struct checker *k)
{
	enum probe_id type = k->probe->probe.type;

	return type == PROBE_uprobe || type == PROBE_uretprobe ? SPACE_USER : SPACE_ANY;
}

static void unknown_type(struct checker *k, const struct node *node)
{
	const char *nearest;

	error_at(k->c, node->range, DIAG_unknown_type, node->name);
	if (strncmp(node->name, "struct ", 7))
		return;
	nearest = type_nearest_struct(k->c->types, node->name + 7);
	if (nearest)
		hint(k->c, "did you mean 'struct %s'?", nearest);
}

const struct type *written_type(struct checker *k, const struct node *node)
{
	const struct type *type = type_by_name(k->c->types, node->name);

	if (!type) {
		unknown_type(k, node);
		return NULL;
	}
	for (int64_t i = 0; i < node->number; i++)
		type = type_pointer(k->c->types, type, cast_space(k));
	return type;
}

static void check_sizeof(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct type *type;

	if (node->name) {
		type = written_type(k, node);
	} else {
		check_value(k, &node->left);
		type = node->left->type;
		if (type->kind == KIND_record)
			type = known_record(k, node->left->range, type);
	}
	if (type && kind_is_known(type))
		put_number(k, at, type->size, int_type(k, true));
	else
		node->type = type_none(k->c->types);
}

/* ---- casts -------------------------------------------------------------- */

static bool can_cast(const struct type *from, const struct type *to)
{
	bool scalar =
		from->kind == KIND_int || from->kind == KIND_bool || from->kind == KIND_pointer;

	return scalar &&
	       (to->kind == KIND_int || to->kind == KIND_bool || to->kind == KIND_pointer);
}

/* The innermost of several stars takes the space of what is cast. */
static const struct type *in_space(struct checker *k, const struct type *to, enum space space)
{
	if (to->kind != KIND_pointer)
		return to;
	return type_pointer(k->c->types, in_space(k, to->of, space), space);
}

static bool is_same_task(const struct node *node, const struct type *to)
{
	return node->kind == NODE_builtin && node->builtin->id == BUILTIN_curtask &&
	       to->kind == KIND_pointer && to->of->name &&
	       !strcmp(to->of->name, node->type->of->name);
}

static void check_cast(struct checker *k, struct node **at)
{
	struct node *cast = *at;
	const struct type *to = written_type(k, cast), *from;

	cast->type = type_none(k->c->types);
	if (!check_value(k, &cast->left) || !to)
		return;
	from = cast->left->type;
	if (!can_cast(from, to)) {
		error_at(k->c, cast->range, DIAG_bad_cast, type_word(k, from), type_word(k, to));
		if (to->kind == KIND_record)
			hint(k->c, "cast to a pointer: (%s *)", type_word(k, to));
		return;
	}
	if (from->kind == KIND_pointer)
		to = in_space(k, to, from->space);
	cast->left->next = cast->next;
	cast->left->range = cast->range;
	*at = cast->left;
	/* A task stays the current task, which can be read directly. */
	if (is_same_task(*at, to))
		(*at)->type = to;
	convert_node(k, at, to);
}

/* ---- all ---------------------------------------------------------------- */

static void (*const checks[NODE_COUNT])(struct checker *k, struct node **at) = {
	[NODE_integer] = check_integer,	  [NODE_boolean] = check_boolean,
	[NODE_string] = check_string,	  [NODE_identifier] = check_name,
	[NODE_variable] = check_variable, [NODE_map] = check_map,
	[NODE_field] = check_field,	  [NODE_index] = check_index,
	[NODE_unary] = check_unary,	  [NODE_step] = check_step,
	[NODE_binary] = check_binary,	  [NODE_ternary] = check_ternary,
	[NODE_cast] = check_cast,	  [NODE_call] = check_call,
	[NODE_tuple] = check_tuple,	  [NODE_sizeof] = check_sizeof,
};

void check_expression(struct checker *k, struct node **at)
{
	if (checks[(*at)->kind])
		checks[(*at)->kind](k, at);
	if (!(*at)->type)
		(*at)->type = type_none(k->c->types);
}

bool check_value(struct checker *k, struct node **at)
{
	check_expression(k, at);
	if ((*at)->type->kind == KIND_void) {
		error_at(k->c, (*at)->range, DIAG_not_a_value,
			 (*at)->kind == NODE_call ? arena_printf(k->c->arena, "'%s()'", (*at)->name)
						  : "this");
		(*at)->type = type_none(k->c->types);
	}
	return kind_is_known((*at)->type);
}
