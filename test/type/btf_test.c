/* SPDX-License-Identifier: Apache-2.0 */
/* BTF: a blob made by hand, its split child, and damage to every byte of it. */
#include "test.h"
#include "type/blob.h"
#include "type/type.h"

#include <stdlib.h>

/* ids, in the order added */
enum {
	ID_INT = 1,
	ID_CHAR,
	ID_U32,
	ID_BOOL,
	ID_BYTES,
	ID_COMM,
	ID_INNER,
	ID_TASK,
	ID_CONST,
	ID_POINTER,
	ID_TAG,
	ID_USER,
	ID_PROTO,
	ID_CALLBACK,
	ID_ENUM,
	ID_ENUM64,
	ID_TYPEDEF,
	ID_FORWARD,
	ID_FORWARD_POINTER,
	ID_MATRIX_ROW,
	ID_MATRIX,
	ID_LOOP_A,
	ID_LOOP_B,
	ID_OLD,
	ID_NARROW,
	ID_END
};

static void add_integers(struct blob *b)
{
	blob_int(b, "int", 4, BTF_INT_SIGNED);
	blob_int(b, "char", 1, BTF_INT_SIGNED);
	blob_int(b, "unsigned int", 4, 0);
	blob_int(b, "_Bool", 1, BTF_INT_BOOL);
	blob_int(b, "__int128", 16, BTF_INT_SIGNED);
}

/* A bit-field as the flag of its struct makes it. */
static uint32_t bits(uint32_t size, uint32_t offset)
{
	return size << 24 | offset;
}

static void add_structs(struct blob *b)
{
	blob_array(b, ID_CHAR, 16);
	blob_type(b, "", BTF_KIND_UNION, 3, true, 4);
	blob_member(b, "whole", ID_U32, 0);
	blob_member(b, "low", ID_U32, bits(5, 0));
	blob_member(b, "middle", ID_INT, bits(7, 5));
	blob_type(b, "task", BTF_KIND_STRUCT, 11, true, 144);
	blob_member(b, "pid", ID_TYPEDEF, 0);
	blob_member(b, "comm", ID_COMM, 32);
	blob_member(b, "", ID_INNER, 160);
	blob_member(b, "parent", ID_POINTER, 192);
	blob_member(b, "name", ID_USER, 256);
	blob_member(b, "call", ID_CALLBACK, 320);
	blob_member(b, "state", ID_ENUM, 384);
	blob_member(b, "hidden", ID_FORWARD_POINTER, 448);
	blob_member(b, "matrix", ID_MATRIX, 512);
	blob_member(b, "packed", ID_U32, bits(9, 700));
	blob_member(b, "wide", ID_BYTES, 768);
}

static void add_references(struct blob *b)
{
	blob_type(b, "", BTF_KIND_CONST, 0, false, ID_TASK);
	blob_type(b, "", BTF_KIND_PTR, 0, false, ID_CONST);
	blob_type(b, "user", BTF_KIND_TYPE_TAG, 0, false, ID_CHAR);
	blob_type(b, "", BTF_KIND_PTR, 0, false, ID_TAG);
	blob_type(b, "", BTF_KIND_FUNC_PROTO, 1, false, ID_INT);
	write_u32(&b->types, 0);
	write_u32(&b->types, ID_INT);
	blob_type(b, "", BTF_KIND_PTR, 0, false, ID_PROTO);
}

static void add_rest(struct blob *b)
{
	blob_type(b, "state", BTF_KIND_ENUM, 2, true, 4);
	write_u32(&b->types, blob_string(b, "STATE_BAD"));
	write_u32(&b->types, (uint32_t)-1);
	write_u32(&b->types, blob_string(b, "STATE_GOOD"));
	write_u32(&b->types, 7);
	blob_type(b, "big", BTF_KIND_ENUM64, 1, false, 8);
	write_u32(&b->types, blob_string(b, "BIG"));
	write_u32(&b->types, 2);
	write_u32(&b->types, 1);
	blob_type(b, "pid_alias", BTF_KIND_TYPEDEF, 0, false, ID_INT);
	blob_type(b, "far", BTF_KIND_FWD, 0, false, 0);
	blob_type(b, "", BTF_KIND_PTR, 0, false, ID_FORWARD);
	blob_array(b, ID_INT, 3);
	blob_array(b, ID_MATRIX_ROW, 2);
	blob_type(b, "loop_a", BTF_KIND_TYPEDEF, 0, false, ID_LOOP_B);
	blob_type(b, "loop_b", BTF_KIND_TYPEDEF, 0, false, ID_LOOP_A);
	blob_type(b, "old", BTF_KIND_STRUCT, 1, false, 4);
	blob_member(b, "three", ID_NARROW, 2);
	blob_type(b, "narrow", BTF_KIND_INT, 0, false, 4);
	write_u32(&b->types, 3);
}

static void make_blob(struct blob *b)
{
	*b = (struct blob){0};
	add_integers(b);
	add_structs(b);
	add_references(b);
	add_rest(b);
}

static int load(void *context, const char *module, struct span *bytes)
{
	CHECK(!module);
	*bytes = *(struct span *)context;
	return bytes->data ? 0 : -2;
}

static struct types *make_types(struct arena *arena, struct span *bytes)
{
	return types_new(arena, names_new(arena), (struct btf_source){load, bytes});
}

static void check_type(const struct type *type, const char *expected)
{
	struct text text = {0};

	if (type)
		type_text(type, &text);
	CHECK_STR(type ? text_cstr(&text) : "NULL", expected);
	text_free(&text);
}

/* ---- what is there ------------------------------------------------------ */

static void check_field(struct types *types, const char *name, const char *type, uint32_t offset,
			unsigned bit_offset, unsigned bit_size)
{
	const struct type *task = type_by_name(types, "struct task");
	struct field field = {0};

	CHECK(type_field(types, task, name, &field));
	check_type(field.type, type);
	CHECK_EQ(field.offset, offset);
	CHECK_EQ(field.bit_offset, bit_offset);
	CHECK_EQ(field.bit_size, bit_size);
}

static void test_fields(struct types *types)
{
	const struct type *task = type_by_name(types, "struct task");
	struct field field;
	uint32_t count;

	check_type(task, "struct task");
	CHECK_EQ(task->size, 144);
	CHECK(type_by_name(types, "struct task") == task);
	CHECK(type_by_name(types, "task") == task);
	check_field(types, "pid", "int32", 0, 0, 0);
	check_field(types, "comm", "char[16]", 4, 0, 0);
	check_field(types, "whole", "uint32", 20, 0, 0);
	check_field(types, "low", "uint32", 20, 0, 5);
	check_field(types, "middle", "int32", 20, 5, 7);
	check_field(types, "parent", "struct task *", 24, 0, 0);
	check_field(types, "name", "char *", 32, 0, 0);
	check_field(types, "call", "void *", 40, 0, 0);
	check_field(types, "state", "enum state", 48, 0, 0);
	check_field(types, "hidden", "struct far *", 56, 0, 0);
	check_field(types, "matrix", "int32[2][3]", 64, 0, 0);
	check_field(types, "packed", "uint64", 87, 4, 9);
	check_field(types, "wide", "uint8[16]", 96, 0, 0);
	CHECK(!type_field(types, task, "none", &field));
	CHECK(!type_field(types, type_int(types, 4, true), "pid", &field));
	CHECK(type_fields(types, task, &count) && count == 11);
	CHECK(type_field(types, task, "parent", &field) && field.type->of == task);
	CHECK_EQ(field.type->space, SPACE_KERNEL);
	CHECK(type_field(types, task, "name", &field) && field.type->space == SPACE_USER);
	CHECK(type_field(types, task, "comm", &field) && type_is_text(field.type));
	CHECK(type_field(types, type_by_name(types, "old"), "three", &field));
	CHECK(field.bit_offset == 2 && field.bit_size == 3 && field.offset == 0);
	CHECK(type_field(types, task, "hidden", &field));
	type_fields(types, field.type->of, &count);
	CHECK_EQ(count, 0);
}

static void test_names(struct types *types)
{
	int64_t value;
	const struct type *type;

	CHECK(type_enumerator(types, "STATE_BAD", &value, &type));
	CHECK_EQ(value, -1);
	check_type(type, "enum state");
	CHECK(type->is_enum && type->is_signed && type == type_by_name(types, "enum state"));
	CHECK(type_enumerator(types, "BIG", &value, &type));
	CHECK_EQ(value, 0x100000002);
	CHECK(!type_enumerator(types, "STATE", &value, &type));
	check_type(type_by_name(types, "pid_alias"), "int32");
	check_type(type_by_name(types, "loop_a"), "void");
	check_type(type_by_name(types, "struct nothing"), "NULL");
	check_type(type_by_name(types, "struct "), "NULL");
	check_type(type_by_name(types, "union task"), "NULL");
	CHECK_STR(type_nearest_struct(types, "tsak"), "task");
	CHECK_STR(type_nearest_struct(types, "struct taskk"), "struct task");
	CHECK(!type_nearest_struct(types, "something_else"));
}

/* A suffix of a string is a name as good as any. */
static void test_suffix(struct arena *arena)
{
	struct blob b = {0};
	struct span bytes;

	blob_type(&b, "barfoo", BTF_KIND_STRUCT, 0, false, 8);
	write_u32(&b.types, 4);
	write_u32(&b.types, BTF_KIND_STRUCT << 24);
	write_u32(&b.types, 16);
	bytes = blob_bytes(&b);
	CHECK_EQ(type_by_name(make_types(arena, &bytes), "struct foo")->size, 16);
	blob_free(&b);
}

static void test_split(struct arena *arena)
{
	struct blob base, module = {0};
	const struct btf *kernel, *btf;

	make_blob(&base);
	kernel = btf_open(arena, blob_bytes(&base), NULL);
	module.first_string = (uint32_t)base.strings.size;
	blob_type(&module, "module_struct", BTF_KIND_STRUCT, 1, false, 8);
	blob_member(&module, "task", ID_POINTER, 0);
	btf = btf_open(arena, blob_bytes(&module), kernel);
	CHECK(kernel && btf);
	CHECK_EQ(btf_find(btf, "module_struct", BTF_KIND_STRUCT), ID_END);
	CHECK_EQ(btf_find(btf, "task", BTF_KIND_STRUCT), ID_TASK);
	CHECK_EQ(btf_find(kernel, "module_struct", BTF_KIND_STRUCT), 0);
	CHECK_EQ(btf_find(kernel, "task", BTF_KIND_UNION), 0);
	blob_free(&base);
	blob_free(&module);
}

/* ---- damage ------------------------------------------------------------- */

/* Ask for everything; whatever the answers are, none may leave the bytes. */
static void use_blob(struct span bytes)
{
	static const char *const names[] = {"struct task", "old", "pid_alias", "loop_a",
					    "enum big"};
	struct arena *arena = arena_new();
	struct types *types = make_types(arena, &bytes);
	const struct type *type;
	struct field field;
	struct text text = {0};
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		type = type_by_name(types, names[i]);
		if (type)
			type_text(type, &text);
		if (type && type_field(types, type, "none", &field))
			type_text(field.type, &text);
	}
	type_enumerator(types, "NONE", &value, &type);
	type_nearest_struct(types, "tsak");
	text_free(&text);
	arena_free(arena);
}

static void use_copy(struct span bytes, size_t size, size_t damaged, uint8_t value)
{
	uint8_t *copy = malloc(size + !size);

	memcpy(copy, bytes.data, size);
	if (damaged < size)
		copy[damaged] = value;
	use_blob((struct span){copy, size});
	free(copy);
}

static void test_damage(void)
{
	struct blob b;
	struct span bytes;

	make_blob(&b);
	bytes = blob_bytes(&b);
	for (size_t i = 0; i < bytes.size; i++)
		use_copy(bytes, i, SIZE_MAX, 0);
	for (size_t i = 0; i < bytes.size; i++) {
		for (unsigned bit = 0; bit < 8; bit++)
			use_copy(bytes, bytes.size, i, ((const uint8_t *)bytes.data)[i] ^ 1 << bit);
		use_copy(bytes, bytes.size, i, 0xff);
	}
	use_blob((struct span){0});
	blob_free(&b);
}

/* A struct that is its own anonymous member, many times over. */
static void test_recursion(struct arena *arena)
{
	struct blob b = {0};
	struct span bytes;
	struct field field;
	struct types *types;

	blob_type(&b, "self", BTF_KIND_STRUCT, 100, false, 8);
	for (int i = 0; i < 100; i++)
		blob_member(&b, "", 1, 0);
	blob_array(&b, 2, 1 << 30);
	blob_type(&b, "", BTF_KIND_PTR, 0, false, 3);
	blob_type(&b, "endless", BTF_KIND_TYPEDEF, 0, false, 2);
	bytes = blob_bytes(&b);
	types = make_types(arena, &bytes);
	CHECK(!type_field(types, type_by_name(types, "self"), "none", &field));
	CHECK(type_by_name(types, "endless"));
	blob_free(&b);
}

int main(void)
{
	struct arena *arena = arena_new();
	struct blob b;
	struct span bytes;
	struct types *types;

	make_blob(&b);
	bytes = blob_bytes(&b);
	types = make_types(arena, &bytes);
	test_fields(types);
	test_names(types);
	test_suffix(arena);
	test_split(arena);
	test_damage();
	test_recursion(arena);
	arena_free(arena);
	blob_free(&b);
	return test_result();
}
