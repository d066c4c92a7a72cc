/* SPDX-License-Identifier: Apache-2.0 */
/* Whole maps through both sinks.  The texts are those of bpftrace's runtime tests. */
#include "view_test.h"

static struct output out_text = {.fd = -1}, out_json = {.fd = -1};
static struct sink *as_text, *as_json;
static struct text text, json;
static const struct program program;

static void show(struct rows rows)
{
	rows.program = &program;
	as_text->operations->rows(as_text, &rows);
	as_json->operations->rows(as_json, &rows);
	said(&out_text, &text);
	said(&out_json, &json);
}

#define CHECK_ROWS(rows, as_text, as_json)                                                         \
	do {                                                                                       \
		show(rows);                                                                        \
		CHECK_STR(text_cstr(&text), as_text);                                              \
		CHECK_STR(text_cstr(&json), as_json);                                              \
	} while (0)

static struct map_spec map_of(const char *name, const struct type *key, const struct type *value)
{
	return (struct map_spec){
		.name = name,
		.key = key,
		.value = value,
		.key_size = key ? key->size : 4,
		.value_size = value->size,
	};
}

static void test_scalar(void)
{
	struct map_spec number = map_of("@scalar", NULL, &type_s64);
	struct map_spec string = map_of("@scalar_str", NULL, &type_string16);
	int64_t five = 5;
	char words[16] = "a b \n d e";
	struct row row = {.value = &five};

	CHECK_ROWS(((struct rows){.map = &number, .list = &row, .count = 1}), "@scalar: 5\n",
		   "{\"type\": \"map\", \"data\": {\"@scalar\": 5}}\n");
	row.value = words;
	CHECK_ROWS(((struct rows){.map = &string, .list = &row, .count = 1}),
		   "@scalar_str: a b \n d e\n",
		   "{\"type\": \"map\", \"data\": {\"@scalar_str\": \"a b \\n d e\"}}\n");
	CHECK_ROWS(((struct rows){.map = &number}), "", "");
}

static void test_keyed(void)
{
	static const char keys[4][16] = {"a", "b", "(c)", "d e"};
	static const uint64_t values[4][2] = {{10, 1}, {20, 1}, {30, 1}, {40, 1}};
	const struct type avg = {KIND_avg, .size = 16, .is_signed = true};
	struct map_spec map = map_of("@", &type_string16, &avg);
	struct row list[4];

	for (int i = 0; i < 4; i++)
		list[i] = (struct row){.key = keys[i], .value = values[i]};
	CHECK_ROWS(((struct rows){.map = &map, .list = list, .count = 4, .top = 2, .divisor = 10}),
		   "@[(c)]: 3\n@[d e]: 4\n",
		   "{\"type\": \"stats\", \"data\": {\"@\": {\"(c)\": 3, \"d e\": 4}}}\n");
	CHECK_ROWS(((struct rows){.map = &map, .list = list, .count = 4, .top = 10, .divisor = 10}),
		   "@[a]: 1\n@[b]: 2\n@[(c)]: 3\n@[d e]: 4\n",
		   "{\"type\": \"stats\", \"data\": {\"@\": {\"a\": 1, \"b\": 2, \"(c)\": 3, \"d "
		   "e\": 4}}}\n");
	CHECK_ROWS(((struct rows){.map = &map, .list = list, .count = 1}), "@[a]: 10\n",
		   "{\"type\": \"stats\", \"data\": {\"@\": {\"a\": 10}}}\n");
}

static void test_tuple_key(void)
{
	const struct field inner_fields[] = {{NULL, &type_s64, .offset = 0},
					     {NULL, &type_s64, .offset = 8}};
	const struct type inner = {KIND_tuple, .size = 16, .fields = inner_fields,
				   .field_count = 2};
	const struct field fields[] = {{NULL, &type_string16, .offset = 0},
				       {NULL, &type_s64, .offset = 16},
				       {NULL, &inner, .offset = 24}};
	const struct type key = {KIND_tuple, .size = 40, .fields = fields, .field_count = 3};
	struct map_spec map = map_of("@complex", &key, &type_s64);
	struct {
		char comm[16];
		int64_t a, b, c;
	} value = {"bpftrace", 2, -3, 4};
	int64_t five = -5;
	const struct row row = {.key = &value, .value = &five};

	CHECK_ROWS(((struct rows){.map = &map, .list = &row, .count = 1}),
		   "@complex[bpftrace, 2, (-3, 4)]: -5\n",
		   "{\"type\": \"map\", \"data\": {\"@complex\": {\"bpftrace,2,(-3,4)\": -5}}}\n");
}

static void test_stats(void)
{
	const struct type stats = {KIND_stats, .size = 16};
	struct map_spec map = map_of("@stats", NULL, &stats);
	uint64_t value[2] = {12, 2};
	const struct row row = {.value = value};

	CHECK_ROWS(((struct rows){.map = &map, .list = &row, .count = 1}),
		   "@stats: { .count = 2, .average = 6, .total = 12 }\n",
		   "{\"type\": \"stats\", \"data\": {\"@stats\": "
		   "{\"count\": 2, \"average\": 6, \"total\": 12}}}\n");
}

#define FULL "|@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"

static void test_hist(void)
{
	const struct type hist = {KIND_hist, .size = hist_slots(0) * 8};
	struct map_spec keyed = map_of("@", &type_s64, &hist), scalar = map_of("@h", NULL, &hist);
	uint64_t counts[66] = {0};
	int64_t key = 1;
	struct row row = {.key = &key, .value = counts};

	counts[hist_slot(10, true, 0)] = 20;
	CHECK_ROWS(((struct rows){.map = &keyed, .list = &row, .count = 1, .divisor = 10}),
		   "@[1]:\n[8, 16)                2 " FULL "\n",
		   "{\"type\": \"hist\", \"data\": {\"@\": {\"1\": "
		   "[{\"min\": 8, \"max\": 15, \"count\": 2}]}}}\n");
	row.key = NULL;
	CHECK_ROWS(((struct rows){.map = &scalar, .list = &row, .count = 1}),
		   "@h:\n[8, 16)               20 " FULL "\n",
		   "{\"type\": \"hist\", \"data\": {\"@h\": "
		   "[{\"min\": 8, \"max\": 15, \"count\": 20}]}}\n");
	memset(counts, 0, sizeof(counts));
	CHECK_ROWS(((struct rows){.map = &scalar, .list = &row, .count = 1}), "@h:\n\n",
		   "{\"type\": \"hist\", \"data\": {\"@h\": []}}\n");
}

static void test_lhist(void)
{
	const struct type lhist = {KIND_lhist, .size = 12 * 8, .min = 0, .max = 100, .step = 10};
	struct map_spec map = map_of("@h", NULL, &lhist);
	uint64_t counts[12] = {[11] = 20};
	const struct row row = {.value = counts};

	CHECK_ROWS(((struct rows){.map = &map, .list = &row, .count = 1, .divisor = 10}),
		   "@h:\n[100, ...)            20 " FULL "\n",
		   "{\"type\": \"hist\", \"data\": {\"@h\": [{\"min\": 100, \"count\": 20}]}}\n");
}

static void test_stack_key(void)
{
	const struct type stack = {KIND_kstack, .size = 16, .count = 2};
	const struct type count = {KIND_count, .size = 8};
	struct map_spec map = map_of("@", &stack, &count);
	uint64_t frames[2] = {2, 1}, five = 5;
	const struct row row = {.key = frames, .value = &five};
	struct rows rows = {.map = &map, .list = &row, .count = 1};
	struct target *target;

	if (target_open_direct(&target, &text))
		return;
	rows.symbols = symbols_new(target);
	CHECK_ROWS(rows, "@[\n        0x2\n        0x1\n]: 5\n",
		   "{\"type\": \"map\", \"data\": {\"@\": {\"\\n0x2\\n0x1\\n\": 5}}}\n");
	symbols_free(rows.symbols);
	target_close(target, false);
}

int main(void)
{
	as_text = sink_text(&out_text, &(struct view_options){0});
	as_json = sink_json(&out_json, &(struct view_options){0});
	test_scalar();
	test_keyed();
	test_tuple_key();
	test_stats();
	test_hist();
	test_lhist();
	test_stack_key();
	sink_free(as_text);
	sink_free(as_json);
	text_free(&text);
	text_free(&json);
	return test_result();
}
