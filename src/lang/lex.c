/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Script text to tokens.  Probe names are raw text and read as such only where one may
 * stand, outside of all braces; the lexer follows the braces for that.  The last token is
 * always TOKEN_end, and every other one has a range that is not empty.
 */
#include "lang/lex.h"

#include <stdio.h>
#include <string.h>

static const char *const item_words[] = {
	"config", "enum", "fn", "import", "let", "macro", "struct", "union",
};

const char *lex_text(const struct lexer *lex, struct range range)
{
	return arena_strndup(lex->c->arena, lex->text + range.start, range.end - range.start);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c)
{
	return is_letter(c) || is_digit(c);
}

/* ---- tokens ------------------------------------------------------------- */

/* What may stand behind a token of this kind. */
static enum lex_state state_after(struct lexer *lex, enum token_kind kind)
{
	switch (kind) {
	case TOKEN_point:
		return LEX_HEAD;
	case TOKEN_lbrace:
		lex->depth++;
		return LEX_CODE;
	case TOKEN_rbrace:
		lex->depth -= lex->depth > 0;
		return lex->depth ? LEX_CODE : LEX_ITEM;
	case TOKEN_semicolon:
		return lex->depth ? LEX_CODE : LEX_ITEM;
	case TOKEN_comma:
		return lex->state == LEX_HEAD ? LEX_ITEM : lex->state;
	case TOKEN_identifier:
		return lex->state == LEX_ITEM ? LEX_CODE : lex->state;
	case TOKEN_slash:
		return LEX_CODE;
	default:
		return lex->state;
	}
}

/* A token from `start` to the place of the lexer. */
static void push(struct lexer *lex, uint32_t start, struct token token)
{
	token.range = (struct range){start, lex->at};
	lex->tokens =
		arena_grow(lex->c->arena, lex->tokens, lex->count, &lex->capacity, sizeof(token));
	lex->tokens[lex->count++] = token;
	lex->state = state_after(lex, token.kind);
}

static void push_name(struct lexer *lex, uint32_t start, enum token_kind kind)
{
	const char *name = name_intern(lex->c->names, lex->text + start, lex->at - start);

	push(lex, start, (struct token){.kind = kind, .name = name});
}

static void skip_word(struct lexer *lex)
{
	while (is_word(lex_peek(lex, 0)))
		lex->at++;
}

static void lex_number(struct lexer *lex, uint32_t start, enum token_kind kind)
{
	struct token token = {.kind = kind};
	enum number_fault fault;
	uint32_t digits = lex->at;

	skip_word(lex);
	fault = number_read(lex->text + digits, lex->at - digits, &token);
	if (kind == TOKEN_positional && (!token.number || token.is_unsigned || token.unit_ns))
		fault = NUMBER_BAD;
	if (fault == NUMBER_GOOD) {
		push(lex, start, token);
		return;
	}
	error_at(lex->c, ((struct range){start, lex->at}),
		 fault == NUMBER_BIG ? DIAG_big_number : DIAG_bad_number,
		 lex_text(lex, (struct range){start, lex->at}));
}

static void lex_string(struct lexer *lex, uint32_t start)
{
	struct token token = {.kind = TOKEN_string};

	if (lex_quoted(lex, &token.text))
		push(lex, start, token);
}

/* 'a' is a number. */
static void lex_character(struct lexer *lex, uint32_t start)
{
	struct token token = {.kind = TOKEN_integer};
	struct span bytes;

	if (!lex_quoted(lex, &bytes))
		return;
	if (bytes.size == 1) {
		token.number = *(const uint8_t *)bytes.data;
		push(lex, start, token);
		return;
	}
	error_at(lex->c, ((struct range){start, lex->at}), DIAG_expected,
		 "one character in single quotes", lex_text(lex, (struct range){start, lex->at}));
}

/* Bytes of the UTF-8 character here; 1 when it is none. */
static uint32_t character_size(const struct lexer *lex)
{
	unsigned char first = (unsigned char)lex_peek(lex, 0);
	uint32_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

	for (uint32_t i = 1; i < size; i++) {
		if (((unsigned char)lex_peek(lex, i) & 0xc0) != 0x80)
			return 1;
	}
	return size;
}

static void bad_character(struct lexer *lex)
{
	struct range range = {lex->at, lex->at + character_size(lex)};
	unsigned char first = (unsigned char)lex_peek(lex, 0);
	bool shown = range.end - range.start > 1 || (first > ' ' && first < 0x7f);

	lex->at = range.end;
	error_at(lex->c, range, DIAG_bad_character,
		 shown ? lex_text(lex, range) : arena_printf(lex->c->arena, "\\x%02x", first));
}

/* The longest operator or bracket here. */
static void lex_symbol(struct lexer *lex, uint32_t start)
{
	static const char arrow[] = "\u2192"; /* as web pages and editors make of "->" */
	enum token_kind found = TOKEN_end;
	size_t found_size = 0;

	for (enum token_kind kind = TOKEN_lbrace; kind < TOKEN_COUNT; kind++) {
		size_t size = strlen(token_rows[kind].spelling);

		if (size > found_size && size <= lex->size - start &&
		    !memcmp(lex->text + start, token_rows[kind].spelling, size)) {
			found = kind;
			found_size = size;
		}
	}
	if (lex->size - start >= strlen(arrow) &&
	    !memcmp(lex->text + start, arrow, strlen(arrow))) {
		found = TOKEN_arrow;
		found_size = strlen(arrow);
	}
	if (!found_size) {
		bad_character(lex);
		return;
	}
	lex->at += (uint32_t)found_size;
	push(lex, start, (struct token){.kind = found});
}

/* $name, $1, $# */
static void lex_dollar(struct lexer *lex, uint32_t start)
{
	char second = lex_peek(lex, 1);

	if (is_letter(second)) {
		lex->at++;
		skip_word(lex);
		push_name(lex, start, TOKEN_variable);
	} else if (is_digit(second)) {
		lex->at++;
		lex_number(lex, start, TOKEN_positional);
	} else if (second == '#') {
		lex->at += 2;
		push(lex, start, (struct token){.kind = TOKEN_positional});
	} else {
		bad_character(lex);
	}
}

static void lex_map(struct lexer *lex, uint32_t start)
{
	lex->at++;
	if (is_letter(lex_peek(lex, 0)))
		skip_word(lex);
	push_name(lex, start, TOKEN_map);
}

static void lex_code(struct lexer *lex)
{
	uint32_t start = lex->at;
	char c = lex_peek(lex, 0);

	if (is_letter(c)) {
		skip_word(lex);
		push_name(lex, start, TOKEN_identifier);
	} else if (is_digit(c)) {
		lex_number(lex, start, TOKEN_integer);
	} else if (c == '$') {
		lex_dollar(lex, start);
	} else if (c == '@') {
		lex_map(lex, start);
	} else if (c == '"') {
		lex_string(lex, start);
	} else if (c == '\'') {
		lex_character(lex, start);
	} else {
		lex_symbol(lex, start);
	}
}

/* ---- probe names -------------------------------------------------------- */

static bool is_item_word(struct lexer *lex, uint32_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(item_words); i++) {
		if (strlen(item_words[i]) == size &&
		    !memcmp(item_words[i], lex->text + lex->at, size))
			return true;
	}
	return false;
}

/* A word that begins an item other than a clause: "config = {", not "config:x". */
static bool at_item_word(struct lexer *lex)
{
	uint32_t size = 0;

	while (is_word(lex_peek(lex, size)))
		size++;
	return lex_peek(lex, size) != ':' && is_item_word(lex, size);
}

/* In a path a '/' begins no predicate. */
static bool ends_point(char c, bool in_path)
{
	return (unsigned char)c <= ' ' || c == 0x7f || strchr(in_path ? ",;{}" : ",;{}/", c);
}

/* point = part { ":" part }; a part may be in double quotes */
static void lex_point(struct lexer *lex)
{
	uint32_t start = lex->at, quote;
	bool in_path = false;

	for (; lex->at < lex->size && !ends_point(lex->text[lex->at], in_path); lex->at++) {
		if (lex->text[lex->at] == '"') {
			struct span bytes;

			if (!lex_find_quote(lex, lex->at, &quote)) {
				lex_quoted(lex, &bytes);
				return;
			}
			lex->at = quote;
		} else if (lex->text[lex->at] == ':') {
			char first = lex_peek(lex, 1);

			in_path |= first == '/' || first == '.';
		}
	}
	if (lex->at == start)
		lex_code(lex);
	else
		push_name(lex, start, TOKEN_point);
}

/* ---- between tokens ----------------------------------------------------- */

static void skip_line(struct lexer *lex)
{
	while (lex->at < lex->size && lex->text[lex->at] != '\n')
		lex->at++;
}

static void skip_comment(struct lexer *lex)
{
	uint32_t start = lex->at;

	for (lex->at += 2; lex->at < lex->size; lex->at++) {
		if (lex_peek(lex, 0) == '*' && lex_peek(lex, 1) == '/') {
			lex->at += 2;
			return;
		}
	}
	error_at(lex->c, ((struct range){start, start + 2}), DIAG_open_comment);
}

static bool at_line_start(const struct lexer *lex)
{
	uint32_t at = lex->at;

	while (at && (lex->text[at - 1] == ' ' || lex->text[at - 1] == '\t'))
		at--;
	return !at || lex->text[at - 1] == '\n';
}

/* A line for the C preprocessor.  Types come from the kernel: includes have no effect. */
static void skip_directive(struct lexer *lex)
{
	struct range range = {lex->at++, 0};
	const char *name;

	while (lex_peek(lex, 0) == ' ' || lex_peek(lex, 0) == '\t')
		lex->at++;
	name = lex->text + lex->at;
	skip_word(lex);
	range.end = lex->at;
	do
		skip_line(lex);
	while (lex->text[lex->at - 1] == '\\' && lex->at++ < lex->size);
	if (lex->at > lex->size)
		lex->at = lex->size;
	if (range.end - (name - lex->text) != 7 || memcmp(name, "include", 7))
		error_at(lex->c, range, DIAG_unsupported,
			 arena_printf(lex->c->arena, "'%s'", lex_text(lex, range)));
}

static void skip_layout(struct lexer *lex)
{
	while (lex->at < lex->size) {
		char c = lex_peek(lex, 0), second = lex_peek(lex, 1);

		if (is_blank(c))
			lex->at++;
		else if (c == '/' && second == '*')
			skip_comment(lex);
		else if ((c == '/' && second == '/') || (!lex->at && c == '#' && second == '!'))
			skip_line(lex);
		else if (c == '#' && at_line_start(lex))
			skip_directive(lex);
		else
			return;
	}
}

/* ---- the script --------------------------------------------------------- */

struct token *lex_script(struct compilation *c, uint32_t *count)
{
	struct lexer lex = {.c = c, .text = c->source->text, .size = (uint32_t)c->source->size};

	for (skip_layout(&lex); lex.at < lex.size; skip_layout(&lex)) {
		if (lex.state == LEX_ITEM && !at_item_word(&lex))
			lex_point(&lex);
		else
			lex_code(&lex);
	}
	push(&lex, lex.at, (struct token){.kind = TOKEN_end});
	*count = (uint32_t)lex.count;
	return lex.tokens;
}

/* ---- dump --------------------------------------------------------------- */

static void dump_value(const struct compilation *c, const struct token *token, struct text *out)
{
	if (token->kind == TOKEN_integer && token->is_unsigned)
		text_printf(out, "%lluu", (unsigned long long)token->number);
	else if (token->kind == TOKEN_integer)
		text_signed(out, token->number);
	else
		text_add(out, c->source->text + token->range.start,
			 token->range.end - token->range.start);
}

void token_dump(const struct compilation *c, const struct token *tokens, uint32_t count,
		struct text *out)
{
	for (uint32_t i = 0; i < count; i++) {
		unsigned line, column;
		char place[32];

		source_place(c->source, tokens[i].range.start, &line, &column);
		snprintf(place, sizeof(place), "%u:%u", line, column);
		text_printf(out, "%-8s%s", place, token_rows[tokens[i].kind].name);
		if (tokens[i].range.end > tokens[i].range.start) {
			text_char(out, ' ');
			dump_value(c, &tokens[i], out);
		}
		text_char(out, '\n');
	}
}
