/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as BTF: every struct's members, every name and every enumerator are asked
 * for.  Build with clang -fsanitize=fuzzer,address.
 */
#include "type/type.h"

#include <linux/btf.h>
#include <string.h>

static int load(void *context, const char *module, struct span *bytes)
{
	(void)module;
	*bytes = *(struct span *)context;
	return 0;
}

static void use_record(struct types *types, const struct type *type, struct text *text)
{
	struct field field;
	uint32_t count;
	const struct field *fields = type_fields(types, type, &count);

	for (uint32_t i = 0; i < count && i < 1000; i++) {
		text_clear(text);
		type_text(fields[i].type, text);
		if (fields[i].name)
			type_field(types, type, fields[i].name, &field);
	}
	type_field(types, type, "none", &field);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"task", "old", "pid_alias", "loop_a", "state", "big"};
	struct span bytes = {data, size};
	struct arena *arena = arena_new();
	struct types *types = types_new(arena, names_new(arena), (struct btf_source){load, &bytes});
	struct text text = {0};
	const struct type *type;
	int64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		type = type_by_name(types, names[i]);
		if (type && type->kind == KIND_record)
			use_record(types, type, &text);
	}
	type_enumerator(types, "NONE", &value, &type);
	type_nearest_struct(types, "struct tsak");
	text_free(&text);
	arena_free(arena);
	return 0;
}
