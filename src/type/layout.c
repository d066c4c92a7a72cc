/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How values lie in records and maps: bytes as the kernel wrote them come in, integers,
 * strings and spans go out.  Bytes need no alignment and are never trusted to be enough.
 */
#include "type/type.h"

#include <string.h>

int64_t value_int(const struct type *type, const void *data)
{
	uint32_t size = type->size < sizeof(uint64_t) ? type->size : sizeof(uint64_t);
	int64_t value = 0;

	memcpy(&value, data, size);
	return arith_extend(value, size, type->is_signed);
}

struct span value_string(const struct type *type, const void *data, size_t size)
{
	const void *end;

	if (type->size && size > type->size)
		size = type->size;
	end = size ? memchr(data, 0, size) : NULL;
	if (end)
		size = (size_t)((const char *)end - (const char *)data);
	return (struct span){data, size};
}

/* ---- histograms --------------------------------------------------------- */

uint32_t hist_slot(int64_t value, bool is_signed, uint32_t bits)
{
	uint64_t magnitude = (uint64_t)value;
	uint32_t octave;

	if (is_signed && value < 0)
		return 0;
	if (magnitude < 2ull << bits)
		return (uint32_t)magnitude + 1;
	octave = 63 - (uint32_t)__builtin_clzll(magnitude) - bits;
	/* The leading one of the shifted value adds an octave's worth of slots. */
	return (octave << bits) + (uint32_t)(magnitude >> octave) + 1;
}

uint32_t hist_slots(uint32_t bits)
{
	return ((65 - bits) << bits) + 1;
}

void hist_bounds(uint32_t slot, uint32_t bits, uint64_t *low, uint64_t *high)
{
	uint32_t value = slot - 1, octave;

	if (!slot) {
		*low = (uint64_t)INT64_MIN;
		*high = 0;
	} else if (value < 2u << bits) {
		*low = value;
		*high = value + 1;
	} else {
		octave = (value >> bits) - 1;
		*low = (uint64_t)(value - (octave << bits)) << octave;
		*high = *low + (1ull << octave);
	}
}

/* ---- records ------------------------------------------------------------ */

/* The u32 length of a value in the tail; the caller has checked the fixed part. */
static uint32_t tail_length(const struct record_field *field, const uint8_t *data)
{
	uint32_t length;

	memcpy(&length, data + field->offset, sizeof(length));
	return length;
}

struct span record_value(const struct record_spec *spec, const void *data, size_t size, uint32_t i)
{
	const uint8_t *bytes = data;
	uint64_t at = spec->fixed_size;

	if (i >= spec->field_count || size < spec->fixed_size)
		return (struct span){0};
	if (!spec->fields[i].in_tail) {
		at = spec->fields[i].offset;
		if (at + spec->fields[i].type->size > spec->fixed_size)
			return (struct span){0};
		return (struct span){bytes + at, spec->fields[i].type->size};
	}
	for (uint32_t j = 0; j <= i; j++) {
		uint32_t length;

		if (!spec->fields[j].in_tail)
			continue;
		if (spec->fields[j].offset + sizeof(length) > spec->fixed_size)
			return (struct span){0};
		length = tail_length(&spec->fields[j], bytes);
		if (length > size - at)
			return (struct span){0};
		if (j == i)
			return (struct span){bytes + at, length};
		at += length;
	}
	return (struct span){0};
}

const struct record_head *record_head(const struct program *program, const void *data, size_t size)
{
	struct record_head head;

	if (size < sizeof(head))
		return NULL;
	memcpy(&head, data, sizeof(head));
	if (head.record >= program->record_count || size < program->records[head.record].fixed_size)
		return NULL;
	return data;
}
