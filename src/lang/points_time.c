/* SPDX-License-Identifier: Apache-2.0 */
/*
 * interval and profile: both are the kernel's CPU clock as a perf event, on one CPU or
 * on each.  A period in nanoseconds or a frequency comes out.
 */
#include <linux/perf_event.h>
#include <string.h>

#include "lang/points.h"

static const struct {
	const char *name;
	uint64_t ns; /* 0: a frequency */
} units[] = {{"s", 1000000000}, {"ms", 1000000}, {"us", 1000}, {"ns", 1}, {"hz", 0}};

static bool bad_unit(struct resolver *r, const char *unit)
{
	error_at(r->c, r->range, DIAG_bad_unit, unit);
	hint(r->c, "units are s, ms, us and hz");
	return false;
}

static bool bad_period(struct resolver *r, const char *number)
{
	error_at(r->c, r->range, DIAG_bad_period, number);
	return false;
}

static bool take_unit(struct resolver *r, const char *unit, uint64_t *ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strcmp(units[i].name, unit))
			continue;
		*ns = units[i].ns;
		return true;
	}
	return bad_unit(r, unit);
}

/* "s:5", "hz:99", "5s" or nanoseconds. */
static bool take_period(struct resolver *r, struct attach_point *point)
{
	const char *number = r->parts[r->part_count - 1];
	uint64_t ns = 1;
	bool has_unit;

	if (r->part_count == 3 && !take_unit(r, r->parts[1], &ns))
		return false;
	if (!points_number(r->c, number, &point->period, &has_unit) ||
	    (has_unit && r->part_count == 3))
		return bad_period(r, number);
	point->is_frequency = !ns;
	if (!ns || !__builtin_mul_overflow(point->period, ns, &point->period))
		return true;
	error_at(r->c, r->range, DIAG_big_number, number);
	return false;
}

static bool resolve_clock(struct resolver *r, enum point_kind kind)
{
	struct attach_point point = {
		.kind = kind,
		.perf_type = PERF_TYPE_SOFTWARE,
		.perf_config = PERF_COUNT_SW_CPU_CLOCK,
	};
	const char *name;

	if (r->part_count < 2 || r->part_count > 3)
		return points_bad_form(r);
	if (!take_period(r, &point))
		return false;
	name = r->part_count == 3 ? arena_printf(r->c->arena, "%s:%s:%s", r->type->name,
						 r->parts[1], r->parts[2])
				  : arena_printf(r->c->arena, "%s:%s", r->type->name, r->parts[1]);
	return points_add(r, &point, name);
}

bool resolve_interval(struct resolver *r)
{
	return resolve_clock(r, POINT_PERF_ONE);
}

bool resolve_profile(struct resolver *r)
{
	return resolve_clock(r, POINT_PERF_ALL);
}
