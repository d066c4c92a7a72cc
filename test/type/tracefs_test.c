/* SPDX-License-Identifier: Apache-2.0 */
/* Event formats as the kernel writes them, and the same cut and damaged. */
#include "test.h"
#include "type/type.h"

#include <stdlib.h>

#define COMMON                                                                                     \
	"name: x\nID: 7\nformat:\n"                                                                \
	"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"                     \
	"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"                     \
	"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"

static const char openat[] =
	COMMON "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
	       "\tfield:int dfd;\toffset:16;\tsize:8;\tsigned:0;\n"
	       "\tfield:const char * filename;\toffset:24;\tsize:8;\tsigned:0;\n"
	       "\tfield:const char *const * argv;\toffset:32;\tsize:8;\tsigned:0;\n"
	       "\tfield:umode_t mode;\toffset:40;\tsize:8;\tsigned:0;\n"
	       "\nprint fmt: \"field:int ghost;\toffset:0;\tsize:4;\tsigned:0;\"\n";

static const char exit_read[] = COMMON "\tfield:int __syscall_nr;\toffset:8;\tsize:4;\tsigned:1;\n"
				       "\tfield:long ret;\toffset:16;\tsize:8;\tsigned:1;\n";

static const char mixed[] =
	COMMON "\tfield:char comm[TASK_COMM_LEN];\toffset:8;\tsize:16;\tsigned:0;\n"
	       "\tfield:__data_loc char[] path;\toffset:24;\tsize:4;\tsigned:0;\n"
	       "\tfield:__data_loc u64[] numbers;\toffset:28;\tsize:4;\tsigned:0;\n"
	       "\tfield:dev_t dev;\toffset:32;\tsize:4;\tsigned:0;\n"
	       "\tfield:enum zone_type zone;\toffset:36;\tsize:4;\tsigned:0;\n"
	       "\tfield:void *ptr;\toffset:40;\tsize:8;\tsigned:0;\n"
	       "\tfield:struct thing * thing;\toffset:48;\tsize:8;\tsigned:0;\n"
	       "\tfield:unsigned long args[6];\toffset:56;\tsize:48;\tsigned:0;\n"
	       "\tfield:sigset_t set;\toffset:104;\tsize:24;\tsigned:0;\n"
	       "\tfield:some_t odd;\toffset:128;\tsize:2;\tsigned:1;\n"
	       "\tfield:bool flag;\toffset:130;\tsize:1;\tsigned:0;\n"
	       "\tfield:char letter;\toffset:131;\tsize:1;\tsigned:0;\n"
	       "\tfield:unsigned long rest[];\toffset:136;\tsize:0;\tsigned:0;\n";

static const struct type *parse(struct types *types, const char *category, const char *event,
				const char *text)
{
	return tracefs_format(types, category, event, (struct span){text, strlen(text)});
}

static struct field check_field(struct types *types, const struct type *record, const char *name,
				const char *type, uint32_t offset)
{
	struct text text = {0};
	struct field field = {0};

	CHECK(type_field(types, record, name, &field));
	if (field.type)
		type_text(field.type, &text);
	CHECK_STR(text_cstr(&text), type);
	CHECK_EQ(field.offset, offset);
	text_free(&text);
	return field;
}

static void test_syscalls(struct types *types)
{
	const struct type *record = parse(types, "syscalls", "sys_enter_openat", openat);
	struct field field;

	CHECK(record);
	CHECK_STR(record->name, "struct tracepoint_syscalls_sys_enter_openat");
	CHECK_EQ(record->size, 48);
	check_field(types, record, "common_pid", "int32", 4);
	check_field(types, record, "common_flags", "uint8", 2);
	check_field(types, record, "dfd", "int32", 16);
	check_field(types, record, "mode", "uint16", 40);
	field = check_field(types, record, "filename", "char *", 24);
	CHECK_EQ(field.type->space, SPACE_USER);
	field = check_field(types, record, "argv", "char **", 32);
	CHECK(field.type->space == SPACE_USER && field.type->of->space == SPACE_USER);
	CHECK(!type_field(types, record, "ghost", &field));
	CHECK(!type_field(types, record, "retval", &field));
	record = parse(types, "syscalls", "sys_exit_read", exit_read);
	check_field(types, record, "ret", "int64", 16);
	check_field(types, record, "retval", "int64", 16);
}

static void test_mixed(struct types *types)
{
	const struct type *record = parse(types, "sched", "mixed", mixed);
	struct field field;

	field = check_field(types, record, "comm", "char[16]", 8);
	CHECK(type_is_text(field.type) && !field.is_data_loc);
	field = check_field(types, record, "path", "char[0]", 24);
	CHECK(type_is_text(field.type) && field.is_data_loc);
	CHECK(check_field(types, record, "numbers", "uint64[0]", 28).is_data_loc);
	check_field(types, record, "dev", "uint32", 32);
	check_field(types, record, "zone", "uint32", 36);
	field = check_field(types, record, "ptr", "void *", 40);
	CHECK_EQ(field.type->space, SPACE_KERNEL);
	check_field(types, record, "thing", "void *", 48);
	check_field(types, record, "args", "uint64[6]", 56);
	check_field(types, record, "set", "uint8[24]", 104);
	check_field(types, record, "odd", "int16", 128);
	check_field(types, record, "flag", "bool", 130);
	check_field(types, record, "letter", "char", 131);
	check_field(types, record, "rest", "uint64[0]", 136);
	CHECK_EQ(record->size, 136);
}

static void test_refused(struct types *types)
{
	static const char *const texts[] = {
		"",
		"\n\n\n",
		"name: x\nformat:\n",
		"field:int x;",
		"field:int x;\toffset:0;\tsize:4;",
		"field:int x;\toffset:-1;\tsize:4;\tsigned:0;",
		"field:int x;\toffset:0;\tsize:99999999999999999999;\tsigned:0;",
		"field:int;\toffset:0;\tsize:4;\tsigned:0;",
		"field:;\toffset:0;\tsize:4;\tsigned:0;",
		"field:];\toffset:0;\tsize:4;\tsigned:0;",
		"field:[];\toffset:0;\tsize:4;\tsigned:0;",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		CHECK(!parse(types, "a", "b", texts[i]));
	CHECK(!tracefs_format(types, "a", "b", (struct span){0}));
}

static void test_damage(struct types *types)
{
	size_t size = sizeof(mixed) - 1;

	for (size_t i = 0; i < 2 * size; i++) {
		size_t part = i < size ? i : size;
		char *copy = malloc(part + !part);

		memcpy(copy, mixed, part);
		if (i >= size)
			copy[i - size] ^= 1 << i % 7;
		tracefs_format(types, "a", "b", (struct span){copy, part});
		free(copy);
	}
}

int main(void)
{
	struct arena *arena = arena_new();
	struct types *types = types_new(arena, names_new(arena), (struct btf_source){0});

	test_syscalls(types);
	test_mixed(types);
	test_refused(types);
	test_damage(types);
	arena_free(arena);
	return test_result();
}
