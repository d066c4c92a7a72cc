/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one lifetime: blocks that are cut from the front and freed together.
 * Blocks come zeroed from calloc and no byte is handed out twice, so every allocation
 * is zero.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 8 << 10, LARGEST_BLOCK = 256 << 10 };

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct arena {
	struct block *blocks; /* the first one is being cut */
	size_t next_size;
};

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->next_size = FIRST_BLOCK;
	return arena;
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

static struct block *block_new(size_t size)
{
	struct block *block = NULL;

	if (size < SIZE_MAX - sizeof(*block))
		block = calloc(1, sizeof(*block) + size);
	if (!block)
		abort();
	block->size = size;
	return block;
}

/* A block of its own for something big; the block being cut stays first. */
static void *alloc_big(struct arena *arena, size_t size)
{
	struct block *block = block_new(size);

	block->used = size;
	if (arena->blocks) {
		block->next = arena->blocks->next;
		arena->blocks->next = block;
	} else {
		arena->blocks = block;
	}
	return block->data;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->blocks;
	void *data;

	if (size > LARGEST_BLOCK / 4)
		return alloc_big(arena, size);
	size = ALIGN_UP(size, _Alignof(max_align_t));
	if (!block || block->size - block->used < size) {
		if (arena->next_size < size)
			arena->next_size = LARGEST_BLOCK;
		block = block_new(arena->next_size);
		block->next = arena->blocks;
		arena->blocks = block;
		if (arena->next_size < LARGEST_BLOCK)
			arena->next_size *= 2;
	}
	data = block->data + block->used;
	block->used += size;
	return data;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t element)
{
	size_t wanted = *capacity ? *capacity : 8;
	void *moved;

	if (count < *capacity)
		return array;
	while (wanted <= count)
		wanted *= 2;
	if (wanted > SIZE_MAX / element)
		abort();
	moved = arena_alloc(arena, wanted * element);
	if (count)
		memcpy(moved, array, count * element);
	*capacity = wanted;
	return moved;
}

void *arena_memdup(struct arena *arena, const void *data, size_t size)
{
	void *copy = arena_alloc(arena, size);

	if (size)
		memcpy(copy, data, size);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t size)
{
	char *copy = arena_alloc(arena, size + 1);

	if (size)
		memcpy(copy, text, size);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int size;

	va_start(args, format);
	va_copy(again, args);
	size = vsnprintf(NULL, 0, format, args);
	if (size < 0)
		abort();
	text = arena_alloc(arena, (size_t)size + 1);
	vsnprintf(text, (size_t)size + 1, format, again);
	va_end(again);
	va_end(args);
	return text;
}
