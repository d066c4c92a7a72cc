/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lexer's own header: what its files share.
 */
#ifndef SONDE_LEX_H
#define SONDE_LEX_H

#include "lang/lang.h"

/* What may stand at the lexer's place. */
enum lex_state {
	LEX_ITEM, /* a probe name, or another item of the top level */
	LEX_HEAD, /* behind a probe name: ',', a predicate, a body */
	LEX_CODE, /* everything else */
};

struct lexer {
	struct compilation *c;
	const char *text;
	uint32_t size, at; /* at <= size */
	enum lex_state state;
	unsigned depth; /* of open braces */
	struct token *tokens;
	size_t count, capacity;
};

/* The character `ahead` of the place; 0 beyond the end. */
static inline char lex_peek(const struct lexer *lex, uint32_t ahead)
{
	return ahead < lex->size - lex->at ? lex->text[lex->at + ahead] : '\0';
}

/* A piece of the script as a string. */
const char *lex_text(const struct lexer *lex, struct range range);

/* ---- lex_literal.c ------------------------------------------------------ */

enum number_fault { NUMBER_GOOD, NUMBER_BAD, NUMBER_BIG };

/* "1_000", "0x1f", "017", "0b11", "1e6", "7UL", "5ms": into number, is_unsigned, unit_ns. */
enum number_fault number_read(const char *text, size_t size, struct token *token);

/*
 * The place of the quote that ends what begins at `start`, on the same line.  False:
 * there is none.
 */
bool lex_find_quote(const struct lexer *lex, uint32_t start, uint32_t *end);
/* At a quote: the bytes up to the next one, unescaped.  False: an error is in the report. */
bool lex_quoted(struct lexer *lex, struct span *bytes);

#endif
