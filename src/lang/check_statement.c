/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements and scratch variables.  A variable belongs to its whole probe and has one
 * type; where a path may come to a read without an assignment, it begins as zero.
 */
#include "lang/check.h"

/* ---- scratch variables -------------------------------------------------- */

struct checked_variable *variable_find(struct checker *k, const char *name)
{
	for (struct variable *variable = k->probe->probe.variables; variable;
	     variable = variable->next)
		if (!strcmp(variable->name, name))
			return (struct checked_variable *)variable;
	return NULL;
}

static struct checked_variable *variable_new(struct checker *k, const struct node *node)
{
	struct checked_variable *new = arena_new_of(k->c->arena, struct checked_variable);
	struct variable **last = &k->probe->probe.variables;

	while (*last)
		last = &(*last)->next;
	*last = &new->variable;
	new->variable.name = node->name;
	new->variable.range = node->range;
	new->variable.id = k->probe->probe.variable_count++;
	new->variable.type = type_none(k->c->types);
	return new;
}

static bool is_within(const struct scope *scope, const struct scope *outer)
{
	while (scope && scope != outer)
		scope = scope->parent;
	return scope == outer;
}

static void unknown_variable(struct checker *k, const struct node *node)
{
	struct nearest nearest = nearest_to(node->name);

	for (struct variable *variable = k->probe->probe.variables; variable;
	     variable = variable->next)
		if (((struct checked_variable *)variable)->scope)
			nearest_offer(&nearest, variable->name);
	error_at(k->c, node->range, DIAG_unknown_variable, node->name);
	if (nearest.name && strcmp(nearest.name, node->name))
		hint(k->c, "did you mean '%s'?", nearest.name);
}

void check_variable(struct checker *k, struct node **at)
{
	struct node *node = *at;
	struct checked_variable *variable = variable_find(k, node->name);

	if (!variable || !variable->scope) {
		unknown_variable(k, node);
		return;
	}
	if (!is_within(k->scope, variable->scope))
		variable->from_zero = true;
	node->variable = &variable->variable;
	node->type = variable->variable.type;
}

bool variable_learns(struct checker *k, struct checked_variable *variable, struct range range,
		     const struct type *type, bool flexible)
{
	const struct type *known;

	if (!shape_join(k, &variable->shape, type, flexible)) {
		error_at(k->c, range, DIAG_map_type, variable->variable.name,
			 type_word(k, variable->variable.type), type_word(k, type));
		return false;
	}
	known = variable->shape.exact ? variable->shape.exact : type_none(k->c->types);
	variable->variable.type = known;
	return true;
}

/* A value of zeroes; NULL: the type has none that could be written. */
static struct node *zero_of(struct checker *k, struct range range, const struct type *type)
{
	struct node *zero;

	if (type->kind != KIND_string)
		return type->kind == KIND_int || type->kind == KIND_bool ||
				       type->kind == KIND_pointer
			       ? make_number(k, range, 0, type)
			       : NULL;
	zero = make_number(k, range, 0, type);
	zero->kind = NODE_string;
	zero->text = (struct span){"", 0};
	return zero;
}

static struct node *assign_zero(struct checker *k, struct variable *variable)
{
	struct node *zero = zero_of(k, variable->range, variable->type), *assign;

	if (!zero) {
		if (kind_is_known(variable->type))
			error_at(k->c, variable->range, DIAG_unknown_variable, variable->name);
		return NULL;
	}
	assign = make_number(k, variable->range, 0, type_void(k->c->types));
	assign->kind = NODE_assign;
	assign->op = TOKEN_assign;
	assign->right = zero;
	assign->left = make_number(k, variable->range, 0, variable->type);
	assign->left->kind = NODE_variable;
	assign->left->name = variable->name;
	assign->left->variable = variable;
	return assign;
}

void begin_from_zero(struct checker *k, struct node *body)
{
	for (struct variable *variable = k->probe->probe.variables; variable;
	     variable = variable->next) {
		struct node *assign;

		if (!((struct checked_variable *)variable)->from_zero)
			continue;
		assign = assign_zero(k, variable);
		if (!assign)
			continue;
		assign->next = body->list;
		body->list = assign;
	}
}

/* ---- assignments -------------------------------------------------------- */

static void assign_variable(struct checker *k, struct node *node)
{
	struct node *left = node->left;
	struct checked_variable *variable = variable_find(k, left->name);
	const struct type *type;

	if (!variable)
		variable = variable_new(k, left);
	if (!variable->scope)
		variable->scope = k->scope;
	left->variable = &variable->variable;
	left->type = node->right->type;
	type = node->right->type;
	if (!kind_is_known(type))
		return;
	if (type->size > MAX_VALUE_SIZE) {
		error_at(k->c, node->range, DIAG_too_big, left->name, type->size, MAX_VALUE_SIZE);
		return;
	}
	if (!variable_learns(k, variable, node->right->range, type, node_is_flexible(node->right)))
		return;
	left->type = variable->variable.type;
	convert_node(k, &node->right, left->type);
}

static void compound_variable(struct checker *k, struct node *node, enum token_kind op)
{
	struct checked_variable *variable;
	const struct type *type;

	check_variable(k, &node->left);
	if (!node->left->variable)
		return;
	variable = (struct checked_variable *)node->left->variable;
	type = check_operands(k, node, &node->left, &node->right, op);
	if (!type)
		return;
	node->type = type;
	/* The operands' conversions are for the operation; the target stays a variable. */
	while (node->left->kind == NODE_convert)
		node->left = node->left->left;
	variable_learns(k, variable, node->range, type, false);
	node->left->type = variable->variable.type;
}

static void assign_map(struct checker *k, struct node *node)
{
	struct checked_map *map = map_target(k, node->left);

	if (is_aggregate_call(node->right)) {
		check_aggregate(k, map, node->right);
		return;
	}
	if (check_value(k, &node->right) && map)
		map_assign(k, map, &node->right);
	if (map)
		node->left->type = map->map.value;
}

static void compound_map(struct checker *k, struct node *node, enum token_kind op)
{
	struct checked_map *map = map_target(k, node->left);
	const struct type *type;

	if (!map)
		return;
	/* A map that nothing else has filled begins as the number that is added. */
	if (!map->value.exact)
		map_learns(k, map, node->range, node->right->type, node_is_flexible(node->right));
	node->left->type = map->map.value;
	type = check_operands(k, node, &node->left, &node->right, op);
	if (!type)
		return;
	node->type = type;
	while (node->left->kind == NODE_convert)
		node->left = node->left->left;
	map_learns(k, map, node->range, type, false);
	node->left->type = map->map.value;
}

static void check_assign(struct checker *k, struct node *node)
{
	enum token_kind op = token_rows[node->op].base;

	node->type = type_void(k->c->types);
	if (op == TOKEN_end && node->left->kind == NODE_map) {
		assign_map(k, node);
	} else if (op == TOKEN_end) {
		check_value(k, &node->right);
		assign_variable(k, node);
	} else if (check_value(k, &node->right)) {
		if (node->left->kind == NODE_map)
			compound_map(k, node, op);
		else
			compound_variable(k, node, op);
	}
}

/* ---- conditions --------------------------------------------------------- */

static void check_scoped(struct checker *k, struct node *block)
{
	struct scope *scope = arena_new_of(k->c->arena, struct scope);

	scope->parent = k->scope;
	k->scope = scope;
	check_block(k, block);
	k->scope = scope->parent;
}

static void check_statement(struct checker *k, struct node *node);

/* An `else if` is a path of its own. */
static void check_otherwise(struct checker *k, struct node *node)
{
	struct scope *scope;

	if (node->kind == NODE_block) {
		check_scoped(k, node);
		return;
	}
	scope = arena_new_of(k->c->arena, struct scope);
	scope->parent = k->scope;
	k->scope = scope;
	check_statement(k, node);
	k->scope = scope->parent;
}

static void check_if(struct checker *k, struct node *node)
{
	check_expression(k, &node->left);
	convert_truth(k, &node->left);
	check_scoped(k, node->right);
	if (node->third)
		check_otherwise(k, node->third);
}

static struct node *block_of(struct checker *k, struct node *expression)
{
	struct node *statement = make_number(k, expression->range, 0, type_void(k->c->types));
	struct node *block = make_number(k, expression->range, 0, type_void(k->c->types));

	statement->kind = NODE_expression;
	statement->left = expression;
	block->kind = NODE_block;
	block->list = statement;
	expression->next = NULL;
	return block;
}

/* `c ? f() : g();` is an if. */
static void check_ternary_statement(struct checker *k, struct node *node)
{
	struct node *ternary = node->left;

	node->kind = NODE_if;
	node->left = ternary->left;
	node->right = block_of(k, ternary->right);
	node->third = block_of(k, ternary->third);
	check_if(k, node);
}

/* ---- all ---------------------------------------------------------------- */

static void check_statement(struct checker *k, struct node *node)
{
	node->type = type_void(k->c->types);
	switch (node->kind) {
	case NODE_assign:
		check_assign(k, node);
		break;
	case NODE_if:
		check_if(k, node);
		break;
	case NODE_block:
		check_scoped(k, node);
		break;
	case NODE_expression:
		if (node->left->kind == NODE_ternary)
			check_ternary_statement(k, node);
		else
			check_expression(k, &node->left);
		break;
	default:
		break;
	}
}

void check_block(struct checker *k, struct node *block)
{
	block->type = type_void(k->c->types);
	for (struct node *node = block->list; node; node = node->next)
		check_statement(k, node);
	merge_printf(k, block);
}
