/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kprobe and kretprobe: a name is taken as it stands (the kernel is asked when it is
 * attached); patterns are matched with the functions that ftrace can trace.
 */
#include <errno.h>
#include <string.h>

#include "lang/points.h"

static bool add_function(struct resolver *r, const char *name, uint64_t offset)
{
	struct attach_point point = {
		.kind = POINT_KPROBE,
		.name = name,
		.symbol = name,
		.offset = offset,
		.is_return = r->points->type == PROBE_kretprobe,
	};
	const char *full = offset ? arena_printf(r->c->arena, "%s:%s+%llu", r->type->name, name,
						 (unsigned long long)offset)
				  : arena_printf(r->c->arena, "%s:%s", r->type->name, name);

	return points_add(r, &point, full);
}

/* `visit` each traceable function that matches. */
static int walk_functions(struct compilation *c, const char *pattern,
			  bool (*visit)(void *context, const char *name), void *context)
{
	struct text functions = {0};
	int error =
		target_read_file(c->target, ROOT_TRACEFS, "available_filter_functions", &functions);
	char *at = functions.data;

	while (!error && at && *at) {
		char *end = strchrnul(at, '\n'), *next = *end ? end + 1 : end;

		*end = '\0';
		at[strcspn(at, " \t")] = '\0'; /* " [module]" */
		if (glob_match(pattern, at) && !visit(context, at))
			break;
		at = next;
	}
	text_free(&functions);
	return error;
}

static bool visit_add(void *context, const char *name)
{
	struct resolver *r = context;

	return add_function(r, arena_strdup(r->c->arena, name), 0);
}

static bool resolve_function(struct resolver *r)
{
	const char *plus, *name = r->parts[1];
	uint64_t offset = 0;
	bool unit = false;

	if (r->part_count != 2 || !*name)
		return points_bad_form(r);
	if (glob_has_wildcard(name)) {
		walk_functions(r->c, name, visit_add, r);
		return r->points->count || points_no_match(r, NULL);
	}
	plus = strchr(name, '+');
	if (plus) {
		if (strcmp(plus, "+0") && (!points_number(r->c, plus + 1, &offset, &unit) || unit))
			return points_bad_form(r);
		name = arena_strndup(r->c->arena, name, (size_t)(plus - name));
	}
	if (offset && r->points->type == PROBE_kretprobe)
		return points_bad_form(r);
	return add_function(r, name, offset);
}

bool resolve_kprobe(struct resolver *r)
{
	return resolve_function(r);
}

bool resolve_kretprobe(struct resolver *r)
{
	return resolve_function(r);
}

static bool visit_list(void *context, const char *name)
{
	text_printf(context, "kprobe:%s\n", name);
	return true;
}

int list_kprobes(struct compilation *c, const char *pattern, struct text *out)
{
	if (!target_has(c->target, FEATURE_kprobe))
		return 0;
	return walk_functions(c, pattern, visit_list, out);
}
