/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tools: scripts whose head comment is their manual.  The comment goes in; options for
 * the command line, the help text and the man page come out, so that none of them can
 * disagree.  The form:
 *
 *   name - summary / (blank) / description / options: / examples:
 *
 * with a line "-x, --long VALUE   text" or "positional   text [default]" per option.
 */
#include <ctype.h>
#include <string.h>

#include "cmd/cmd.h"

const struct tool *tool_find(const char *name)
{
	for (uint64_t i = 0; i < embedded_tool_count; i++)
		if (!strcmp(embedded_tools[i].name, name))
			return &embedded_tools[i];
	return NULL;
}

/* ---- reading the head comment ------------------------------------------- */

/* One line of the comment without its " * "; false at the comment's end. */
static bool next_line(struct span *rest, struct span *line)
{
	const char *start = rest->data, *end = start + rest->size;
	const char *stop = memchr(start, '\n', rest->size);

	if (!rest->size)
		return false;
	if (!stop)
		stop = end;
	rest->data = stop < end ? stop + 1 : end;
	rest->size = (size_t)(end - (const char *)rest->data);
	if (start < stop && *start == ' ')
		start++;
	if (start + 1 < stop && start[0] == '*' && start[1] == '/')
		return false;
	if (start < stop && *start == '*')
		start++;
	if (start < stop && *start == ' ')
		start++;
	*line = (struct span){start, (size_t)(stop - start)};
	return true;
}

static bool line_is(struct span line, const char *text)
{
	return line.size == strlen(text) && !memcmp(line.data, text, line.size);
}

static const char *trimmed(struct arena *arena, const char *text, size_t size)
{
	while (size && isspace((unsigned char)*text))
		text++, size--;
	while (size && isspace((unsigned char)text[size - 1]))
		size--;
	return arena_strndup(arena, text, size);
}

/* "[99999999]" at the end of a positional's text is its default. */
static void take_fallback(struct arena *arena, struct tool_option *option)
{
	const char *open = strrchr(option->doc, '[');
	size_t size = strlen(option->doc);

	option->fallback = "";
	if (!open || option->doc[size - 1] != ']')
		return;
	option->fallback = arena_strndup(arena, open + 1, size - (size_t)(open - option->doc) - 2);
	option->doc = trimmed(arena, option->doc, (size_t)(open - option->doc));
}

/* The names in "-p, --pid PID" or "interval". */
static void take_names(struct arena *arena, const char *names, struct tool_option *option)
{
	if (names[0] == '-' && names[1] != '-') {
		option->short_name = names[1];
		names += 2;
		names += strspn(names, ", ");
	}
	if (!strncmp(names, "--", 2)) {
		size_t size = strcspn(names + 2, " ");

		option->name = arena_strndup(arena, names + 2, size);
		names += 2 + size;
		names += strspn(names, " ");
		option->value = *names ? names : NULL;
	} else {
		option->is_positional = true;
		option->name = names;
	}
}

/* The blanks that part names from text: two or more. */
static size_t names_end(struct span line)
{
	const char *text = line.data;

	for (size_t i = 2; i + 1 < line.size; i++)
		if (text[i] == ' ' && text[i + 1] == ' ')
			return i;
	return line.size;
}

static void read_option(struct arena *arena, struct span line, struct tool_page *page,
			size_t *capacity)
{
	const char *text = line.data;
	size_t end = names_end(line);
	struct tool_option *last =
		page->option_count ? &page->options[page->option_count - 1] : NULL;
	const char *doc = trimmed(arena, text + end, line.size - end);

	if (last && line.size > 6 && !memcmp(text, "      ", 6)) {
		last->doc =
			arena_printf(arena, "%s %s", last->doc, trimmed(arena, text, line.size));
		return;
	}
	page->options = arena_grow(arena, page->options, page->option_count, capacity,
				   sizeof(*page->options));
	last = &page->options[page->option_count++];
	*last = (struct tool_option){.doc = doc};
	take_names(arena, trimmed(arena, text, end), last);
}

/* The arena's copy of what a text has gathered, without blank lines at either end. */
static const char *keep(struct arena *arena, struct text *text)
{
	const char *start = text_cstr(text);
	size_t size = text->size;

	while (size && *start == '\n')
		start++, size--;
	while (size && start[size - 1] == '\n')
		size--;
	start = arena_strndup(arena, start, size);
	text_free(text);
	return start;
}

static bool read_title(struct arena *arena, struct span line, struct tool_page *page)
{
	const char *dash = memmem(line.data, line.size, " - ", 3);

	if (!dash)
		return false;
	page->name = arena_strndup(arena, line.data, (size_t)(dash - (const char *)line.data));
	page->summary =
		trimmed(arena, dash + 3, line.size - (size_t)(dash + 3 - (const char *)line.data));
	return true;
}

/* Past "#!" and to the first line inside the comment. */
static bool find_comment(struct span *script)
{
	const char *text = script->data, *end = text + script->size;

	if (script->size > 2 && !memcmp(text, "#!", 2)) {
		text = memchr(text, '\n', script->size);
		if (!text)
			return false;
		text++;
	}
	while (text < end && isspace((unsigned char)*text))
		text++;
	if (end - text < 3 || memcmp(text, "/*\n", 3))
		return false;
	text += 3;
	*script = (struct span){text, (size_t)(end - text)};
	return true;
}

bool tool_page_read(struct arena *arena, struct span script, struct tool_page *page)
{
	enum { DESCRIPTION, OPTIONS, EXAMPLES } part = DESCRIPTION;
	struct text description = {0}, examples = {0};
	size_t capacity = 0;
	struct span line;

	*page = (struct tool_page){0};
	if (!find_comment(&script) || !next_line(&script, &line) || !read_title(arena, line, page))
		return false;
	while (next_line(&script, &line)) {
		if (line_is(line, "options:")) {
			part = OPTIONS;
		} else if (line_is(line, "examples:")) {
			part = EXAMPLES;
		} else if (part == OPTIONS && line.size) {
			read_option(arena, line, page, &capacity);
		} else if (part != OPTIONS) {
			struct text *to = part == EXAMPLES ? &examples : &description;

			text_add(to, line.data, line.size);
			text_char(to, '\n');
		}
	}
	for (uint32_t i = 0; i < page->option_count; i++)
		if (page->options[i].is_positional)
			take_fallback(arena, &page->options[i]);
	page->description = keep(arena, &description);
	page->examples = keep(arena, &examples);
	return true;
}

/* ---- reading the arguments ---------------------------------------------- */

struct arguments {
	struct arena *arena;
	const struct tool_page *page;
	struct invocation *invocation;
	struct text *why;
	char **next, **end;
	const char **options, **positional;
	size_t option_capacity, positional_capacity;
	bool help;
};

static const struct tool_option *find_option(const struct tool_page *page, char short_name,
					     const char *name, size_t size)
{
	for (uint32_t i = 0; i < page->option_count; i++) {
		const struct tool_option *option = &page->options[i];

		if (option->is_positional)
			continue;
		if (short_name ? option->short_name == short_name
			       : !strncmp(option->name, name, size) && !option->name[size])
			return option;
	}
	return NULL;
}

static void give_option(struct arguments *a, const char *name, const char *value)
{
	uint32_t *count = &a->invocation->option_count;

	a->options = arena_grow(a->arena, a->options, *count, &a->option_capacity,
				2 * sizeof(*a->options));
	a->options[*count * 2] = name;
	a->options[*count * 2 + 1] = value;
	(*count)++;
}

/* Values that the help calls by one of these names are numbers. */
static bool is_number_name(const char *name)
{
	static const char *const names[] = {"PID", "TID", "UID", "PPID", "SECONDS"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static int check_number(struct arguments *a, const char *name, const char *value)
{
	if (*value && strspn(value, "0123456789") == strlen(value) && strlen(value) < 19)
		return 0;
	text_printf(a->why, "%s: '%s' is not a number for %s", a->page->name, value, name);
	return -1;
}

static int take_value(struct arguments *a, const struct tool_option *option, const char *attached)
{
	if (!attached && a->next == a->end) {
		text_printf(a->why, "%s: option '--%s' needs a value (%s)", a->page->name,
			    option->name, option->value);
		return -1;
	}
	if (!attached)
		attached = *a->next++;
	give_option(a, option->name, attached);
	return is_number_name(option->value) ? check_number(a, option->value, attached) : 0;
}

/* Combined flags such as -mT; what follows an option with a value is the value. */
static int take_short(struct arguments *a, const char *letters)
{
	for (; *letters; letters++) {
		const struct tool_option *option = find_option(a->page, *letters, NULL, 0);

		if (!option && *letters == 'h') {
			a->help = true;
			return 0;
		}
		if (!option) {
			text_printf(a->why, "%s: unknown option '-%c'", a->page->name, *letters);
			return -1;
		}
		if (option->value)
			return take_value(a, option, letters[1] ? letters + 1 : NULL);
		give_option(a, option->name, NULL);
	}
	return 0;
}

static int take_long(struct arguments *a, const char *name)
{
	size_t size = strcspn(name, "=");
	const struct tool_option *option = find_option(a->page, 0, name, size);

	if (!option && !strcmp(name, "help")) {
		a->help = true;
		return 0;
	}
	if (!option) {
		text_printf(a->why, "%s: unknown option '--%.*s'", a->page->name, (int)size, name);
		return -1;
	}
	if (option->value)
		return take_value(a, option, name[size] ? name + size + 1 : NULL);
	if (name[size]) {
		text_printf(a->why, "%s: option '--%s' takes no value", a->page->name,
			    option->name);
		return -1;
	}
	give_option(a, option->name, NULL);
	return 0;
}

static const struct tool_option *positional_option(const struct tool_page *page, uint32_t index)
{
	for (uint32_t i = 0; i < page->option_count; i++)
		if (page->options[i].is_positional && !index--)
			return &page->options[i];
	return NULL;
}

/* As $1, $2, ... and by its name. */
static void give_positional(struct arguments *a, const char *value)
{
	uint32_t *count = &a->invocation->positional_count;

	a->positional = arena_grow(a->arena, a->positional, *count, &a->positional_capacity,
				   sizeof(*a->positional));
	a->positional[(*count)++] = value;
	give_option(a, positional_option(a->page, *count - 1)->name, value);
}

static int take_positional(struct arguments *a, const char *value)
{
	const struct tool_option *option =
		positional_option(a->page, a->invocation->positional_count);

	if (!option) {
		text_printf(a->why, "%s: unexpected argument '%s'", a->page->name, value);
		return -1;
	}
	give_positional(a, value);
	return isdigit((unsigned char)*option->fallback) ? check_number(a, option->name, value) : 0;
}

int tool_arguments(struct arena *arena, const struct tool_page *page, int argc, char **argv,
		   struct invocation *invocation, struct text *why)
{
	struct arguments a = {.arena = arena,
			      .page = page,
			      .invocation = invocation,
			      .why = why,
			      .next = argv,
			      .end = argv + argc};
	const struct tool_option *rest;
	bool only_positional = false;
	int error = 0;

	while (!error && !a.help && a.next < a.end) {
		const char *word = *a.next++;

		if (only_positional || word[0] != '-' || !word[1])
			error = take_positional(&a, word);
		else if (!strcmp(word, "--"))
			only_positional = true;
		else if (word[1] == '-')
			error = take_long(&a, word + 2);
		else
			error = take_short(&a, word + 1);
	}
	while ((rest = positional_option(page, invocation->positional_count)))
		give_positional(&a, rest->fallback);
	invocation->options = a.options;
	invocation->positional = a.positional;
	if (error)
		text_printf(why, "\nhint: %s --help shows the options", page->name);
	return error ? error : a.help;
}

/* ---- help and man page -------------------------------------------------- */

static void usage(const struct tool_page *page, struct text *out)
{
	text_printf(out, "%s [-h]", page->name);
	for (uint32_t i = 0; i < page->option_count; i++) {
		const struct tool_option *option = &page->options[i];

		if (option->is_positional)
			text_printf(out, " [%s]", option->name);
		else if (option->short_name)
			text_printf(out, " [-%c%s%s]", option->short_name, option->value ? " " : "",
				    option->value ? option->value : "");
		else
			text_printf(out, " [--%s%s%s]", option->name, option->value ? " " : "",
				    option->value ? option->value : "");
	}
}

/* "-p, --pid PID" */
static void option_names(const struct tool_option *option, struct text *out)
{
	if (option->short_name)
		text_printf(out, "-%c, ", option->short_name);
	text_printf(out, "%s%s", option->is_positional ? "" : "--", option->name);
	if (option->value)
		text_printf(out, " %s", option->value);
}

void tool_help(const struct tool_page *page, struct text *out)
{
	text_string(out, "usage: ");
	usage(page, out);
	text_printf(out, "\n\n%s\n\noptions:\n", page->summary);
	text_printf(out, "  %-24s %s\n", "-h, --help", "show this help and exit");
	for (uint32_t i = 0; i < page->option_count; i++) {
		struct text names = {0};

		option_names(&page->options[i], &names);
		text_printf(out, "  %-24s %s\n", text_cstr(&names), page->options[i].doc);
		text_free(&names);
	}
	if (*page->examples)
		text_printf(out, "\nexamples:\n%s\n", page->examples);
}

/* roff takes '\', and '.' or ''' in the first column, for its own. */
static void roff(const char *text, struct text *out)
{
	bool first = true;

	for (; *text; text++) {
		if (first && (*text == '.' || *text == '\''))
			text_string(out, "\\&");
		if (*text == '\\')
			text_string(out, "\\e");
		else if (*text == '-')
			text_string(out, "\\-");
		else
			text_char(out, *text);
		first = *text == '\n';
	}
}

void tool_man(const struct tool_page *page, struct text *out)
{
	text_printf(out, ".TH %s 8 \"\" \"sonde %s\"\n.SH NAME\n%s \\- ", page->name, SONDE_VERSION,
		    page->name);
	roff(page->summary, out);
	text_string(out, "\n.SH SYNOPSIS\nsonde ");
	struct text line = {0};

	usage(page, &line);
	roff(text_cstr(&line), out);
	text_free(&line);
	text_string(out, "\n.SH DESCRIPTION\n");
	roff(page->description, out);
	text_string(out, "\n.SH OPTIONS\n");
	for (uint32_t i = 0; i < page->option_count; i++) {
		struct text names = {0};

		option_names(&page->options[i], &names);
		text_string(out, ".TP\n");
		roff(text_cstr(&names), out);
		text_char(out, '\n');
		roff(page->options[i].doc, out);
		text_char(out, '\n');
		text_free(&names);
	}
	text_string(out, ".SH EXAMPLES\n.nf\n");
	roff(page->examples, out);
	text_string(out, "\n.fi\n.SH SEE ALSO\nsonde(8)\n");
}
