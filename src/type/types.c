/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The types themselves: facts come in, and one pointer for equal facts goes out.  A type
 * never changes once made, but for the members of a BTF record, which come when they are
 * first asked for.
 */
#include "type/types.h"

#include <string.h>

struct type_entry {
	struct type type; /* first: the pointer to it is the pointer to the entry */
	struct type_entry *next;
	bool has_fields;
};

struct types *types_new(struct arena *arena, struct names *names, struct btf_source source)
{
	struct types *types = arena_new_of(arena, struct types);

	types->arena = arena;
	types->names = names;
	types->source = source;
	return types;
}

/* ---- interning ---------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15;
	return hash ^ hash >> 29;
}

static uint32_t bucket_of(const struct type *type)
{
	uint64_t hash = mix((uint64_t)type->kind, type->btf_id);

	if (!type->btf) {
		hash = mix(mix(hash, type->size), type->count);
		hash = mix(mix(hash, (uintptr_t)type->of), (uintptr_t)type->name);
		hash = mix(hash, (uint64_t)(type->is_signed | type->space << 1));
		for (uint32_t i = 0; i < type->field_count; i++)
			hash = mix(hash, (uintptr_t)type->fields[i].type);
	}
	return (uint32_t)(hash % TYPE_BUCKETS);
}

static bool is_same_field(const struct field *a, const struct field *b)
{
	return a->name == b->name && a->type == b->type && a->offset == b->offset &&
	       a->bit_offset == b->bit_offset && a->bit_size == b->bit_size &&
	       a->is_data_loc == b->is_data_loc;
}

static bool is_same(const struct type *a, const struct type *b)
{
	if (a->kind != b->kind || a->btf != b->btf || a->btf_id != b->btf_id)
		return false;
	if (a->btf)
		return true;
	if (a->size != b->size || a->align != b->align || a->is_signed != b->is_signed ||
	    a->is_union != b->is_union || a->is_enum != b->is_enum || a->space != b->space ||
	    a->name != b->name || a->of != b->of || a->count != b->count || a->min != b->min ||
	    a->max != b->max || a->step != b->step || a->field_count != b->field_count)
		return false;
	for (uint32_t i = 0; i < a->field_count; i++) {
		if (!is_same_field(&a->fields[i], &b->fields[i]))
			return false;
	}
	return true;
}

const struct type *type_intern(struct types *types, const struct type *type)
{
	struct type_entry **bucket = &types->buckets[bucket_of(type)], *entry;

	for (entry = *bucket; entry; entry = entry->next) {
		if (is_same(&entry->type, type))
			return &entry->type;
	}
	entry = arena_new_of(types->arena, struct type_entry);
	entry->type = *type;
	entry->has_fields = !type->btf;
	if (type->field_count)
		entry->type.fields = arena_memdup(types->arena, type->fields,
						  type->field_count * sizeof(*type->fields));
	entry->next = *bucket;
	*bucket = entry;
	return &entry->type;
}

bool type_has_fields(const struct type *record)
{
	return ((const struct type_entry *)record)->has_fields;
}

void type_set_fields(const struct type *record, const struct field *fields, uint32_t count)
{
	struct type_entry *entry = (struct type_entry *)record;

	entry->type.fields = fields;
	entry->type.field_count = count;
	entry->has_fields = true;
}

/* ---- plain types -------------------------------------------------------- */

const struct type *type_none(struct types *types)
{
	return type_plain(types, KIND_none);
}

const struct type *type_void(struct types *types)
{
	return type_plain(types, KIND_void);
}

const struct type *type_bool(struct types *types)
{
	return type_intern(types, &(struct type){.kind = KIND_bool, .size = 1, .align = 1});
}

const struct type *type_int(struct types *types, uint32_t size, bool is_signed)
{
	return type_intern(types, &(struct type){
					  .kind = KIND_int,
					  .size = size,
					  .align = size,
					  .is_signed = is_signed,
				  });
}

const struct type *type_char(struct types *types)
{
	return type_intern(types, &(struct type){
					  .kind = KIND_int,
					  .size = 1,
					  .align = 1,
					  .is_signed = true,
					  .name = name_intern(types->names, "char", 4),
				  });
}

bool type_is_text(const struct type *type)
{
	return type->kind == KIND_array && type->of->kind == KIND_int && type->of->name &&
	       !strcmp(type->of->name, "char");
}

const struct type *type_pointer(struct types *types, const struct type *to, enum space space)
{
	return type_intern(types, &(struct type){
					  .kind = KIND_pointer,
					  .size = 8,
					  .align = 8,
					  .of = to,
					  .space = space,
				  });
}

const struct type *type_array(struct types *types, const struct type *of, uint32_t count)
{
	uint64_t size = (uint64_t)of->size * count;

	if (size > UINT32_MAX)
		count = 0;
	return type_intern(types, &(struct type){
					  .kind = KIND_array,
					  .size = of->size * count,
					  .align = of->align,
					  .of = of,
					  .count = count,
				  });
}

const struct type *type_string(struct types *types, uint32_t size)
{
	return type_intern(types, &(struct type){
					  .kind = KIND_string,
					  .size = size,
					  .align = 1,
					  .count = size,
				  });
}

/*
 * Every element begins at a multiple of 8 and fills up to the next: an int is an aligned
 * u64, and what pads a string is zero, so that equal tuples are equal bytes (map keys).
 */
const struct type *type_tuple(struct types *types, const struct type *const *elements,
			      uint32_t count)
{
	struct field *fields = arena_array(types->arena, struct field, count);
	uint32_t at = 0;

	for (uint32_t i = 0; i < count; i++) {
		fields[i] = (struct field){.type = elements[i], .offset = at};
		at += ALIGN_UP(elements[i]->size, 8);
	}
	return type_intern(types, &(struct type){
					  .kind = KIND_tuple,
					  .size = at,
					  .align = 8,
					  .fields = fields,
					  .field_count = count,
				  });
}

const struct type *type_record(struct types *types, const char *name, const struct field *fields,
			       uint32_t count, uint32_t size)
{
	return type_intern(types, &(struct type){
					  .kind = KIND_record,
					  .size = size,
					  .align = 8,
					  .name = name_intern(types->names, name, strlen(name)),
					  .fields = fields,
					  .field_count = count,
				  });
}

/* ---- kinds with a fixed layout ------------------------------------------ */

enum { WORD = 8 };

static const uint8_t words[KIND_COUNT] = {
	[KIND_ksym] = 1, [KIND_usym] = 2,  [KIND_probe] = 1, [KIND_timestamp] = 1,
	[KIND_disk] = 1, [KIND_count] = 1, [KIND_sum] = 1,   [KIND_min] = 2,
	[KIND_max] = 2,	 [KIND_avg] = 2,   [KIND_stats] = 2,
};

const struct type *type_plain(struct types *types, enum kind kind)
{
	return type_intern(types, &(struct type){
					  .kind = kind,
					  .size = WORD * words[kind],
					  .align = words[kind] ? WORD : 1,
				  });
}

const struct type *type_timestamp(struct types *types, struct span format)
{
	return type_intern(types,
			   &(struct type){
				   .kind = KIND_timestamp,
				   .size = WORD,
				   .align = WORD,
				   .name = name_intern(types->names, format.data, format.size),
			   });
}

const struct type *type_stack(struct types *types, enum kind kind, uint32_t depth)
{
	return type_intern(types, &(struct type){
					  .kind = kind,
					  .size = WORD * (depth + (kind == KIND_ustack)),
					  .align = WORD,
					  .count = depth,
				  });
}

const struct type *type_aggregate(struct types *types, enum kind kind, bool is_signed,
				  uint32_t bits)
{
	bool is_hist = kind == KIND_hist;

	return type_intern(types, &(struct type){
					  .kind = kind,
					  .size = WORD * (is_hist ? hist_slots(bits) : words[kind]),
					  .align = WORD,
					  .is_signed = is_signed,
					  .count = is_hist ? bits : 0,
				  });
}

/* A last step that is cut short by `max` has a slot too. */
const struct type *type_lhist(struct types *types, int64_t min, int64_t max, int64_t step)
{
	uint64_t width = max > min ? (uint64_t)max - (uint64_t)min : 0;
	uint64_t slots = step > 0 ? (width + (uint64_t)step - 1) / (uint64_t)step : 0;

	if (slots > UINT16_MAX)
		slots = UINT16_MAX;
	return type_intern(types, &(struct type){
					  .kind = KIND_lhist,
					  .size = WORD * (uint32_t)(slots + 2),
					  .align = WORD,
					  .is_signed = true,
					  .min = min,
					  .max = max,
					  .step = step,
				  });
}

/* ---- text --------------------------------------------------------------- */

static void int_text(const struct type *type, struct text *out)
{
	if (type->name)
		text_string(out, type->name);
	else
		text_printf(out, "%s%u", type->is_signed ? "int" : "uint", type->size * 8);
}

static void pointer_text(const struct type *type, struct text *out)
{
	type_text(type->of, out);
	text_string(out, type->of->kind == KIND_pointer ? "*" : " *");
}

static void array_text(const struct type *type, struct text *out)
{
	const struct type *element = type;

	while (element->kind == KIND_array)
		element = element->of;
	type_text(element, out);
	for (; type->kind == KIND_array; type = type->of)
		text_printf(out, "[%u]", type->count);
}

static void string_text(const struct type *type, struct text *out)
{
	text_printf(out, "string[%u]", type->size);
}

static void record_text(const struct type *type, struct text *out)
{
	const char *anonymous = type->is_union ? "union" : "struct";

	text_string(out, type->name ? type->name : anonymous);
}

static void tuple_text(const struct type *type, struct text *out)
{
	text_char(out, '(');
	for (uint32_t i = 0; i < type->field_count; i++) {
		if (i)
			text_char(out, ',');
		type_text(type->fields[i].type, out);
	}
	text_char(out, ')');
}

void type_text(const struct type *type, struct text *out)
{
	static void (*const texts[KIND_COUNT])(const struct type *, struct text *) = {
		[KIND_int] = int_text,	     [KIND_pointer] = pointer_text,
		[KIND_array] = array_text,   [KIND_string] = string_text,
		[KIND_record] = record_text, [KIND_tuple] = tuple_text,
	};

	if (texts[type->kind])
		texts[type->kind](type, out);
	else
		text_string(out, kind_names[type->kind]);
}
