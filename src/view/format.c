/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf: a record and its format pieces in, text out, as C's printf formats the same
 * values.  %N.Pf is ours: an integer with its last P digits behind the point.
 */
#include "view/values.h"

#include <string.h>

enum { DECIMALS = 6, DECIMALS_MAX = 19 };

/* ---- numbers ------------------------------------------------------------ */

struct digits {
	char text[24]; /* 2^64 has 22 octal ones */
	size_t start;
};

/* None for zero, as "%.0d" wants it. */
static struct digits digits_of(uint64_t value, unsigned base, const char *set)
{
	struct digits digits = {.start = sizeof(digits.text)};

	for (; value; value /= base)
		digits.text[--digits.start] = set[value % base];
	return digits;
}

/* At least `wanted` digits. */
static void add_digits(struct text *out, const struct digits *digits, size_t wanted)
{
	size_t count = sizeof(digits->text) - digits->start;

	if (count < wanted)
		text_fill(out, '0', wanted - count);
	text_add(out, digits->text + digits->start, count);
}

/* How many digits fill the width when `taken` columns are something else. */
static size_t zero_padded(const struct format_piece *piece, size_t taken)
{
	if (piece->zero && !piece->left && piece->width > (int64_t)taken)
		return (size_t)piece->width - taken;
	return 0;
}

static const char *sign_of(const struct format_piece *piece, bool negative)
{
	return negative ? "-" : piece->plus ? "+" : piece->blank ? " " : "";
}

static void add_number(struct text *out, const struct format_piece *piece, const char *prefix,
		       uint64_t value, unsigned base)
{
	const char *set = piece->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	struct digits digits = digits_of(value, base, set);
	size_t count = sizeof(digits.text) - digits.start, wanted = 1;

	if (piece->precision >= 0)
		wanted = (size_t)piece->precision;
	else if (zero_padded(piece, strlen(prefix)))
		wanted = zero_padded(piece, strlen(prefix));
	if (piece->alternate && base == 8 && wanted <= count)
		wanted = count + 1;
	text_string(out, prefix);
	add_digits(out, &digits, wanted);
}

static void add_signed(struct text *out, const struct format_piece *piece, int64_t value)
{
	add_number(out, piece, sign_of(piece, value < 0),
		   value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void add_hex(struct text *out, const struct format_piece *piece, uint64_t value)
{
	const char *prefix = piece->conversion == 'X' ? "0X" : "0x";

	add_number(out, piece, piece->alternate && value ? prefix : "", value, 16);
}

static void add_fixed(struct text *out, const struct format_piece *piece, struct number number)
{
	bool negative = number.is_signed && number.value < 0;
	uint64_t value = negative ? -(uint64_t)number.value : (uint64_t)number.value, scale = 1;
	size_t decimals = piece->precision < 0 ? DECIMALS : (size_t)piece->precision;
	const char *sign = sign_of(piece, negative);
	struct digits digits;
	size_t wanted;

	if (decimals > DECIMALS_MAX)
		decimals = DECIMALS_MAX;
	for (size_t i = 0; i < decimals; i++)
		scale *= 10;
	wanted = zero_padded(piece, strlen(sign) + decimals + !!decimals);
	text_string(out, sign);
	digits = digits_of(value / scale, 10, "0123456789");
	add_digits(out, &digits, wanted ? wanted : 1);
	if (!decimals)
		return;
	text_char(out, '.');
	digits = digits_of(value % scale, 10, "0123456789");
	add_digits(out, &digits, decimals);
}

/* What C's length modifiers and promotion to int leave of a value. */
static uint32_t integer_size(const struct format_piece *piece, const struct type *type)
{
	if (piece->size)
		return piece->size;
	return type->size <= 4 ? 4 : 8;
}

static void show_number(struct text *out, const struct format_piece *piece, const struct type *type,
			struct number number)
{
	uint32_t size = integer_size(piece, type);
	uint64_t bits = (uint64_t)arith_extend(number.value, size, false);

	switch (piece->conversion) {
	case 'd':
		add_signed(out, piece, arith_extend(number.value, size, true));
		break;
	case 'u':
		add_number(out, piece, "", bits, 10);
		break;
	case 'o':
		add_number(out, piece, "", bits, 8);
		break;
	case 'c':
		text_char(out, (char)number.value);
		break;
	case 'p': /* the null pointer is "0" */
		add_number(out, piece, number.value ? "0x" : "", (uint64_t)number.value, 16);
		break;
	case 'f':
		add_fixed(out, piece, number);
		break;
	default:
		add_hex(out, piece, bits);
		break;
	}
}

static bool is_number(const struct type *type, struct span value)
{
	static const bool numbers[KIND_COUNT] = {
		[KIND_int] = true, [KIND_bool] = true, [KIND_pointer] = true, [KIND_count] = true,
		[KIND_sum] = true, [KIND_min] = true,  [KIND_max] = true,     [KIND_avg] = true,
	};

	return numbers[type->kind] && value_fits(type, value);
}

/* ---- pieces ------------------------------------------------------------- */

/* What was added from `start` on becomes `width` wide. */
static void pad(struct text *out, size_t start, const struct format_piece *piece)
{
	size_t size = out->size - start, blanks;

	if (piece->width <= 0 || size >= (size_t)piece->width)
		return;
	blanks = (size_t)piece->width - size;
	text_fill(out, ' ', blanks);
	if (piece->left)
		return;
	memmove(out->data + start + blanks, out->data + start, size);
	memset(out->data + start, ' ', blanks);
}

static void show_text(const struct view *view, const struct format_piece *piece,
		      const struct type *type, struct span value)
{
	struct text *out = view->out;
	size_t start = out->size;

	text_show(view, type, value);
	if (piece->precision >= 0 && out->size - start > (size_t)piece->precision) {
		out->size = start + (size_t)piece->precision;
		out->data[out->size] = '\0';
	}
}

static void show_piece(const struct view *view, const struct event *event,
		       const struct format_piece *piece)
{
	const struct type *type = event->spec->fields[piece->argument].type;
	struct span value = record_value(event->spec, event->data, event->size, piece->argument);
	size_t start = view->out->size;

	if (piece->conversion != 's' && is_number(type, value))
		show_number(view->out, piece, type, number_of(view, type, value));
	else
		show_text(view, piece, type, value);
	pad(view->out, start, piece);
}

void text_printf_record(struct text *out, const struct event *event)
{
	const struct view view = event_view(event, out);

	for (uint32_t i = 0; i < event->spec->piece_count; i++) {
		const struct format_piece *piece = &event->spec->pieces[i];

		text_add(out, piece->literal, piece->literal_size);
		if (piece->conversion)
			show_piece(&view, event, piece);
	}
}
