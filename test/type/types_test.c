/* SPDX-License-Identifier: Apache-2.0 */
/* Types without BTF: interning, sizes, texts, C's names. */
#include "test.h"
#include "type/type.h"

static void check_text(const struct type *type, const char *expected)
{
	struct text text = {0};

	if (type)
		type_text(type, &text);
	CHECK_STR(type ? text_cstr(&text) : "NULL", expected);
	text_free(&text);
}

static void test_interned(struct types *t)
{
	const struct type *pair[] = {type_int(t, 4, true), type_string(t, 13)};
	const struct type *other[] = {type_int(t, 4, true), type_string(t, 14)};

	CHECK(type_int(t, 4, true) == type_int(t, 4, true));
	CHECK(type_int(t, 4, true) != type_int(t, 4, false));
	CHECK(type_char(t) != type_int(t, 1, true));
	CHECK(type_tuple(t, pair, 2) == type_tuple(t, pair, 2));
	CHECK(type_tuple(t, pair, 2) != type_tuple(t, other, 2));
	CHECK(type_pointer(t, pair[0], SPACE_USER) != type_pointer(t, pair[0], SPACE_KERNEL));
	CHECK(type_lhist(t, 0, 100, 10) == type_lhist(t, 0, 100, 10));
	CHECK(type_lhist(t, 0, 100, 10) != type_lhist(t, 1, 101, 10));
	CHECK(type_aggregate(t, KIND_sum, true, 0) != type_aggregate(t, KIND_sum, false, 0));
}

static void test_sizes(struct types *t)
{
	const struct type *elements[] = {type_bool(t), type_string(t, 13), type_int(t, 4, true)};
	const struct type *tuple = type_tuple(t, elements, 3);

	CHECK_EQ(tuple->size, 32);
	CHECK_EQ(tuple->fields[0].offset, 0);
	CHECK_EQ(tuple->fields[1].offset, 8);
	CHECK_EQ(tuple->fields[2].offset, 24);
	CHECK_EQ(type_stack(t, KIND_kstack, 127)->size, 127 * 8);
	CHECK_EQ(type_stack(t, KIND_ustack, 127)->size, 128 * 8);
	CHECK_EQ(type_plain(t, KIND_usym)->size, 16);
	CHECK_EQ(type_aggregate(t, KIND_hist, false, 0)->size, 66 * 8);
	CHECK_EQ(type_aggregate(t, KIND_hist, false, 5)->size, hist_slots(5) * 8);
	CHECK_EQ(type_aggregate(t, KIND_avg, false, 0)->size, 16);
	CHECK_EQ(type_lhist(t, 0, 100, 10)->size, 12 * 8);
	CHECK_EQ(type_lhist(t, 0, 101, 10)->size, 13 * 8);
	CHECK(type_lhist(t, INT64_MIN, INT64_MAX, 1)->size < 1 << 20);
	CHECK_EQ(type_lhist(t, 5, 5, 0)->size, 16);
	CHECK_EQ(type_array(t, type_int(t, 8, false), UINT32_MAX)->count, 0);
	CHECK_EQ(type_void(t)->size, 0);
}

static void test_texts(struct types *t)
{
	const struct type *elements[] = {type_int(t, 8, false), type_string(t, 16)};
	const struct type *field = type_char(t);

	for (int i = 0; i < 2; i++)
		field = type_pointer(t, field, SPACE_USER);
	check_text(field, "char **");
	check_text(type_tuple(t, elements, 2), "(uint64,string[16])");
	check_text(type_array(t, type_array(t, type_int(t, 2, true), 3), 2), "int16[2][3]");
	check_text(type_aggregate(t, KIND_hist, true, 2), "hist");
	check_text(type_stack(t, KIND_kstack, 3), "kstack");
	check_text(type_record(t, "struct x", NULL, 0, 8), "struct x");
	check_text(type_none(t), "none");
	check_text(type_bool(t), "bool");
}

static void test_c_names(struct types *t)
{
	static const struct {
		const char *name, *expected;
	} rows[] = {
		{"int", "int32"},
		{"unsigned", "uint32"},
		{"unsigned int", "uint32"},
		{"long unsigned int", "uint64"},
		{"unsigned long long", "uint64"},
		{"long", "int64"},
		{"short", "int16"},
		{"unsigned short", "uint16"},
		{"char", "char"},
		{"unsigned char", "uint8"},
		{"signed char", "int8"},
		{"int8", "int8"},
		{"uint64", "uint64"},
		{"u32", "uint32"},
		{"__u16", "uint16"},
		{"s8", "int8"},
		{"size_t", "uint64"},
		{"pid_t", "int32"},
		{"bool", "bool"},
		{"_Bool", "bool"},
		{"void", "void"},
		{"", "NULL"},
		{"nothing", "NULL"},
		{"struct x", "NULL"},
		{"unsigned nothing", "NULL"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_text(type_by_name(t, rows[i].name), rows[i].expected);
}

static void test_no_btf(struct types *t)
{
	int64_t value;
	const struct type *type;

	CHECK(!type_enumerator(t, "X", &value, &type));
	CHECK(!type_nearest_struct(t, "x"));
}

int main(void)
{
	struct arena *arena = arena_new();
	struct types *types = types_new(arena, names_new(arena), (struct btf_source){0});

	test_interned(types);
	test_sizes(types);
	test_texts(types);
	test_c_names(types);
	test_no_btf(types);
	arena_free(arena);
	return test_result();
}
