/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Types and constants by name: C's own integers from a table, everything else from the
 * kernel's BTF, which is loaded when a name needs it.
 */
#include "type/btf.h"
#include "type/types.h"

#include <linux/btf.h>
#include <string.h>

const struct btf *types_btf(struct types *types)
{
	struct span bytes = {0};

	if (!types->asked) {
		types->asked = true;
		if (types->source.load && !types->source.load(types->source.context, NULL, &bytes))
			types->btf = btf_open(types->arena, bytes, NULL);
	}
	return types->btf;
}

/* ---- C's integers ------------------------------------------------------- */

static const struct {
	const char *name;
	uint8_t size;
	bool is_signed;
} integers[] = {
	{"int8", 1, true},	 {"int16", 2, true},	 {"int32", 4, true},
	{"int64", 8, true},	 {"uint8", 1, false},	 {"uint16", 2, false},
	{"uint32", 4, false},	 {"uint64", 8, false},	 {"int8_t", 1, true},
	{"int16_t", 2, true},	 {"int32_t", 4, true},	 {"int64_t", 8, true},
	{"uint8_t", 1, false},	 {"uint16_t", 2, false}, {"uint32_t", 4, false},
	{"uint64_t", 8, false},	 {"s8", 1, true},	 {"s16", 2, true},
	{"s32", 4, true},	 {"s64", 8, true},	 {"u8", 1, false},
	{"u16", 2, false},	 {"u32", 4, false},	 {"u64", 8, false},
	{"__s8", 1, true},	 {"__s16", 2, true},	 {"__s32", 4, true},
	{"__s64", 8, true},	 {"__u8", 1, false},	 {"__u16", 2, false},
	{"__u32", 4, false},	 {"__u64", 8, false},	 {"size_t", 8, false},
	{"ssize_t", 8, true},	 {"off_t", 8, true},	 {"loff_t", 8, true},
	{"pid_t", 4, true},	 {"uid_t", 4, false},	 {"gid_t", 4, false},
	{"dev_t", 4, false},	 {"ino_t", 8, false},	 {"umode_t", 2, false},
	{"uintptr_t", 8, false}, {"intptr_t", 8, true},	 {"key_t", 4, true},
	{"clockid_t", 4, true},	 {"mqd_t", 4, true},	 {"uint", 4, false},
	{"ulong", 8, false},	 {"ushort", 2, false},
};

/* What "unsigned long int" and its like are made of, in any order. */
struct words {
	unsigned is_unsigned, is_signed, is_char, is_short, is_int, longs;
};

static bool add_word(struct words *words, const char *word, size_t size)
{
	const struct {
		const char *text;
		unsigned *count;
	} rows[] = {
		{"unsigned", &words->is_unsigned}, {"signed", &words->is_signed},
		{"char", &words->is_char},	   {"short", &words->is_short},
		{"int", &words->is_int},	   {"long", &words->longs},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (strlen(rows[i].text) == size && !memcmp(rows[i].text, word, size))
			return ++*rows[i].count;
	}
	return false;
}

static const struct type *type_of_words(struct types *types, const char *name)
{
	struct words words = {0};
	uint32_t size = 4;

	while (*(name += strspn(name, " \t"))) {
		size_t length = strcspn(name, " \t");

		if (!add_word(&words, name, length))
			return NULL;
		name += length;
	}
	if (words.is_char && !words.is_signed && !words.is_unsigned)
		return type_char(types);
	if (words.is_char)
		size = 1;
	else if (words.is_short)
		size = 2;
	else if (words.longs)
		size = 8;
	return type_int(types, size, !words.is_unsigned);
}

const struct type *type_of_c(struct types *types, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(integers); i++) {
		if (!strcmp(integers[i].name, name))
			return type_int(types, integers[i].size, integers[i].is_signed);
	}
	if (!strcmp(name, "bool") || !strcmp(name, "_Bool"))
		return type_bool(types);
	return *name ? type_of_words(types, name) : NULL;
}

/* ---- the kernel's names ------------------------------------------------- */

static const struct {
	const char *tag; /* "": by bare name, in the order of these rows */
	uint8_t kind;
} tags[] = {
	{"struct ", BTF_KIND_STRUCT}, {"union ", BTF_KIND_UNION}, {"enum ", BTF_KIND_ENUM},
	{"enum ", BTF_KIND_ENUM64},   {"", BTF_KIND_TYPEDEF},	  {"", BTF_KIND_STRUCT},
	{"", BTF_KIND_UNION},	      {"", BTF_KIND_ENUM},	  {"", BTF_KIND_ENUM64},
};

const struct type *type_by_name(struct types *types, const char *name)
{
	const struct type *type = type_of_c(types, name);
	const struct btf *btf;

	if (type)
		return type;
	if (!strcmp(name, "void"))
		return type_void(types);
	btf = types_btf(types);
	for (size_t i = 0; btf && i < ARRAY_SIZE(tags); i++) {
		size_t size = strlen(tags[i].tag);
		const char *bare = name + size;
		uint32_t id = 0;

		if (strncmp(name, tags[i].tag, size))
			continue;
		bare += strspn(bare, " ");
		if (*bare && !strchr(bare, ' '))
			id = btf_find(btf, bare, tags[i].kind);
		if (id)
			return type_of_btf(types, btf, id);
	}
	return NULL;
}

static bool is_enum(uint32_t kind)
{
	return kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

bool type_enumerator(struct types *types, const char *name, int64_t *value,
		     const struct type **type)
{
	const struct btf *btf = types_btf(types);

	for (uint32_t id = 1; btf && id < btf_end(btf); id++) {
		struct btf_entry entry = btf_entry(btf, id);

		for (uint32_t i = 0; is_enum(entry.kind) && i < entry.count; i++) {
			const char *text;

			*value = btf_enumerator(btf, &entry, i, &text);
			if (strcmp(text, name))
				continue;
			*type = type_of_btf(types, btf, id);
			return true;
		}
	}
	return false;
}

const char *type_nearest_struct(struct types *types, const char *name)
{
	const struct btf *btf = types_btf(types);
	const char *nearest = NULL, *bare = name;
	unsigned best;

	if (!strncmp(bare, "struct ", 7))
		bare += 7 + strspn(bare + 7, " ");
	best = (unsigned)strlen(bare) / 3 + 1;
	for (uint32_t id = 1; btf && id < btf_end(btf) && best; id++) {
		struct btf_entry entry = btf_entry(btf, id);
		unsigned distance;

		if (entry.kind != BTF_KIND_STRUCT || !*entry.name)
			continue;
		distance = name_distance(bare, entry.name, best - 1);
		if (distance < best) {
			best = distance;
			nearest = entry.name;
		}
	}
	if (nearest && bare != name)
		nearest = arena_printf(types->arena, "struct %s", nearest);
	return nearest;
}
