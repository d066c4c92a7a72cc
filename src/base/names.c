/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interned text: an open hash table, at most half full.  Text comes in with its size and
 * a pointer that is equal for equal text goes out, so that names compare by pointer.
 */
#include "base/base.h"

#include <string.h>

struct entry {
	const char *text; /* NULL: free */
	size_t size;
	uint64_t hash;
};

struct names {
	struct arena *arena;
	struct entry *entries;
	size_t count, capacity; /* capacity: a power of two */
};

struct names *names_new(struct arena *arena)
{
	struct names *names = arena_new_of(arena, struct names);

	names->arena = arena;
	names->capacity = 256;
	names->entries = arena_array(arena, struct entry, names->capacity);
	return names;
}

/* FNV-1a */
static uint64_t hash_text(const char *text, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3;
	return hash;
}

/* The entry of this text, or the free one where it belongs. */
static struct entry *find_entry(struct names *names, const char *text, size_t size, uint64_t hash)
{
	for (size_t i = hash;; i++) {
		struct entry *entry = &names->entries[i & (names->capacity - 1)];

		if (!entry->text)
			return entry;
		if (entry->hash == hash && entry->size == size && !memcmp(entry->text, text, size))
			return entry;
	}
}

static void grow_entries(struct names *names)
{
	struct entry *old = names->entries;
	size_t old_capacity = names->capacity;

	names->capacity *= 2;
	names->entries = arena_array(names->arena, struct entry, names->capacity);
	for (size_t i = 0; i < old_capacity; i++) {
		if (old[i].text)
			*find_entry(names, old[i].text, old[i].size, old[i].hash) = old[i];
	}
}

const char *name_intern(struct names *names, const char *text, size_t size)
{
	uint64_t hash = hash_text(text, size);
	struct entry *entry = find_entry(names, text, size, hash);

	if (entry->text)
		return entry->text;
	if (2 * ++names->count > names->capacity) {
		grow_entries(names);
		entry = find_entry(names, text, size, hash);
	}
	*entry = (struct entry){arena_strndup(names->arena, text, size), size, hash};
	return entry->text;
}
