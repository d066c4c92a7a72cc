/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's functions by address: the text of /proc/kallsyms in, a sorted table out.
 * The names stay in that text, moved to its front; addresses ascend, and of several names
 * for one address the first in the file is found, which is the one the kernel itself uses.
 */
#include "trace/internal.h"

#include <stdlib.h>
#include <string.h>

/* The file does not tell where the last function before a gap ends. */
enum { LARGEST_FUNCTION = 1 << 20 };

struct kernel_symbol {
	uint64_t address;
	uint32_t name; /* in `names` */
};

struct kernel_symbols {
	char *names;
	struct kernel_symbol *list;
	size_t count;
};

/* One line, "ADDRESS TYPE NAME" and perhaps a tab and "[MODULE]". */
struct line {
	uint64_t address;
	char type;
	const char *name;
	size_t size;
};

static bool line_read(const char *text, struct line *line)
{
	char *end;

	line->address = strtoull(text, &end, 16);
	if (end == text || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	line->type = end[1];
	line->name = end + 3;
	line->size = strcspn(line->name, " \t\n");
	return line->size > 0;
}

/* Code only; an address is 0 when we may not see it, and per-CPU ones are offsets. */
static bool is_function(const struct line *line)
{
	return line->address && strchr("tTwWi", line->type);
}

static size_t count_lines(const char *text)
{
	size_t count = 1;

	for (; (text = strchr(text, '\n')); text++)
		count++;
	return count;
}

static int compare_symbols(const void *a, const void *b)
{
	const struct kernel_symbol *left = a, *right = b;

	if (left->address != right->address)
		return left->address < right->address ? -1 : 1;
	return (left->name > right->name) - (left->name < right->name);
}

/* Names go to the front of the text they are read from, behind what has been read. */
static size_t read_lines(struct kernel_symbols *symbols)
{
	const char *text = symbols->names;
	size_t used = 0;

	while (*text) {
		const char *end = strchrnul(text, '\n');
		struct line line;

		if (line_read(text, &line) && is_function(&line) && line.name + line.size <= end) {
			symbols->list[symbols->count++] =
				(struct kernel_symbol){line.address, (uint32_t)used};
			memmove(symbols->names + used, line.name, line.size);
			used += line.size;
			symbols->names[used++] = '\0';
		}
		text = end + (*end == '\n');
	}
	return used;
}

struct kernel_symbols *kernel_symbols_parse(struct text *kallsyms)
{
	struct kernel_symbols *symbols = calloc(1, sizeof(*symbols));
	size_t used;

	if (!symbols)
		abort();
	if (!kallsyms->size || kallsyms->size > UINT32_MAX) {
		text_free(kallsyms);
		return symbols;
	}
	symbols->names = kallsyms->data;
	*kallsyms = (struct text){0};
	symbols->list = calloc(count_lines(symbols->names), sizeof(*symbols->list));
	if (!symbols->list)
		abort();
	used = read_lines(symbols);
	symbols->names = realloc(symbols->names, used + 1);
	symbols->list = realloc(symbols->list, (symbols->count + 1) * sizeof(*symbols->list));
	if (!symbols->names || !symbols->list)
		abort();
	qsort(symbols->list, symbols->count, sizeof(*symbols->list), compare_symbols);
	return symbols;
}

void kernel_symbols_free(struct kernel_symbols *symbols)
{
	if (!symbols)
		return;
	free(symbols->names);
	free(symbols->list);
	free(symbols);
}

/* The first whose address is above, as index. */
static size_t first_above(const struct kernel_symbols *symbols, uint64_t address)
{
	size_t low = 0, high = symbols->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (symbols->list[middle].address > address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

const char *kernel_symbols_find(const struct kernel_symbols *symbols, uint64_t address,
				uint64_t *offset)
{
	size_t at = first_above(symbols, address);

	if (!at || address - symbols->list[at - 1].address >= LARGEST_FUNCTION)
		return NULL;
	at--;
	while (at && symbols->list[at - 1].address == symbols->list[at].address)
		at--;
	*offset = address - symbols->list[at].address;
	return symbols->names + symbols->list[at].name;
}
