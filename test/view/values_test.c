/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind in both forms.  The texts are those of bpftrace's own tests. */
#include "view_test.h"

#include <unistd.h>

static struct symbols *symbols;
static struct text text, json;

static const char *probe_names[] = {"BEGIN", "tracepoint:sched:sched_switch"};
static const struct program program = {.probe_names = probe_names, .probe_name_count = 2};

static void show(const struct type *type, struct span value)
{
	text_clear(&text);
	text_clear(&json);
	text_value(&text, &program, symbols, type, value);
	json_value(&json, &program, symbols, type, value);
}

#define CHECK_SHOWN(type, object, as_text, as_json)                                                \
	do {                                                                                       \
		show(type, SPAN(object));                                                          \
		CHECK_STR(text_cstr(&text), as_text);                                              \
		CHECK_STR(text_cstr(&json), as_json);                                              \
	} while (0)

static void test_nothing(void)
{
	char none = 0;

	CHECK_SHOWN(&(struct type){.kind = KIND_none}, none, "null", "null");
	CHECK_SHOWN(&(struct type){.kind = KIND_void}, none, "null", "null");
}

static void test_integers(void)
{
	uint64_t minus = -1ull, odd = (1ull << 53) + 1, even = 1ull << 63,
		 kernel = 0xffffffff81000000;
	const struct type pointer = {KIND_pointer, .size = 8}, flag = {KIND_bool, .size = 1};
	const struct type wide_flag = {KIND_bool, .size = 8};
	int8_t small = -5;
	bool yes = true, no = false;

	CHECK_SHOWN(&type_s64, minus, "-1", "-1");
	CHECK_SHOWN(&type_u64, minus, "18446744073709551615", "\"18446744073709551615\"");
	CHECK_SHOWN(&type_u64, odd, "9007199254740993", "\"9007199254740993\"");
	CHECK_SHOWN(&type_u64, even, "9223372036854775808", "9223372036854775808");
	CHECK_SHOWN(&type_s64, even, "-9223372036854775808", "-9223372036854775808");
	CHECK_SHOWN(&type_s8, small, "-5", "-5");
	CHECK_SHOWN(&type_u8, small, "251", "251");
	CHECK_SHOWN(&pointer, kernel, "0xffffffff81000000", "18446744071578845184");
	CHECK_SHOWN(&flag, yes, "true", "true");
	CHECK_SHOWN(&flag, no, "false", "false");
	CHECK_SHOWN(&wide_flag, minus, "true", "true");
}

static void test_strings(void)
{
	char name[16] = "bpftrace", full[4] = {'a', 'b', 'c', 'd'}, empty[4] = "";
	const struct type four = {KIND_string, .size = 4, .count = 4};

	CHECK_SHOWN(&type_string16, name, "bpftrace", "\"bpftrace\"");
	CHECK_SHOWN(&four, full, "abcd..", "\"abcd..\"");
	CHECK_SHOWN(&four, empty, "", "\"\"");
	show(&type_string16, (struct span){"abc", 2}); /* as in a record's tail */
	CHECK_STR(text_cstr(&text), "ab");
	show(&type_string16, (struct span){"", 0});
	CHECK_STR(text_cstr(&text), "");
	show(&type_string16, (struct span){0});
	CHECK_STR(text_cstr(&text), "<malformed>");
	CHECK_STR(text_cstr(&json), "null");
}

static void test_arrays(void)
{
	const struct type pair = {KIND_array, .size = 8, .of = &type_s32, .count = 2};
	const struct type pairs = {KIND_array, .size = 16, .of = &pair, .count = 2};
	const struct type letter = {KIND_int, .size = 1, .is_signed = true, .name = "char"};
	const struct type letters = {KIND_array, .size = 4, .of = &letter, .count = 4};
	char word[4] = "ab";
	int32_t numbers[4] = {5, 6, 7, -8};

	CHECK_SHOWN(&letters, word, "ab", "\"ab\"");
	CHECK_SHOWN(&letter, word, "97", "97");
	CHECK_SHOWN(&pair, numbers, "[5,6]", "[5,6]");
	CHECK_SHOWN(&pairs, numbers, "[[5,6],[7,-8]]", "[[5,6],[7,-8]]");
	show(&pairs, (struct span){numbers, 15});
	CHECK_STR(text_cstr(&text), "<malformed>");
	CHECK_STR(text_cstr(&json), "null");
}

static void test_records(void)
{
	const struct field flat[] = {{"m", &type_s32, .offset = 0}, {"n", &type_s32, .offset = 4}};
	const struct type foo = {KIND_record, .size = 8, .fields = flat, .field_count = 2};
	const struct field bits[] = {
		{"low", &type_u32, .offset = 0, .bit_offset = 0, .bit_size = 3},
		{"mid", &type_s32, .offset = 0, .bit_offset = 3, .bit_size = 2},
		{"high", &type_u32, .offset = 0, .bit_offset = 5, .bit_size = 27},
		{NULL, &foo, .offset = 4},
		{"y", &foo, .offset = 4},
	};
	const struct type bar = {KIND_record, .size = 12, .fields = bits, .field_count = 5};
	const struct type empty = {.kind = KIND_record};
	struct {
		uint32_t low : 3;
		int32_t mid : 2;
		uint32_t high : 27;
		int32_t m, n;
	} value = {5, -2, 0x7ffffff, 2, 3};
	int32_t two[2] = {2, 3};

	CHECK_SHOWN(&foo, two, "{ .m = 2, .n = 3 }", "{\"m\": 2, \"n\": 3}");
	CHECK_SHOWN(&bar, value,
		    "{ .low = 5, .mid = -2, .high = 134217727, .m = 2, .n = 3, "
		    ".y = { .m = 2, .n = 3 } }",
		    "{\"low\": 5, \"mid\": -2, \"high\": 134217727, \"m\": 2, \"n\": 3, "
		    "\"y\": {\"m\": 2, \"n\": 3}}");
	CHECK_SHOWN(&empty, two, "{}", "{}");
}

static void test_tuples(void)
{
	const struct field inner_fields[] = {{NULL, &type_s64, .offset = 0},
					     {NULL, &type_s64, .offset = 8}};
	const struct type inner = {KIND_tuple, .size = 16, .fields = inner_fields,
				   .field_count = 2};
	const struct field fields[] = {{NULL, &type_s64, .offset = 0},
				       {NULL, &type_s64, .offset = 8},
				       {NULL, &type_string16, .offset = 16},
				       {NULL, &inner, .offset = 32}};
	const struct type outer = {KIND_tuple, .size = 48, .fields = fields, .field_count = 4};
	struct {
		int64_t a, b;
		char s[16];
		int64_t c, d;
	} value = {1, 2, "string", 4, 5};

	CHECK_SHOWN(&outer, value, "(1, 2, string, (4, 5))", "[1,2,\"string\",[4,5]]");
}

int known_function(int a);
__attribute__((noinline)) int known_function(int a)
{
	return a + 1;
}

static void test_symbols(void)
{
	const struct type kstack = {KIND_kstack, .size = 32, .count = 4};
	const struct type ustack = {KIND_ustack, .size = 40, .count = 4};
	const struct type ksym = {KIND_ksym, .size = 8}, usym = {KIND_usym, .size = 16};
	uint64_t known = (uint64_t)known_function, pid = (uint64_t)getpid();
	uint64_t frames[4] = {2, 1}, user_frames[5] = {pid, known + 1, 1}, nothing[4] = {0};
	uint64_t address = 1, user_address[2] = {known + 1, pid};

	CHECK_SHOWN(&kstack, frames, "\n        0x2\n        0x1\n",
		    "\"\\n        0x2\\n        0x1\\n\"");
	CHECK_SHOWN(&ustack, user_frames, "\n        known_function+1\n        0x1\n",
		    "\"\\n        known_function+1\\n        0x1\\n\"");
	CHECK_SHOWN(&kstack, nothing, "\n", "\"\\n\"");
	CHECK_SHOWN(&ksym, address, "0x1", "\"0x1\"");
	CHECK_SHOWN(&usym, user_address, "known_function", "\"known_function\"");
	show(&ustack, (struct span){user_frames, 4});
	CHECK_STR(text_cstr(&text), "<malformed>");
}

static void test_probe(void)
{
	const struct type probe = {KIND_probe, .size = 8};
	uint64_t index = 1, beyond = 2;

	CHECK_SHOWN(&probe, index, "tracepoint:sched:sched_switch",
		    "\"tracepoint:sched:sched_switch\"");
	CHECK_SHOWN(&probe, beyond, "2", "\"2\"");
}

static void test_aggregates(void)
{
	const struct type count = {KIND_count, .size = 8}, sum = {KIND_sum, 8, .is_signed = true};
	const struct type usum = {KIND_sum, .size = 8}, min = {KIND_min, 16, .is_signed = true};
	const struct type max = {KIND_max, .size = 16}, avg = {KIND_avg, 16, .is_signed = true};
	const struct type stats = {KIND_stats, .size = 16, .is_signed = true};
	uint64_t minus = -1ull, unset[2] = {7, 0}, set[2] = {-3ull, 1}, sums[2] = {-7ull, 2};
	uint64_t twelve[2] = {12, 2}, zero[2] = {0};

	CHECK_SHOWN(&count, minus, "18446744073709551615", "\"18446744073709551615\"");
	CHECK_SHOWN(&sum, minus, "-1", "-1");
	CHECK_SHOWN(&usum, minus, "18446744073709551615", "\"18446744073709551615\"");
	CHECK_SHOWN(&min, set, "-3", "-3");
	CHECK_SHOWN(&max, unset, "0", "0");
	CHECK_SHOWN(&avg, sums, "-3", "-3");
	CHECK_SHOWN(&avg, zero, "0", "0");
	CHECK_SHOWN(&stats, twelve, "{ .count = 2, .average = 6, .total = 12 }",
		    "{\"count\": 2, \"average\": 6, \"total\": 12}");
	CHECK_SHOWN(&stats, zero, "{ .count = 0, .average = 0, .total = 0 }",
		    "{\"count\": 0, \"average\": 0, \"total\": 0}");
}

int main(void)
{
	struct target *target;

	if (target_open_direct(&target, &text))
		return 1;
	symbols = symbols_new(target);
	test_nothing();
	test_integers();
	test_strings();
	test_arrays();
	test_records();
	test_tuples();
	test_symbols();
	test_probe();
	test_aggregates();
	symbols_free(symbols);
	target_close(target, false);
	text_free(&text);
	text_free(&json);
	return test_result() || known_function(0) != 1;
}
