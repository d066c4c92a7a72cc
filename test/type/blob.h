/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF made by hand: struct blob collects types and strings, blob_bytes gives the blob.
 * Types number from 1 in the order added (or from where the base ends).
 */
#ifndef SONDE_TEST_BLOB_H
#define SONDE_TEST_BLOB_H

#include "base/base.h"

#include <linux/btf.h>
#include <string.h>

struct blob {
	struct text types, strings, bytes;
	uint32_t first_string; /* of split BTF: the size of base's strings */
};

static uint32_t blob_string(struct blob *blob, const char *string)
{
	uint32_t offset = blob->first_string + (uint32_t)blob->strings.size;

	if (!*string && blob->strings.size)
		return 0;
	text_add(&blob->strings, string, strlen(string) + 1);
	return offset;
}

static void blob_type(struct blob *blob, const char *name, unsigned kind, unsigned count, bool flag,
		      uint32_t size)
{
	if (!blob->strings.size && !blob->first_string)
		text_char(&blob->strings, '\0');
	write_u32(&blob->types, blob_string(blob, name));
	write_u32(&blob->types, kind << 24 | count | (uint32_t)flag << 31);
	write_u32(&blob->types, size);
}

static void blob_int(struct blob *blob, const char *name, uint32_t size, unsigned encoding)
{
	blob_type(blob, name, BTF_KIND_INT, 0, false, size);
	write_u32(&blob->types, encoding << 24 | size * 8);
}

static void blob_member(struct blob *blob, const char *name, uint32_t id, uint32_t offset)
{
	write_u32(&blob->types, *name ? blob_string(blob, name) : 0);
	write_u32(&blob->types, id);
	write_u32(&blob->types, offset);
}

static void blob_array(struct blob *blob, uint32_t id, uint32_t count)
{
	blob_type(blob, "", BTF_KIND_ARRAY, 0, false, 0);
	write_u32(&blob->types, id);
	write_u32(&blob->types, 1);
	write_u32(&blob->types, count);
}

static struct span blob_bytes(struct blob *blob)
{
	text_clear(&blob->bytes);
	write_u16(&blob->bytes, BTF_MAGIC);
	write_u8(&blob->bytes, BTF_VERSION);
	write_u8(&blob->bytes, 0);
	write_u32(&blob->bytes, sizeof(struct btf_header));
	write_u32(&blob->bytes, 0);
	write_u32(&blob->bytes, (uint32_t)blob->types.size);
	write_u32(&blob->bytes, (uint32_t)blob->types.size);
	write_u32(&blob->bytes, (uint32_t)blob->strings.size);
	text_add(&blob->bytes, blob->types.data, blob->types.size);
	text_add(&blob->bytes, blob->strings.data, blob->strings.size);
	return (struct span){blob->bytes.data, blob->bytes.size};
}

static void blob_free(struct blob *blob)
{
	text_free(&blob->types);
	text_free(&blob->strings);
	text_free(&blob->bytes);
}

#endif
