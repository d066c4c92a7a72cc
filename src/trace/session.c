/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program running on a target, from loading to the last line of output.  Records go to
 * the sink in order; maps and losses follow at the end.  Once the sink or the target has
 * failed nothing more is shown.
 */
#include "trace/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long records are followed at the end; short where programs do not stop. */
enum { DRAIN_MS = 10000, FOLLOW_MS = 10 };

bool session_stopped(const struct session *session)
{
	return session->options.stop && *session->options.stop;
}

/* ---- opening ------------------------------------------------------------ */

static int open_events(struct session *session, struct text *why)
{
	const struct program *program = session->program;

	if (program->rings >= program->map_count || !program->ring_count)
		return 0;
	return target_events_open(session->target, session->maps[program->rings], why);
}

/* Run the programs of BEGIN or END. */
static int run_probes(struct session *session, enum point_kind kind, struct text *why)
{
	const struct program *program = session->program;
	struct text reason = {0};
	int error = 0;

	for (uint32_t i = 0; i < program->probe_count && !error; i++) {
		const struct program_probe *probe = &program->probes[i];

		if (!probe->point_count || probe->points[0].kind != kind)
			continue;
		error = target_program_run(session->target, session->programs[i], NULL, &reason);
		if (error)
			text_printf(why, "cannot run '%s': %s", probe->name, text_cstr(&reason));
	}
	text_free(&reason);
	return error;
}

static int start(struct session *session, struct text *why)
{
	uint32_t points;
	int error = session_load(session, why);

	if (!error)
		error = open_events(session, why);
	if (!error && !session->options.dry_run)
		error = run_probes(session, POINT_BEGIN, why);
	if (!error)
		error = session_attach(session, &points, why);
	if (!error)
		session->sink->operations->attached(session->sink, points);
	return error;
}

static struct session *session_new(struct target *target, const struct program *program,
				   const struct session_options *options, struct sink *sink)
{
	struct arena *arena = arena_new();
	struct session *session;

	if (!arena)
		return NULL;
	session = arena_new_of(arena, struct session);
	session->arena = arena;
	session->target = target;
	session->program = program;
	session->options = *options;
	session->sink = sink;
	session->symbols = symbols_new(target);
	session->maps = arena_array(arena, handle_t, program->map_count);
	session->programs = arena_array(arena, handle_t, program->probe_count);
	session->cleared = arena_array(arena, bool, program->map_count);
	session->event = (struct event){
		.program = program,
		.boot_to_real = target_machine(target)->boot_to_real,
		.symbols = session->symbols,
	};
	return session;
}

static void session_free(struct session *session)
{
	target_close_handles(session->target, session->programs, session->program_count);
	target_close_handles(session->target, session->maps, session->map_count);
	symbols_free(session->symbols);
	arena_free(session->arena);
}

int session_open(struct session **session, struct target *target, const struct program *program,
		 const struct session_options *options, struct sink *sink, struct text *why)
{
	struct session *opened = session_new(target, program, options, sink);
	int error = opened ? start(opened, why) : -ENOMEM;

	*session = error ? NULL : opened;
	if (error && opened)
		session_free(opened);
	return error;
}

/* ---- running ------------------------------------------------------------ */

static int flush(struct session *session)
{
	int error = session->sink->operations->flush(session->sink);

	if (error)
		session->broken = error;
	return error;
}

/* Deliver once.  How many records came, or -errno. */
static int step(struct session *session, int timeout_ms, int wake)
{
	int result = target_events_step(session->target, timeout_ms, wake, session_record, session);
	int error = flush(session);

	if (result == -ECANCELED && session->exited)
		result = 0;
	/* -EPIPE is for a sink that nobody reads, which is no failure; this is one */
	if (result == -EPIPE)
		result = -ECONNRESET;
	if (result < 0 && result != -EINTR)
		session->broken = result;
	return error ? error : result;
}

int session_step(struct session *session, int timeout_ms)
{
	int result;

	if (session->broken)
		return session->broken;
	if (session_stopped(session))
		return -EINTR;
	result = step(session, timeout_ms, session->options.wake);
	if (session->exited)
		return 1;
	if (result == -EINTR && !session_stopped(session))
		return 0;
	return result < 0 ? result : 0;
}

int session_exit_code(const struct session *session)
{
	return session->exit_code;
}

int session_info(struct session *session, uint32_t probe, struct program_info *info)
{
	if (probe >= session->program_count)
		return -EINVAL;
	return target_program_info(session->target, session->programs[probe], info);
}

/* ---- maps --------------------------------------------------------------- */

/*
 * An unkeyed map always has its one value.  It counts as never assigned when nothing was
 * aggregated, or a text or tuple is all zero, or clear() was the last that happened to a
 * number that is 0.
 */
static bool never_assigned(const struct session *session, const struct rows *rows, uint32_t map)
{
	const struct type *type = rows->map->value;
	const char *value;

	if (!rows->count)
		return true;
	if (rows->map->key)
		return false;
	value = rows->list->value;
	for (uint32_t i = 0; i < type->size; i++)
		if (value[i])
			return false;
	if (type->kind == KIND_int || type->kind == KIND_bool || type->kind == KIND_pointer)
		return session->cleared[map];
	return true;
}

static int show_map(struct session *session, uint32_t map, struct text *why)
{
	struct rows rows = {.symbols = session->symbols};
	struct arena *arena;
	int error = rows_read(session->target, session->program, map, session->maps[map], &rows,
			      &arena, why);

	if (!error && !never_assigned(session, &rows, map))
		session->sink->operations->rows(session->sink, &rows);
	arena_free(arena);
	return error;
}

static int compare_map_names(const void *a, const void *b, void *maps)
{
	const struct map_spec *list = maps;

	return strcmp(list[*(const uint32_t *)a].name, list[*(const uint32_t *)b].name);
}

static int show_maps(struct session *session, struct text *why)
{
	const struct program *program = session->program;
	uint32_t *order = calloc(program->map_count + 1, sizeof(*order));
	uint32_t count = 0;
	int error = order ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < program->map_count && !error; i++)
		if (program->maps[i].role == MAP_USER)
			order[count++] = i;
	if (!error)
		qsort_r(order, count, sizeof(*order), compare_map_names, program->maps);
	for (uint32_t i = 0; i < count && !error; i++)
		error = show_map(session, order[i], why);
	free(order);
	return error;
}

void session_print_maps(struct session *session)
{
	if (session->broken)
		return;
	show_maps(session, NULL);
	flush(session);
}

/* ---- closing ------------------------------------------------------------ */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is attached does nothing from now on; see lower_probe(). */
static int stop_programs(struct session *session, struct text *why)
{
	const uint32_t control = session->program->control;
	const uint32_t key = 0;
	const uint64_t stopped = 1;

	if (control >= session->map_count)
		return 0;
	return target_map_update(session->target, session->maps[control], &key, &stopped, 1, why);
}

/* Pass on what is in the rings.  Programs made from IR text may lack the stop word. */
static int drain(struct session *session)
{
	bool stopped = session->program->control < session->map_count;
	int64_t end = now_ms() + (stopped ? DRAIN_MS : FOLLOW_MS);
	int result;

	if (session->program->rings >= session->map_count)
		return 0;
	do
		result = step(session, 0, -1);
	while ((result > 0 || result == -EINTR) && !session->broken && now_ms() < end);
	return session->broken;
}

static int tell_losses(struct session *session, struct text *why)
{
	struct loss_count *list;
	uint32_t count;
	int error = ledger_read(session, &list, &count, why);

	if (count)
		session->sink->operations->lost(session->sink, list, count);
	return error;
}

/* Draining first makes room for what END has to say. */
static int finish(struct session *session, struct text *why)
{
	int error = stop_programs(session, why);

	if (!error)
		error = drain(session);
	if (!error)
		error = run_probes(session, POINT_END, why);
	if (!error)
		error = drain(session);
	if (!error && session->sink->operations->end)
		session->sink->operations->end(session->sink);
	if (!error)
		error = show_maps(session, why);
	if (!error)
		error = tell_losses(session, why);
	return error ? error : flush(session);
}

int session_close(struct session *session, struct text *why)
{
	int error = session->broken;

	session->ending = true;
	if (!error && !session->options.dry_run)
		error = finish(session, why);
	session_free(session);
	return error;
}
