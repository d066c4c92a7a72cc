/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names against patterns, and names against names that may have been meant.  Both take
 * time bounded by the product of the two lengths.
 */
#include "base/base.h"

#include <string.h>

bool glob_match(const char *pattern, const char *name)
{
	const char *star = NULL, *resume = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			/* The last star takes one character more; earlier ones never need to. */
			pattern = star;
			name = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

bool glob_has_wildcard(const char *pattern)
{
	return strchr(pattern, '*');
}

enum { LONGEST_NAME = 127 };

static unsigned smaller(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned name_distance(const char *a, const char *b, unsigned limit)
{
	size_t a_size = strlen(a), b_size = strlen(b);
	size_t gap = a_size > b_size ? a_size - b_size : b_size - a_size;
	unsigned rows[3][LONGEST_NAME + 1];

	if (gap > limit || b_size > LONGEST_NAME)
		return limit + 1;
	for (size_t j = 0; j <= b_size; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3];
		unsigned *two_above = rows[(i + 1) % 3], best = row[0] = (unsigned)i;

		for (size_t j = 1; j <= b_size; j++) {
			row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
			row[j] = smaller(row[j], 1 + smaller(above[j], row[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = smaller(row[j], two_above[j - 2] + 1);
			best = smaller(best, row[j]);
		}
		if (best > limit)
			return limit + 1;
	}
	return smaller(rows[a_size % 3][b_size], limit + 1);
}
