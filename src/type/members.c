/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF to types: an id comes in, a type goes out; members of a record are read when first
 * asked for.  The bytes may be hostile: every descent is bounded in depth, and the search
 * through anonymous members in number too.
 */
#include "type/btf.h"
#include "type/types.h"

#include <linux/btf.h>
#include <string.h>

enum { DEEPEST = 16, MOST_ANONYMOUS = 1024 };

static const struct type *convert(struct types *types, const struct btf *btf, uint32_t id,
				  unsigned depth);

/* ---- one type ----------------------------------------------------------- */

/* Something of a size that we have no kind for. */
static const struct type *bytes_of(struct types *types, uint32_t size)
{
	return type_array(types, type_int(types, 1, false), size);
}

static bool is_int_size(uint32_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static const struct type *int_of(struct types *types, const struct btf_entry *entry)
{
	uint32_t encoding = BTF_INT_ENCODING(btf_int(entry));

	if (!is_int_size(entry->size))
		return bytes_of(types, entry->size);
	if (encoding & BTF_INT_BOOL && entry->size == 1)
		return type_bool(types);
	/* Compilers mark "char" as signed only; BTF_INT_CHAR is never set. */
	if (entry->size == 1 && !strcmp(entry->name, "char"))
		return type_char(types);
	return type_int(types, entry->size, encoding & BTF_INT_SIGNED);
}

static const char *tagged_name(struct types *types, const char *tag, const char *name)
{
	struct text text = {0};
	const char *tagged;

	if (!*name)
		return NULL;
	text_string(&text, tag);
	text_char(&text, ' ');
	text_string(&text, name);
	tagged = name_intern(types->names, text.data, text.size);
	text_free(&text);
	return tagged;
}

static const struct type *enum_of(struct types *types, const struct btf *btf, uint32_t id,
				  const struct btf_entry *entry)
{
	uint32_t size = is_int_size(entry->size) ? entry->size : 4;

	return type_intern(types, &(struct type){
					  .kind = KIND_int,
					  .size = size,
					  .align = size,
					  .is_signed = entry->flag,
					  .is_enum = true,
					  .name = tagged_name(types, "enum", entry->name),
					  .btf = btf_owner(btf, id),
					  .btf_id = id,
				  });
}

static const struct type *record_of(struct types *types, const struct btf *btf, uint32_t id,
				    const struct btf_entry *entry)
{
	bool is_forward = entry->kind == BTF_KIND_FWD;
	bool is_union = is_forward ? entry->flag : entry->kind == BTF_KIND_UNION;

	return type_intern(types, &(struct type){
					  .kind = KIND_record,
					  .size = is_forward ? 0 : entry->size,
					  .align = 8,
					  .is_union = is_union,
					  .name = tagged_name(types, is_union ? "union" : "struct",
							      entry->name),
					  .btf = btf_owner(btf, id),
					  .btf_id = id,
				  });
}

static const struct type *pointer_of(struct types *types, const struct btf *btf,
				     const struct btf_entry *entry, unsigned depth)
{
	bool is_user = false;
	uint32_t to = btf_strip(btf, entry->size, &is_user);

	return type_pointer(types, convert(types, btf, to, depth + 1),
			    is_user ? SPACE_USER : SPACE_KERNEL);
}

static const struct type *array_of(struct types *types, const struct btf *btf,
				   const struct btf_entry *entry, unsigned depth)
{
	uint32_t count, id = btf_array(entry, &count);

	return type_array(types, convert(types, btf, id, depth + 1), count);
}

static const struct type *convert(struct types *types, const struct btf *btf, uint32_t id,
				  unsigned depth)
{
	struct btf_entry entry;

	id = btf_strip(btf, id, NULL);
	entry = btf_entry(btf, id);
	if (depth > DEEPEST)
		return type_void(types);
	switch (entry.kind) {
	case BTF_KIND_INT:
		return int_of(types, &entry);
	case BTF_KIND_FLOAT:
		return bytes_of(types, entry.size);
	case BTF_KIND_PTR:
		return pointer_of(types, btf, &entry, depth);
	case BTF_KIND_ARRAY:
		return array_of(types, btf, &entry, depth);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_of(types, btf, id, &entry);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		return record_of(types, btf, id, &entry);
	}
	return type_void(types);
}

const struct type *type_of_btf(struct types *types, const struct btf *btf, uint32_t id)
{
	return convert(types, btf, id, 0);
}

/* ---- members ------------------------------------------------------------ */

/*
 * A bit-field is loaded as an aligned int of its declared type, as C does.  One that does
 * not lie in such an int (packed) is loaded as 8 bytes from the byte where it begins.
 */
static void place_bits(struct types *types, struct field *field, uint32_t at, uint32_t bits)
{
	uint32_t unit = field->type->size * 8;

	if (!unit || at / unit != (at + bits - 1) / unit) {
		field->type = type_int(types, 8, field->type->is_signed);
		unit = 8;
	}
	field->offset = at / unit * (unit / 8);
	field->bit_offset = (uint8_t)(at % unit);
	field->bit_size = (uint8_t)(bits < 64 - at % unit ? bits : 64 - at % unit);
}

static bool is_bit_type(const struct type *type)
{
	return type->kind == KIND_int || type->kind == KIND_bool;
}

static struct field field_of(struct types *types, const struct type *record,
			     const struct btf_field *member)
{
	struct field field = {
		.name = *member->name ? member->name : NULL,
		.type = type_of_btf(types, record->btf, member->id),
		.offset = member->bit_offset / 8,
	};

	if (member->bit_size && member->bit_size <= 64 && is_bit_type(field.type))
		place_bits(types, &field, member->bit_offset, member->bit_size);
	return field;
}

static void read_fields(struct types *types, const struct type *record)
{
	struct btf_entry entry = btf_entry(record->btf, record->btf_id);
	struct field *fields = NULL;
	uint32_t count = 0;

	if (entry.kind == BTF_KIND_STRUCT || entry.kind == BTF_KIND_UNION)
		count = entry.count;
	if (count)
		fields = arena_array(types->arena, struct field, count);
	for (uint32_t i = 0; i < count; i++) {
		struct btf_field member = btf_field(record->btf, &entry, i);

		fields[i] = field_of(types, record, &member);
	}
	type_set_fields(record, fields, count);
}

const struct field *type_fields(struct types *types, const struct type *record, uint32_t *count)
{
	if (record->kind == KIND_record && !type_has_fields(record))
		read_fields(types, record);
	*count = record->field_count;
	return record->fields;
}

/* `left` counts the anonymous members that may still be searched. */
static bool find_field(struct types *types, const struct type *record, const char *name,
		       unsigned depth, unsigned *left, struct field *found)
{
	uint32_t count;
	const struct field *fields = type_fields(types, record, &count);

	for (uint32_t i = 0; i < count; i++) {
		const struct field *field = &fields[i];

		if (field->name) {
			if (strcmp(field->name, name))
				continue;
			*found = *field;
			return true;
		}
		if (field->type->kind != KIND_record || depth == DEEPEST || !*left)
			continue;
		--*left;
		if (find_field(types, field->type, name, depth + 1, left, found)) {
			found->offset += field->offset;
			return true;
		}
	}
	return false;
}

bool type_field(struct types *types, const struct type *record, const char *name,
		struct field *field)
{
	unsigned left = MOST_ANONYMOUS;

	return record->kind == KIND_record && find_field(types, record, name, 0, &left, field);
}
