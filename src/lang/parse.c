/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens to the tree: clauses and statements, and how the parser goes on after an error:
 * behind the ';' or the block that the statement in error ends with, and behind the body
 * of a clause.  Never deeper than MAX_DEPTH rules and MAX_STEPS operators a statement.
 */
#include "lang/parse.h"

#include <string.h>

enum { MAX_DEPTH = 512, MAX_STEPS = 1000, MAX_QUOTE = 40 };

/* Words that begin statements to come. */
static const char *const later_words[] = {
	"break", "continue", "for", "import", "unroll", "while",
};

static struct node *parse_block(struct parser *p);

/* ---- the parser --------------------------------------------------------- */

bool token_is(const struct token *token, const char *word)
{
	return token->kind == TOKEN_identifier && !strcmp(token->name, word);
}

void parser_take(struct parser *p)
{
	if (p->token->kind == TOKEN_end)
		return;
	p->end = p->token->range.end;
	p->token++;
}

bool parser_accept(struct parser *p, enum token_kind kind)
{
	if (p->token->kind != kind)
		return false;
	parser_take(p);
	return true;
}

bool parser_stops(struct parser *p)
{
	if (p->failed)
		return false;
	p->failed = p->token;
	p->token = &p->stop;
	return true;
}

bool parser_recovers(struct parser *p)
{
	if (!p->failed)
		return false;
	p->token = p->failed;
	p->failed = NULL;
	return true;
}

/* The user's text in quotes: its first line, if that is not long. */
static const char *quote(struct parser *p, struct range range)
{
	const char *text = p->c->source->text + range.start;
	uint32_t size = 0, whole = range.end - range.start;

	while (size < whole && size < MAX_QUOTE && text[size] != '\n')
		size++;
	while (size < whole && size && ((unsigned char)text[size] & 0xc0) == 0x80)
		size--;
	return arena_printf(p->c->arena, "'%.*s%s'", (int)size, text, size < whole ? "..." : "");
}

void parser_expected(struct parser *p, const char *what)
{
	struct range range = p->token->range, behind = {p->end, p->end};

	if (p->token->kind == TOKEN_end)
		parser_fail(p, behind, DIAG_expected, what, token_rows[TOKEN_end].spelling);
	else
		parser_fail(p, range, DIAG_expected, what, quote(p, range));
}

void parser_unsupported(struct parser *p, const char *what)
{
	struct range range = p->token->range;

	parser_fail(p, range, DIAG_unsupported, what ? what : quote(p, range));
}

/* A ';' is missed where it should stand, not where the next line begins. */
static void miss_semicolon(struct parser *p)
{
	struct range range = p->token->range, behind = {p->end, p->end};

	if (memchr(p->c->source->text + p->end, '\n', range.start - p->end))
		parser_fail(p, behind, DIAG_expected, "';'", quote(p, range));
	else
		parser_expected(p, "';'");
}

bool parser_expect(struct parser *p, enum token_kind kind)
{
	bool assigns = p->token->kind == TOKEN_assign;

	if (parser_accept(p, kind))
		return true;
	if (p->failed)
		return false;
	if (kind == TOKEN_identifier)
		parser_expected(p, "a name");
	else if (kind == TOKEN_variable)
		parser_expected(p, "a variable");
	else if (kind == TOKEN_semicolon && p->token->kind != TOKEN_end)
		miss_semicolon(p);
	else
		parser_expected(p, arena_printf(p->c->arena, "'%s'", token_rows[kind].spelling));
	if (assigns)
		hint(p->c, "to compare, write '=='; assignments are statements of their own");
	return false;
}

void parser_enter(struct parser *p)
{
	if (p->depth++ >= MAX_DEPTH)
		parser_fail(p, p->token->range, DIAG_too_deep);
}

void parser_leave(struct parser *p)
{
	p->depth--;
}

void parser_step(struct parser *p)
{
	if (p->steps++ >= MAX_STEPS)
		parser_fail(p, p->token->range, DIAG_too_deep);
}

struct node *parser_node(struct parser *p, enum node_kind kind, uint32_t start)
{
	struct node *node = arena_new_of(p->c->arena, struct node);

	node->kind = kind;
	node->range = (struct range){start, p->end};
	return node;
}

/* ---- going on after an error -------------------------------------------- */

/* Behind the '}' that belongs to the '{' here. */
static void skip_braces(struct parser *p)
{
	unsigned depth = 0;

	while (p->token->kind != TOKEN_end) {
		depth += p->token->kind == TOKEN_lbrace;
		depth -= p->token->kind == TOKEN_rbrace;
		parser_take(p);
		if (!depth)
			return;
	}
}

/* Behind a ';' or a block, which ends a statement unless "else" follows. */
static bool skip_end(struct parser *p)
{
	if (p->token->kind == TOKEN_lbrace)
		skip_braces(p);
	else if (!parser_accept(p, TOKEN_semicolon))
		return false;
	return !token_is(p->token, "else");
}

/* Behind the statement in error. */
static void skip_statement(struct parser *p)
{
	while (p->token->kind != TOKEN_end && p->token->kind != TOKEN_point &&
	       p->token->kind != TOKEN_rbrace && !skip_end(p))
		parser_take(p);
}

/* Behind the item of the top level in error. */
static void skip_item(struct parser *p)
{
	while (p->token->kind != TOKEN_end && p->token->kind != TOKEN_point && !skip_end(p) &&
	       !parser_accept(p, TOKEN_rbrace))
		parser_take(p);
}

/* ---- statements --------------------------------------------------------- */

void parse_target(struct parser *p, const struct node *node)
{
	if (node->kind != NODE_variable && node->kind != NODE_map)
		parser_fail(p, node->range, DIAG_not_assignable, quote(p, node->range));
}

static struct node *new_assignment(struct parser *p, struct node *left, enum token_kind op,
				   struct node *right)
{
	struct node *node = parser_node(p, NODE_assign, left->range.start);

	node->left = left;
	node->op = op;
	node->right = right;
	return node;
}

/* The zero that "let $x: type;" begins with. */
static struct node *new_zero(struct parser *p)
{
	return parser_node(p, NODE_integer, p->end);
}

/*
 * let = "let" "$name" [ ":" type ] [ "=" expression ]
 *
 * With a type the value is cast to it; with neither it is for the reader alone.
 */
static struct node *parse_let(struct parser *p)
{
	uint32_t start = p->token->range.start;
	struct node *variable, *cast = NULL, *value = NULL, *node;

	parser_take(p);
	variable = parser_node(p, NODE_variable, p->token->range.start);
	variable->name = p->token->name;
	variable->range = p->token->range;
	if (!parser_expect(p, TOKEN_variable))
		return variable;
	if (parser_accept(p, TOKEN_colon)) {
		cast = parser_node(p, NODE_cast, p->token->range.start);
		parse_type(p, cast);
	}
	if (parser_accept(p, TOKEN_assign))
		value = parse_expression(p);
	if (!cast && !value)
		return parser_node(p, NODE_block, start);
	if (cast) {
		cast->left = value ? value : new_zero(p);
		cast->range.end = p->end;
	}
	node = new_assignment(p, variable, TOKEN_assign, cast ? cast : value);
	node->range.start = start;
	return node;
}

static bool is_assignment(enum token_kind kind)
{
	return kind == TOKEN_assign || token_rows[kind].base != TOKEN_end;
}

/* effect = "_" "=" expression | expression [ assignment-operator expression ] */
static struct node *parse_effect(struct parser *p)
{
	uint32_t start = p->token->range.start;
	struct node *left, *node;
	enum token_kind op;

	if (token_is(p->token, "_") && p->token[1].kind == TOKEN_assign) {
		parser_take(p);
		parser_take(p);
	}
	left = parse_expression(p);
	op = p->token->kind;
	if (!is_assignment(op)) {
		node = parser_node(p, NODE_expression, start);
		node->left = left;
		return node;
	}
	parse_target(p, left);
	parser_take(p);
	return new_assignment(p, left, op, parse_expression(p));
}

/* if = "if" ( "(" expression ")" | expression ) block [ "else" ( if | block ) ] */
static struct node *parse_if(struct parser *p)
{
	struct node *node = parser_node(p, NODE_if, p->token->range.start);

	parser_enter(p);
	parser_take(p);
	if (parser_accept(p, TOKEN_lparen)) {
		node->left = parse_expression(p);
		parser_expect(p, TOKEN_rparen);
	} else {
		node->left = parse_expression(p);
	}
	node->right = parse_block(p);
	if (token_is(p->token, "else")) {
		parser_take(p);
		node->third = token_is(p->token, "if") ? parse_if(p) : parse_block(p);
	}
	parser_leave(p);
	node->range.end = p->end;
	return node;
}

static struct node *parse_return(struct parser *p)
{
	uint32_t start = p->token->range.start;

	parser_take(p);
	return parser_node(p, NODE_return, start);
}

/* statement = block | if | ( "return" | let | effect ) ";"; the last ';' may be left out */
static struct node *parse_statement(struct parser *p)
{
	struct node *node;

	p->steps = 0;
	for (size_t i = 0; i < ARRAY_SIZE(later_words); i++) {
		if (token_is(p->token, later_words[i]))
			parser_unsupported(p, NULL);
	}
	if (p->token->kind == TOKEN_lbrace)
		return parse_block(p);
	if (token_is(p->token, "if"))
		return parse_if(p);
	if (token_is(p->token, "return"))
		node = parse_return(p);
	else if (token_is(p->token, "let"))
		node = parse_let(p);
	else
		node = parse_effect(p);
	if (p->token->kind != TOKEN_rbrace)
		parser_expect(p, TOKEN_semicolon);
	return node;
}

/* The '}' of the block that the '{' at `open` began. */
static void close_block(struct parser *p, uint32_t open)
{
	unsigned line, column;

	if (p->failed || parser_accept(p, TOKEN_rbrace))
		return;
	parser_expected(p, "'}'");
	source_place(p->c->source, open, &line, &column);
	hint(p->c, "the '{' in line %u, column %u is not closed", line, column);
}

/* block = "{" { statement | ";" } "}" */
static struct node *parse_block(struct parser *p)
{
	struct node *node = parser_node(p, NODE_block, p->token->range.start), **last = &node->list;

	parser_enter(p);
	if (parser_expect(p, TOKEN_lbrace)) {
		while (p->token->kind != TOKEN_rbrace && p->token->kind != TOKEN_end &&
		       p->token->kind != TOKEN_point) {
			if (parser_accept(p, TOKEN_semicolon))
				continue;
			*last = parse_statement(p);
			last = &(*last)->next;
			if (parser_recovers(p))
				skip_statement(p);
		}
		close_block(p, node->range.start);
	}
	parser_leave(p);
	node->range.end = p->end;
	return node;
}

/* ---- clauses ------------------------------------------------------------ */

/* points = point { "," point } [","] */
static void parse_points(struct parser *p, struct clause *clause)
{
	size_t count = 0, capacity = 0;

	do {
		if (count && p->token->kind != TOKEN_point)
			break;
		clause->points = arena_grow(p->c->arena, clause->points, count, &capacity,
					    sizeof(struct token));
		clause->points[count++] = *p->token;
		if (p->token->kind != TOKEN_point)
			parser_expected(p, "a probe");
		parser_take(p);
	} while (parser_accept(p, TOKEN_comma));
	clause->point_count = (uint32_t)count;
}

/* clause = points [ "/" expression "/" ] block */
static struct clause *parse_clause(struct parser *p)
{
	struct clause *clause = arena_new_of(p->c->arena, struct clause);

	clause->range.start = p->token->range.start;
	parse_points(p, clause);
	p->steps = 0;
	if (parser_accept(p, TOKEN_slash)) {
		clause->predicate = parse_expression(p);
		parser_expect(p, TOKEN_slash);
	}
	clause->body = parse_block(p);
	clause->range.end = p->end;
	return clause;
}

/* script = { clause | ";" } */
struct script *parse_script(struct compilation *c, const struct token *tokens, uint32_t count)
{
	struct parser p = {.c = c, .token = tokens};
	struct script *script = arena_new_of(c->arena, struct script);
	struct clause **last = &script->clauses;

	p.stop = tokens[count - 1];
	while (p.token->kind != TOKEN_end) {
		if (parser_accept(&p, TOKEN_semicolon))
			continue;
		if (p.token->kind == TOKEN_identifier)
			parser_unsupported(&p, NULL);
		*last = parse_clause(&p);
		last = &(*last)->next;
		if (parser_recovers(&p))
			skip_item(&p);
	}
	if (!script->clauses)
		error_at(c, ((struct range){0, 0}), DIAG_no_probes);
	return c->report->errors ? NULL : script;
}
