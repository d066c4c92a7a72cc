/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the resolvers of probe names share.  A name in the script, its parts, and the
 * points found so far go from function to function.
 */
#ifndef SONDE_POINTS_H
#define SONDE_POINTS_H

#include "lang/lang.h"

enum { MAX_PARTS = 4 };

struct resolver {
	struct compilation *c;
	struct range range;	/* in the script */
	const char *text;	/* "t:sched:*", parameters replaced */
	const char *parts[MAX_PARTS]; /* without quotes; the first is the type */
	uint32_t part_count;
	const struct probe_type *type;
	struct points *points;
	size_t list_capacity, name_capacity;
	bool too_many; /* told already */
};

/* One point more; what the resolver does not set is zero.  False: too many. */
bool points_add(struct resolver *r, const struct attach_point *point, const char *name);
/* False, and the error that the text is not of its type's form. */
bool points_bad_form(struct resolver *r);
/* Nothing matched: false, and the error, with a hint where `nearest` is not NULL. */
bool points_no_match(struct resolver *r, const char *nearest);

/*
 * A number above 0: "99", "0x63", "1e3", "100ms".  `unit` is true when it had a unit
 * and has become nanoseconds.
 */
bool points_number(struct compilation *c, const char *text, uint64_t *number, bool *unit);

/* Names that end in NUL, one after the other, in a text. */
static inline const char *names_next(const struct text *names, const char *name)
{
	const char *next = name ? name + __builtin_strlen(name) + 1 : names->data;

	return names->size && next < names->data + names->size ? next : NULL;
}

/* ---- one per probe type ------------------------------------------------- */

#define PROBE(id, ...) bool resolve_##id(struct resolver *r);
#include "lang/probes.def"
#undef PROBE

/* Full names that match the pattern's parts, a line each; 0 or -errno. */
int list_tracepoints(struct compilation *c, const char *pattern, struct text *out);
int list_kprobes(struct compilation *c, const char *pattern, struct text *out);
int list_uprobes(struct compilation *c, const char *pattern, struct text *out);

/* ---- nearest.c ---------------------------------------------------------- */

/* Looks for the name that may have been meant. */
struct nearest {
	const char *wanted;
	const char *name; /* the best so far, or NULL */
	unsigned distance; /* what must be undercut */
};

struct nearest nearest_to(const char *wanted);
void nearest_offer(struct nearest *nearest, const char *name);

#endif
