/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What values amount to before they are shown in either form: numbers, text, members,
 * frames.  Values come with their bytes, which value_fits has checked.
 */
#include "view/values.h"

#include <string.h>

/* ---- bytes -------------------------------------------------------------- */

bool value_fits(const struct type *type, struct span value)
{
	switch (type->kind) {
	case KIND_none:
	case KIND_void:
		return true;
	case KIND_string:
	case KIND_kstack:
		return value.data != NULL;
	case KIND_ustack:
		return value.size >= sizeof(uint64_t);
	default:
		return value.size >= type->size;
	}
}

static uint64_t word(struct span value, size_t index)
{
	uint64_t result;

	memcpy(&result, (const uint8_t *)value.data + index * sizeof(result), sizeof(result));
	return result;
}

struct span value_text(const struct type *type, struct span value)
{
	size_t size = value.size < type->size ? value.size : type->size;

	return (struct span){value.data, strnlen(value.data, size)};
}

static uint64_t read_bits(const struct field *field, struct span record)
{
	uint64_t bits = 0;

	for (unsigned i = 0; i < field->bit_size && i < 64; i++) {
		size_t at = field->bit_offset + i;
		uint8_t byte = ((const uint8_t *)record.data)[field->offset + at / 8];

		bits |= (uint64_t)(byte >> at % 8 & 1) << i;
	}
	if (field->type->is_signed && field->bit_size < 64 && bits >> (field->bit_size - 1))
		bits |= ~0ull << field->bit_size;
	return bits;
}

struct span field_value(const struct field *field, struct span record, uint64_t *bits)
{
	size_t size = field->bit_size ? (field->bit_offset + field->bit_size + 7u) / 8
				      : field->type->size;

	if (field->offset > record.size || size > record.size - field->offset)
		return (struct span){0};
	if (!field->bit_size)
		return (struct span){(const uint8_t *)record.data + field->offset, size};
	*bits = read_bits(field, record);
	return (struct span){bits,
			     field->type->size < sizeof(*bits) ? field->type->size : sizeof(*bits)};
}

/* ---- numbers ------------------------------------------------------------ */

static struct number divide(struct number number, uint64_t divisor)
{
	if (divisor > 1)
		number.value = arith(ARITH_DIV, number.value, (int64_t)divisor, number.is_signed);
	return number;
}

static int64_t average(const struct type *type, struct span value)
{
	return arith(ARITH_DIV, (int64_t)word(value, 0), (int64_t)word(value, 1), type->is_signed);
}

static int64_t raw_number(const struct type *type, struct span value)
{
	switch (type->kind) {
	case KIND_count:
	case KIND_sum:
		return (int64_t)word(value, 0);
	case KIND_min:
	case KIND_max:
		return word(value, 1) ? (int64_t)word(value, 0) : 0;
	case KIND_avg:
	case KIND_stats:
		return average(type, value);
	default:
		return value_int(type, value.data);
	}
}

struct number number_of(const struct view *view, const struct type *type, struct span value)
{
	struct number number = {
		.value = raw_number(type, value),
		.is_signed = type->is_signed && type->kind != KIND_count,
	};

	return divide(number, type->kind == KIND_pointer || type->is_enum ? 0 : view->divisor);
}

void number_text(struct text *out, struct number number)
{
	if (number.is_signed)
		text_signed(out, number.value);
	else
		text_unsigned(out, (uint64_t)number.value);
}

struct stats stats_of(const struct view *view, const struct type *type, struct span value)
{
	return (struct stats){{
		{"count", {(int64_t)word(value, 1), false}},
		{"average", number_of(view, type, value)},
		{"total", {(int64_t)word(value, 0), type->is_signed}},
	}};
}

/* ---- stacks ------------------------------------------------------------- */

void stack_text(const struct view *view, const struct type *type, struct span value,
		unsigned indent)
{
	bool user = type->kind == KIND_ustack;
	uint32_t pid = user ? (uint32_t)word(value, 0) : 0;

	text_char(view->out, '\n');
	for (size_t i = user; i < value.size / sizeof(uint64_t) && word(value, i); i++) {
		text_fill(view->out, ' ', indent);
		if (user)
			symbols_user(view->symbols, pid, word(value, i), view->out);
		else
			symbols_kernel(view->symbols, word(value, i), view->out);
		text_char(view->out, '\n');
	}
}
