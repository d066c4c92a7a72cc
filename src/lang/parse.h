/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser's own header.  After an error the next token is `stop`, a TOKEN_end, so that
 * every rule finds nothing more and returns; whoever can go on puts the parser back on its
 * feet with parser_recovers().
 */
#ifndef SONDE_PARSE_H
#define SONDE_PARSE_H

#include "lang/lang.h"

struct parser {
	struct compilation *c;
	const struct token *token; /* the next one; &stop after an error */
	const struct token *failed; /* where the error was; NULL: none to recover from */
	struct token stop;
	uint32_t end; /* where the last token taken ends */
	unsigned depth; /* of rules within rules */
	unsigned steps; /* operators of this statement: they make the tree deep, not the stack */
};

void parser_take(struct parser *p);
bool parser_accept(struct parser *p, enum token_kind kind);
/* Takes it, or it is an error. */
bool parser_expect(struct parser *p, enum token_kind kind);
/* The next token is not what the grammar wants. */
void parser_expected(struct parser *p, const char *what);
/* An error at `range`, and nothing more until recovery.  False when there was one already. */
bool parser_stops(struct parser *p);
#define parser_fail(p, where, ...)                                                                 \
	do {                                                                                       \
		struct range range_ = (where);                                                     \
		if (parser_stops(p))                                                               \
			error_at((p)->c, range_, __VA_ARGS__);                                     \
	} while (0)
/* What begins with the next token; NULL: that token. */
void parser_unsupported(struct parser *p, const char *what);
/* After an error: back to the token that it was found at.  False: there was none. */
bool parser_recovers(struct parser *p);
/* Around every rule that can contain itself. */
void parser_enter(struct parser *p);
void parser_leave(struct parser *p);
/* Before every operator that takes what stands before it. */
void parser_step(struct parser *p);
bool token_is(const struct token *token, const char *word);

/* A node that begins at `start` and ends, for now, with the last token. */
struct node *parser_node(struct parser *p, enum node_kind kind, uint32_t start);

struct node *parse_expression(struct parser *p);
/* A type's name and number of '*', as for a cast: into name and number. */
void parse_type(struct parser *p, struct node *node);
/* Only variables and maps can be written. */
void parse_target(struct parser *p, const struct node *node);

#endif
