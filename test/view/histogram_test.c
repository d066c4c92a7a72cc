/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Histograms: rows, bounds, bars.  Expected texts are bpftrace's (its runtime tests) and
 * those of bcc's example files.
 */
#include "view_test.h"

static struct text text, json;

struct hist {
	struct type type;
	uint64_t counts[2100];
};

static struct hist new_hist(uint32_t bits)
{
	return (struct hist){{KIND_hist, .size = hist_slots(bits) * 8, .count = bits}, {0}};
}

static void put(struct hist *hist, int64_t value, uint64_t times)
{
	hist->counts[hist_slot(value, true, hist->type.count)] += times;
}

static struct hist new_lhist(int64_t min, int64_t max, int64_t step)
{
	uint32_t slots = (uint32_t)((max - min + step - 1) / step) + 2;

	return (struct hist){{KIND_lhist, .size = slots * 8, .min = min, .max = max, .step = step},
			     {0}};
}

static void show(const struct hist *hist)
{
	struct span value = {hist->counts, hist->type.size};

	text_clear(&text);
	text_clear(&json);
	text_value(&text, NULL, NULL, &hist->type, value);
	json_value(&json, NULL, NULL, &hist->type, value);
}

#define NONE "|                                                    |\n"
#define HALF "|@@@@@@@@@@@@@@@@@@@@@@@@@@                          |\n"
#define FULL "|@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|\n"

static void test_hist(void)
{
	struct hist hist = new_hist(0);

	put(&hist, -1, 1);
	put(&hist, 2, 1);
	put(&hist, 3, 1);
	put(&hist, 7, 1);
	put(&hist, 20, 1);
	show(&hist);
	CHECK_STR(text_cstr(&text),
		  "(..., 0)               1 " HALF "[0]                    0 " NONE
		  "[1]                    0 " NONE "[2, 4)                 2 " FULL
		  "[4, 8)                 1 " HALF "[8, 16)                0 " NONE
		  "[16, 32)               1 " HALF);
	CHECK_STR(text_cstr(&json),
		  "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 0, \"count\": 0},"
		  "{\"min\": 1, \"max\": 1, \"count\": 0},{\"min\": 2, \"max\": 3, \"count\": 2},"
		  "{\"min\": 4, \"max\": 7, \"count\": 1},{\"min\": 8, \"max\": 15, \"count\": 0},"
		  "{\"min\": 16, \"max\": 31, \"count\": 1}]");
}

/* A histogram with one value shows one full row. */
static void check_single(uint32_t bits, int64_t value, const char *bounds, const char *as_json)
{
	struct hist hist = new_hist(bits);
	char row[128];

	put(&hist, value, 3);
	snprintf(row, sizeof(row), "%-16s       3 " FULL, bounds);
	show(&hist);
	CHECK_STR(text_cstr(&text), row);
	CHECK_STR(text_cstr(&json), as_json);
}

static void test_single(void)
{
	check_single(0, -5, "(..., 0)", "[{\"max\": -1, \"count\": 3}]");
	check_single(0, 0, "[0]", "[{\"min\": 0, \"max\": 0, \"count\": 3}]");
	check_single(0, 1, "[1]", "[{\"min\": 1, \"max\": 1, \"count\": 3}]");
	check_single(0, 1000, "[512, 1K)", "[{\"min\": 512, \"max\": 1023, \"count\": 3}]");
	check_single(0, 1024, "[1K, 2K)", "[{\"min\": 1024, \"max\": 2047, \"count\": 3}]");
	check_single(0, 1 << 20, "[1M, 2M)",
		     "[{\"min\": 1048576, \"max\": 2097151, \"count\": 3}]");
	check_single(0, 10ll << 30, "[8G, 16G)",
		     "[{\"min\": 8589934592, \"max\": 17179869183, \"count\": 3}]");
	check_single(0, INT64_MAX, "[4E, 8E)",
		     "[{\"min\": 4611686018427387904, \"max\": \"9223372036854775807\", "
		     "\"count\": 3}]");
	check_single(3, 15, "[15]", "[{\"min\": 15, \"max\": 15, \"count\": 3}]");
	check_single(3, 16, "[16, 18)", "[{\"min\": 16, \"max\": 17, \"count\": 3}]");
	check_single(3, 1023, "[960, 1024)", "[{\"min\": 960, \"max\": 1023, \"count\": 3}]");
	check_single(3, 8192, "[8K, 9K)", "[{\"min\": 8192, \"max\": 9215, \"count\": 3}]");
	check_single(1, 1500, "[1024, 1536)", "[{\"min\": 1024, \"max\": 1535, \"count\": 3}]");
	check_single(1, 1600, "[1536, 2K)", "[{\"min\": 1536, \"max\": 2047, \"count\": 3}]");
}

static void test_top(void)
{
	for (uint32_t bits = 0; bits <= 5; bits++) {
		struct hist hist = new_hist(bits);

		hist.counts[hist_slot(-1, false, bits)] = 1;
		show(&hist);
		CHECK(strstr(text_cstr(&text), bits == 0   ? "[8E, 16E)  "
					       : bits == 5 ? "[16128P, 16384P)"
							   : "["));
		CHECK(strstr(text_cstr(&json),
			     "\"max\": \"18446744073709551615\", \"count\": 1}]"));
		CHECK_EQ(strspn(text_cstr(&json), "[{"), 2);
	}
}

static void test_finegrain(void)
{
	struct hist hist = new_hist(3);
	size_t rows = 0;

	for (int i = 0; i < 1024; i++)
		put(&hist, i, 1);
	show(&hist);
	for (const char *at = text_cstr(&text); *at; at++)
		rows += *at == '\n';
	CHECK_EQ(rows, 64); /* 16 + 6 * 8 */
	CHECK(strstr(text_cstr(&json), ",{\"min\": 960, \"max\": 1023, \"count\": 64}]"));
}

static void test_empty(void)
{
	struct hist hist = new_hist(0);

	show(&hist);
	CHECK_STR(text_cstr(&text), "");
	CHECK_STR(text_cstr(&json), "[]");
}

static void test_lhist(void)
{
	struct hist hist = new_lhist(0, 10, 2);

	hist.counts[0] = 1;
	hist.counts[2] = 2;
	hist.counts[4] = 1;
	hist.counts[6] = 1;
	show(&hist);
	CHECK_STR(text_cstr(&text),
		  "(..., 0)               1 " HALF "[0, 2)                 0 " NONE
		  "[2, 4)                 2 " FULL "[4, 6)                 0 " NONE
		  "[6, 8)                 1 " HALF "[8, 10)                0 " NONE
		  "[10, ...)              1 " HALF);
	CHECK_STR(text_cstr(&json),
		  "[{\"max\": -1, \"count\": 1},{\"min\": 0, \"max\": 1, \"count\": 0},"
		  "{\"min\": 2, \"max\": 3, \"count\": 2},{\"min\": 4, \"max\": 5, \"count\": 0},"
		  "{\"min\": 6, \"max\": 7, \"count\": 1},{\"min\": 8, \"max\": 9, \"count\": 0},"
		  "{\"min\": 10, \"count\": 1}]");
}

static void test_lhist_labels(void)
{
	struct hist kilo = new_lhist(-1024, 2 << 20, 1024), one = new_lhist(-2, 3, 1);

	kilo.counts[0] = 1;
	kilo.counts[1] = 1;
	show(&kilo);
	CHECK_STR(text_cstr(&text),
		  "(..., -1K)             1 " FULL "[-1K, 0)               1 " FULL);
	memset(kilo.counts, 0, sizeof(kilo.counts));
	kilo.counts[1 + 1024] = 1;
	kilo.counts[2 + 1024] = 1;
	show(&kilo);
	CHECK_STR(text_cstr(&text),
		  "[1023K, 1M)            1 " FULL "[1M, 1025K)            1 " FULL);
	one.counts[1] = 2;
	one.counts[2] = 2;
	show(&one);
	CHECK_STR(text_cstr(&text),
		  "[-2]                   2 " FULL "[-1]                   2 " FULL);
}

static void test_lhist_extremes(void)
{
	struct hist hist = {
		{KIND_lhist, .size = 32, .min = INT64_MIN, .max = INT64_MAX, .step = INT64_MAX},
		{0}};

	hist.counts[1] = 1;
	hist.counts[2] = 1;
	hist.counts[3] = 1;
	show(&hist);
	CHECK_STR(text_cstr(&text), "[-9223372036854775808, -1)       1 " FULL
				    "[-1, 9223372036854775806)       1 " FULL
				    "[9223372036854775806, ...)       1 " FULL);
}

/* ---- bcc ---------------------------------------------------------------- */

static const char *bcc(const struct map_spec *map, const struct row *list, uint32_t count,
		       const char *label, const char *heading, struct text *kept)
{
	const struct program program = {0};
	const struct rows rows = {.program = &program,
				  .map = map,
				  .list = list,
				  .count = count,
				  .bcc = true,
				  .label = label,
				  .heading = heading};
	struct output output = {.fd = -1};
	struct sink *sink = sink_text(&output, &(struct view_options){0});

	sink->operations->rows(sink, &rows);
	said(&output, kept);
	sink_free(sink);
	return text_cstr(kept);
}

static void test_bcc(void)
{
	static const uint64_t counts[] = {0, 0, 0, 0, 0, 0, 0, 1, 33, 36, 58, 51, 21, 2};
	struct hist hist = new_hist(0);
	struct map_spec map = {.name = "@", .value = &hist.type, .value_size = hist.type.size};
	const struct row row = {.value = hist.counts};

	CHECK_STR(bcc(&map, &row, 1, "usecs", NULL, &text), "");
	for (uint32_t i = 0; i < ARRAY_SIZE(counts); i++)
		put(&hist, i ? 1 << i : 1, counts[i]);
	CHECK_STR(
		bcc(&map, &row, 1, "usecs", NULL, &text),
		"     usecs               : count     distribution\n"
		"         0 -> 1          : 0        |                                        |\n"
		"         2 -> 3          : 0        |                                        |\n"
		"         4 -> 7          : 0        |                                        |\n"
		"         8 -> 15         : 0        |                                        |\n"
		"        16 -> 31         : 0        |                                        |\n"
		"        32 -> 63         : 0        |                                        |\n"
		"        64 -> 127        : 0        |                                        |\n"
		"       128 -> 255        : 1        |                                        |\n"
		"       256 -> 511        : 33       |**********************                  |\n"
		"       512 -> 1023       : 36       |************************                |\n"
		"      1024 -> 2047       : 58       |****************************************|\n"
		"      2048 -> 4095       : 51       |***********************************     |\n"
		"      4096 -> 8191       : 21       |**************                          |\n"
		"      8192 -> 16383      : 2        |*                                       |\n");
}

static void test_bcc_slots(void)
{
	struct hist hist = new_hist(2);
	struct map_spec map = {.name = "@", .value = &hist.type, .value_size = hist.type.size};
	const struct row row = {.value = hist.counts};

	put(&hist, 0, 1);
	put(&hist, 1, 2);
	put(&hist, 6, 1);
	put(&hist, 7, 5);
	CHECK_STR(
		bcc(&map, &row, 1, NULL, NULL, &text),
		"     value               : count     distribution\n"
		"         0 -> 1          : 3        |********************                    |\n"
		"         2 -> 3          : 0        |                                        |\n"
		"         4 -> 7          : 6        |****************************************|\n");
	put(&hist, 1ll << 31, 1); /* slot 32: still narrow */
	CHECK(strstr(bcc(&map, &row, 1, NULL, NULL, &text),
		     "2147483648 -> 4294967295 : 1        |**"));
	put(&hist, 1ll << 32, 1);
	CHECK(!strncmp(
		bcc(&map, &row, 1, "nsecs", NULL, &text),
		"               nsecs                         : count     distribution\n"
		"                   0 -> 1                    : 3        |**********          |\n",
		138));
	put(&hist, -1, 12);
	CHECK(strstr(bcc(&map, &row, 1, NULL, NULL, &text),
		     " 9223372036854775808 -> 18446744073709551615 : 12       "
		     "|********************|\n"));
}

static void test_bcc_headings(void)
{
	struct hist hist = new_hist(0);
	struct map_spec map = {.name = "@",
			       .value = &hist.type,
			       .value_size = hist.type.size,
			       .key = &type_string16,
			       .key_size = 16};
	const char disk[16] = "xvdb", odd[16] = "it's\\\n";
	const struct row list[] = {{.key = disk, .value = hist.counts},
				   {.key = odd, .value = hist.counts}};
	uint64_t number = 5;

	put(&hist, 0, 4);
	CHECK_STR(
		bcc(&map, list, 2, "usecs", "disk", &text),
		"\ndisk = 'xvdb'\n"
		"     usecs               : count     distribution\n"
		"         0 -> 1          : 4        |****************************************|\n"
		"\ndisk = \"it's\\\\\\x0a\"\n"
		"     usecs               : count     distribution\n"
		"         0 -> 1          : 4        |****************************************|\n");
	map.key = &type_u64;
	map.key_size = 8;
	CHECK(!strncmp(bcc(&map, &(struct row){.key = &number, .value = hist.counts}, 1, "usecs",
			   "pid", &text),
		       "\npid = 5\n     usecs ", 20));
}

int main(void)
{
	test_hist();
	test_single();
	test_top();
	test_finegrain();
	test_empty();
	test_lhist();
	test_lhist_labels();
	test_lhist_extremes();
	test_bcc();
	test_bcc_slots();
	test_bcc_headings();
	text_free(&text);
	text_free(&json);
	return test_result();
}
