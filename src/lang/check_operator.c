/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operators: two checked operands become two of one type, and the result's type follows.
 * What is constant by now (sizeof, casts of literals) is folded here.
 */
#include "lang/check.h"

static bool is_number(const struct type *type)
{
	return type->kind == KIND_int || type->kind == KIND_bool;
}

static bool is_equality(enum token_kind op)
{
	return op == TOKEN_eq || op == TOKEN_ne;
}

static bool is_comparison(enum token_kind op)
{
	return token_rows[op].arith >= ARITH_EQ;
}

static const struct type *bad_operands(struct checker *k, const struct node *node,
				       const struct type *left, const struct type *right,
				       enum token_kind op)
{
	error_at(k->c, node->range, DIAG_bad_operands, token_rows[op].spelling, type_word(k, left),
		 type_word(k, right));
	if (is_equality(op) && left->kind == KIND_string && right->kind == KIND_int)
		hint(k->c, "write the number in quotes to compare text");
	return NULL;
}

/* ---- two integers ------------------------------------------------------- */

static const struct type *int_operands(struct checker *k, struct node **left, struct node **right,
				       enum token_kind op)
{
	bool is_signed;

	convert_int(k, left);
	convert_int(k, right);
	if (op == TOKEN_shl || op == TOKEN_shr)
		return (*left)->type;
	if (node_is_flexible(*left))
		is_signed = (*right)->type->is_signed;
	else if (node_is_flexible(*right))
		is_signed = (*left)->type->is_signed;
	else
		is_signed = (*left)->type->is_signed || (*right)->type->is_signed;
	convert_node(k, left, int_type(k, is_signed));
	convert_node(k, right, int_type(k, is_signed));
	if (is_comparison(op))
		return type_bool(k->c->types);
	return int_type(k, is_signed || op == TOKEN_minus);
}

/* ---- pointers ----------------------------------------------------------- */

/* The number of elements as a number of bytes. */
static void scale(struct checker *k, struct node **at, const struct type *element)
{
	uint32_t size = element->size ? element->size : 1;
	struct node *node;

	convert_int(k, at);
	if ((*at)->kind == NODE_integer) {
		(*at)->number = (int64_t)((uint64_t)(*at)->number * size);
		return;
	}
	if (size == 1)
		return;
	node = wrap_node(k, at, NODE_binary, (*at)->type);
	node->op = TOKEN_star;
	node->right = make_number(k, node->range, size, node->type);
}

static const struct type *move_pointer(struct checker *k, const struct type *pointer,
				       struct node **by)
{
	const struct type *to = pointer->of;

	if (to->kind == KIND_record) {
		to = known_record(k, (*by)->range, to);
		if (!to)
			return NULL;
	}
	scale(k, by, to);
	return pointer;
}

static const struct type *pointer_operands(struct checker *k, struct node *node, struct node **left,
					   struct node **right, enum token_kind op)
{
	const struct type *a = (*left)->type, *b = (*right)->type;

	if (op == TOKEN_plus && is_number(b))
		return move_pointer(k, a, right);
	if (op == TOKEN_plus && is_number(a)) {
		/* The pointer comes first. */
		struct node *number = *left;

		*left = *right;
		*right = number;
		return move_pointer(k, b, right);
	}
	if (op == TOKEN_minus && a->kind == KIND_pointer && is_number(b))
		return move_pointer(k, a, right);
	if (!is_comparison(op) || (a->kind != KIND_pointer && !is_number(a)) ||
	    (b->kind != KIND_pointer && !is_number(b)))
		return bad_operands(k, node, a, b, op);
	convert_int(k, left);
	convert_int(k, right);
	convert_node(k, left, int_type(k, false));
	convert_node(k, right, int_type(k, false));
	return type_bool(k->c->types);
}

/* ---- strings ------------------------------------------------------------ */

/* A parameter that looks like a number is text where text is compared. */
static void parameter_as_text(struct checker *k, struct node *node)
{
	if (node->kind != NODE_integer || !node->text.data)
		return;
	node->kind = NODE_string;
	node->type = type_string(k->c->types, (uint32_t)node->text.size + 1);
}

static const struct type *string_operands(struct checker *k, struct node *node, struct node **left,
					  struct node **right, enum token_kind op)
{
	parameter_as_text(k, *left);
	parameter_as_text(k, *right);
	if (!is_equality(op) || (*left)->type->kind != KIND_string ||
	    (*right)->type->kind != KIND_string)
		return bad_operands(k, node, (*left)->type, (*right)->type, op);
	return type_bool(k->c->types);
}

/* ---- all pairs ---------------------------------------------------------- */

const struct type *check_operands(struct checker *k, struct node *node, struct node **left,
				  struct node **right, enum token_kind op)
{
	const struct type *a = (*left)->type, *b = (*right)->type;

	if (!kind_is_known(a) || !kind_is_known(b))
		return NULL;
	if (a->kind == KIND_string || b->kind == KIND_string)
		return string_operands(k, node, left, right, op);
	if (a->kind == KIND_pointer || b->kind == KIND_pointer)
		return pointer_operands(k, node, left, right, op);
	if (a->kind == KIND_bool && b->kind == KIND_bool && is_equality(op))
		return a;
	if (is_number(a) && is_number(b))
		return int_operands(k, left, right, op);
	return bad_operands(k, node, a, b, op);
}

/* The name of this very probe is known now. */
static bool fold_probe_name(struct checker *k, struct node **at)
{
	struct node *node = *at, *name = node->left, *text = node->right;
	bool equal;

	if (name->kind == NODE_string) {
		text = node->left;
		name = node->right;
	}
	if (!is_equality(node->op) || name->type->kind != KIND_probe || text->kind != NODE_string)
		return false;
	equal = strlen(k->probe->probe.name) == text->text.size &&
		!memcmp(k->probe->probe.name, text->text.data, text->text.size);
	put_number(k, at, equal == (node->op == TOKEN_eq), type_bool(k->c->types));
	return true;
}

static bool is_constant_number(const struct node *node)
{
	return node->kind == NODE_integer || node->kind == NODE_boolean;
}

static void fold_typed(struct checker *k, struct node **at)
{
	const struct node *node = *at, *left = node->left, *right = node->right;

	if (!is_constant_number(left) || !is_constant_number(right))
		return;
	put_number(k, at, fold_number(node->op, left->number, right->number, left->type->is_signed),
		   node->type);
}

/* A constant side decides, or leaves the answer to the other.  NULL: neither. */
static struct node *decided(struct node *node)
{
	struct node *left = node->left, *right = node->right;
	bool deciding = node->op == TOKEN_lor;

	if (left->kind == NODE_boolean)
		return left->number == deciding ? left : right;
	if (right->kind == NODE_boolean && right->number != deciding)
		return left;
	return NULL;
}

static void check_logical(struct checker *k, struct node **at)
{
	struct node *node = *at, *answer;
	bool good;

	check_expression(k, &node->left);
	check_expression(k, &node->right);
	good = convert_truth(k, &node->left);
	good &= convert_truth(k, &node->right);
	node->type = good ? type_bool(k->c->types) : type_none(k->c->types);
	answer = good ? decided(node) : NULL;
	if (!answer)
		return;
	answer->next = node->next;
	*at = answer;
}

void check_binary(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct type *type;
	bool good;

	if (node->op == TOKEN_land || node->op == TOKEN_lor) {
		check_logical(k, at);
		return;
	}
	good = check_value(k, &node->left);
	good &= check_value(k, &node->right);
	node->type = type_none(k->c->types);
	if (!good || fold_probe_name(k, at))
		return;
	type = check_operands(k, node, &node->left, &node->right, node->op);
	if (!type)
		return;
	node->type = type;
	fold_typed(k, at);
}

/* ---- one operand -------------------------------------------------------- */

static void check_not(struct checker *k, struct node **at)
{
	struct node *node = *at;

	check_expression(k, &node->left);
	if (!convert_truth(k, &node->left))
		return;
	node->type = type_bool(k->c->types);
	if (node->left->kind != NODE_boolean)
		return;
	node->left->number = !node->left->number;
	node->left->next = node->next;
	*at = node->left;
}

static void check_arithmetic(struct checker *k, struct node **at)
{
	struct node *node = *at, *left;

	if (!check_value(k, &node->left))
		return;
	if (node->left->type->kind == KIND_pointer || !convert_int(k, &node->left)) {
		error_at(k->c, node->range, DIAG_bad_operand, token_rows[node->op].spelling,
			 type_word(k, node->left->type));
		return;
	}
	left = node->left;
	node->type = left->type;
	if (node->op != TOKEN_plus && left->kind != NODE_integer)
		return;
	if (node->op == TOKEN_minus)
		left->number = (int64_t)(0 - (uint64_t)left->number);
	else if (node->op == TOKEN_tilde)
		left->number = ~left->number;
	left->next = node->next;
	*at = left;
}

void check_unary(struct checker *k, struct node **at)
{
	(*at)->type = type_none(k->c->types);
	switch ((*at)->op) {
	case TOKEN_not:
		check_not(k, at);
		break;
	case TOKEN_star:
		check_dereference(k, at);
		break;
	case TOKEN_and:
		check_address(k, at);
		break;
	default:
		check_arithmetic(k, at);
	}
}

/* ---- ternary ------------------------------------------------------------ */

void check_ternary(struct checker *k, struct node **at)
{
	struct node *node = *at;
	struct shape shape = {0};
	bool good, fits, changed;

	check_expression(k, &node->left);
	good = convert_truth(k, &node->left);
	good &= check_value(k, &node->right);
	good &= check_value(k, &node->third);
	node->type = type_none(k->c->types);
	if (!good)
		return;
	changed = k->changed;
	shape_join(k, &shape, node->right->type, node_is_flexible(node->right));
	fits = shape_join(k, &shape, node->third->type, node_is_flexible(node->third));
	k->changed = changed; /* this shape lives here alone */
	if (!fits) {
		error_at(k->c, node->range, DIAG_bad_operands,
			 "? :", type_word(k, node->right->type), type_word(k, node->third->type));
		return;
	}
	node->type = shape_stored(k, &shape);
	convert_node(k, &node->right, node->type);
	convert_node(k, &node->third, node->type);
	if (node->left->kind == NODE_boolean) {
		*at = node->left->number ? node->right : node->third;
		(*at)->next = node->next;
	}
}

/* ---- ++ and -- ---------------------------------------------------------- */

/* Steps of pointers stay pointers; a step down can go below zero. */
static const struct type *step_type(struct checker *k, const struct type *type, enum token_kind op)
{
	if (type->kind == KIND_pointer)
		return type;
	return int_type(k, op == TOKEN_decrement || type->is_signed);
}

static bool can_step(struct checker *k, const struct node *node, const struct type *type)
{
	if (type->kind == KIND_int || type->kind == KIND_pointer)
		return true;
	if (kind_is_known(type))
		error_at(k->c, node->range, DIAG_bad_operand, token_rows[node->op].spelling,
			 type_word(k, type));
	return false;
}

static void step_map(struct checker *k, struct node *node)
{
	struct checked_map *map = map_target(k, node->left);

	if (!map)
		return;
	if (!map->value.exact)
		map_learns(k, map, node->range, int_type(k, true), true);
	if (!can_step(k, node, map->map.value))
		return;
	if (node->op == TOKEN_decrement)
		map_learns(k, map, node->range, step_type(k, map->map.value, node->op), false);
	node->left->type = node->type = map->map.value;
}

static void step_variable(struct checker *k, struct node *node)
{
	struct checked_variable *variable;

	check_variable(k, &node->left);
	if (!node->left->variable || !can_step(k, node, node->left->type))
		return;
	variable = (struct checked_variable *)node->left->variable;
	variable_learns(k, variable, node->range, step_type(k, node->left->type, node->op), false);
	node->left->type = node->type = variable->variable.type;
}

void check_step(struct checker *k, struct node **at)
{
	(*at)->type = type_none(k->c->types);
	if ((*at)->left->kind == NODE_map)
		step_map(k, *at);
	else
		step_variable(k, *at);
}
