/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attach points of a program onto the target, some at a time, so that a user who has had
 * enough need not wait for the rest.  Every point must attach: the first that does not
 * is an error that points at the script.
 */
#include "trace/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 16 };

static const struct diagnostic_kind cannot_attach = {"cannot_attach", SEVERITY_ERROR,
						     "cannot attach '%s': %s"};

/* How a kind of point attaches, and its name in messages. */
static const struct method {
	enum attach_method method;
	bool is_attached; /* false: run by session_open and session_close */
	bool is_last_first; /* the kernel runs the one attached last first */
	const char *entry, *exit;
} methods[] = {
	[POINT_BEGIN] = {.entry = "BEGIN"},
	[POINT_END] = {.entry = "END"},
	[POINT_TRACEPOINT] = {ATTACH_TRACEPOINT, true, false, "tracepoint", NULL},
	[POINT_RAW_TRACEPOINT] = {ATTACH_RAW_TRACEPOINT, true, false, "rawtracepoint", NULL},
	[POINT_PERF_ONE] = {ATTACH_PERF, true, false, "interval", NULL},
	[POINT_PERF_ALL] = {ATTACH_PERF, true, false, "profile", NULL},
	[POINT_UPROBE] = {ATTACH_UPROBE, true, true, "uprobe", "uretprobe"},
	[POINT_KPROBE] = {ATTACH_KPROBE, true, true, "kprobe", "kretprobe"},
};

static const struct {
	int error;
	const char *hint;
} hints[] = {
	{-ENOENT, "this kernel does not have it; list those it has with -l"},
	{-EACCES, "this needs CAP_BPF and CAP_PERFMON, or root"},
	{-EPERM, "this needs CAP_BPF and CAP_PERFMON, or root"},
	{-EMFILE, "too many probes for the limit on open files; raise it with ulimit -n"},
	{-EOPNOTSUPP, "this kernel was built without support for it"},
};

/* Attachments that are asked for together. */
struct piece {
	struct attach list[PIECE];
	const struct attach_point *points[PIECE];
	const struct program_probe *probes[PIECE];
	uint32_t count;
};

static void name_point(const struct attach_point *point, const struct program_probe *probe,
		       struct text *out)
{
	const struct method *method = &methods[point->kind];

	if (probe->point_count == 1 || !point->name) {
		text_string(out, probe->name);
		return;
	}
	text_printf(out, "%s:%s", point->is_return ? method->exit : method->entry, point->name);
	if (point->symbol)
		text_printf(out, ":%s", point->symbol);
}

static void explain(struct session *session, const struct piece *piece, uint32_t failed, int error,
		    const char *reason, struct text *why)
{
	struct report *report = session->options.report;
	struct text name = {0};

	name_point(piece->points[failed], piece->probes[failed], &name);
	if (!report)
		text_printf(why, cannot_attach.format, text_cstr(&name), reason);
	else
		report_add(report, piece->points[failed]->range, &cannot_attach, text_cstr(&name),
			   reason);
	for (size_t i = 0; report && i < ARRAY_SIZE(hints); i++)
		if (hints[i].error == error)
			report_hint(report, "%s", hints[i].hint);
	text_free(&name);
}

/* The first line only: there is one for each that failed. */
static const char *first_reason(struct text *reasons, int64_t error)
{
	if (!reasons->size)
		return strerror((int)-error);
	reasons->data[strcspn(reasons->data, "\n")] = '\0';
	return reasons->data;
}

/* Attach what is in the piece and empty it. */
static int attach_piece(struct session *session, struct piece *piece, struct text *why)
{
	int64_t results[PIECE] = {0};
	struct text reasons = {0};
	int error = 0;

	if (session_stopped(session))
		return -EINTR;
	if (piece->count)
		error = target_attach(session->target, piece->list, piece->count, results,
				      &reasons);
	if (error < 0)
		text_printf(why, "cannot attach: %s", first_reason(&reasons, error));
	for (uint32_t i = 0; i < piece->count && error >= 0; i++) {
		if (results[i] >= 0)
			continue;
		error = (int)results[i];
		explain(session, piece, i, error, first_reason(&reasons, error), why);
	}
	piece->count = 0;
	text_free(&reasons);
	return error < 0 ? error : 0;
}

static int attach_one(struct session *session, struct piece *piece, uint32_t probe,
		      const struct attach_point *point, int cpu, struct text *why)
{
	piece->points[piece->count] = point;
	piece->probes[piece->count] = &session->program->probes[probe];
	piece->list[piece->count++] = (struct attach){
		.method = methods[point->kind].method,
		.program = session->programs[probe],
		.name = point->name ? point->name : "",
		.offset = point->offset,
		.is_return = point->is_return,
		.perf_type = point->perf_type,
		.perf_config = point->perf_config,
		.period = point->period,
		.is_frequency = point->is_frequency,
		.pid = -1,
		.cpu = cpu,
	};
	return piece->count == PIECE ? attach_piece(session, piece, why) : 0;
}

/* Those on the first CPU (interval), on each (profile), or wherever they happen. */
static int attach_point(struct session *session, struct piece *piece, uint32_t probe,
			const struct attach_point *point, struct text *why)
{
	const struct machine *machine = target_machine(session->target);
	uint32_t cpus = point->kind == POINT_PERF_ALL ? machine->cpus_online : 1;
	bool on_cpu = methods[point->kind].method == ATTACH_PERF && machine->cpus_online;
	int error = 0;

	for (uint32_t i = 0; i < cpus && !error; i++)
		error = attach_one(session, piece, probe, point, on_cpu ? machine->online[i] : -1,
				   why);
	return error;
}

static int attach_points(struct session *session, struct piece *piece, uint32_t probe,
			 bool last_first, struct text *why)
{
	const struct program_probe *spec = &session->program->probes[probe];
	int error = 0;

	for (uint32_t i = 0; i < spec->point_count && !error; i++) {
		const struct method *method = &methods[spec->points[i].kind];

		if (method->is_attached && method->is_last_first == last_first)
			error = attach_point(session, piece, probe, &spec->points[i], why);
	}
	return error;
}

/* In the order in which the probes of one event shall run: that of the script. */
static int attach_all(struct session *session, struct piece *piece, struct text *why)
{
	uint32_t count = session->program->probe_count;
	int error = 0;

	for (uint32_t i = 0; i < count && !error; i++)
		error = attach_points(session, piece, i, false, why);
	for (uint32_t i = count; i-- > 0 && !error;)
		error = attach_points(session, piece, i, true, why);
	return error ? error : attach_piece(session, piece, why);
}

int session_attach(struct session *session, uint32_t *points, struct text *why)
{
	struct piece piece = {0};

	*points = 0;
	for (uint32_t i = 0; i < session->program->probe_count; i++)
		*points += session->program->probes[i].point_count;
	return attach_all(session, &piece, why);
}
