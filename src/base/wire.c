/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounded bytes: integers (little-endian) and blobs in, integers and spans out.  A reader
 * never leaves its bytes; the first access that would makes it fail for good.
 */
#include "base/base.h"

#include <string.h>

struct reader reader_of(const void *data, size_t size)
{
	return (struct reader){.data = data, .size = size};
}

/* `size` bytes, or NULL. */
static const uint8_t *take(struct reader *r, size_t size)
{
	if (r->failed || size > r->size - r->at) {
		r->failed = true;
		return NULL;
	}
	r->at += size;
	return r->data + r->at - size;
}

static uint64_t read_integer(struct reader *r, size_t size)
{
	const uint8_t *data = take(r, size);
	uint64_t value = 0;

	for (size_t i = 0; data && i < size; i++)
		value |= (uint64_t)data[i] << (8 * i);
	return value;
}

uint8_t read_u8(struct reader *r)
{
	return (uint8_t)read_integer(r, 1);
}

uint16_t read_u16(struct reader *r)
{
	return (uint16_t)read_integer(r, 2);
}

uint32_t read_u32(struct reader *r)
{
	return (uint32_t)read_integer(r, 4);
}

uint64_t read_u64(struct reader *r)
{
	return read_integer(r, 8);
}

struct span read_bytes(struct reader *r, size_t size)
{
	const uint8_t *data = size ? take(r, size) : NULL;

	return (struct span){data, data ? size : 0};
}

struct span read_blob(struct reader *r)
{
	return read_bytes(r, read_u32(r));
}

const char *read_string(struct reader *r)
{
	size_t size = read_u32(r);
	const uint8_t *data = size < SIZE_MAX ? take(r, size + 1) : NULL;

	if (data && memchr(data, 0, size + 1) == data + size)
		return (const char *)data;
	r->failed = true;
	return "";
}

bool reader_done(const struct reader *r)
{
	return !r->failed && r->at == r->size;
}

static void write_integer(struct text *out, uint64_t value, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	text_add(out, bytes, size);
}

void write_u8(struct text *out, uint8_t value)
{
	write_integer(out, value, 1);
}

void write_u16(struct text *out, uint16_t value)
{
	write_integer(out, value, 2);
}

void write_u32(struct text *out, uint32_t value)
{
	write_integer(out, value, 4);
}

void write_u64(struct text *out, uint64_t value)
{
	write_integer(out, value, 8);
}

void write_blob(struct text *out, const void *data, size_t size)
{
	write_u32(out, (uint32_t)size);
	text_add(out, data, size);
}

void write_string(struct text *out, const char *string)
{
	write_blob(out, string, strlen(string));
	write_u8(out, 0);
}
