/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in, names out, for one target.  Tables are read on first use; an address that
 * has no name is shown as a number, never an error.
 */
#include "trace/internal.h"

#include <stdlib.h>

struct symbols {
	struct target *target;
	struct kernel_symbols *kernel; /* NULL: not read yet */
	struct user_symbols *user;
	struct disks *disks;
};

struct symbols *symbols_new(struct target *target)
{
	struct symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		abort();
	symbols->target = target;
	symbols->user = user_symbols_new(target);
	symbols->disks = disks_new(target);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	kernel_symbols_free(symbols->kernel);
	user_symbols_free(symbols->user);
	disks_free(symbols->disks);
	free(symbols);
}

static const char *find_kernel(struct symbols *symbols, uint64_t address, uint64_t *offset)
{
	if (!symbols->kernel) {
		struct text content = {0};

		if (target_read_file(symbols->target, ROOT_MACHINE, "/proc/kallsyms", &content))
			text_clear(&content);
		symbols->kernel = kernel_symbols_parse(&content);
	}
	return kernel_symbols_find(symbols->kernel, address, offset);
}

static void show_address(uint64_t address, struct text *out)
{
	text_printf(out, "0x%llx", (unsigned long long)address);
}

static void show(const char *name, uint64_t offset, uint64_t address, struct text *out)
{
	if (!name) {
		show_address(address, out);
		return;
	}
	text_string(out, name);
	if (offset == UINT64_MAX)
		return;
	text_char(out, '+');
	text_unsigned(out, offset);
}

void symbols_kernel(struct symbols *symbols, uint64_t address, struct text *out)
{
	uint64_t offset = 0;
	const char *name = find_kernel(symbols, address, &offset);

	show(name, offset, address, out);
}

void symbols_kernel_name(struct symbols *symbols, uint64_t address, struct text *out)
{
	uint64_t offset;

	show(find_kernel(symbols, address, &offset), UINT64_MAX, address, out);
}

void symbols_user(struct symbols *symbols, uint32_t pid, uint64_t address, struct text *out)
{
	uint64_t offset = 0;
	const char *name = user_symbols_find(symbols->user, pid, address, &offset);

	show(name, offset, address, out);
}

void symbols_user_name(struct symbols *symbols, uint32_t pid, uint64_t address, struct text *out)
{
	uint64_t offset;

	show(user_symbols_find(symbols->user, pid, address, &offset), UINT64_MAX, address, out);
}

void symbols_disk(struct symbols *symbols, uint64_t device, struct text *out)
{
	const char *name = disks_find(symbols->disks, device);

	if (name)
		text_string(out, name);
	else
		text_printf(out, "%llu:%llu", (unsigned long long)(device >> 20),
			    (unsigned long long)(device & 0xfffff));
}
