/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scanning IR text.  The first error is reported and sticks: from then on everything
 * yields zeroes and nothing advances, so that callers look at `failed` in their loops only.
 */
#ifndef SONDE_CODE_IR_SCAN_H
#define SONDE_CODE_IR_SCAN_H

#include "code/ir_words.h"

struct scanner {
	struct arena *arena;
	struct report *report;
	const char *text;
	uint32_t at, size;
	bool failed;
};

enum scan_error { SCAN_EXPECTED, SCAN_UNKNOWN, SCAN_RANGE, SCAN_UNDEFINED };

/* `what` fills the message's %s; the place is from `start` to here. */
void scan_fail(struct scanner *s, uint32_t start, enum scan_error error, const char *what);
void scan_blanks(struct scanner *s); /* and a comment, but no line's end */
/* Past empty lines; false: that was the last one, or there was an error. */
bool scan_next_line(struct scanner *s);
void scan_line_end(struct scanner *s);
/* The next character, blanks before it skipped; 0 at the end. */
char scan_peek(struct scanner *s);
bool scan_char(struct scanner *s, char c); /* take it when it is next */
void scan_expect(struct scanner *s, char c);
/* A run of letters, digits, '_' and '@'; empty when there is none. */
struct span scan_word(struct scanner *s);
bool scan_keyword(struct scanner *s, const char *keyword); /* take it when it is next */
uint64_t scan_number(struct scanner *s, uint64_t most);
int64_t scan_signed(struct scanner *s);
const char *scan_string(struct scanner *s);
/* One of the words, or a number. */
uint32_t scan_choice(struct scanner *s, const struct ir_word *words, const char *what);

#endif
