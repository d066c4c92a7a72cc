/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF in place: a blob comes in, entries by id go out.  btf_open walks all types once and
 * notes where each lies (with what follows it inside the blob), so that no later access
 * needs a check but for ids and string offsets.
 */
#include "type/btf.h"

#include <linux/btf.h>
#include <string.h>

enum { HEAD_SIZE = sizeof(struct btf_type), LONGEST_CHAIN = 64 };

struct btf {
	const struct btf *base;
	const uint8_t *types;
	const char *strings;
	uint32_t types_size, strings_size;
	uint32_t first_id, end_id, first_string; /* what comes before belongs to base */
	uint32_t *offsets; /* in types, by id from first_id */
};

/* ---- opening ------------------------------------------------------------ */

/* Bytes after an entry's head: fixed, and for each of its members. */
static const struct {
	bool is_known;
	uint8_t fixed, each;
} sizes[] = {
	[BTF_KIND_INT] = {true, 4, 0},
	[BTF_KIND_PTR] = {true, 0, 0},
	[BTF_KIND_ARRAY] = {true, sizeof(struct btf_array), 0},
	[BTF_KIND_STRUCT] = {true, 0, sizeof(struct btf_member)},
	[BTF_KIND_UNION] = {true, 0, sizeof(struct btf_member)},
	[BTF_KIND_ENUM] = {true, 0, sizeof(struct btf_enum)},
	[BTF_KIND_FWD] = {true, 0, 0},
	[BTF_KIND_TYPEDEF] = {true, 0, 0},
	[BTF_KIND_VOLATILE] = {true, 0, 0},
	[BTF_KIND_CONST] = {true, 0, 0},
	[BTF_KIND_RESTRICT] = {true, 0, 0},
	[BTF_KIND_FUNC] = {true, 0, 0},
	[BTF_KIND_FUNC_PROTO] = {true, 0, sizeof(struct btf_param)},
	[BTF_KIND_VAR] = {true, sizeof(struct btf_var), 0},
	[BTF_KIND_DATASEC] = {true, 0, sizeof(struct btf_var_secinfo)},
	[BTF_KIND_FLOAT] = {true, 0, 0},
	[BTF_KIND_DECL_TAG] = {true, sizeof(struct btf_decl_tag), 0},
	[BTF_KIND_TYPE_TAG] = {true, 0, 0},
	[BTF_KIND_ENUM64] = {true, 0, sizeof(struct btf_enum64)},
};

static uint32_t get_u32(const uint8_t *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return value;
}

/* The size of the entry at `at`; 0: malformed. */
static uint32_t entry_size(const struct btf *btf, uint32_t at)
{
	uint32_t info, kind, size, left = btf->types_size - at;

	if (left < HEAD_SIZE)
		return 0;
	info = get_u32(btf->types + at + offsetof(struct btf_type, info));
	kind = BTF_INFO_KIND(info);
	if (kind >= ARRAY_SIZE(sizes) || !sizes[kind].is_known)
		return 0;
	size = HEAD_SIZE + sizes[kind].fixed + BTF_INFO_VLEN(info) * sizes[kind].each;
	return size <= left ? size : 0;
}

static bool index_types(struct arena *arena, struct btf *btf)
{
	uint32_t count = 0, size;

	/* Room for the most there can be: pages that are never touched cost nothing. */
	btf->offsets = arena_array(arena, uint32_t, btf->types_size / HEAD_SIZE);
	for (uint32_t at = 0; at < btf->types_size; at += size) {
		size = entry_size(btf, at);
		if (!size)
			return false;
		btf->offsets[count++] = at;
	}
	btf->end_id = btf->first_id + count;
	return btf->end_id >= btf->first_id;
}

/* The part of `bytes` behind the header that a section takes. */
static struct span section(struct span bytes, const struct btf_header *header, uint32_t offset,
			   uint32_t size)
{
	uint64_t start = (uint64_t)header->hdr_len + offset;

	if (start > bytes.size || size > bytes.size - start)
		return (struct span){0};
	return (struct span){(const uint8_t *)bytes.data + start, size};
}

static bool find_sections(struct btf *btf, struct span bytes)
{
	struct btf_header header;
	struct span types, strings;

	if (bytes.size < sizeof(header))
		return false;
	memcpy(&header, bytes.data, sizeof(header));
	if (header.magic != BTF_MAGIC || header.version != BTF_VERSION ||
	    header.hdr_len < sizeof(header))
		return false;
	types = section(bytes, &header, header.type_off, header.type_len);
	strings = section(bytes, &header, header.str_off, header.str_len);
	/* The last NUL is what makes every offset inside a bounded string. */
	if (!types.data || !strings.size || ((const char *)strings.data)[strings.size - 1] != '\0')
		return false;
	btf->types = types.data;
	btf->types_size = (uint32_t)types.size;
	btf->strings = strings.data;
	btf->strings_size = (uint32_t)strings.size;
	return true;
}

const struct btf *btf_open(struct arena *arena, struct span bytes, const struct btf *base)
{
	struct btf *btf = arena_new_of(arena, struct btf);

	btf->base = base;
	btf->first_id = base ? base->end_id : 1;
	btf->first_string = base ? base->first_string + base->strings_size : 0;
	if (!find_sections(btf, bytes) || !index_types(arena, btf))
		return NULL;
	return btf;
}

/* ---- reading ------------------------------------------------------------ */

static const char *string_at(const struct btf *btf, uint32_t offset)
{
	while (btf->base && offset < btf->first_string)
		btf = btf->base;
	offset -= btf->first_string;
	return offset < btf->strings_size ? btf->strings + offset : "";
}

uint32_t btf_end(const struct btf *btf)
{
	return btf->end_id;
}

const struct btf *btf_owner(const struct btf *btf, uint32_t id)
{
	while (btf->base && id < btf->first_id)
		btf = btf->base;
	return btf;
}

struct btf_entry btf_entry(const struct btf *btf, uint32_t id)
{
	const struct btf *owner = btf_owner(btf, id);
	struct btf_type type;
	const uint8_t *data;

	if (id < owner->first_id || id >= owner->end_id)
		return (struct btf_entry){.name = ""};
	data = owner->types + owner->offsets[id - owner->first_id];
	memcpy(&type, data, sizeof(type));
	return (struct btf_entry){
		.kind = BTF_INFO_KIND(type.info),
		.count = BTF_INFO_VLEN(type.info),
		.size = type.size,
		.flag = BTF_INFO_KFLAG(type.info),
		.name = string_at(owner, type.name_off),
		.data = data + HEAD_SIZE,
	};
}

/* Before there was a flag, a bit-field was told by its int's encoding. */
static uint32_t encoded_bits(const struct btf *btf, uint32_t id, uint32_t *bit_offset)
{
	struct btf_entry entry = btf_entry(btf, btf_strip(btf, id, NULL));
	uint32_t encoding;

	if (entry.kind != BTF_KIND_INT)
		return 0;
	encoding = btf_int(&entry);
	if (BTF_INT_BITS(encoding) == entry.size * 8ull)
		return 0;
	*bit_offset += BTF_INT_OFFSET(encoding);
	return BTF_INT_BITS(encoding);
}

struct btf_field btf_field(const struct btf *btf, const struct btf_entry *record, uint32_t i)
{
	struct btf_member member;
	struct btf_field field;

	memcpy(&member, record->data + i * sizeof(member), sizeof(member));
	field = (struct btf_field){
		.name = string_at(btf, member.name_off),
		.id = member.type,
		.bit_offset = member.offset,
	};
	if (record->flag) {
		field.bit_offset = BTF_MEMBER_BIT_OFFSET(member.offset);
		field.bit_size = BTF_MEMBER_BITFIELD_SIZE(member.offset);
	} else {
		field.bit_size = encoded_bits(btf, member.type, &field.bit_offset);
	}
	return field;
}

int64_t btf_enumerator(const struct btf *btf, const struct btf_entry *entry, uint32_t i,
		       const char **name)
{
	struct btf_enum narrow;
	struct btf_enum64 wide;

	if (entry->kind == BTF_KIND_ENUM64) {
		memcpy(&wide, entry->data + i * sizeof(wide), sizeof(wide));
		*name = string_at(btf, wide.name_off);
		return (int64_t)((uint64_t)wide.val_hi32 << 32 | wide.val_lo32);
	}
	memcpy(&narrow, entry->data + i * sizeof(narrow), sizeof(narrow));
	*name = string_at(btf, narrow.name_off);
	return entry->flag ? narrow.val : (int64_t)(uint32_t)narrow.val;
}

uint32_t btf_int(const struct btf_entry *entry)
{
	return get_u32(entry->data);
}

uint32_t btf_array(const struct btf_entry *entry, uint32_t *count)
{
	struct btf_array array;

	memcpy(&array, entry->data, sizeof(array));
	*count = array.nelems;
	return array.type;
}

static bool is_transparent(uint32_t kind)
{
	return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_CONST || kind == BTF_KIND_VOLATILE ||
	       kind == BTF_KIND_RESTRICT || kind == BTF_KIND_TYPE_TAG;
}

uint32_t btf_strip(const struct btf *btf, uint32_t id, bool *is_user)
{
	for (int i = 0; i < LONGEST_CHAIN; i++) {
		struct btf_entry entry = btf_entry(btf, id);

		if (!is_transparent(entry.kind))
			return id;
		if (is_user && entry.kind == BTF_KIND_TYPE_TAG && !strcmp(entry.name, "user"))
			*is_user = true;
		id = entry.size;
	}
	return 0;
}

uint32_t btf_find(const struct btf *btf, const char *name, unsigned kind)
{
	for (; btf; btf = btf->base) {
		for (uint32_t id = btf->first_id; id < btf->end_id; id++) {
			const uint8_t *data = btf->types + btf->offsets[id - btf->first_id];
			uint32_t info = get_u32(data + offsetof(struct btf_type, info));

			if (BTF_INFO_KIND(info) != kind)
				continue;
			if (!strcmp(string_at(btf, get_u32(data)), name))
				return id;
		}
	}
	return 0;
}
