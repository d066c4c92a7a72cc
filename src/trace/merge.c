/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a map: merging what each CPU has, and what rows are sorted by.  Values may lie
 * at any address, so words are copied out and in.
 */
#include "trace/internal.h"

#include <string.h>

static uint64_t word(const void *value, size_t index)
{
	uint64_t result;

	memcpy(&result, (const char *)value + index * sizeof(result), sizeof(result));
	return result;
}

static void set_word(void *value, size_t index, uint64_t result)
{
	memcpy((char *)value + index * sizeof(result), &result, sizeof(result));
}

static void add_words(void *into, const void *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		set_word(into, i, word(into, i) + word(from, i));
}

/* Unsigned values in the order of signed ones. */
static int64_t ordered(const struct type *type, uint64_t value)
{
	return (int64_t)(type->is_signed ? value : value ^ (1ull << 63));
}

/* ---- merging ------------------------------------------------------------ */

static void merge_count(const struct type *type, void *into, const void *from)
{
	(void)type;
	add_words(into, from, 1);
}

static void merge_sum(const struct type *type, void *into, const void *from)
{
	(void)type;
	add_words(into, from, 1);
}

/* Takes over `from` when it is set and, unless `into` is not, is the lesser or greater. */
static void merge_extreme(const struct type *type, void *into, const void *from, bool least)
{
	int64_t a = ordered(type, word(into, 0)), b = ordered(type, word(from, 0));

	if (word(from, 1) && (!word(into, 1) || (least ? b < a : b > a)))
		memcpy(into, from, 2 * sizeof(uint64_t));
}

static void merge_min(const struct type *type, void *into, const void *from)
{
	merge_extreme(type, into, from, true);
}

static void merge_max(const struct type *type, void *into, const void *from)
{
	merge_extreme(type, into, from, false);
}

static void merge_avg(const struct type *type, void *into, const void *from)
{
	(void)type;
	add_words(into, from, 2);
}

static void merge_stats(const struct type *type, void *into, const void *from)
{
	(void)type;
	add_words(into, from, 2);
}

static void merge_hist(const struct type *type, void *into, const void *from)
{
	add_words(into, from, type->size / sizeof(uint64_t));
}

static void merge_lhist(const struct type *type, void *into, const void *from)
{
	add_words(into, from, type->size / sizeof(uint64_t));
}

merge_function *const merge_functions[KIND_COUNT] = {
#define AGGREGATE(name) [KIND_##name] = merge_##name,
#include "type/kinds.def"
};

/* ---- sorting ------------------------------------------------------------ */

static int64_t order_int(const struct type *type, const void *value)
{
	return ordered(type, (uint64_t)value_int(type, value));
}

static int64_t order_count(const struct type *type, const void *value)
{
	(void)type;
	return (int64_t)(word(value, 0) ^ (1ull << 63));
}

static int64_t order_sum(const struct type *type, const void *value)
{
	return ordered(type, word(value, 0));
}

static int64_t order_min(const struct type *type, const void *value)
{
	return ordered(type, word(value, 0));
}

static int64_t order_max(const struct type *type, const void *value)
{
	return ordered(type, word(value, 0));
}

static int64_t order_avg(const struct type *type, const void *value)
{
	uint64_t count = word(value, 1);

	if (!count)
		return ordered(type, 0);
	return ordered(type, (uint64_t)arith(ARITH_DIV, (int64_t)word(value, 0), (int64_t)count,
					     type->is_signed));
}

static int64_t order_stats(const struct type *type, const void *value)
{
	return order_avg(type, value);
}

static int64_t order_hist(const struct type *type, const void *value)
{
	uint64_t total = 0;

	for (size_t i = 0; i < type->size / sizeof(uint64_t); i++)
		total += word(value, i);
	return (int64_t)(total ^ (1ull << 63));
}

static int64_t order_lhist(const struct type *type, const void *value)
{
	return order_hist(type, value);
}

order_function *const order_functions[KIND_COUNT] = {
	[KIND_int] = order_int,
#define AGGREGATE(name) [KIND_##name] = order_##name,
#include "type/kinds.def"
};

static int compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int compare_tuples(const struct type *type, const char *a, const char *b)
{
	int result = 0;

	for (uint32_t i = 0; i < type->field_count && !result; i++)
		result = key_compare(type->fields[i].type, a + type->fields[i].offset,
				     b + type->fields[i].offset);
	return result;
}

int key_compare(const struct type *type, const void *a, const void *b)
{
	switch (type->kind) {
	case KIND_int:
	case KIND_bool:
	case KIND_pointer:
		return compare_numbers(order_int(type, a), order_int(type, b));
	case KIND_string:
		return strncmp(a, b, type->size);
	case KIND_tuple:
		return compare_tuples(type, a, b);
	default:
		return memcmp(a, b, type->size);
	}
}
