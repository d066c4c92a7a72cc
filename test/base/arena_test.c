/* SPDX-License-Identifier: Apache-2.0 */
/* Arenas and interned names: zeroed, aligned, stable memory; one pointer per text. */
#include "base/base.h"
#include "test.h"

static bool is_zero(const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (data[i])
			return false;
	}
	return true;
}

static void test_alloc(struct arena *arena)
{
	for (size_t size = 0; size < 200000; size = size * 3 / 2 + 1) {
		char *data = arena_alloc(arena, size);

		CHECK(data);
		CHECK_EQ((uintptr_t)data % _Alignof(max_align_t), 0);
		CHECK(is_zero(data, size));
		memset(data, 0xaa, size);
	}
	CHECK_STR(arena_printf(arena, "%d %s", 7, "x"), "7 x");
	CHECK_STR(arena_strndup(arena, "abcdef", 3), "abc");
	CHECK_STR(arena_strdup(arena, "abc"), "abc");
	CHECK(!memcmp(arena_memdup(arena, "a\0b", 3), "a\0b", 3));
}

static void test_grow(struct arena *arena)
{
	size_t capacity = 0;
	unsigned *array = NULL;

	for (unsigned i = 0; i < 1000; i++) {
		array = arena_grow(arena, array, i, &capacity, sizeof(*array));
		CHECK(capacity > i);
		array[i] = i;
	}
	for (unsigned i = 0; i < 1000; i++)
		CHECK_EQ(array[i], i);
}

static void test_names(struct arena *arena)
{
	struct names *names = names_new(arena);
	const char *kept[2000];

	for (int i = 0; i < 2000; i++) {
		const char *text = arena_printf(arena, "name%d", i);

		kept[i] = name_intern(names, text, strlen(text));
		CHECK_STR(kept[i], text);
	}
	for (int i = 0; i < 2000; i++) {
		const char *text = arena_printf(arena, "name%d-and-more", i);
		size_t size = strlen(text) - strlen("-and-more");

		CHECK(name_intern(names, text, size) == kept[i]);
	}
	CHECK_STR(name_intern(names, "", 0), "");
	CHECK(name_intern(names, "a\0b", 3) != name_intern(names, "a\0c", 3));
}

int main(void)
{
	struct arena *arena = arena_new();

	test_alloc(arena);
	test_grow(arena);
	test_names(arena);
	arena_free(arena);
	arena_free(NULL);
	return test_result();
}
