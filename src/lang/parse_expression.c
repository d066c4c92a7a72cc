/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to expressions, by recursive descent; binary operators by the precedence in
 * their rows.  Never NULL: after an error the node means nothing.
 */
#include "lang/parse.h"

#include <string.h>

/* Words that begin expressions to come. */
static const char *const later_words[] = {"comptime", "offsetof", "typeof", "typeinfo"};

static const char *const builtin_names[] = {
#define LOWERED(name, alias, ...) #name, alias,
#define REWRITTEN(name, alias, ...) #name, alias,
#include "lang/builtins.def"
};

static struct node *parse_unary(struct parser *p);

/* ---- types -------------------------------------------------------------- */

static bool is_record_word(const struct token *token)
{
	return token_is(token, "struct") || token_is(token, "union") || token_is(token, "enum");
}

/* In "(cpu) - 1" the parentheses hold no type.  arg0 stands for all arguments. */
static bool is_builtin(const struct token *token)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtin_names); i++) {
		if (token_is(token, builtin_names[i]))
			return true;
	}
	return token->kind == TOKEN_identifier && !strncmp(token->name, "arg", 3) &&
	       token->name[3] && !token->name[3 + strspn(token->name + 3, "0123456789")];
}

static bool begins_expression(enum token_kind kind)
{
	switch (kind) {
	case TOKEN_integer:
	case TOKEN_string:
	case TOKEN_identifier:
	case TOKEN_variable:
	case TOKEN_positional:
	case TOKEN_map:
	case TOKEN_lparen:
	case TOKEN_not:
	case TOKEN_tilde:
	case TOKEN_minus:
	case TOKEN_star:
	case TOKEN_and:
		return true;
	default:
		return false;
	}
}

/*
 * Behind a '(': is this a type and ')'?  A single name is one when `alone`, or when an
 * expression follows, as in "(uint64)-1".
 */
static bool at_type(const struct token *token, bool alone)
{
	if (is_record_word(token))
		return true;
	if (token->kind != TOKEN_identifier || is_builtin(token))
		return false;
	token++;
	if (token->kind == TOKEN_star) {
		while (token->kind == TOKEN_star)
			token++;
		return token->kind == TOKEN_rparen;
	}
	return token->kind == TOKEN_rparen && (alone || begins_expression(token[1].kind));
}

/* type = [ "struct" | "union" | "enum" ] name { "*" } */
void parse_type(struct parser *p, struct node *node)
{
	const struct token *word = p->token;

	if (!parser_expect(p, TOKEN_identifier))
		return;
	node->name = word->name;
	if (is_record_word(word)) {
		const char *name = p->token->name;

		if (!parser_expect(p, TOKEN_identifier))
			return;
		name = arena_printf(p->c->arena, "%s %s", word->name, name);
		node->name = name_intern(p->c->names, name, strlen(name));
	}
	while (parser_accept(p, TOKEN_star))
		node->number++;
}

/* ---- primary ------------------------------------------------------------ */

/* list = expression { "," expression } [","] */
static struct node *parse_list(struct parser *p, enum token_kind close)
{
	struct node *first = NULL, **last = &first;

	while (p->token->kind != close) {
		*last = parse_expression(p);
		last = &(*last)->next;
		if (!parser_accept(p, TOKEN_comma))
			break;
	}
	parser_expect(p, close);
	return first;
}

static struct node *finish(struct parser *p, struct node *node)
{
	node->range.end = p->end;
	return node;
}

/* sizeof = "sizeof" "(" ( type | expression ) ")" */
static struct node *parse_sizeof(struct parser *p)
{
	struct node *node = parser_node(p, NODE_sizeof, p->token->range.start);

	parser_take(p);
	if (!parser_expect(p, TOKEN_lparen))
		return node;
	if (at_type(p->token, true))
		parse_type(p, node);
	else
		node->left = parse_expression(p);
	parser_expect(p, TOKEN_rparen);
	return finish(p, node);
}

/* word = "true" | "false" | sizeof | name | name "(" [ list ] ")" */
static struct node *parse_word(struct parser *p)
{
	const struct token *word = p->token;
	struct node *node;

	for (size_t i = 0; i < ARRAY_SIZE(later_words); i++) {
		if (token_is(word, later_words[i]))
			parser_unsupported(p, NULL);
	}
	if (token_is(word, "if"))
		parser_unsupported(p, "'if' as an expression");
	if (token_is(word, "sizeof"))
		return parse_sizeof(p);
	parser_take(p);
	node = parser_node(p, NODE_identifier, word->range.start);
	node->name = word->name;
	if (token_is(word, "true") || token_is(word, "false")) {
		node->kind = NODE_boolean;
		node->number = token_is(word, "true");
	} else if (parser_accept(p, TOKEN_lparen)) {
		node->kind = NODE_call;
		node->list = parse_list(p, TOKEN_rparen);
	}
	return finish(p, node);
}

/* map = "@name" [ "[" list "]" ] */
static struct node *parse_map(struct parser *p)
{
	struct node *node = parser_node(p, NODE_map, p->token->range.start);

	node->name = p->token->name;
	parser_take(p);
	if (parser_accept(p, TOKEN_lbracket)) {
		if (p->token->kind == TOKEN_rbracket)
			parser_expected(p, "an expression");
		node->list = parse_list(p, TOKEN_rbracket);
	}
	return finish(p, node);
}

/*
 * parentheses = "(" type ")" unary | "(" expression ")" | "(" ")"
 *             | "(" expression "," [ list ] ")"
 */
static struct node *parse_parentheses(struct parser *p)
{
	uint32_t start = p->token->range.start;
	struct node *node, *first;

	parser_take(p);
	if (at_type(p->token, false)) {
		node = parser_node(p, NODE_cast, start);
		parse_type(p, node);
		parser_expect(p, TOKEN_rparen);
		node->left = parse_unary(p);
		return finish(p, node);
	}
	first = p->token->kind == TOKEN_rparen ? NULL : parse_expression(p);
	if (first && !parser_accept(p, TOKEN_comma)) {
		parser_expect(p, TOKEN_rparen);
		first->range = (struct range){start, p->end};
		return first;
	}
	node = parser_node(p, NODE_tuple, start);
	node->list = first;
	if (first)
		first->next = parse_list(p, TOKEN_rparen);
	else
		parser_expect(p, TOKEN_rparen);
	return finish(p, node);
}

/* A token that is a node by itself. */
static struct node *parse_leaf(struct parser *p, enum node_kind kind)
{
	const struct token *token = p->token;
	struct node *node;

	parser_take(p);
	node = parser_node(p, kind, token->range.start);
	node->name = token->name;
	node->number = token->number;
	node->is_unsigned = token->is_unsigned;
	node->text = token->text;
	return node;
}

/* primary = integer | string | "$1" | "$#" | "$name" | map | word | parentheses */
static struct node *parse_primary(struct parser *p)
{
	switch (p->token->kind) {
	case TOKEN_integer:
		return parse_leaf(p, NODE_integer);
	case TOKEN_string:
		return parse_leaf(p, NODE_string);
	case TOKEN_positional:
		return parse_leaf(p, NODE_positional);
	case TOKEN_variable:
		return parse_leaf(p, NODE_variable);
	case TOKEN_map:
		return parse_map(p);
	case TOKEN_identifier:
		return parse_word(p);
	case TOKEN_lparen:
		return parse_parentheses(p);
	case TOKEN_lbrace:
		parser_unsupported(p, "a block as an expression");
		break;
	default:
		parser_expected(p, "an expression");
	}
	return parser_node(p, NODE_integer, p->end);
}

/* ---- operators ---------------------------------------------------------- */

/* field = ( "." | "->" ) ( name | integer ) */
static struct node *parse_field(struct parser *p, struct node *left)
{
	struct node *node = parser_node(p, NODE_field, left->range.start);

	node->left = left;
	node->op = p->token->kind;
	parser_take(p);
	if (node->op == TOKEN_dot && p->token->kind == TOKEN_integer) {
		node->number = p->token->number;
		parser_take(p);
	} else {
		node->name = p->token->name;
		parser_expect(p, TOKEN_identifier);
	}
	return finish(p, node);
}

/* postfix = primary { field | "[" expression "]" | "++" | "--" } */
static struct node *parse_postfix(struct parser *p)
{
	struct node *left = parse_primary(p), *node;

	for (;; left = node) {
		enum token_kind kind = p->token->kind;

		if (kind == TOKEN_dot || kind == TOKEN_arrow) {
			node = parse_field(p, left);
		} else if (kind == TOKEN_lbracket) {
			parser_take(p);
			node = parser_node(p, NODE_index, left->range.start);
			node->left = left;
			node->right = parse_expression(p);
			parser_expect(p, TOKEN_rbracket);
		} else if (kind == TOKEN_increment || kind == TOKEN_decrement) {
			parse_target(p, left);
			parser_take(p);
			node = parser_node(p, NODE_step, left->range.start);
			node->left = left;
			node->op = kind;
			node->number = 1;
		} else {
			return left;
		}
		finish(p, node);
		parser_step(p);
	}
}

static bool is_prefix(enum token_kind kind)
{
	return kind == TOKEN_not || kind == TOKEN_tilde || kind == TOKEN_minus ||
	       kind == TOKEN_plus || kind == TOKEN_star || kind == TOKEN_and ||
	       kind == TOKEN_increment || kind == TOKEN_decrement;
}

/* unary = ( "!" | "~" | "-" | "+" | "*" | "&" | "++" | "--" ) unary | postfix */
static struct node *parse_unary(struct parser *p)
{
	struct node *node;
	enum token_kind op;

	parser_enter(p);
	op = p->token->kind;
	if (is_prefix(op)) {
		node = parser_node(p, NODE_unary, p->token->range.start);
		node->op = op;
		parser_take(p);
		node->left = parse_unary(p);
		if (op == TOKEN_increment || op == TOKEN_decrement) {
			node->kind = NODE_step;
			parse_target(p, node->left);
		}
		finish(p, node);
	} else {
		node = parse_postfix(p);
	}
	parser_leave(p);
	return node;
}

/* A '/' before a '{' ends a predicate: no operand begins with a brace. */
static bool at_operator(const struct token *token, int least)
{
	int precedence = token_rows[token->kind].precedence;

	return precedence >= least &&
	       !(token->kind == TOKEN_slash && token[1].kind == TOKEN_lbrace);
}

/* binary = unary { operator binary of a higher precedence } */
static struct node *parse_binary(struct parser *p, int least)
{
	struct node *left = parse_unary(p), *node;

	while (at_operator(p->token, least)) {
		enum token_kind op = p->token->kind;

		parser_take(p);
		parser_step(p);
		node = parser_node(p, NODE_binary, left->range.start);
		node->op = op;
		node->left = left;
		node->right = parse_binary(p, token_rows[op].precedence + 1);
		left = finish(p, node);
	}
	return left;
}

/* expression = binary [ "?" expression ":" expression ] */
struct node *parse_expression(struct parser *p)
{
	struct node *node, *condition;

	parser_enter(p);
	node = condition = parse_binary(p, 1);
	if (parser_accept(p, TOKEN_question)) {
		node = parser_node(p, NODE_ternary, condition->range.start);
		node->left = condition;
		node->right = parse_expression(p);
		parser_expect(p, TOKEN_colon);
		node->third = parse_expression(p);
		finish(p, node);
	}
	parser_leave(p);
	return node;
}
