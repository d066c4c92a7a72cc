/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map read out: what the target gives is checked against the map's layout, merged over
 * CPUs, copied to aligned memory and sorted.  The result lives in an arena of its own.
 */
#include "trace/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool entries_fit(const struct map_spec *map, const struct map_entries *entries)
{
	uint64_t entry = (uint64_t)entries->key_size + entries->value_stride;

	return entries->key_size == map->key_size && entries->value_size >= map->value->size &&
	       (!map->key || map->key->size <= map->key_size) && entries->values > 0 &&
	       (uint64_t)entries->values * entries->value_size <= entries->value_stride &&
	       entries->count * entry <= entries->bytes.size;
}

/* All CPUs' values of one entry into the first. */
static void merge_entry(const struct type *type, char *value, const struct map_entries *entries)
{
	merge_function *merge = merge_functions[type->kind];

	for (uint32_t i = 1; merge && i < entries->values; i++)
		merge(type, value, value + (size_t)i * entries->value_size);
}

static bool is_zero(const char *data, size_t size)
{
	return !size || (!data[0] && !memcmp(data, data + 1, size - 1));
}

static bool is_histogram(const struct type *type)
{
	return type->kind == KIND_hist || type->kind == KIND_lhist;
}

static void copy_rows(struct row *list, struct rows *rows, struct map_entries *entries, char *room)
{
	const struct map_spec *map = rows->map;
	order_function *order = order_functions[map->value->kind];
	size_t key_room = map->key ? ALIGN_UP(entries->key_size, 8) : 0;
	size_t value_room = ALIGN_UP(entries->value_size, 8);
	char *entry = entries->bytes.data;

	for (uint32_t i = 0; i < entries->count; i++) {
		char *value = entry + entries->key_size;

		merge_entry(map->value, value, entries);
		memcpy(room, entry, map->key ? entries->key_size : 0);
		memcpy(room + key_room, value, entries->value_size);
		list[i] = (struct row){
			.key = map->key ? room : NULL,
			.value = room + key_room,
			.order = order ? order(map->value, value) : 0,
		};
		room += key_room + value_room;
		entry += entries->key_size + entries->value_stride;
	}
}

static int compare_rows(const void *a, const void *b, void *key)
{
	const struct row *left = a, *right = b;

	if (left->order != right->order)
		return left->order < right->order ? -1 : 1;
	return key ? key_compare(key, left->key, right->key) : 0;
}

static void make_rows(struct rows *rows, struct map_entries *entries, struct arena *arena)
{
	const struct map_spec *map = rows->map;
	size_t one = ALIGN_UP(entries->key_size, 8) + ALIGN_UP(entries->value_size, 8);
	struct row *list = arena_array(arena, struct row, entries->count);

	copy_rows(list, rows, entries, arena_alloc(arena, one * entries->count));
	rows->list = list;
	rows->count = entries->count;
	if (!map->key && rows->count && is_histogram(map->value) &&
	    is_zero(list->value, map->value->size))
		rows->count = 0;
	qsort_r(list, rows->count, sizeof(*list), compare_rows, (void *)map->key);
}

int rows_make(struct rows *rows, struct map_entries *entries, struct arena *arena)
{
	if (!entries_fit(rows->map, entries))
		return -EBADMSG;
	make_rows(rows, entries, arena);
	return 0;
}

int rows_read(struct target *target, const struct program *program, uint32_t map, handle_t handle,
	      struct rows *rows, struct arena **arena, struct text *why)
{
	struct map_entries entries = {0};
	int error;

	rows->program = program;
	rows->map = &program->maps[map];
	*arena = arena_new();
	if (!*arena)
		return -ENOMEM;
	error = target_map_read(target, handle, &entries, why);
	if (!error) {
		error = rows_make(rows, &entries, *arena);
		if (error && why)
			text_printf(why, "map '%s': malformed entries", rows->map->name);
	}
	text_free(&entries.bytes);
	return error;
}
