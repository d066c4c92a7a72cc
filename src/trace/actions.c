/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What records ask for, carried out in the order of arrival.  Records come from outside:
 * record_head() checks their index and size, and who reads the values in them checks those.
 */
#include "trace/internal.h"

#include <errno.h>

/* `record` has at least spec->fixed_size bytes.  Not 0: stop the delivery. */
typedef int action_function(struct session *session, const struct record_spec *spec,
			    const void *record, size_t size);

static int pass_on(struct session *session, const struct record_spec *spec, const void *record,
		   size_t size)
{
	struct event *event = &session->event;

	event->spec = spec;
	event->data = record;
	event->size = size;
	session->sink->operations->event(session->sink, event);
	return 0;
}

static int show_map(struct session *session, const struct record_spec *spec, struct rows *rows)
{
	struct arena *arena;
	int error = rows_read(session->target, session->program, spec->map,
			      session->maps[spec->map], rows, &arena, NULL);

	if (!error)
		session->sink->operations->rows(session->sink, rows);
	arena_free(arena);
	return error;
}

static int action_printf(struct session *session, const struct record_spec *spec,
			 const void *record, size_t size)
{
	return pass_on(session, spec, record, size);
}

static int action_print(struct session *session, const struct record_spec *spec, const void *record,
			size_t size)
{
	return pass_on(session, spec, record, size);
}

static int action_time(struct session *session, const struct record_spec *spec, const void *record,
		       size_t size)
{
	return pass_on(session, spec, record, size);
}

static int action_join(struct session *session, const struct record_spec *spec, const void *record,
		       size_t size)
{
	return pass_on(session, spec, record, size);
}

static int action_print_map(struct session *session, const struct record_spec *spec,
			    const void *record, size_t size)
{
	struct rows rows = {
		.top = spec->top,
		.divisor = spec->divisor,
		.symbols = session->symbols,
	};

	(void)record;
	(void)size;
	return show_map(session, spec, &rows);
}

static int action_print_log2_hist(struct session *session, const struct record_spec *spec,
				  const void *record, size_t size)
{
	struct rows rows = {
		.bcc = true,
		.label = spec->text,
		.heading = spec->heading,
		.symbols = session->symbols,
	};

	(void)record;
	(void)size;
	return show_map(session, spec, &rows);
}

static int action_clear(struct session *session, const struct record_spec *spec, const void *record,
			size_t size)
{
	(void)record;
	(void)size;
	session->cleared[spec->map] = true;
	return target_map_clear(session->target, session->maps[spec->map], NULL);
}

static int action_zero(struct session *session, const struct record_spec *spec, const void *record,
		       size_t size)
{
	(void)record;
	(void)size;
	session->cleared[spec->map] = false;
	return target_map_zero(session->target, session->maps[spec->map], NULL);
}

static int action_exit(struct session *session, const struct record_spec *spec, const void *record,
		       size_t size)
{
	struct span code = {0};

	if (spec->field_count)
		code = record_value(spec, record, size, 0);
	if (code.size)
		session->exit_code = (int)value_int(spec->fields[0].type, code.data);
	session->exited = true;
	return session->ending ? 0 : -ECANCELED;
}

static action_function *const actions[ACTION_COUNT] = {
#define ACTION(name, doc) [ACTION_##name] = action_##name,
#include "type/actions.def"
#undef ACTION
};

static bool is_from_end(const struct session *session, const struct record_spec *spec)
{
	const struct program_probe *probe = &session->program->probes[spec->probe];

	return probe->point_count && probe->points[0].kind == POINT_END;
}

int session_record(void *context, const void *record, size_t size)
{
	struct session *session = context;
	const struct record_head *head = record_head(session->program, record, size);
	const struct record_spec *spec = head ? &session->program->records[head->record] : NULL;

	if (!spec) {
		session->malformed++;
		return 0;
	}
	if (session->exited && !is_from_end(session, spec))
		return 0;
	return actions[spec->action](session, spec, record, size);
}
