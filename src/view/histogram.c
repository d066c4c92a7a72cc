/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms: counts by slot in, rows with bounds and bars out.  Rows run without a gap
 * from the first to the last slot that counted anything.
 */
#include "view/values.h"

#include <string.h>

enum { BAR_WIDTH = 52 };

static uint64_t raw_count(const struct histogram *histogram, uint32_t slot)
{
	uint64_t count;

	memcpy(&count, histogram->counts + slot * sizeof(count), sizeof(count));
	return count;
}

struct histogram histogram_of(const struct view *view, const struct type *type, struct span value)
{
	struct histogram histogram = {
		.type = type,
		.counts = value.data,
		.slots = type->size / sizeof(uint64_t),
		/* bpftrace divides the counts of hist, not those of lhist */
		.divisor = type->kind == KIND_hist && view->divisor ? view->divisor : 1,
	};
	uint32_t first = 0, end = histogram.slots;

	while (end && !raw_count(&histogram, end - 1))
		end--;
	while (first < end && !raw_count(&histogram, first))
		first++;
	histogram.first = first;
	histogram.end = end;
	return histogram;
}

uint64_t histogram_count(const struct histogram *histogram, uint32_t slot)
{
	return raw_count(histogram, slot) / histogram->divisor;
}

/* ---- bounds ------------------------------------------------------------- */

/* Where linear slot `slot` begins; the last one may begin before a whole step. */
static int64_t linear_bound(const struct type *type, uint32_t slot)
{
	/* any int64_t may be given as min, max and step */
	__int128 bound = type->min + (__int128)(slot - 1) * type->step;

	return bound < type->max ? (int64_t)bound : type->max;
}

bool histogram_low(const struct histogram *histogram, uint32_t slot, int64_t *low)
{
	uint64_t bounds[2];

	if (slot == 0)
		return false;
	if (histogram->type->kind == KIND_lhist) {
		*low = linear_bound(histogram->type, slot);
	} else {
		hist_bounds(slot, histogram->type->count, &bounds[0], &bounds[1]);
		*low = (int64_t)bounds[0];
	}
	return true;
}

bool histogram_high(const struct histogram *histogram, uint32_t slot, int64_t *high)
{
	uint64_t bounds[2];

	if (histogram->type->kind == KIND_lhist) {
		if (slot + 1 >= histogram->slots)
			return false;
		*high = linear_bound(histogram->type, slot + 1);
		return true;
	}
	*high = 0;
	if (slot) {
		hist_bounds(slot, histogram->type->count, &bounds[0], &bounds[1]);
		*high = (int64_t)bounds[1];
	}
	return true;
}

/* ---- labels ------------------------------------------------------------- */

static void linear_label(struct text *out, const struct type *type, int64_t bound)
{
	bool kilo = type->step % 1024 == 0 && bound && bound % 1024 == 0;
	bool mega = kilo && bound % (1024 * 1024) == 0;

	text_signed(out, mega ? bound / (1024 * 1024) : kilo ? bound / 1024 : bound);
	if (kilo)
		text_char(out, mega ? 'M' : 'K');
}

/*
 * A bound is (2^bits + part) * 2^power: the suffix stands for the tens of `power`.  A
 * bound of 0 that is not below slot 1 has wrapped: it is 2^64.
 */
static void log_label(struct text *out, uint32_t bits, uint64_t bound)
{
	uint32_t log2 = bound ? 63 - (uint32_t)__builtin_clzll(bound) : 64;
	uint32_t decade = log2 < bits ? 0 : (log2 - bits) / 10;

	text_unsigned(out, bound ? bound >> 10 * decade : 1ull << (64 - 10 * decade));
	if (decade)
		text_char(out, "KMGTPE"[decade - 1]);
}

static void label(struct text *out, const struct histogram *histogram, uint32_t slot, int64_t bound)
{
	if (histogram->type->kind == KIND_lhist)
		linear_label(out, histogram->type, bound);
	else if (!bound && slot <= 1)
		text_char(out, '0');
	else
		log_label(out, histogram->type->count, (uint64_t)bound);
}

static void bounds_text(struct text *out, const struct histogram *histogram, uint32_t slot)
{
	int64_t low, high;
	bool has_low = histogram_low(histogram, slot, &low);
	bool has_high = histogram_high(histogram, slot, &high);

	text_char(out, has_low ? '[' : '(');
	if (has_low)
		label(out, histogram, slot, low);
	else
		text_string(out, "...");
	if (has_low && has_high && (uint64_t)high - (uint64_t)low == 1) {
		text_char(out, ']');
		return;
	}
	text_string(out, ", ");
	if (has_high)
		label(out, histogram, slot, high);
	else
		text_string(out, "...");
	text_char(out, ')');
}

/* ---- rows --------------------------------------------------------------- */

static void pad_to(struct text *out, size_t start, size_t width)
{
	size_t size = out->size - start;

	if (size < width)
		text_fill(out, ' ', width - size);
}

void histogram_text(struct text *out, const struct histogram *histogram)
{
	uint64_t most = 0;

	for (uint32_t slot = histogram->first; slot < histogram->end; slot++)
		if (histogram_count(histogram, slot) > most)
			most = histogram_count(histogram, slot);
	for (uint32_t slot = histogram->first; slot < histogram->end; slot++) {
		uint64_t count = histogram_count(histogram, slot);
		size_t start = out->size;

		bounds_text(out, histogram, slot);
		pad_to(out, start, 16);
		text_printf(out, "%8llu |", (unsigned long long)count);
		start = out->size;
		/* in float, as bpftrace has it: the widths come out the same */
		text_fill(out, '@', most ? (size_t)((float)count / (float)most * BAR_WIDTH) : 0);
		pad_to(out, start, BAR_WIDTH);
		text_string(out, "|\n");
	}
}
