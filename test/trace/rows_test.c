/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging over CPUs and the order of rows, for every kind, on hand-made map bytes.
 */
#include "test.h"
#include "trace/internal.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

static const struct type u64_type = {.kind = KIND_int, .size = 8, .align = 8};
static const struct type s64_type = {.kind = KIND_int, .size = 8, .align = 8, .is_signed = true};
static const struct type s32_type = {.kind = KIND_int, .size = 4, .align = 4, .is_signed = true};
static const struct type comm_type = {.kind = KIND_string, .size = 5, .align = 1, .count = 5};
static const struct field pair_fields[] = {
	{.type = &comm_type, .offset = 0},
	{.type = &s32_type, .offset = 8},
};
static const struct type pair_type = {
	.kind = KIND_tuple, .size = 16, .align = 8, .fields = pair_fields, .field_count = 2};

/* A map under test: entries are added, then made into rows. */
struct fixture {
	struct map_spec map;
	struct map_entries entries;
	struct rows rows;
	struct arena *arena;
};

static struct fixture fixture_of(const struct type *key, const struct type *value, uint32_t cpus)
{
	uint32_t key_size = key ? ALIGN_UP(key->size, key->kind == KIND_string ? 1 : 8) : 4;
	uint32_t size = ALIGN_UP(value->size, 8);

	return (struct fixture){
		.map = {.role = MAP_USER,
			.name = "@",
			.key_size = key_size,
			.value_size = size,
			.per_cpu = cpus > 1,
			.key = key,
			.value = value},
		.entries = {.key_size = key_size,
			    .value_size = size,
			    .value_stride = size * cpus,
			    .values = cpus},
	};
}

static void add_entry(struct fixture *fixture, const void *key, const void *values)
{
	text_add(&fixture->entries.bytes, key, fixture->entries.key_size);
	text_add(&fixture->entries.bytes, values, fixture->entries.value_stride);
	fixture->entries.count++;
}

static int make(struct fixture *fixture)
{
	fixture->arena = arena_new();
	fixture->rows.map = &fixture->map;
	return rows_make(&fixture->rows, &fixture->entries, fixture->arena);
}

static void done(struct fixture *fixture)
{
	arena_free(fixture->arena);
	text_free(&fixture->entries.bytes);
}

static int64_t value_at(const struct fixture *fixture, uint32_t row, size_t word)
{
	return ((const int64_t *)fixture->rows.list[row].value)[word];
}

/* One unkeyed aggregate over three CPUs. */
static struct fixture merged(const struct type *type, const int64_t *values)
{
	struct fixture fixture = fixture_of(NULL, type, 3);
	uint32_t key = 0;

	add_entry(&fixture, &key, values);
	CHECK_EQ(make(&fixture), 0);
	CHECK_EQ(fixture.rows.count, 1);
	CHECK(!fixture.rows.list[0].key);
	return fixture;
}

static void check_merge(enum kind kind, bool is_signed, const int64_t *values, int64_t first,
			int64_t second)
{
	bool pair = kind != KIND_count && kind != KIND_sum;
	const struct type type = {.kind = kind, .size = pair ? 16 : 8, .is_signed = is_signed};
	struct fixture fixture = merged(&type, values);

	CHECK_EQ(value_at(&fixture, 0, 0), first);
	if (pair)
		CHECK_EQ(value_at(&fixture, 0, 1), second);
	done(&fixture);
}

static void test_merge(void)
{
	check_merge(KIND_count, false, (int64_t[]){1, 2, 4}, 7, 0);
	check_merge(KIND_sum, true, (int64_t[]){-5, 2, 0}, -3, 0);
	check_merge(KIND_min, true, (int64_t[]){0, 0, -7, 1, 3, 1}, -7, 1);
	check_merge(KIND_min, true, (int64_t[]){0, 0, 7, 1, 0, 0}, 7, 1);
	check_merge(KIND_min, false, (int64_t[]){-1, 1, 9, 1, 12, 1}, 9, 1);
	check_merge(KIND_max, true, (int64_t[]){-9, 1, -7, 1, 0, 0}, -7, 1);
	check_merge(KIND_max, false, (int64_t[]){5, 1, -1, 1, 7, 1}, -1, 1);
	check_merge(KIND_max, true, (int64_t[]){0, 0, 0, 0, 0, 0}, 0, 0);
	check_merge(KIND_avg, true, (int64_t[]){10, 1, -4, 2, 0, 0}, 6, 3);
	check_merge(KIND_stats, false, (int64_t[]){10, 1, 4, 2, 1, 1}, 15, 4);
}

static void test_merge_histograms(void)
{
	const struct type hist = {.kind = KIND_hist, .size = 4 * 8};
	const struct type lhist = {.kind = KIND_lhist, .size = 4 * 8};
	const int64_t values[] = {1, 0, 2, 0, 0, 0, 3, 0, 4, 0, 0, 5};
	const int64_t sums[] = {5, 0, 5, 5};
	const int64_t zeroes[12] = {0};
	struct fixture a = merged(&hist, values), b = merged(&lhist, values);
	struct fixture empty = fixture_of(NULL, &hist, 3);
	uint32_t key = 0;

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		CHECK_EQ(value_at(&a, 0, i), sums[i]);
		CHECK_EQ(value_at(&b, 0, i), sums[i]);
	}
	add_entry(&empty, &key, zeroes);
	CHECK_EQ(make(&empty), 0);
	CHECK_EQ(empty.rows.count, 0);
	done(&a);
	done(&b);
	done(&empty);
}

/* Rows with these values (two words each) and the keys 0, 1, 2 ... come in this order. */
static void check_order(const struct type *type, int64_t (*values)[2], uint32_t count,
			const char *order)
{
	struct fixture fixture = fixture_of(&u64_type, type, 1);
	char got[16] = "";

	for (uint64_t i = 0; i < count; i++)
		add_entry(&fixture, &i, values[i]);
	CHECK_EQ(make(&fixture), 0);
	for (uint32_t i = 0; i < fixture.rows.count; i++)
		got[i] = (char)('0' + *(const uint64_t *)fixture.rows.list[i].key);
	CHECK_STR(got, order);
	done(&fixture);
}

static void test_order(void)
{
	static const struct {
		enum kind kind;
		bool is_signed;
		const char *order;
		int64_t values[4][2];
	} cases[] = {
		{KIND_int, true, "2013", {{1}, {5}, {-3}, {5}}},
		{KIND_int, false, "0132", {{1}, {5}, {-3}, {5}}},
		{KIND_count, false, "1320", {{9}, {5}, {7}, {5}}},
		{KIND_sum, true, "1302", {{0}, {-5}, {7}, {-1}}},
		{KIND_sum, false, "0213", {{0}, {-5}, {7}, {-1}}},
		{KIND_min, true, "1302", {{0, 1}, {-5, 1}, {7, 1}, {-1, 1}}},
		{KIND_max, false, "0213", {{0, 1}, {-5, 1}, {7, 1}, {-1, 1}}},
		{KIND_avg, true, "3120", {{30, 3}, {10, 10}, {20, 5}, {-9, 3}}},
		{KIND_avg, false, "3120", {{30, 3}, {10, 10}, {20, 5}, {0, 0}}},
		{KIND_stats, true, "3120", {{30, 3}, {10, 10}, {20, 5}, {-9, 3}}},
		{KIND_hist, false, "3120", {{8, 2}, {0, 2}, {1, 2}, {1, 0}}},
		{KIND_lhist, true, "3120", {{8, 2}, {0, 2}, {1, 2}, {1, 0}}},
		{KIND_ksym, false, "0123", {{8}, {1}, {2}, {0}}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		int64_t values[4][2];
		const struct type type = {
			.kind = cases[i].kind, .size = 16, .is_signed = cases[i].is_signed};

		memcpy(values, cases[i].values, sizeof(values));
		check_order(&type, values, 4, cases[i].order);
	}
}

/* Values are equal: the keys decide, strings as text and parts of a tuple in turn. */
static void test_keys(void)
{
	static const char *const names[] = {"b", "abcde", "ab", ""};
	struct fixture strings = fixture_of(&comm_type, &u64_type, 1);
	struct fixture pairs = fixture_of(&pair_type, &u64_type, 1);
	uint64_t one = 1;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char key[5] = "", pair[16] = "";
		int64_t number = i == 2 ? -1 : 1;

		memcpy(key, names[i], strnlen(names[i], 5));
		add_entry(&strings, key, &one);
		memcpy(pair, i == 3 ? "b" : "ab", 2);
		memcpy(pair + 8, &number, 8);
		add_entry(&pairs, pair, &one);
	}
	CHECK_EQ(make(&strings), 0);
	CHECK_STR(strings.rows.list[0].key, "");
	CHECK_STR(strings.rows.list[1].key, "ab");
	CHECK(!memcmp(strings.rows.list[2].key, "abcde", 5));
	CHECK_STR(strings.rows.list[3].key, "b");
	CHECK_EQ(make(&pairs), 0);
	CHECK_EQ(((const int64_t *)pairs.rows.list[0].key)[1], -1);
	CHECK_EQ(((const int64_t *)pairs.rows.list[1].key)[1], 1);
	CHECK_STR(pairs.rows.list[3].key, "b");
	done(&strings);
	done(&pairs);
}

static void test_malformed(void)
{
	struct fixture fixture = fixture_of(&u64_type, &s64_type, 1);
	uint64_t word = 1;

	add_entry(&fixture, &word, &word);
	fixture.entries.count = 2;
	CHECK_EQ(make(&fixture), -EBADMSG);
	arena_free(fixture.arena);
	fixture.entries.count = 1;
	fixture.entries.values = 2;
	CHECK_EQ(make(&fixture), -EBADMSG);
	arena_free(fixture.arena);
	fixture.entries.values = 1;
	fixture.entries.key_size = 4;
	CHECK_EQ(make(&fixture), -EBADMSG);
	done(&fixture);
}

static void test_many(void)
{
	struct fixture fixture = fixture_of(&u64_type, &u64_type, 1);
	clock_t began;

	for (uint64_t i = 0; i < 100000; i++) {
		uint64_t value = i * 7919 % 1000;

		add_entry(&fixture, &i, &value);
	}
	began = clock();
	CHECK_EQ(make(&fixture), 0);
	CHECK(clock() - began < CLOCKS_PER_SEC);
	for (uint32_t i = 1; i < fixture.rows.count; i++)
		CHECK(fixture.rows.list[i - 1].order <= fixture.rows.list[i].order);
	done(&fixture);
}

int main(void)
{
	test_merge();
	test_merge_histograms();
	test_order();
	test_keys();
	test_malformed();
	test_many();
	return test_result();
}
