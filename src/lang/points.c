/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Probe names to attach points.  A name as written goes in; its parameters are replaced,
 * its type is found, and that type's resolver (points_*.c) adds the points.  Every full
 * name that comes out resolves to itself.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lang/check.h"
#include "lang/lex.h"
#include "lang/points.h"

static bool (*const resolvers[PROBE_COUNT])(struct resolver *r) = {
#define PROBE(id, ...) [PROBE_##id] = resolve_##id,
#include "lang/probes.def"
#undef PROBE
};

/* ---- what the resolvers use --------------------------------------------- */

bool points_add(struct resolver *r, const struct attach_point *point, const char *name)
{
	struct points *points = r->points;

	if (points->count >= r->c->max_probes) {
		if (!r->too_many)
			error_at(r->c, r->range, DIAG_too_many_probes, r->text, points->count + 1,
				 r->c->max_probes);
		r->too_many = true;
		return false;
	}
	points->list = arena_grow(r->c->arena, points->list, points->count, &r->list_capacity,
				  sizeof(*points->list));
	points->names = arena_grow(r->c->arena, points->names, points->count, &r->name_capacity,
				   sizeof(*points->names));
	points->list[points->count] = *point;
	points->list[points->count].range = r->range;
	points->names[points->count++] = name;
	return true;
}

bool points_bad_form(struct resolver *r)
{
	error_at(r->c, r->range, DIAG_bad_probe, r->text, r->type->form);
	return false;
}

bool points_no_match(struct resolver *r, const char *nearest)
{
	error_at(r->c, r->range, DIAG_no_match, r->text);
	if (nearest)
		hint(r->c, "did you mean '%s'?", nearest);
	return false;
}

bool points_number(struct compilation *c, const char *text, uint64_t *number, bool *unit)
{
	struct token token = {0};
	(void)c;

	if (!isdigit((unsigned char)*text) ||
	    number_read(text, strlen(text), &token) != NUMBER_GOOD || !token.number)
		return false;
	*number = (uint64_t)token.number;
	*unit = token.unit_ns != 0;
	return *unit || token.is_unsigned || token.number > 0;
}

/* ---- $1 and $name ------------------------------------------------------- */

static const char *option_value(struct compilation *c, const char *name)
{
	for (uint32_t i = 0; i < c->option_count; i++)
		if (!strcmp(c->options[2 * i], name))
			return c->options[2 * i + 1] ? c->options[2 * i + 1] : "1";
	return NULL;
}

/* The value of the parameter that begins behind a '$'; moves on behind it. */
static const char *take_parameter(struct compilation *c, struct range range, const char **at)
{
	const char *start = *at, *value;
	unsigned long position;

	if (isdigit((unsigned char)**at)) {
		position = strtoul(start, (char **)at, 10);
		return position && position <= c->positional_count ? c->positional[position - 1]
								   : "";
	}
	while (isalnum((unsigned char)**at) || **at == '_')
		++*at;
	start = arena_strndup(c->arena, start, (size_t)(*at - start));
	value = option_value(c, start);
	if (!value)
		error_at(c, range, DIAG_unknown_option, start);
	return value;
}

/* The text with its parameters replaced; NULL: an unknown one. */
static const char *replace_parameters(struct compilation *c, struct range range, const char *text)
{
	struct text out = {0};
	const char *result = NULL;

	if (!strchr(text, '$'))
		return text;
	while (*text) {
		const char *value;

		if (*text != '$' || !(isalnum((unsigned char)text[1]) || text[1] == '_')) {
			text_char(&out, *text++);
			continue;
		}
		text++;
		value = take_parameter(c, range, &text);
		if (!value)
			goto out;
		text_string(&out, value);
	}
	result = arena_strdup(c->arena, text_cstr(&out));
out:
	text_free(&out);
	return result;
}

/* ---- parts -------------------------------------------------------------- */

/* The end of the part at `at`: a ':' outside of quotes, or the text's end. */
static const char *part_end(const char *at)
{
	bool quoted = false;

	for (; *at && (quoted || *at != ':'); at++)
		if (*at == '"')
			quoted = !quoted;
	return at;
}

static const char *unquoted(struct arena *arena, const char *part, size_t size)
{
	char *out = arena_alloc(arena, size + 1), *to = out;

	for (size_t i = 0; i < size; i++)
		if (part[i] != '"')
			*to++ = part[i];
	return out;
}

/* False: there are more parts than any probe type has. */
static bool split(struct resolver *r)
{
	const char *at = r->text;

	for (;;) {
		const char *end = part_end(at);

		if (r->part_count == MAX_PARTS)
			return false;
		r->parts[r->part_count++] = unquoted(r->c->arena, at, (size_t)(end - at));
		if (!*end)
			return true;
		at = end + 1;
	}
}

static bool unknown_type(struct resolver *r)
{
	struct nearest nearest = nearest_to(r->parts[0]);

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		nearest_offer(&nearest, probe_types[i].name);
	error_at(r->c, r->range, DIAG_unknown_probe_type, r->parts[0]);
	if (nearest.name)
		hint(r->c, "did you mean '%s'?", nearest.name);
	return false;
}

static bool has_feature(struct resolver *r)
{
	if (r->type->feature < 0 || target_has(r->c->target, (enum feature)r->type->feature))
		return true;
	error_at(r->c, r->range, DIAG_missing_feature, r->text, feature_rows[r->type->feature].doc);
	return false;
}

bool points_resolve(struct compilation *c, const struct token *point, struct points *points)
{
	struct resolver r = {.c = c, .range = point->range, .points = points};
	bool fits;

	*points = (struct points){.type = PROBE_COUNT};
	r.text = replace_parameters(c, point->range, point->name);
	if (!r.text)
		return false;
	fits = split(&r);
	r.type = probe_type_find(r.parts[0]);
	if (!r.type)
		return unknown_type(&r);
	points->type = (enum probe_id)(r.type - probe_types);
	if (!fits)
		return points_bad_form(&r);
	return has_feature(&r) && resolvers[points->type](&r) && !r.too_many;
}

/* ---- the types without a place ------------------------------------------ */

bool resolve_begin(struct resolver *r)
{
	if (r->part_count != 1)
		return points_bad_form(r);
	return points_add(r, &(struct attach_point){.kind = POINT_BEGIN}, r->type->name);
}

bool resolve_end(struct resolver *r)
{
	if (r->part_count != 1)
		return points_bad_form(r);
	return points_add(r, &(struct attach_point){.kind = POINT_END}, r->type->name);
}

/* ---- listing ------------------------------------------------------------ */

static const struct {
	enum probe_id type;
	int (*list)(struct compilation *c, const char *pattern, struct text *out);
} listers[] = {
	{PROBE_tracepoint, list_tracepoints},
	{PROBE_uprobe, list_uprobes},
	{PROBE_kprobe, list_kprobes},
};

/* Whether `pattern` can stand for probes of this type; then `rest` is its rest. */
static bool names_type(const char *pattern, const struct probe_type *type, struct arena *arena,
		       const char **rest)
{
	const char *colon = strchr(pattern, ':');
	const char *head = colon ? arena_strndup(arena, pattern, (size_t)(colon - pattern)) : NULL;

	*rest = colon ? colon + 1 : pattern;
	return !colon || glob_match(head, type->name) || !strcmp(head, type->alias);
}

static int count_lines(const struct text *text, size_t from)
{
	int count = 0;

	for (; from < text->size; from++)
		count += text->data[from] == '\n';
	return count;
}

int points_list(struct compilation *c, const char *pattern, struct text *out)
{
	size_t before = out->size;
	const char *rest;
	int error = 0, count;

	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (!strchr(probe_types[i].form, ':') && glob_match(pattern, probe_types[i].name))
			text_printf(out, "%s\n", probe_types[i].name);
	for (size_t i = 0; i < ARRAY_SIZE(listers); i++) {
		const struct probe_type *type = &probe_types[listers[i].type];
		int failed = 0;

		if (names_type(pattern, type, c->arena, &rest))
			failed = listers[i].list(c, rest, out);
		if (failed && !error)
			error = failed;
	}
	count = count_lines(out, before);
	return count ? count : error;
}
