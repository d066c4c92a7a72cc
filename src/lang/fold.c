/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Constants before types: options, parameters, operators over literals, conditions.  A
 * tree goes in and the same tree comes out with less in it, so that what options exclude
 * costs nothing and is not even looked at.
 */
#include <stdlib.h>

#include "lang/check.h"
#include "lang/lex.h"

bool node_is_literal(const struct node *node)
{
	return node->kind == NODE_integer || node->kind == NODE_boolean ||
	       node->kind == NODE_string;
}

bool literal_truth(const struct node *node)
{
	return node->kind == NODE_string ? node->text.size > 0 : node->number != 0;
}

int64_t fold_number(enum token_kind op, int64_t a, int64_t b, bool is_signed)
{
	switch (op) {
	case TOKEN_land:
		return a && b;
	case TOKEN_lor:
		return a || b;
	default:
		return arith((enum arith)token_rows[op].arith, a, b, is_signed);
	}
}

static bool is_comparison(enum token_kind op)
{
	return token_rows[op].arith < 0 || token_rows[op].arith >= ARITH_EQ;
}

/* ---- literals from outside ---------------------------------------------- */

static void become(struct node *node, enum node_kind kind)
{
	node->kind = kind;
	node->left = node->right = node->third = node->list = NULL;
}

static void become_integer(struct node *node, int64_t number, bool is_unsigned)
{
	become(node, NODE_integer);
	node->number = number;
	node->is_unsigned = is_unsigned;
}

static void become_boolean(struct node *node, bool truth)
{
	become(node, NODE_boolean);
	node->number = truth;
}

static void become_string(struct node *node, const char *text)
{
	become(node, NODE_string);
	node->text = (struct span){text, strlen(text)};
}

/* "42", "-0x2a", "5ms"; false: not a number. */
static bool read_number(const char *text, int64_t *number, bool *is_unsigned)
{
	struct token token = {0};
	bool negative = *text == '-';

	text += negative;
	if (*text < '0' || *text > '9' || number_read(text, strlen(text), &token) != NUMBER_GOOD)
		return false;
	*number = negative ? (int64_t)(0 - (uint64_t)token.number) : token.number;
	*is_unsigned = !negative && token.is_unsigned;
	return true;
}

static const char *positional(const struct compilation *c, int64_t number)
{
	return number >= 1 && number <= (int64_t)c->positional_count ? c->positional[number - 1]
								     : "";
}

/*
 * A parameter is a number if it looks like one; its spelling stays beside it for where a
 * string is wanted.
 */
static void fold_positional(struct checker *k, struct node *node)
{
	const char *text = positional(k->c, node->number);
	bool is_unsigned = false;
	int64_t number = 0;

	if (!node->number) {
		become_integer(node, k->c->positional_count, false);
		return;
	}
	if (*text && !read_number(text, &number, &is_unsigned)) {
		become_string(node, text);
		return;
	}
	become_integer(node, number, is_unsigned);
	node->text = (struct span){text, strlen(text)};
}

/* str($1): the parameter as it was given. */
static bool fold_str(struct checker *k, struct node *call)
{
	struct node *argument = call->list;

	if (strcmp(call->name, "str") || !argument || argument->kind != NODE_positional ||
	    argument->next || !argument->number)
		return false;
	become_string(call, positional(k->c, argument->number));
	return true;
}

/* ---- getopt ------------------------------------------------------------- */

/* The option's text in `value` (NULL: without one); false: it is not given. */
static bool find_option(const struct compilation *c, struct span name, const char **value)
{
	for (uint32_t i = 0; i < c->option_count; i++) {
		const char *given = c->options[2 * i];

		if (strlen(given) == name.size && !memcmp(given, name.data, name.size)) {
			*value = c->options[2 * i + 1];
			return true;
		}
	}
	return false;
}

static bool is_false(const char *value)
{
	return value && (!strcmp(value, "false") || !strcmp(value, "0"));
}

static void option_number(struct checker *k, struct node *call, const char *value)
{
	struct span name = call->list->text;
	bool is_unsigned;
	int64_t number;

	if (value && read_number(value, &number, &is_unsigned)) {
		become_integer(call, number, is_unsigned);
		return;
	}
	error_at(k->c, call->range, DIAG_type_mismatch,
		 arena_printf(k->c->arena, "'%s' of option '%.*s'", value ? value : "",
			      (int)name.size, (const char *)name.data),
		 "a number");
	become_integer(call, 0, false);
}

/* The default's kind is the option's. */
static void fold_getopt(struct checker *k, struct node *call)
{
	const struct node *name = call->list, *fallback = name ? name->next : NULL;
	const char *value = NULL;
	bool given;

	if (!name || name->kind != NODE_string || (fallback && !node_is_literal(fallback)))
		return;
	given = find_option(k->c, name->text, &value);
	if (!fallback || fallback->kind == NODE_boolean) {
		become_boolean(call, given ? !is_false(value) : fallback && fallback->number);
	} else if (!given && fallback->kind == NODE_integer) {
		become_integer(call, fallback->number, fallback->is_unsigned);
	} else if (fallback->kind == NODE_integer) {
		option_number(k, call, value);
	} else {
		call->text = given ? (struct span){value ? value : "", value ? strlen(value) : 0}
				   : fallback->text;
		become(call, NODE_string);
	}
}

static void fold_call(struct checker *k, struct node *call)
{
	if (fold_str(k, call))
		return;
	for (struct node **argument = &call->list; *argument; argument = &(*argument)->next)
		fold_expression(k, argument);
	if (!strcmp(call->name, "getopt"))
		fold_getopt(k, call);
}

/* ---- operators ---------------------------------------------------------- */

static void fold_unary(struct node *node)
{
	const struct node *left = node->left;

	if (node->op == TOKEN_not && node_is_literal(left)) {
		become_boolean(node, !literal_truth(left));
		return;
	}
	if (left->kind != NODE_integer)
		return;
	if (node->op == TOKEN_minus)
		become_integer(node, (int64_t)(0 - (uint64_t)left->number), false);
	else if (node->op == TOKEN_tilde)
		become_integer(node, ~left->number, left->is_unsigned);
	else if (node->op == TOKEN_plus)
		become_integer(node, left->number, left->is_unsigned);
}

/* As in check_operands: signed if either is; a literal without sign adapts. */
static bool literals_signed(const struct node *a, const struct node *b)
{
	if (a->is_unsigned)
		return !b->is_unsigned && b->number < 0;
	return !b->is_unsigned || a->number < 0;
}

static void fold_strings(struct node *node)
{
	struct span a = node->left->text, b = node->right->text;
	bool equal = a.size == b.size && !memcmp(a.data, b.data, a.size);

	if (node->op == TOKEN_eq || node->op == TOKEN_ne)
		become_boolean(node, equal == (node->op == TOKEN_eq));
}

static void fold_logical(struct node *node)
{
	const struct node *left = node->left, *right = node->right;
	bool deciding = node->op == TOKEN_lor;

	if (!node_is_literal(left))
		return;
	if (literal_truth(left) == deciding)
		become_boolean(node, deciding);
	else if (node_is_literal(right))
		become_boolean(node, literal_truth(right));
}

static void fold_binary(struct node *node)
{
	const struct node *left = node->left, *right = node->right;
	bool is_signed;
	int64_t number;

	if (node->op == TOKEN_land || node->op == TOKEN_lor) {
		fold_logical(node);
		return;
	}
	if (left->kind == NODE_string && right->kind == NODE_string) {
		fold_strings(node);
		return;
	}
	if (left->kind == NODE_boolean && right->kind == NODE_boolean && is_comparison(node->op)) {
		become_boolean(node, fold_number(node->op, left->number, right->number, false));
		return;
	}
	if (left->kind != NODE_integer || right->kind != NODE_integer)
		return;
	is_signed = node->op == TOKEN_shr || node->op == TOKEN_shl ? !left->is_unsigned
								   : literals_signed(left, right);
	number = fold_number(node->op, left->number, right->number, is_signed);
	if (is_comparison(node->op))
		become_boolean(node, number);
	else
		become_integer(node, number, !is_signed && node->op != TOKEN_minus);
}

static void fold_ternary(struct node **at)
{
	struct node *node = *at, *taken;

	if (!node_is_literal(node->left))
		return;
	taken = literal_truth(node->left) ? node->right : node->third;
	taken->next = node->next;
	*at = taken;
}

void fold_expression(struct checker *k, struct node **at)
{
	struct node *node = *at;

	if (!node)
		return;
	if (node->kind == NODE_call) {
		fold_call(k, node);
		return;
	}
	fold_expression(k, &node->left);
	fold_expression(k, &node->right);
	fold_expression(k, &node->third);
	for (struct node **child = &node->list; *child; child = &(*child)->next)
		fold_expression(k, child);
	if (node->kind == NODE_positional)
		fold_positional(k, node);
	else if (node->kind == NODE_unary)
		fold_unary(node);
	else if (node->kind == NODE_binary)
		fold_binary(node);
	else if (node->kind == NODE_ternary)
		fold_ternary(at);
}

/* ---- statements --------------------------------------------------------- */

static void fold_statement(struct checker *k, struct node *node);

/* The branch that is always taken as a block; the if itself when it is open. */
static void fold_if(struct checker *k, struct node *node)
{
	struct node *taken;

	fold_expression(k, &node->left);
	if (!node_is_literal(node->left)) {
		fold_block(k, node->right);
		if (node->third)
			fold_statement(k, node->third);
		return;
	}
	taken = literal_truth(node->left) ? node->right : node->third;
	node->kind = NODE_block;
	node->left = node->right = node->third = NULL;
	if (!taken)
		return;
	fold_statement(k, taken);
	if (taken->kind == NODE_block) {
		node->list = taken->list;
		return;
	}
	node->list = taken; /* an open `else if` */
}

static void fold_statement(struct checker *k, struct node *node)
{
	switch (node->kind) {
	case NODE_if:
		fold_if(k, node);
		break;
	case NODE_block:
		fold_block(k, node);
		break;
	default:
		fold_expression(k, &node->left);
		fold_expression(k, &node->right);
	}
}

static bool ends_probe(const struct node *node)
{
	return node->kind == NODE_return ||
	       (node->kind == NODE_expression && node->left->kind == NODE_call &&
		!strcmp(node->left->name, "exit"));
}

static struct node *last_of(struct node *list)
{
	while (list && list->next)
		list = list->next;
	return list;
}

/* The statements in place of the block that holds them. */
static void splice(struct node **at)
{
	struct node *block = *at, *last = last_of(block->list);

	if (last)
		last->next = block->next;
	*at = last ? block->list : block->next;
}

void fold_block(struct checker *k, struct node *block)
{
	struct node **at = &block->list;

	while (*at) {
		bool written_so = ends_probe(*at);

		fold_statement(k, *at);
		if ((*at)->kind == NODE_block) {
			struct node *last = last_of((*at)->list);

			splice(at);
			if (!last)
				continue;
			while (*at != last)
				at = &(*at)->next;
		}
		if (ends_probe(*at)) {
			if (written_so && (*at)->next)
				error_at(k->c, (*at)->next->range, DIAG_dead_code);
			(*at)->next = NULL;
			return;
		}
		at = &(*at)->next;
	}
}
