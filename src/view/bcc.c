/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms in BCC's form, as its print_log2_hist prints them.  BCC's slot 1 holds 0
 * and 1, slot n holds [2^(n-1), 2^n); values are unsigned there, so negative ones are in
 * slot 64.
 */
#include "view/values.h"

#include <string.h>

enum { BCC_SLOTS = 65, NARROW_MAX = 32 };

struct form {
	const char *heading, *row;
	int stars;
};
static const struct form narrow = {
	"     %-19s : count     distribution\n",
	"%10llu -> %-10llu : %-8llu |",
	40,
};
static const struct form wide = {
	"               %-29s : count     distribution\n",
	"%20llu -> %-20llu : %-8llu |",
	20,
};

static uint32_t bcc_slot(const struct histogram *histogram, uint32_t slot)
{
	int64_t low;

	if (!histogram_low(histogram, slot, &low))
		return BCC_SLOTS - 1;
	return low ? 64 - (uint32_t)__builtin_clzll((uint64_t)low) : 1;
}

static void collect(const struct histogram *histogram, uint64_t counts[BCC_SLOTS])
{
	memset(counts, 0, BCC_SLOTS * sizeof(*counts));
	for (uint32_t slot = histogram->first; slot < histogram->end; slot++)
		counts[bcc_slot(histogram, slot)] += histogram_count(histogram, slot);
}

static void show_row(struct text *out, const struct form *form, uint32_t slot, uint64_t count,
		     uint64_t most)
{
	uint64_t low = slot > 1 ? 1ull << (slot - 1) : 0, high = ~0ull >> (64 - slot);
	size_t stars = (size_t)((unsigned __int128)form->stars * count / most);

	text_printf(out, form->row, (unsigned long long)low, (unsigned long long)high,
		    (unsigned long long)count);
	text_fill(out, '*', stars);
	text_fill(out, ' ', (size_t)form->stars - stars);
	text_string(out, "|\n");
}

static void show_histogram(struct text *out, const char *label, const struct histogram *histogram)
{
	uint64_t counts[BCC_SLOTS], most = 0;
	const struct form *form;
	uint32_t last = 0;

	collect(histogram, counts);
	for (uint32_t slot = 1; slot < BCC_SLOTS; slot++) {
		if (counts[slot])
			last = slot;
		if (counts[slot] > most)
			most = counts[slot];
	}
	if (!last)
		return;
	form = last <= NARROW_MAX ? &narrow : &wide;
	text_printf(out, form->heading, label ? label : "value");
	for (uint32_t slot = 1; slot <= last; slot++)
		show_row(out, form, slot, counts[slot], most);
}

/* Text in quotes, as Python's repr has it. */
static void show_quoted(struct text *out, struct span value)
{
	const unsigned char *at = value.data;
	char quote = memchr(at, '\'', value.size) && !memchr(at, '"', value.size) ? '"' : '\'';

	text_char(out, quote);
	for (size_t i = 0; i < value.size; i++) {
		if (at[i] == (unsigned char)quote || at[i] == '\\')
			text_printf(out, "\\%c", at[i]);
		else if (at[i] < ' ' || at[i] == 0x7f)
			text_printf(out, "\\x%02x", at[i]);
		else
			text_char(out, (char)at[i]);
	}
	text_char(out, quote);
}

static void show_heading(const struct view *view, const struct rows *rows, const void *key)
{
	const struct type *type = rows->map->key;
	struct span value = {key, rows->map->key_size};
	struct view name = *view;
	struct text text = {0};

	text_printf(view->out, "\n%s = ", rows->heading ? rows->heading : "Bucket ptr");
	name.out = &text;
	text_show(&name, type, value);
	if (type->kind == KIND_int || type->kind == KIND_bool)
		text_string(view->out, text_cstr(&text));
	else
		show_quoted(view->out, (struct span){text_cstr(&text), text.size});
	text_char(view->out, '\n');
	text_free(&text);
}

void bcc_rows(struct text *out, const struct rows *rows)
{
	const struct view view = rows_view(rows, out);
	const struct type *type = rows->map->value;

	for (uint32_t i = 0; i < rows->count; i++) {
		struct span value = {rows->list[i].value, rows->map->value_size};
		struct histogram histogram = histogram_of(&view, type, value);

		if (rows->map->key)
			show_heading(&view, rows, rows->list[i].key);
		show_histogram(out, rows->label, &histogram);
	}
}
