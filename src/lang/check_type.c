/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types in the checker: which go together, what two of them make, and the conversions
 * that say so in the tree.
 *
 * Integers follow bpftrace: a mixed pair is signed, a literal without sign takes the sign
 * of what it meets, a difference is signed, a comparison is a bool.
 */
#include "lang/check.h"

const char *type_word(struct checker *k, const struct type *type)
{
	struct text out = {0};
	const char *word;

	type_text(type, &out);
	word = arena_strdup(k->c->arena, text_cstr(&out));
	text_free(&out);
	return word;
}

const struct type *int_type(struct checker *k, bool is_signed)
{
	return type_int(k->c->types, 8, is_signed);
}

bool kind_is_known(const struct type *type)
{
	return type->kind != KIND_none;
}

bool node_is_flexible(const struct node *node)
{
	return node->kind == NODE_integer && node->number >= 0 && node->type->kind == KIND_int &&
	       node->type->is_signed && node->type->size == 8;
}

/* ---- nodes -------------------------------------------------------------- */

struct node *replace_node(struct checker *k, struct node **at, enum node_kind kind,
			  const struct type *type)
{
	struct node *old = *at, *node = arena_new_of(k->c->arena, struct node);

	node->kind = kind;
	node->range = old->range;
	node->next = old->next;
	node->type = type;
	*at = node;
	return node;
}

struct node *wrap_node(struct checker *k, struct node **at, enum node_kind kind,
		       const struct type *type)
{
	struct node *left = *at, *node = replace_node(k, at, kind, type);

	left->next = NULL;
	node->left = left;
	return node;
}

struct node *make_number(struct checker *k, struct range range, int64_t number,
			 const struct type *type)
{
	struct node *node = arena_new_of(k->c->arena, struct node);

	node->kind = type->kind == KIND_bool ? NODE_boolean : NODE_integer;
	node->range = range;
	node->number = number;
	node->type = type;
	return node;
}

void put_number(struct checker *k, struct node **at, int64_t number, const struct type *type)
{
	struct node *node = make_number(k, (*at)->range, number, type);

	node->next = (*at)->next;
	*at = node;
}

/* ---- conversions -------------------------------------------------------- */

static bool is_scalar(const struct type *type)
{
	return type->kind == KIND_int || type->kind == KIND_bool || type->kind == KIND_pointer;
}

/* A literal takes the type itself. */
static bool convert_literal(struct node *node, const struct type *type)
{
	if (node->kind != NODE_integer && node->kind != NODE_boolean)
		return false;
	if (!is_scalar(type) || !is_scalar(node->type))
		return false;
	if (type->kind == KIND_bool)
		node->number = node->number != 0;
	else if (type->kind == KIND_int)
		node->number = arith_extend(node->number, type->size, type->is_signed);
	node->kind = type->kind == KIND_bool ? NODE_boolean : NODE_integer;
	node->type = type;
	return true;
}

/* A string literal grows by its terminator alone. */
static bool grow_literal(struct node *node, const struct type *type)
{
	if (node->kind != NODE_string || type->kind != KIND_string)
		return false;
	node->type = type;
	return true;
}

void convert_node(struct checker *k, struct node **at, const struct type *type)
{
	if ((*at)->type == type || !kind_is_known((*at)->type) || !kind_is_known(type))
		return;
	if (convert_literal(*at, type) || grow_literal(*at, type))
		return;
	wrap_node(k, at, NODE_convert, type);
}

bool convert_int(struct checker *k, struct node **at)
{
	const struct type *type = (*at)->type;

	if (!is_scalar(type))
		return false;
	if (type->kind != KIND_int || type->size != 8 || type->is_enum)
		convert_node(k, at, int_type(k, type->kind == KIND_int && type->is_signed));
	return true;
}

bool convert_truth(struct checker *k, struct node **at)
{
	const struct type *type = (*at)->type;

	if (!kind_is_known(type))
		return false;
	if (is_scalar(type)) {
		convert_node(k, at, type_bool(k->c->types));
		return true;
	}
	error_at(k->c, (*at)->range, DIAG_type_mismatch, type_word(k, type), "a condition");
	if (type->kind == KIND_string)
		hint(k->c, "compare it: ... != \"\"");
	return false;
}

/* ---- shapes ------------------------------------------------------------- */

/* An int that holds all values of both, or int64. */
static const struct type *join_ints(struct checker *k, const struct shape *shape,
				    const struct type *b, bool flexible)
{
	const struct type *a = shape->exact, *wide;
	uint32_t size = a->size > b->size ? a->size : b->size;
	const struct type *positive = a->is_signed ? b : a;

	if (a == b)
		return a;
	if (shape->flexible || flexible)
		return int_type(k, shape->flexible && flexible ? true
				   : shape->flexible	       ? b->is_signed
							       : a->is_signed);
	if (a->is_signed == b->is_signed)
		return type_int(k->c->types, size, a->is_signed);
	wide = positive->size == size && size < 8 ? type_int(k->c->types, size * 2, true)
						  : type_int(k->c->types, size, true);
	return wide;
}

static const struct type *join_pointers(struct checker *k, const struct type *a,
					const struct type *b)
{
	/* curtask's record is a name alone (see known_record). */
	if (a->of != b->of && (a->of->kind != KIND_record || b->of->kind != KIND_record ||
			       !a->of->name || !b->of->name || strcmp(a->of->name, b->of->name)))
		return NULL;
	if (a->of != b->of)
		a = type_pointer(k->c->types, a->of->btf ? a->of : b->of, a->space);
	return a->space == b->space ? a : type_pointer(k->c->types, a->of, SPACE_ANY);
}

static const struct type *join_plain(struct checker *k, const struct type *a, const struct type *b);

static const struct type *join_tuples(struct checker *k, const struct type *a, const struct type *b)
{
	const struct type **elements;

	if (a->field_count != b->field_count)
		return NULL;
	elements = arena_array(k->c->arena, const struct type *, a->field_count + 1);
	for (uint32_t i = 0; i < a->field_count; i++) {
		elements[i] = join_plain(k, a->fields[i].type, b->fields[i].type);
		if (!elements[i])
			return NULL;
	}
	return type_tuple(k->c->types, elements, a->field_count);
}

/* What holds values of both; NULL: nothing does. */
static const struct type *join_plain(struct checker *k, const struct type *a, const struct type *b)
{
	if (a == b)
		return a;
	if (a->kind != b->kind)
		return NULL;
	switch (a->kind) {
	case KIND_int:
		return join_ints(k, &(struct shape){a, false}, b, false);
	case KIND_pointer:
		return join_pointers(k, a, b);
	case KIND_string:
		return a->size > b->size ? a : b;
	case KIND_tuple:
		return join_tuples(k, a, b);
	default:
		return NULL;
	}
}

static const struct type *join(struct checker *k, const struct shape *shape,
			       const struct type *type, bool flexible)
{
	const struct type *known = shape->exact;

	if (known->kind == KIND_int && type->kind == KIND_int)
		return join_ints(k, shape, type, flexible);
	/* A literal such as 0 may begin or clear a pointer; a bool may count. */
	if (known->kind == KIND_pointer && type->kind == KIND_int && flexible)
		return known;
	if (known->kind == KIND_int && type->kind == KIND_pointer && shape->flexible)
		return type;
	if (known->kind == KIND_int && type->kind == KIND_bool)
		return known;
	if (known->kind == KIND_bool && type->kind == KIND_int)
		return int_type(k, type->is_signed);
	return join_plain(k, known, type);
}

bool shape_join(struct checker *k, struct shape *shape, const struct type *type, bool flexible)
{
	const struct type *joined;

	if (!kind_is_known(type))
		return true;
	if (!shape->exact) {
		*shape = (struct shape){type, flexible};
		k->changed = true;
		return true;
	}
	joined = join(k, shape, type, flexible);
	if (!joined)
		return false;
	flexible = flexible && shape->flexible;
	if (joined != shape->exact || flexible != shape->flexible)
		k->changed = true;
	*shape = (struct shape){joined, flexible};
	return true;
}

const struct type *shape_stored(struct checker *k, const struct shape *shape)
{
	const struct type *type = shape->exact;

	if (!type)
		return type_none(k->c->types);
	if (type->kind == KIND_int)
		return type->is_enum && type->size == 8 ? type : int_type(k, type->is_signed);
	return type;
}
