/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uprobe and uretprobe: a file and a function in it become an offset in the file, which
 * is what the kernel attaches to.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "lang/points.h"

/* The shell's usual path: the target's own environment is not ours to know. */
static const char *const directories[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					  "/usr/bin",	     "/sbin",	       "/bin"};

static const char *find_program(struct compilation *c, const char *name)
{
	struct file_info info;

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		const char *path = arena_printf(c->arena, "%s/%s", directories[i], name);

		if (!target_file_info(c->target, path, &info) && S_ISREG(info.mode) &&
		    (info.mode & 0111))
			return path;
	}
	return NULL;
}

static bool no_file(struct resolver *r, const char *file, int error)
{
	error_at(r->c, r->range, DIAG_no_file, file, strerror(error));
	if (!strchr(file, '/') && !strncmp(file, "lib", 3))
		hint(r->c, "give a library's whole path, such as '/lib/x86_64-linux-gnu/%s.so.6'",
		     file);
	return false;
}

/* An open file with functions. */
struct binary {
	const char *path;
	struct span image;
	struct elf_image *elf;
	const struct elf_symbol *symbols;
	size_t count;
};

static bool open_binary(struct resolver *r, const char *file, struct binary *binary)
{
	int error;

	*binary = (struct binary){.path = file};
	if (!strchr(file, '/'))
		binary->path = find_program(r->c, file);
	if (!binary->path)
		return no_file(r, file, ENOENT);
	error = target_map_file(r->c->target, binary->path, &binary->image);
	if (error)
		return no_file(r, file, -error);
	binary->elf = elf_open(binary->image);
	if (!binary->elf) {
		target_unmap_file(r->c->target, binary->image);
		return no_file(r, file, ENOEXEC);
	}
	binary->symbols = elf_symbols(binary->elf, &binary->count);
	return true;
}

static void close_binary(struct resolver *r, struct binary *binary)
{
	elf_close(binary->elf);
	target_unmap_file(r->c->target, binary->image);
}

/* ---- points ------------------------------------------------------------- */

static bool add_offset(struct resolver *r, const struct binary *binary, const char *symbol,
		       uint64_t offset, const char *function)
{
	struct attach_point point = {
		.kind = POINT_UPROBE,
		.name = binary->path,
		.symbol = symbol,
		.offset = offset,
		.is_return = r->points->type == PROBE_uretprobe,
	};

	return points_add(
		r, &point,
		arena_printf(r->c->arena, "%s:%s:%s", r->type->name, binary->path, function));
}

static bool no_code(struct resolver *r, const struct binary *binary, const char *function)
{
	error_at(r->c, r->range, DIAG_no_code, function, binary->path);
	return false;
}

/* Only the start of a function is known to be the start of an instruction. */
static bool may_be_inside(struct resolver *r, const char *function)
{
	if (r->c->unsafe)
		return true;
	error_at(r->c, r->range, DIAG_inside_function, function);
	hint(r->c, "--unsafe attaches it all the same");
	return false;
}

static bool add_symbol(struct resolver *r, const struct binary *binary,
		       const struct elf_symbol *symbol, const char *function)
{
	return add_offset(r, binary, arena_strdup(r->c->arena, symbol->name),
			  elf_file_offset(binary->elf, symbol->address),
			  arena_strdup(r->c->arena, function));
}

static bool add_inside(struct resolver *r, const struct binary *binary,
		       const struct elf_symbol *symbol, uint64_t offset, const char *function)
{
	if (offset >= symbol->size || !elf_is_code(binary->elf, symbol->address + offset))
		return no_code(r, binary, function);
	if (!may_be_inside(r, function))
		return false;
	return add_offset(r, binary, arena_strdup(r->c->arena, symbol->name),
			  elf_file_offset(binary->elf, symbol->address + offset),
			  arena_strdup(r->c->arena, function));
}

/* All that match; of several names of one place the first. */
static bool add_matching(struct resolver *r, const struct binary *binary, const char *pattern)
{
	uint64_t last = UINT64_MAX;

	for (size_t i = 0; i < binary->count; i++) {
		const struct elf_symbol *symbol = &binary->symbols[i];

		if (symbol->address == last || !glob_match(pattern, symbol->name) ||
		    !elf_is_code(binary->elf, symbol->address))
			continue;
		last = symbol->address;
		if (!add_symbol(r, binary, symbol, symbol->name))
			return false;
	}
	return r->points->count || points_no_match(r, NULL);
}

static bool no_symbol(struct resolver *r, const struct binary *binary, const char *name)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < binary->count; i++)
		nearest_offer(&nearest, binary->symbols[i].name);
	error_at(r->c, r->range, DIAG_no_symbol, name, binary->path);
	if (nearest.name)
		hint(r->c, "did you mean '%s'?", nearest.name);
	else if (!binary->count)
		hint(r->c, "the file has no symbols");
	return false;
}

static bool add_named(struct resolver *r, const struct binary *binary, const char *function)
{
	const char *plus = strchr(function, '+'), *name = function;
	uint64_t offset = 0;
	bool unit = false;

	if (plus) {
		if (r->points->type == PROBE_uretprobe ||
		    (strcmp(plus, "+0") &&
		     (!points_number(r->c, plus + 1, &offset, &unit) || unit)))
			return points_bad_form(r);
		name = arena_strndup(r->c->arena, function, (size_t)(plus - function));
	}
	for (size_t i = 0; i < binary->count; i++) {
		const struct elf_symbol *symbol = &binary->symbols[i];

		if (strcmp(symbol->name, name))
			continue;
		if (offset)
			return add_inside(r, binary, symbol, offset, function);
		if (!elf_is_code(binary->elf, symbol->address))
			return no_code(r, binary, function);
		return add_symbol(r, binary, symbol, function);
	}
	return no_symbol(r, binary, name);
}

/* A virtual address as the file's own symbols have it. */
static bool add_address(struct resolver *r, const struct binary *binary, const char *text,
			uint64_t address)
{
	bool starts = false;

	if (!elf_is_code(binary->elf, address))
		return no_code(r, binary, text);
	for (size_t i = 0; i < binary->count && !starts; i++)
		starts = binary->symbols[i].address == address;
	if (!starts && !may_be_inside(r, text))
		return false;
	return add_offset(r, binary, text, elf_file_offset(binary->elf, address), text);
}

static bool resolve_user(struct resolver *r)
{
	const char *file = r->parts[1], *function = r->parts[2];
	struct binary binary;
	uint64_t address;
	bool unit, found;

	if (r->part_count != 3 || !*file || !*function)
		return points_bad_form(r);
	if (!open_binary(r, file, &binary))
		return false;
	if (glob_has_wildcard(function))
		found = add_matching(r, &binary, function);
	else if (points_number(r->c, function, &address, &unit) && !unit)
		found = add_address(r, &binary, function, address);
	else
		found = add_named(r, &binary, function);
	close_binary(r, &binary);
	return found && r->points->count;
}

bool resolve_uprobe(struct resolver *r)
{
	return resolve_user(r);
}

bool resolve_uretprobe(struct resolver *r)
{
	return resolve_user(r);
}

/* ---- listing ------------------------------------------------------------ */

int list_uprobes(struct compilation *c, const char *pattern, struct text *out)
{
	const char *colon = strrchr(pattern, ':');
	struct points points = {.type = PROBE_uprobe};
	struct resolver r = {.c = c, .points = &points, .type = &probe_types[PROBE_uprobe]};
	const char *function = colon ? colon + 1 : "*";
	struct binary binary;

	if (!colon && !strchr(pattern, '/'))
		return 0; /* a pattern for names of other probes */
	r.text = pattern;
	if (!open_binary(&r,
			 colon ? arena_strndup(c->arena, pattern, (size_t)(colon - pattern))
			       : pattern,
			 &binary))
		return -ENOENT;
	for (size_t i = 0; i < binary.count; i++)
		if (glob_match(function, binary.symbols[i].name))
			text_printf(out, "uprobe:%s:%s\n", binary.path, binary.symbols[i].name);
	close_binary(&r, &binary);
	return 0;
}
