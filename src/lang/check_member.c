/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members, elements, dereferences and addresses: paths through records become single
 * reads of memory or of the probe's context, at offsets known when compiling.
 */
#include "lang/check.h"

/* ---- records ------------------------------------------------------------ */

const struct type *known_record(struct checker *k, struct range range, const struct type *record)
{
	const struct type *known;

	/* curtask's record is a name alone, so that BTF is not read for the pointer. */
	if (record->kind != KIND_record || record->btf || record->field_count || !record->name)
		return record;
	known = type_by_name(k->c->types, record->name);
	if (!known)
		error_at(k->c, range, DIAG_unknown_type, record->name);
	return known;
}

static void no_member(struct checker *k, const struct node *node, const struct type *record)
{
	struct nearest nearest = nearest_to(node->name);
	uint32_t count = 0;
	const struct field *fields = type_fields(k->c->types, record, &count);

	for (uint32_t i = 0; i < count; i++)
		if (fields[i].name)
			nearest_offer(&nearest, fields[i].name);
	error_at(k->c, node->range, DIAG_unknown_field, node->name, type_word(k, record));
	if (nearest.name)
		hint(k->c, "did you mean '%s'?", nearest.name);
}

static bool find_member(struct checker *k, const struct node *node, const struct type *record,
			struct field *field)
{
	record = known_record(k, node->range, record);
	if (!record)
		return false;
	if (type_field(k->c->types, record, node->name, field))
		return true;
	no_member(k, node, record);
	return false;
}

/* ---- reads -------------------------------------------------------------- */

/* Pointers in a record point where the record lies. */
static const struct type *member_type(struct checker *k, const struct type *type, enum space space)
{
	return type->kind == KIND_pointer && type->space != space
		       ? type_pointer(k->c->types, type->of, space)
		       : type;
}

/* Arrays of char are strings. */
static void text_from_array(struct checker *k, struct node **at)
{
	const struct type *type = (*at)->type;

	if (type->kind == KIND_array && type_is_text(type) && type->count)
		wrap_node(k, at, NODE_convert, type_string(k->c->types, type->count));
}

/* In place of the node at `at`: what `field` of the record at `pointer` holds. */
static void put_load(struct checker *k, struct node **at, struct node *pointer, struct field field)
{
	struct node *load;

	field.type = member_type(k, field.type, pointer->type->space);
	load = replace_node(k, at, NODE_load, field.type);
	pointer->next = NULL;
	load->left = pointer;
	load->field = field;
	text_from_array(k, at);
}

static void put_context(struct checker *k, struct node **at, uint32_t offset,
			const struct type *type)
{
	replace_node(k, at, NODE_context, type)->number = offset;
	text_from_array(k, at);
}

static void put_element_of(struct checker *k, struct node **at, const struct node *from,
			   struct field field)
{
	if (from->kind == NODE_context) {
		put_context(k, at, (uint32_t)from->number + field.offset, field.type);
		return;
	}
	field.offset += from->field.offset;
	put_load(k, at, from->left, field);
}

/* ---- args --------------------------------------------------------------- */

static bool is_args(const struct node *node)
{
	return node->kind == NODE_identifier && !strcmp(node->name, "args");
}

/* "category:event" of the probe's point as a format file. */
static const struct type *read_args(struct checker *k, const char *event)
{
	const char *colon = strchr(event, ':');
	const char *category = arena_strndup(k->c->arena, event, (size_t)(colon - event));
	const char *path = arena_printf(k->c->arena, "events/%s/%s/format", category, colon + 1);
	const struct type *record = NULL;
	struct text text = {0};

	if (!target_read_file(k->c->target, ROOT_TRACEFS, path, &text)) {
		struct span format = {arena_strndup(k->c->arena, text_cstr(&text), text.size),
				      text.size};

		record = tracefs_format(k->c->types, category, colon + 1, format);
	}
	text_free(&text);
	return record;
}

const struct type *probe_args(struct checker *k)
{
	struct checked_probe *probe = k->probe;

	if (probe->unresolved)
		return NULL;
	if (!probe->args)
		probe->args = read_args(k, probe->probe.points[0].name);
	return probe->args;
}

/* `args.name` in a tracepoint: bytes of the context. */
static void check_args_field(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct type *record;
	struct field field;

	check_identifier(k, &node->left); /* whether it may stand here */
	if (!node->left->builtin)
		return;
	record = probe_args(k);
	if (!record && !k->probe->unresolved)
		error_at(k->c, node->range, DIAG_no_file,
			 arena_printf(k->c->arena, "%s/format", k->probe->probe.points[0].name),
			 "not in a known form");
	if (!record || !find_member(k, node, record, &field))
		return;
	if (!field.is_data_loc) {
		put_context(k, at, field.offset, field.type);
	} else if (type_is_text(field.type) || field.type->kind == KIND_string) {
		replace_node(k, at, NODE_data_loc, type_string(k->c->types, k->c->max_strlen))
			->number = field.offset;
	} else {
		error_at(k->c, node->range, DIAG_type_mismatch,
			 arena_printf(k->c->arena, "'%s' (a %s of variable length)", node->name,
				      type_word(k, field.type)),
			 "a value");
	}
}

/* ---- fields ------------------------------------------------------------- */

static void not_a_pointer(struct checker *k, const struct node *node)
{
	const struct type *type = node->left->type;

	error_at(k->c, node->range, DIAG_not_a_pointer, type_word(k, type));
	if (type->kind == KIND_int)
		hint(k->c, "cast it first: ((struct NAME *)...)%s%s", token_rows[node->op].spelling,
		     node->name ? node->name : "");
}

static void check_tuple_field(struct checker *k, struct node *node)
{
	const struct type *tuple = node->left->type;

	if (tuple->kind != KIND_tuple) {
		error_at(k->c, node->range, DIAG_bad_operand,
			 arena_printf(k->c->arena, ".%lld", (long long)node->number),
			 type_word(k, tuple));
		return;
	}
	if (node->number < 0 || node->number >= tuple->field_count) {
		error_at(k->c, node->range, DIAG_unknown_field,
			 arena_printf(k->c->arena, "%lld", (long long)node->number),
			 type_word(k, tuple));
		return;
	}
	node->field = tuple->fields[node->number];
	node->type = node->field.type;
}

/* A member of a record that is a value: of memory not read yet, or read already. */
static void check_record_field(struct checker *k, struct node **at)
{
	struct node *node = *at, *left = node->left;
	struct field field;

	if (!find_member(k, node, left->type, &field))
		return;
	if (left->kind == NODE_load || left->kind == NODE_context) {
		put_element_of(k, at, left, field);
		return;
	}
	node->field = field;
	node->type = field.type;
	text_from_array(k, at);
}

void check_field(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct type *left;
	struct field field;

	node->type = type_none(k->c->types);
	if (is_args(node->left)) {
		check_args_field(k, at);
		return;
	}
	if (!check_value(k, &node->left))
		return;
	left = node->left->type;
	if (!node->name)
		check_tuple_field(k, node);
	else if (left->kind == KIND_record)
		check_record_field(k, at);
	else if (left->kind != KIND_pointer || left->of->kind != KIND_record)
		not_a_pointer(k, node);
	else if (find_member(k, node, left->of, &field))
		put_load(k, at, node->left, field);
}

/* ---- elements ----------------------------------------------------------- */

/* The address of what a read reads, as a pointer to `element`. */
static struct node *address_of(struct checker *k, const struct node *read,
			       const struct type *element)
{
	struct node *address = arena_new_of(k->c->arena, struct node);
	enum space space = read->kind == NODE_load ? read->left->type->space : SPACE_KERNEL;

	address->kind = NODE_address;
	address->range = read->range;
	address->type = type_pointer(k->c->types, element, space);
	address->left = read->left;
	address->field = read->field;
	if (read->kind == NODE_context)
		address->field.offset = (uint32_t)read->number;
	return address;
}

/* pointer[index] */
static void put_indexed(struct checker *k, struct node **at, struct node *pointer,
			struct node *index)
{
	const struct type *element = pointer->type->of;
	struct field field = {.type = element};
	struct node *sum;

	if (element->kind == KIND_record) {
		field.type = element = known_record(k, (*at)->range, element);
		if (!element)
			return;
	}
	if (!element->size) {
		error_at(k->c, (*at)->range, DIAG_bad_operand, "[]", type_word(k, pointer->type));
		return;
	}
	if (index->kind == NODE_integer && index->number >= 0 &&
	    index->number < INT32_MAX / (int64_t)element->size) {
		field.offset = (uint32_t)index->number * element->size;
		put_load(k, at, pointer, field);
		return;
	}
	pointer->next = NULL;
	sum = wrap_node(k, &pointer, NODE_binary, pointer->type);
	sum->op = TOKEN_plus;
	sum->right = index;
	check_operands(k, sum, &sum->left, &sum->right, TOKEN_plus);
	put_load(k, at, sum, field);
}

static bool index_fits(struct checker *k, const struct node *index, uint32_t count)
{
	if (index->kind != NODE_integer || (index->number >= 0 && index->number < count))
		return true;
	error_at(k->c, index->range, DIAG_out_of_range, "the index", 0ll, (long long)count - 1);
	return false;
}

static void check_array_index(struct checker *k, struct node **at, struct node *array)
{
	const struct type *type = array->type;
	struct node *node = *at, *index = node->right;
	struct field field = {.type = type->of};

	if (type->count && !index_fits(k, index, type->count))
		return;
	if (array->kind != NODE_load && array->kind != NODE_context) {
		node->left = array;
		node->type = type->of;
	} else if (index->kind == NODE_integer) {
		field.offset = (uint32_t)index->number * type->of->size;
		put_element_of(k, at, array, field);
	} else {
		put_indexed(k, at, address_of(k, array, type->of), index);
	}
}

/* tuple[1] is tuple.1 */
static void check_tuple_index(struct checker *k, struct node *node)
{
	if (node->right->kind != NODE_integer) {
		error_at(k->c, node->right->range, DIAG_constant_needed, "the index of a tuple");
		return;
	}
	node->kind = NODE_field;
	node->op = TOKEN_dot;
	node->number = node->right->number;
	node->right = NULL;
	check_tuple_field(k, node);
}

void check_index(struct checker *k, struct node **at)
{
	struct node *node = *at, *left;
	bool good = check_value(k, &node->left);

	node->type = type_none(k->c->types);
	good &= check_value(k, &node->right);
	if (!good)
		return;
	left = node->left;
	if (!convert_int(k, &node->right)) {
		error_at(k->c, node->right->range, DIAG_type_mismatch,
			 type_word(k, node->right->type), "an index");
		return;
	}
	/* Back from the string that an array of char has become. */
	if (left->kind == NODE_convert && left->left->type->kind == KIND_array)
		left = left->left;
	if (left->type->kind == KIND_array)
		check_array_index(k, at, left);
	else if (left->type->kind == KIND_pointer)
		put_indexed(k, at, left, node->right);
	else if (left->type->kind == KIND_tuple)
		check_tuple_index(k, node);
	else
		error_at(k->c, node->range, DIAG_bad_operand, "[]", type_word(k, left->type));
}

/* ---- * and & ------------------------------------------------------------ */

void check_dereference(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct type *type;

	if (!check_value(k, &node->left))
		return;
	if (node->left->type->kind == KIND_int) {
		/* A number is the address of one of 64 bits. */
		type = type_pointer(k->c->types, int_type(k, false), cast_space(k));
		convert_node(k, &node->left, type);
	}
	if (node->left->type->kind != KIND_pointer) {
		error_at(k->c, node->range, DIAG_bad_operand, "*", type_word(k, node->left->type));
		return;
	}
	put_indexed(k, at, node->left, make_number(k, node->range, 0, int_type(k, true)));
}

void check_address(struct checker *k, struct node **at)
{
	struct node *node = *at, *left, *address;

	if (!check_value(k, &node->left))
		return;
	left = node->left;
	if (left->kind == NODE_convert && left->left->type->kind == KIND_array)
		left = left->left;
	if ((left->kind != NODE_load && left->kind != NODE_context) || left->field.bit_size) {
		error_at(k->c, node->range, DIAG_bad_operand, "&", type_word(k, left->type));
		return;
	}
	address = address_of(k, left,
			     left->type->kind == KIND_array && type_is_text(left->type)
				     ? left->type->of
				     : left->type);
	address->range = node->range;
	address->next = node->next;
	*at = address;
}
