/* SPDX-License-Identifier: Apache-2.0 */
/* This kernel's own BTF and this program's own ELF image; passes where there is none. */
#include "test.h"
#include "type/type.h"

#include <fcntl.h>
#include <linux/btf.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct span read_file(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct span bytes = {0};
	char *data;
	ssize_t size;

	if (fd < 0 || fstat(fd, &status) || !(data = malloc((size_t)status.st_size)))
		return bytes;
	while (bytes.size < (size_t)status.st_size &&
	       (size = read(fd, data + bytes.size, (size_t)status.st_size - bytes.size)) > 0)
		bytes.size += (size_t)size;
	bytes.data = data;
	close(fd);
	return bytes;
}

static int load(void *context, const char *module, struct span *bytes)
{
	(void)module;
	*bytes = *(struct span *)context;
	return 0;
}

static double milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void check_field(struct types *types, const struct type *task, const char *name,
			const char *expected)
{
	struct text text = {0};
	struct field field;
	bool is_there = type_field(types, task, name, &field);

	CHECK(is_there);
	if (is_there)
		type_text(field.type, &text);
	CHECK_STR(text_cstr(&text), expected);
	text_free(&text);
}

static void test_task(struct types *types)
{
	const struct type *task = type_by_name(types, "struct task_struct"), *type;
	struct field field;
	int64_t value;

	CHECK(task && task->size > 1000);
	if (!task)
		return;
	check_field(types, task, "pid", "int32");
	check_field(types, task, "comm", "char[16]");
	check_field(types, task, "real_parent", "struct task_struct *");
	check_field(types, task, "mm", "struct mm_struct *");
	CHECK(type_field(types, task, "sched_reset_on_fork", &field) && field.bit_size == 1);
	CHECK(type_enumerator(types, "TCP_SYN_SENT", &value, &type) && value == 2);
	CHECK_STR(type_nearest_struct(types, "struct task_strct"), "struct task_struct");
}

static void test_kernel(struct span bytes)
{
	struct arena *arena = arena_new();
	struct types *types = types_new(arena, names_new(arena), (struct btf_source){load, &bytes});
	double start = milliseconds(), took;

	test_task(types);
	took = milliseconds() - start;
	/* Three passes over the whole of it; generous, since sanitizers slow it down. */
	CHECK(took < 200);
	CHECK(btf_find(btf_open(arena, bytes, NULL), "vfs_read", BTF_KIND_FUNC));
	arena_free(arena);
}

static void test_self(struct span image)
{
	struct elf_image *elf = elf_open(image);
	const struct elf_symbol *symbols;
	bool is_found = false;
	size_t count;

	CHECK(elf);
	symbols = elf_symbols(elf, &count);
	for (size_t i = 0; i < count; i++) {
		uint64_t offset = elf_file_offset(elf, symbols[i].address);

		CHECK(!i || symbols[i - 1].address <= symbols[i].address);
		CHECK_EQ(elf_address(elf, offset), symbols[i].address);
		is_found |= !strcmp(symbols[i].name, "main");
	}
	CHECK(is_found);
	elf_close(elf);
}

int main(void)
{
	struct span btf = read_file("/sys/kernel/btf/vmlinux"), self = read_file("/proc/self/exe");

	if (btf.size)
		test_kernel(btf);
	test_self(self);
	free((void *)btf.data);
	free((void *)self.data);
	return test_result();
}
