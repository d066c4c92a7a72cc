/* SPDX-License-Identifier: Apache-2.0 */
/* printf conversions against C's for random values and flags; our own by literal text. */
#include "view_test.h"

#include <stdlib.h>

struct record {
	struct record_head head;
	uint64_t value;
	char string[16];
};

static struct text text;

/* One piece of a record with `type` at `value`. */
static const char *format(const struct type *type, struct format_piece piece, struct record *record)
{
	struct record_field fields[] = {{type, 16, false}, {&type_string16, 24, false}};
	const struct record_spec spec = {
		.action = ACTION_printf,
		.fields = fields,
		.field_count = 2,
		.fixed_size = sizeof(*record),
		.pieces = &piece,
		.piece_count = 1,
	};
	const struct program program = {.records = (struct record_spec *)&spec, .record_count = 1};
	const struct event event = {
		.program = &program, .spec = &spec, .data = record, .size = sizeof(*record)};

	text_clear(&text);
	text_printf_record(&text, &event);
	return text_cstr(&text);
}

static const char *format_number(const struct type *type, struct format_piece piece, uint64_t value)
{
	struct record record = {.value = value};

	return format(type, piece, &record);
}

/* The same conversion in C's spelling, for a value of 8 bytes. */
static void spell(const struct format_piece *piece, const char *modifier, char spelt[64])
{
	char width[16] = "", precision[16] = "";

	if (piece->width >= 0)
		snprintf(width, sizeof(width), "%d", piece->width);
	if (piece->precision >= 0)
		snprintf(precision, sizeof(precision), ".%d", piece->precision);
	snprintf(spelt, 64, "<%%%s%s%s%s%s%s%s%s%c", piece->left ? "-" : "", piece->plus ? "+" : "",
		 piece->blank ? " " : "", piece->alternate ? "#" : "", piece->zero ? "0" : "",
		 width, precision, modifier, piece->conversion);
}

static uint64_t random_value(void)
{
	static const uint64_t edges[] = {0, 1, 7, 8, 127, 128, 255, 0x7fffffff, 0x80000000, -1ull};
	uint64_t value = (uint64_t)random() << 42 ^ (uint64_t)random() << 21 ^ (uint64_t)random();

	return random() % 4 ? value >> random() % 64 : edges[(size_t)random() % ARRAY_SIZE(edges)];
}

static struct format_piece random_piece(const char *conversions)
{
	return (struct format_piece){
		.literal = "<",
		.literal_size = 1,
		.conversion = conversions[(size_t)random() % strlen(conversions)],
		.left = random() % 3 == 0,
		.zero = random() % 3 == 0,
		.plus = random() % 3 == 0,
		.blank = random() % 3 == 0,
		.alternate = random() % 3 == 0,
		.width = random() % 2 ? (int32_t)(random() % 30) : -1,
		.precision = random() % 2 ? (int32_t)(random() % 26) : -1,
	};
}

/* `#` and signs are not defined for all; C's answer is nobody's business there. */
static void make_defined(struct format_piece *piece)
{
	if (!strchr("xXo", piece->conversion))
		piece->alternate = false;
	if (piece->conversion != 'd')
		piece->plus = piece->blank = false;
	if (strchr("cs", piece->conversion))
		piece->zero = false;
	if (piece->conversion == 'c')
		piece->precision = -1;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void test_random_numbers(void)
{
	static const struct {
		const char *modifier;
		uint8_t size;
	} sizes[] = {{"hh", 1}, {"h", 2}, {"", 4}, {"l", 8}, {"ll", 8}, {"j", 8}, {"z", 8}};

	for (int i = 0; i < 200000; i++) {
		struct format_piece piece = random_piece("duxXoc");
		size_t size = (size_t)random() % ARRAY_SIZE(sizes);
		uint64_t value = random_value();
		char spelt[64], expected[128];

		make_defined(&piece);
		spell(&piece, piece.conversion == 'c' ? "" : sizes[size].modifier, spelt);
		piece.size = sizes[size].size;
		if (piece.conversion == 'c' && !(uint8_t)value)
			value = 'A'; /* a NUL would end the texts to compare */
		snprintf(expected, sizeof(expected), spelt, value);
		CHECK_STR(format_number(&type_u64, piece, value), expected);
	}
}

/* Without a modifier a value is as wide as its type, and int at least. */
static void test_type_width(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(integer_types); i++) {
		const struct type *type = integer_types[i];
		struct format_piece piece = {.conversion = 'd', .width = -1, .precision = -1};
		uint64_t value = random_value() | 1ull << (type->size * 8 - 1);
		int64_t extended = arith_extend((int64_t)value, type->size, type->is_signed);
		char expected[64];

		snprintf(expected, sizeof(expected), "%lld",
			 type->size == 8 ? (long long)extended : (long long)(int)extended);
		CHECK_STR(format_number(type, piece, value), expected);
		piece.conversion = 'x';
		snprintf(expected, sizeof(expected), "%llx",
			 type->size == 8 ? (unsigned long long)extended
					 : (unsigned long long)(unsigned)extended);
		CHECK_STR(format_number(type, piece, value), expected);
	}
}

static void test_random_strings(void)
{
	for (int i = 0; i < 50000; i++) {
		struct format_piece piece = random_piece("s");
		struct record record = {0};
		char spelt[64], expected[128];

		make_defined(&piece);
		piece.argument = 1;
		for (long j = random() % 16; j > 0; j--)
			record.string[j - 1] = (char)('a' + random() % 26);
		spell(&piece, "", spelt);
		snprintf(expected, sizeof(expected), spelt, record.string);
		CHECK_STR(format(&type_u64, piece, &record), expected);
	}
}

#define CHECK_FORMAT(type, value, expected, ...)                                                   \
	CHECK_STR(format_number(type,                                                              \
				(struct format_piece){.width = -1, .precision = -1, __VA_ARGS__},  \
				(uint64_t)(value)),                                                \
		  expected)

#pragma GCC diagnostic ignored "-Woverride-init"

static void test_pointer(void)
{
	CHECK_FORMAT(&type_u64, 0xffffffff81000000, "0xffffffff81000000", .conversion = 'p');
	CHECK_FORMAT(&type_u64, 0, "0", .conversion = 'p');
	CHECK_FORMAT(&type_u64, 255, "  0xff", .conversion = 'p', .width = 6);
}

static void test_fixed(void)
{
	CHECK_FORMAT(&type_u64, 1234567890, "1.234567890", .conversion = 'f', .precision = 9);
	CHECK_FORMAT(&type_u64, 1234567890, "1.234567890   ", .conversion = 'f', .precision = 9,
		     .left = true, .width = 14);
	CHECK_FORMAT(&type_u64, 5, "0.005", .conversion = 'f', .precision = 3);
	CHECK_FORMAT(&type_s64, -5, "-0.005", .conversion = 'f', .precision = 3);
	CHECK_FORMAT(&type_s64, -150, "  -1.50", .conversion = 'f', .precision = 2, .width = 7,
		     .zero = false, .literal = NULL);
	CHECK_FORMAT(&type_s64, -150, "-001.50", .conversion = 'f', .precision = 2, .width = 7,
		     .zero = true);
	CHECK_FORMAT(&type_u64, 42, "42", .conversion = 'f', .precision = 0);
	CHECK_FORMAT(&type_u64, 42, "0.000042", .conversion = 'f');
	CHECK_FORMAT(&type_u64, -1, "1.8446744073709551615", .conversion = 'f', .precision = 19);
	CHECK_FORMAT(&type_u64, 0, "+0.0", .conversion = 'f', .precision = 1, .plus = true);
}

/* Any value can be shown as text, and text where a number was wanted. */
static void test_other_types(void)
{
	struct record record = {.string = "text"};
	struct format_piece piece = {.conversion = 'd', .argument = 1, .width = 6, .precision = -1};

	CHECK_FORMAT(&type_s64, -42, "   -42", .conversion = 's', .width = 6);
	CHECK_STR(format(&type_u64, piece, &record), "  text");
	CHECK_FORMAT(&type_u64, 7, "%only literal", .literal = "%only literal", .literal_size = 13);
}

int main(void)
{
	srandom(1);
	test_random_numbers();
	test_type_width();
	test_random_strings();
	test_pointer();
	test_fixed();
	test_other_types();
	text_free(&text);
	return test_result();
}
