/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanning IR text: words, numbers and strings of one line, bounded by the source's size.
 */
#include <ctype.h>
#include <string.h>

#include "code/ir_scan.h"

static const struct diagnostic_kind kinds[] = {
	[SCAN_EXPECTED] = {"ir-expected", SEVERITY_ERROR, "expected %s"},
	[SCAN_UNKNOWN] = {"ir-unknown", SEVERITY_ERROR, "unknown %s"},
	[SCAN_RANGE] = {"ir-range", SEVERITY_ERROR, "%s is out of range"},
	[SCAN_UNDEFINED] = {"ir-undefined", SEVERITY_ERROR, "%s is never defined"},
};

void scan_fail(struct scanner *s, uint32_t start, enum scan_error error, const char *what)
{
	uint32_t end = s->at > start ? s->at : start < s->size ? start + 1 : start;

	if (!s->failed)
		report_add(s->report, (struct range){start, end}, &kinds[error], what);
	s->failed = true;
	s->at = s->size;
}

static char here(const struct scanner *s)
{
	return s->at < s->size ? s->text[s->at] : 0;
}

void scan_blanks(struct scanner *s)
{
	while (here(s) == ' ' || here(s) == '\t')
		s->at++;
	if (here(s) == '#')
		while (s->at < s->size && s->text[s->at] != '\n')
			s->at++;
}

bool scan_next_line(struct scanner *s)
{
	scan_blanks(s);
	while (here(s) == '\n') {
		s->at++;
		scan_blanks(s);
	}
	return s->at < s->size;
}

void scan_line_end(struct scanner *s)
{
	scan_blanks(s);
	if (s->at < s->size && here(s) != '\n')
		scan_fail(s, s->at, SCAN_EXPECTED, "the end of the line");
}

char scan_peek(struct scanner *s)
{
	scan_blanks(s);
	return here(s);
}

bool scan_char(struct scanner *s, char c)
{
	if (s->at >= s->size || scan_peek(s) != c)
		return false;
	s->at++;
	return true;
}

void scan_expect(struct scanner *s, char c)
{
	char what[] = {'\'', c, '\'', 0};

	if (!scan_char(s, c))
		scan_fail(s, s->at, SCAN_EXPECTED, what);
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '@';
}

struct span scan_word(struct scanner *s)
{
	uint32_t start;

	scan_blanks(s);
	start = s->at;
	while (is_word(here(s)))
		s->at++;
	return (struct span){s->text + start, s->at - start};
}

bool scan_keyword(struct scanner *s, const char *keyword)
{
	uint32_t before = s->at;
	struct span word = scan_word(s);

	if (word.size && word.size == strlen(keyword) && !memcmp(word.data, keyword, word.size))
		return true;
	s->at = before;
	return false;
}

uint64_t scan_number(struct scanner *s, uint64_t most)
{
	uint64_t value = 0;
	uint32_t start;

	scan_blanks(s);
	start = s->at;
	while (isdigit((unsigned char)here(s))) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(here(s) - '0'), &value) ||
		    value > most) {
			scan_fail(s, start, SCAN_RANGE, "the number");
			return 0;
		}
		s->at++;
	}
	if (s->at == start || is_word(here(s)))
		scan_fail(s, start, SCAN_EXPECTED, "a number");
	return s->failed ? 0 : value;
}

int64_t scan_signed(struct scanner *s)
{
	if (!scan_char(s, '-'))
		return (int64_t)scan_number(s, UINT64_MAX);
	return (int64_t)(0 - scan_number(s, 1ull << 63));
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \xHH */
static char scan_escape(struct scanner *s)
{
	int high, low;

	if (s->size - s->at < 3 || s->text[s->at] != 'x')
		return 0;
	high = hex_digit(s->text[s->at + 1]);
	low = hex_digit(s->text[s->at + 2]);
	s->at += 3;
	return high < 0 || low < 0 ? 0 : (char)(high * 16 + low);
}

const char *scan_string(struct scanner *s)
{
	uint32_t start = s->at, size = 0, most = 0;
	char *string;

	scan_expect(s, '"');
	while (s->at + most < s->size && s->text[s->at + most] != '"')
		most++;
	string = arena_alloc(s->arena, most + 1);
	while (here(s) && here(s) != '"' && here(s) != '\n') {
		char c = s->text[s->at++];

		if (c == '\\')
			c = scan_escape(s);
		if (!c)
			scan_fail(s, start, SCAN_EXPECTED, "\\x and two hexadecimal digits");
		string[size++] = c;
	}
	scan_expect(s, '"');
	string[s->failed ? 0 : size] = 0;
	return string;
}

uint32_t scan_choice(struct scanner *s, const struct ir_word *words, const char *what)
{
	const struct ir_word *word;
	struct span name;
	uint32_t start;

	if (isdigit((unsigned char)scan_peek(s)))
		return (uint32_t)scan_number(s, UINT32_MAX);
	start = s->at;
	name = scan_word(s);
	word = ir_word_find(words, name.data, name.size);
	if (!name.size)
		scan_fail(s, start, SCAN_EXPECTED, what);
	else if (!word)
		scan_fail(s, start, SCAN_UNKNOWN, what);
	return word ? word->value : 0;
}
