/* SPDX-License-Identifier: Apache-2.0 */
/* Integer semantics, kinds, layouts in records, histogram slots. */
#include "test.h"
#include "type/type.h"

/* ---- arithmetic --------------------------------------------------------- */

static void test_arith(void)
{
	static const struct {
		enum arith op;
		bool is_signed;
		int64_t a, b, expected;
	} rows[] = {
		{ARITH_ADD, true, INT64_MAX, 1, INT64_MIN},
		{ARITH_SUB, true, INT64_MIN, 1, INT64_MAX},
		{ARITH_MUL, true, INT64_MAX, 2, -2},
		{ARITH_DIV, true, 7, 0, 0},
		{ARITH_DIV, true, -7, 2, -3},
		{ARITH_DIV, true, 7, -2, -3},
		{ARITH_DIV, true, -7, -2, 3},
		{ARITH_DIV, true, INT64_MIN, -1, INT64_MIN},
		{ARITH_DIV, false, -1, 2, INT64_MAX},
		{ARITH_MOD, true, 7, 0, 7},
		{ARITH_MOD, true, -7, 0, -7},
		{ARITH_MOD, true, -7, 3, -1},
		{ARITH_MOD, true, 7, -3, 1},
		{ARITH_MOD, true, INT64_MIN, -1, 0},
		{ARITH_MOD, false, -1, 10, 5},
		{ARITH_AND, true, 12, 10, 8},
		{ARITH_OR, true, 12, 10, 14},
		{ARITH_XOR, true, 12, 10, 6},
		{ARITH_SHL, true, 1, 63, INT64_MIN},
		{ARITH_SHL, true, 1, 64, 1},
		{ARITH_SHL, true, 1, -1, INT64_MIN},
		{ARITH_SHR, true, -8, 1, -4},
		{ARITH_SHR, false, -8, 1, INT64_MAX - 3},
		{ARITH_SHR, true, 8, 65, 4},
		{ARITH_EQ, true, 3, 3, 1},
		{ARITH_NE, true, 3, 3, 0},
		{ARITH_LT, true, -1, 0, 1},
		{ARITH_LT, false, -1, 0, 0},
		{ARITH_LE, true, 0, 0, 1},
		{ARITH_LE, false, 0, -1, 1},
		{ARITH_GT, true, -1, 0, 0},
		{ARITH_GT, false, -1, 0, 1},
		{ARITH_GE, true, 0, 0, 1},
		{ARITH_GE, true, -1, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CHECK_EQ(arith(rows[i].op, rows[i].a, rows[i].b, rows[i].is_signed),
			 rows[i].expected);
}

static void test_extend(void)
{
	CHECK_EQ(arith_extend(0x1ff, 1, true), -1);
	CHECK_EQ(arith_extend(0x1ff, 1, false), 255);
	CHECK_EQ(arith_extend(0x18000, 2, true), -32768);
	CHECK_EQ(arith_extend(-1, 4, false), 0xffffffff);
	CHECK_EQ(arith_extend(0xffffffff, 4, true), -1);
	CHECK_EQ(arith_extend(INT64_MIN, 8, true), INT64_MIN);
	CHECK_EQ(arith_extend(INT64_MIN, 8, false), INT64_MIN);
	CHECK_EQ(arith_extend(-1, 0, true), 0);
}

/* ---- values ------------------------------------------------------------- */

static void test_values(void)
{
	const struct type int16 = {.kind = KIND_int, .size = 2, .is_signed = true};
	const struct type pointer = {.kind = KIND_pointer, .size = 8};
	const struct type string = {.kind = KIND_string, .size = 4};
	const char bytes[] = "\xfe\xff\1\1\1\1\1\1\1";

	CHECK_EQ(value_int(&int16, bytes), -2);
	CHECK_EQ(value_int(&pointer, bytes + 1), 0x01010101010101ff);
	CHECK_EQ(value_string(&string, "ab\0cd", 5).size, 2);
	CHECK_EQ(value_string(&string, "abcdef", 6).size, 4);
	CHECK_EQ(value_string(&string, "ab", 2).size, 2);
	CHECK_EQ(value_string(&string, NULL, 0).size, 0);
}

/* Every slot's bounds fall into the slot, and slots follow each other without a gap. */
static void test_slots(uint32_t bits)
{
	uint64_t low, high, before = 0;

	for (uint32_t slot = 1; slot < hist_slots(bits); slot++) {
		hist_bounds(slot, bits, &low, &high);
		CHECK_EQ(low, before);
		CHECK_EQ(hist_slot((int64_t)low, false, bits), slot);
		CHECK_EQ(hist_slot((int64_t)(high - 1), false, bits), slot);
		before = high;
	}
	CHECK_EQ(before, 0);
	CHECK_EQ(hist_slot(-1, true, bits), 0);
	CHECK_EQ(hist_slot(-1, false, bits), hist_slots(bits) - 1);
	hist_bounds(0, bits, &low, &high);
	CHECK_EQ(high, 0);
	for (uint64_t value = 0; value < 2ull << bits; value++)
		CHECK_EQ(hist_slot((int64_t)value, true, bits), value + 1);
}

static void test_octaves(void)
{
	uint64_t low, high;

	for (uint32_t n = 0; n < 64; n++) {
		CHECK_EQ(hist_slot((int64_t)(1ull << n), false, 0), n + 2);
		hist_bounds(n + 2, 0, &low, &high);
		CHECK_EQ(low, 1ull << n);
		CHECK_EQ(high, n == 63 ? 0 : 1ull << (n + 1));
	}
	CHECK_EQ(hist_slot(225, true, 2), 28);
	CHECK_EQ(hist_slots(0), 66);
}

/* ---- records ------------------------------------------------------------ */

/* Two inline values around two in the tail. */
struct wire_record {
	struct record_head head;
	uint64_t first;
	uint32_t length_a, length_b;
	uint64_t last;
	char tail[8];
};

static void test_records(void)
{
	const struct type number = {.kind = KIND_int, .size = 8};
	const struct type string = {.kind = KIND_string, .size = 64};
	struct record_field fields[] = {
		{&number, offsetof(struct wire_record, first), false},
		{&string, offsetof(struct wire_record, length_a), true},
		{&string, offsetof(struct wire_record, length_b), true},
		{&number, offsetof(struct wire_record, last), false},
	};
	struct record_spec spec = {.fields = fields,
				   .field_count = 4,
				   .fixed_size = offsetof(struct wire_record, tail)};
	struct program program = {.records = &spec, .record_count = 1};
	struct wire_record record = {.first = 1, .length_a = 3, .length_b = 5, .last = 2};
	struct span a, b;

	memcpy(record.tail, "abcdefgh", 8);
	CHECK(record_head(&program, &record, sizeof(record)) == &record.head);
	CHECK_EQ(value_int(&number, record_value(&spec, &record, sizeof(record), 0).data), 1);
	CHECK_EQ(value_int(&number, record_value(&spec, &record, sizeof(record), 3).data), 2);
	a = record_value(&spec, &record, sizeof(record), 1);
	b = record_value(&spec, &record, sizeof(record), 2);
	CHECK(a.size == 3 && !memcmp(a.data, "abc", 3));
	CHECK(b.size == 5 && !memcmp(b.data, "defgh", 5));
	CHECK(!record_value(&spec, &record, sizeof(record), 4).data);
	CHECK(!record_value(&spec, &record, sizeof(record) - 1, 2).data);
	CHECK(!record_value(&spec, &record, spec.fixed_size - 1, 0).data);
	record.length_a = UINT32_MAX;
	CHECK(!record_value(&spec, &record, sizeof(record), 1).data);
	CHECK(!record_value(&spec, &record, sizeof(record), 2).data);
	fields[0].offset = UINT32_MAX;
	fields[1].offset = UINT32_MAX;
	CHECK(!record_value(&spec, &record, sizeof(record), 0).data);
	CHECK(!record_value(&spec, &record, sizeof(record), 1).data);
	CHECK(!record_head(&program, &record, spec.fixed_size - 1));
	CHECK(!record_head(&program, &record, sizeof(struct record_head) - 1));
	record.head.record = 1;
	CHECK(!record_head(&program, &record, sizeof(record)));
}

static void test_kinds(void)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		CHECK(kind_names[kind]);
	CHECK_STR(kind_names[KIND_lhist], "lhist");
	CHECK(kind_is_aggregate(KIND_count) && kind_is_aggregate(KIND_lhist));
	CHECK(!kind_is_aggregate(KIND_probe) && !kind_is_aggregate(KIND_none));
}

int main(void)
{
	test_arith();
	test_extend();
	test_values();
	for (uint32_t bits = 0; bits <= 5; bits++)
		test_slots(bits);
	test_octaves();
	test_records();
	test_kinds();
	return test_result();
}
