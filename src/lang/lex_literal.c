/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and quoted text: their spelling comes in, values and bytes go out.
 */
#include "lang/lex.h"

#include <string.h>
#include <strings.h>

/* ---- numbers ------------------------------------------------------------ */

struct number {
	const char *text;
	size_t size, at;
	uint64_t value;
	enum number_fault fault;
};

static const struct suffix {
	const char *text;
	uint64_t unit_ns;
	bool is_unsigned;
} suffixes[] = {
	{"", 0, false},
	{"l", 0, false},
	{"ll", 0, false},
	{"u", 0, true},
	{"ul", 0, true},
	{"ull", 0, true},
	{"ns", 1, false},
	{"us", 1000, false},
	{"ms", 1000000, false},
	{"s", 1000000000, false},
	{"m", 60000000000, false},
	{"h", 3600000000000, false},
	{"d", 86400000000000, false},
};

static unsigned digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 16;
}

static char number_peek(const struct number *n, size_t ahead)
{
	return ahead < n->size - n->at ? n->text[n->at + ahead] : '\0';
}

static void multiply(struct number *n, uint64_t factor)
{
	if (__builtin_mul_overflow(n->value, factor, &n->value))
		n->fault = NUMBER_BIG;
}

/* digits = digit { ["_"] digit } */
static uint64_t read_digits(struct number *n, unsigned base)
{
	uint64_t kept = n->value, value;
	size_t start = n->at;

	n->value = 0;
	for (;; n->at++) {
		unsigned digit = digit_value(number_peek(n, 0));

		if (number_peek(n, 0) == '_' && n->at > start &&
		    digit_value(number_peek(n, 1)) < base)
			continue;
		if (digit >= base)
			break;
		multiply(n, base);
		if (__builtin_add_overflow(n->value, digit, &n->value))
			n->fault = NUMBER_BIG;
	}
	if (n->at == start)
		n->fault = NUMBER_BAD;
	value = n->value;
	n->value = kept;
	return value;
}

/* The base that the prefix says; 0x and 0b are consumed. */
static unsigned read_base(struct number *n)
{
	char second = number_peek(n, 1);

	if (number_peek(n, 0) != '0')
		return 10;
	if (second == 'x' || second == 'X') {
		n->at += 2;
		return 16;
	}
	if (second == 'b' || second == 'B') {
		n->at += 2;
		return 2;
	}
	return second == '_' || digit_value(second) < 10 ? 8 : 10;
}

static void read_exponent(struct number *n)
{
	uint64_t exponent;

	if (number_peek(n, 0) != 'e' && number_peek(n, 0) != 'E')
		return;
	n->at++;
	exponent = read_digits(n, 10);
	for (; exponent && n->value && n->fault == NUMBER_GOOD; exponent--)
		multiply(n, 10);
}

static const struct suffix *find_suffix(const char *text, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		const struct suffix *s = &suffixes[i];

		if (strlen(s->text) == size &&
		    !(s->unit_ns ? strncmp : strncasecmp)(s->text, text, size))
			return s;
	}
	return NULL;
}

enum number_fault number_read(const char *text, size_t size, struct token *token)
{
	struct number n = {.text = text, .size = size};
	unsigned base = read_base(&n);
	const struct suffix *suffix;

	n.value = read_digits(&n, base);
	if (base == 10)
		read_exponent(&n);
	suffix = find_suffix(text + n.at, size - n.at);
	if (!suffix)
		return NUMBER_BAD;
	if (suffix->unit_ns)
		multiply(&n, suffix->unit_ns);
	token->number = (int64_t)n.value;
	token->is_unsigned = suffix->is_unsigned || n.value > INT64_MAX;
	token->unit_ns = suffix->unit_ns;
	return n.fault;
}

/* ---- quoted text -------------------------------------------------------- */

bool lex_find_quote(const struct lexer *lex, uint32_t start, uint32_t *end)
{
	for (uint32_t at = start + 1; at < lex->size && lex->text[at] != '\n'; at++) {
		if (lex->text[at] == lex->text[start]) {
			*end = at;
			return true;
		}
		if (lex->text[at] == '\\' && at + 1 < lex->size && lex->text[at + 1] != '\n')
			at++;
	}
	return false;
}

/* One to `most` digits; false: none, or the value is no byte. */
static bool read_byte(struct lexer *lex, unsigned base, unsigned most, char *byte)
{
	unsigned value = 0, count = 0;

	for (; count < most && digit_value(lex_peek(lex, 0)) < base; count++)
		value = value * base + digit_value(lex->text[lex->at++]);
	*byte = (char)value;
	return count && value <= UINT8_MAX;
}

/* Behind a backslash: the byte that is meant. */
static bool read_escape(struct lexer *lex, char *byte)
{
	static const char pairs[] = "n\nt\tr\r\"\"\\\\''";
	char c = lex_peek(lex, 0);

	if (digit_value(c) < 8)
		return read_byte(lex, 8, 3, byte);
	lex->at++;
	if (c == 'x' || c == 'X')
		return read_byte(lex, 16, 2, byte);
	for (size_t i = 0; pairs[i]; i += 2) {
		if (pairs[i] == c) {
			*byte = pairs[i + 1];
			return true;
		}
	}
	return false;
}

bool lex_quoted(struct lexer *lex, struct span *bytes)
{
	uint32_t start = lex->at, end, size = 0;
	bool good = true;
	char *out;

	if (!lex_find_quote(lex, start, &end)) {
		while (lex->at < lex->size && lex->text[lex->at] != '\n')
			lex->at++;
		error_at(lex->c, ((struct range){start, lex->at}), DIAG_open_string);
		return false;
	}
	out = arena_alloc(lex->c->arena, end - start);
	for (lex->at++; lex->at < end;) {
		uint32_t at = lex->at;

		out[size] = lex->text[lex->at++];
		if (out[size] == '\\' && !read_escape(lex, &out[size])) {
			struct range range = {at, lex->at};

			error_at(lex->c, range, DIAG_bad_escape, lex_text(lex, range));
			good = false;
		}
		size++;
	}
	lex->at = end + 1;
	*bytes = (struct span){out, size};
	return good;
}
