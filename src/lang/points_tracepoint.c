/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tracepoints: tracefs says which there are.  A name without wildcards costs one read;
 * patterns and hints list directories.
 */
#include <stdio.h>
#include <string.h>

#include "lang/points.h"

static bool add_event(struct resolver *r, const char *category, const char *event)
{
	struct attach_point point = {.kind = POINT_TRACEPOINT};

	point.name = arena_printf(r->c->arena, "%s:%s", category, event);
	return points_add(r, &point, arena_printf(r->c->arena, "tracepoint:%s", point.name));
}

/* Names under events/ or events/CATEGORY/; files beside the directories have names that
 * no event has. */
static int list_names(struct compilation *c, const char *category, struct text *names)
{
	char path[256];

	snprintf(path, sizeof(path), "events%s%s", *category ? "/" : "", category);
	return target_list(c->target, ROOT_TRACEFS, path, names);
}

static bool is_event(const char *name)
{
	return strcmp(name, "enable") && strcmp(name, "filter") && strcmp(name, "header_event") &&
	       strcmp(name, "header_page");
}

/* `visit` each event of the categories and names that match; it ends the walk with false. */
struct walk {
	const char *category, *event; /* patterns */
	bool (*visit)(void *context, const char *category, const char *event);
	void *context;
};

static bool walk_category(struct compilation *c, const struct walk *walk, const char *category)
{
	struct text events = {0};
	bool go_on = true;

	if (!list_names(c, category, &events))
		for (const char *event = NULL; go_on && (event = names_next(&events, event));)
			if (is_event(event) && glob_match(walk->event, event))
				go_on = walk->visit(walk->context, category, event);
	text_free(&events);
	return go_on;
}

static int walk_events(struct compilation *c, const struct walk *walk)
{
	struct text categories = {0};
	bool go_on = true;
	int error;

	if (!glob_has_wildcard(walk->category)) {
		walk_category(c, walk, walk->category);
		return 0;
	}
	error = list_names(c, "", &categories);
	for (const char *category = NULL; go_on && (category = names_next(&categories, category));)
		if (is_event(category) && glob_match(walk->category, category))
			go_on = walk_category(c, walk, category);
	text_free(&categories);
	return error;
}

static bool exists(struct compilation *c, const char *category, const char *event)
{
	struct text id = {0};
	char path[256];
	int error;

	snprintf(path, sizeof(path), "events/%s/%s/id", category, event);
	error = target_read_file(c->target, ROOT_TRACEFS, path, &id);
	text_free(&id);
	return !error;
}

/* ---- hints -------------------------------------------------------------- */

struct offer {
	struct resolver *r;
	struct nearest nearest;
	const char *full; /* of the nearest, kept */
};

static bool offer_event(void *context, const char *category, const char *event)
{
	struct offer *offer = context;
	unsigned before = offer->nearest.distance;

	nearest_offer(&offer->nearest, event);
	if (offer->nearest.distance != before)
		offer->full = arena_printf(offer->r->c->arena, "tracepoint:%s:%s", category, event);
	return true;
}

/* The event may be misspelt, or stand in another category. */
static const char *nearest_event(struct resolver *r, const char *category, const char *event)
{
	struct offer offer = {r, nearest_to(event), NULL};

	walk_events(r->c, &(struct walk){category, "*", offer_event, &offer});
	if (!offer.full)
		walk_events(r->c, &(struct walk){"*", "*", offer_event, &offer});
	return offer.full;
}

static bool no_event(struct resolver *r)
{
	const char *nearest = NULL;

	if (!glob_has_wildcard(r->text))
		nearest = nearest_event(r, r->parts[1], r->parts[2]);
	return points_no_match(r, nearest);
}

/* ---- resolving and listing ---------------------------------------------- */

static bool visit_add(void *context, const char *category, const char *event)
{
	return add_event(context, category, event);
}

bool resolve_tracepoint(struct resolver *r)
{
	const char *category = r->parts[1], *event = r->parts[2];

	if (r->part_count != 3 || !*category || !*event || strchr(category, '/') ||
	    strchr(event, '/'))
		return points_bad_form(r);
	if (glob_has_wildcard(category) || glob_has_wildcard(event))
		walk_events(r->c, &(struct walk){category, event, visit_add, r});
	else if (exists(r->c, category, event))
		add_event(r, category, event);
	return r->points->count || no_event(r);
}

struct listing {
	const char *pattern; /* of the whole "category:event" */
	struct text *out;
};

static bool visit_list(void *context, const char *category, const char *event)
{
	struct listing *listing = context;
	char name[256];

	snprintf(name, sizeof(name), "%s:%s", category, event);
	if (glob_match(listing->pattern, name))
		text_printf(listing->out, "tracepoint:%s\n", name);
	return true;
}

int list_tracepoints(struct compilation *c, const char *pattern, struct text *out)
{
	struct listing listing = {pattern, out};

	return walk_events(c, &(struct walk){"*", "*", visit_list, &listing});
}
