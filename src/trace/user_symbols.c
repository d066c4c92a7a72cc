/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process's functions by address: what is mapped where, from /proc/PID/maps, and the
 * symbols of the mapped files.  Both are cached within bounds, the least recently used
 * going first.  Mappings are read again after a while, since processes load libraries, call
 * exec, and pass their ids on; what was known of one that is gone is kept.
 */
#include "trace/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PROCESS_LIMIT = 256, IMAGE_LIMIT = 64, REFRESH_MS = 1000 };

/* Executable, and of a file or a special one such as "[vdso]". */
struct mapping {
	uint64_t start, end, offset;
	uint64_t device, inode;
	const char *path;
};

struct process {
	uint32_t pid;
	uint64_t used; /* tick of the last use; 0: free */
	int64_t read_at; /* ms */
	struct arena *arena;
	struct mapping *mappings; /* ascending */
	size_t count, capacity;
};

/* A mapped file; one that cannot be read has no symbols. */
struct image {
	uint64_t device, inode;
	uint64_t used;
	struct span content;
	struct elf_image *elf;
	const struct elf_symbol *symbols;
	size_t count;
};

struct user_symbols {
	struct target *target;
	uint64_t tick;
	struct process processes[PROCESS_LIMIT];
	struct image images[IMAGE_LIMIT];
};

struct user_symbols *user_symbols_new(struct target *target)
{
	struct user_symbols *symbols = calloc(1, sizeof(*symbols));

	if (!symbols)
		abort();
	symbols->target = target;
	return symbols;
}

/* ---- mappings ----------------------------------------------------------- */

/* "START-END PERMISSIONS OFFSET MAJOR:MINOR INODE   PATH". */
static bool mapping_read(const char *line, size_t size, struct mapping *mapping, size_t *path)
{
	char execute;
	unsigned major, minor;
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*c%*c%c%*c %" SCNx64 " %x:%x %" SCNu64 "%n",
		   &mapping->start, &mapping->end, &execute, &mapping->offset, &major, &minor,
		   &mapping->inode, &at) != 7 ||
	    execute != 'x')
		return false;
	mapping->device = (uint64_t)major << 32 | minor;
	*path = (size_t)at + strspn(line + at, " ");
	return *path < size;
}

/* Cuts the text into lines: sscanf would look for its end for each. */
static void read_mappings(struct process *process, char *text)
{
	while (*text) {
		size_t size = strcspn(text, "\n"), path;
		bool more = text[size];
		struct mapping mapping;

		text[size] = '\0';
		if (mapping_read(text, size, &mapping, &path)) {
			mapping.path = arena_strdup(process->arena, text + path);
			process->mappings =
				arena_grow(process->arena, process->mappings, process->count,
					   &process->capacity, sizeof(mapping));
			process->mappings[process->count++] = mapping;
		}
		text += size + more;
	}
}

static void process_forget(struct process *process)
{
	arena_free(process->arena);
	process->arena = NULL;
	process->mappings = NULL;
	process->count = process->capacity = 0;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* An empty file is that of a process that has exited, or of a kernel thread. */
static void process_refresh(struct user_symbols *symbols, struct process *process)
{
	struct text content = {0};
	char path[32];

	process->read_at = now_ms();
	snprintf(path, sizeof(path), "/proc/%u/maps", process->pid);
	if (!target_read_file(symbols->target, ROOT_MACHINE, path, &content) && content.size) {
		process_forget(process);
		process->arena = arena_new();
		if (process->arena)
			read_mappings(process, content.data);
	}
	text_free(&content);
}

/* The place of this process in the cache, perhaps taken from another. */
static struct process *process_place(struct user_symbols *symbols, uint32_t pid)
{
	struct process *place = symbols->processes;

	for (size_t i = 0; i < PROCESS_LIMIT; i++) {
		struct process *process = &symbols->processes[i];

		if (process->used && process->pid == pid)
			return process;
		if (process->used < place->used)
			place = process;
	}
	process_forget(place);
	*place = (struct process){.pid = pid};
	return place;
}

static const struct process *process_get(struct user_symbols *symbols, uint32_t pid)
{
	struct process *process = process_place(symbols, pid);

	if (!process->used || now_ms() - process->read_at >= REFRESH_MS)
		process_refresh(symbols, process);
	process->used = ++symbols->tick;
	return process;
}

static const struct mapping *mapping_at(const struct process *process, uint64_t address)
{
	size_t low = 0, high = process->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (process->mappings[middle].start > address)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low || address >= process->mappings[low - 1].end)
		return NULL;
	return &process->mappings[low - 1];
}

/* ---- files -------------------------------------------------------------- */

/* Map the file if it is the one that the process has mapped. */
static bool image_map(struct user_symbols *symbols, struct image *image, const char *path)
{
	struct file_info info;

	/* only inodes are compared: overlayfs and btrfs show another device in maps */
	if (target_file_info(symbols->target, path, &info) || info.inode != image->inode)
		return false;
	return !target_map_file(symbols->target, path, &image->content);
}

/*
 * By its name as we see it; as the process does, which may live in another root; or
 * through the link that leads to what is mapped even where that was deleted.
 */
static bool image_find(struct user_symbols *symbols, struct image *image, uint32_t pid,
		       const struct mapping *mapping)
{
	struct text path = {0};
	bool found = image_map(symbols, image, mapping->path);

	if (!found) {
		text_printf(&path, "/proc/%u/root%s", pid, mapping->path);
		found = image_map(symbols, image, text_cstr(&path));
	}
	if (!found) {
		text_clear(&path);
		text_printf(&path, "/proc/%u/map_files/%" PRIx64 "-%" PRIx64, pid, mapping->start,
			    mapping->end);
		found = !target_map_file(symbols->target, text_cstr(&path), &image->content);
	}
	text_free(&path);
	return found;
}

static void image_open(struct user_symbols *symbols, struct image *image, uint32_t pid,
		       const struct mapping *mapping)
{
	if (!image_find(symbols, image, pid, mapping))
		return;
	image->elf = elf_open(image->content);
	if (image->elf)
		image->symbols = elf_symbols(image->elf, &image->count);
}

static void image_close(struct user_symbols *symbols, struct image *image)
{
	if (image->elf)
		elf_close(image->elf);
	if (image->content.data)
		target_unmap_file(symbols->target, image->content);
	*image = (struct image){0};
}

static const struct image *image_get(struct user_symbols *symbols, uint32_t pid,
				     const struct mapping *mapping)
{
	struct image *place = symbols->images;

	for (size_t i = 0; i < IMAGE_LIMIT; i++) {
		struct image *image = &symbols->images[i];

		if (image->used && image->inode == mapping->inode &&
		    image->device == mapping->device) {
			image->used = ++symbols->tick;
			return image;
		}
		if (image->used < place->used)
			place = image;
	}
	image_close(symbols, place);
	place->device = mapping->device;
	place->inode = mapping->inode;
	place->used = ++symbols->tick;
	image_open(symbols, place, pid, mapping);
	return place;
}

void user_symbols_free(struct user_symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < PROCESS_LIMIT; i++)
		process_forget(&symbols->processes[i]);
	for (size_t i = 0; i < IMAGE_LIMIT; i++)
		image_close(symbols, &symbols->images[i]);
	free(symbols);
}

/* ---- addresses ---------------------------------------------------------- */

/* The last symbol that begins at or below, if the address is inside it. */
static const struct elf_symbol *symbol_at(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->count;
	const struct elf_symbol *symbol;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (image->symbols[middle].address > address)
			high = middle;
		else
			low = middle + 1;
	}
	if (!low)
		return NULL;
	symbol = &image->symbols[low - 1];
	/* assembly code often leaves the size out */
	return !symbol->size || address - symbol->address < symbol->size ? symbol : NULL;
}

const char *user_symbols_find(struct user_symbols *symbols, uint32_t pid, uint64_t address,
			      uint64_t *offset)
{
	const struct process *process = process_get(symbols, pid);
	const struct mapping *mapping = mapping_at(process, address);
	const struct image *image;
	const struct elf_symbol *symbol;
	uint64_t in_file;

	if (!mapping)
		return NULL;
	if (!strcmp(mapping->path, "[vdso]")) {
		*offset = UINT64_MAX;
		return mapping->path;
	}
	image = mapping->inode ? image_get(symbols, pid, mapping) : NULL;
	if (!image || !image->elf)
		return NULL;
	in_file = elf_address(image->elf, address - mapping->start + mapping->offset);
	symbol = in_file == UINT64_MAX ? NULL : symbol_at(image, in_file);
	if (!symbol)
		return NULL;
	*offset = in_file - symbol->address;
	return symbol->name;
}
