/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event's `format` file in, its record type out.  Each field is a line
 *   field:TYPE NAME[ARRAY];	offset:N;	size:N;	signed:N;
 * where the type is C's, as it stands in the kernel's source, and the sizes are facts.
 */
#include "type/types.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST_EVENT = 1 << 16, MOST_STARS = 8 };

/* A field's line, taken apart. */
struct declaration {
	char *type; /* without qualifiers, stars and brackets */
	char *name;
	unsigned stars;
	bool is_array, is_data_loc, is_signed;
	unsigned long offset, size;
};

/* ---- text --------------------------------------------------------------- */

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool read_number(const char *line, const char *key, unsigned long *value)
{
	const char *at = strstr(line, key);
	char *end;

	if (!at)
		return false;
	at += strlen(key);
	*value = strtoul(at, &end, 10);
	return end != at && *value <= LARGEST_EVENT;
}

static bool is_qualifier(const char *word, size_t size)
{
	static const char *const qualifiers[] = {
		"const", "volatile", "restrict", "__user", "__rcu", "__percpu", "__seg_gs",
	};

	for (size_t i = 0; i < ARRAY_SIZE(qualifiers); i++) {
		if (strlen(qualifiers[i]) == size && !memcmp(qualifiers[i], word, size))
			return true;
	}
	return false;
}

/* Rewrites `type` in place: its words, one blank between them, without what else counts. */
static void take_type(struct declaration *d, char *type)
{
	const char *from = type;
	char *to = type;

	d->type = type;
	while (*from) {
		size_t size = 0;

		while (is_name_char(from[size]))
			size++;
		if (size == strlen("__data_loc") && !memcmp(from, "__data_loc", size)) {
			d->is_data_loc = true;
		} else if (size && !is_qualifier(from, size)) {
			if (to != type)
				*to++ = ' ';
			memmove(to, from, size);
			to += size;
		}
		d->stars += !size && *from == '*';
		d->is_array |= !size && *from == '[';
		from += size ? size : 1;
	}
	*to = '\0';
}

/* Cuts "TYPE NAME[ARRAY]" into its parts. */
static bool take_declaration(struct declaration *d, char *text)
{
	size_t end = strlen(text), start;

	while (end && text[end - 1] == ' ')
		end--;
	if (end && text[end - 1] == ']') {
		d->is_array = true;
		while (end && text[end - 1] != '[')
			end--;
		end -= end > 0;
	}
	for (start = end; start && is_name_char(text[start - 1]); start--)
		;
	if (!start || start == end)
		return false;
	text[end] = '\0';
	d->name = text + start;
	/* The name keeps its place: the type ends with the blank or star before it. */
	if (text[start - 1] == '*')
		d->stars++;
	text[start - 1] = '\0';
	take_type(d, text);
	return true;
}

static bool read_declaration(struct declaration *d, char *line)
{
	char *end = strchr(line, ';');
	unsigned long is_signed;

	*d = (struct declaration){0};
	if (!end || !read_number(end, "offset:", &d->offset) ||
	    !read_number(end, "size:", &d->size) || !read_number(end, "signed:", &is_signed))
		return false;
	d->is_signed = is_signed;
	*end = '\0';
	return take_declaration(d, line);
}

/* ---- types -------------------------------------------------------------- */

static bool is_int_size(unsigned long size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

static const struct type *pointer_type(struct types *types, const struct declaration *d,
				       enum space space)
{
	const struct type *type = type_by_name(types, d->type);

	if (!type)
		type = type_void(types);
	for (unsigned i = 0; i < d->stars && i < MOST_STARS; i++)
		type = type_pointer(types, type, space);
	return type;
}

static const struct type *element_type(struct types *types, const struct declaration *d,
				       enum space space)
{
	const struct type *type;

	if (d->stars)
		return pointer_type(types, d, space);
	type = type_of_c(types, d->type);
	return type ? type : type_int(types, 1, false);
}

/*
 * Arguments of system calls take 8 bytes whatever they are; only the low ones of a
 * smaller type mean something (an int's upper half is what the register held).
 */
static const struct type *scalar_type(struct types *types, const struct declaration *d)
{
	const struct type *type = type_of_c(types, d->type);

	if (type && type->size <= d->size)
		return type;
	if (is_int_size(d->size))
		return type_int(types, (uint32_t)d->size, d->is_signed);
	return type_array(types, type_int(types, 1, false), (uint32_t)d->size);
}

static const struct type *field_type(struct types *types, const struct declaration *d,
				     enum space space)
{
	const struct type *element;

	if (d->is_data_loc)
		return type_array(types, element_type(types, d, space), 0);
	if (d->is_array) {
		element = element_type(types, d, space);
		return type_array(types, element, (uint32_t)d->size / element->size);
	}
	if (d->stars && d->size == 8)
		return pointer_type(types, d, space);
	return scalar_type(types, d);
}

/* ---- the file ----------------------------------------------------------- */

struct fields {
	struct field *list;
	size_t count, capacity;
	uint32_t size;
};

static struct field *add_field(struct types *types, struct fields *fields)
{
	fields->list = arena_grow(types->arena, fields->list, fields->count, &fields->capacity,
				  sizeof(*fields->list));
	return &fields->list[fields->count++];
}

/* "retval" for the result of a system call, as published scripts have it. */
static void add_alias(struct types *types, struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		struct field alias = fields->list[i];

		if (strcmp(alias.name, "ret"))
			continue;
		alias.name = "retval";
		*add_field(types, fields) = alias;
		return;
	}
}

static bool read_field(struct types *types, struct fields *fields, char *line, enum space space)
{
	struct declaration d;
	uint32_t end;

	if (!read_declaration(&d, line))
		return false;
	*add_field(types, fields) = (struct field){
		.name = name_intern(types->names, d.name, strlen(d.name)),
		.type = field_type(types, &d, space),
		.offset = (uint32_t)d.offset,
		.is_data_loc = d.is_data_loc,
	};
	end = (uint32_t)(d.offset + d.size);
	if (end > fields->size)
		fields->size = end;
	return true;
}

/* The next line as a string of its own; NULL at the end. */
static char *next_line(struct arena *arena, struct reader *r)
{
	size_t left = r->size - r->at;
	const char *start, *end;

	if (!left)
		return NULL;
	start = (const char *)r->data + r->at;
	end = memchr(start, '\n', left);
	r->at += end ? (size_t)(end - start) + 1 : left;
	return arena_strndup(arena, start, end ? (size_t)(end - start) : left);
}

const struct type *tracefs_format(struct types *types, const char *category, const char *event,
				  struct span format)
{
	enum space space = strcmp(category, "syscalls") ? SPACE_KERNEL : SPACE_USER;
	struct reader r = reader_of(format.data, format.size);
	struct fields fields = {0};
	const char *name;
	char *line;

	while ((line = next_line(types->arena, &r))) {
		line += strspn(line, " \t");
		if (!strncmp(line, "print fmt:", 10))
			break;
		if (!strncmp(line, "field:", 6) && !read_field(types, &fields, line + 6, space))
			return NULL;
	}
	if (!fields.count)
		return NULL;
	if (space == SPACE_USER && !strncmp(event, "sys_exit_", 9))
		add_alias(types, &fields);
	name = arena_printf(types->arena, "struct tracepoint_%s_%s", category, event);
	return type_record(types, name, fields.list, (uint32_t)fields.count, fields.size);
}
