/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text sink: bpftrace's form.  Events and maps go to the output; how many probes
 * were attached and what was lost go to the messages.
 */
#include "view/values.h"

/* ---- events ------------------------------------------------------------- */

typedef void show_function(struct view_sink *sink, const struct event *event, struct text *out);

static void show_printf(struct view_sink *sink, const struct event *event, struct text *out)
{
	(void)sink;
	text_printf_record(out, event);
}

/* print(value) and join(). */
static void show_line(struct view_sink *sink, const struct event *event, struct text *out)
{
	const struct view view = event_view(event, out);

	(void)sink;
	text_show(&view, event->spec->fields[0].type,
		  record_value(event->spec, event->data, event->size, 0));
	text_char(out, '\n');
}

static show_function *const shows[ACTION_COUNT] = {
	[ACTION_printf] = show_printf,
	[ACTION_print] = show_line,
	[ACTION_join] = show_line,
	[ACTION_time] = event_time,
};

static void text_event(struct sink *sink, const struct event *event)
{
	struct view_sink *self = view_sink(sink);

	if (shows[event->spec->action])
		shows[event->spec->action](self, event, &self->output->pending);
	sink_added(self);
}

/* ---- maps --------------------------------------------------------------- */

/* Histograms begin on a line of their own and have an empty one behind. */
static void show_row(const struct view *view, const struct rows *rows, const struct row *row)
{
	const struct map_spec *map = rows->map;
	bool is_tall = map->value->kind == KIND_hist || map->value->kind == KIND_lhist;

	text_string(view->out, map->name);
	if (map->key) {
		text_char(view->out, '[');
		text_key(view, map->key, (struct span){row->key, map->key_size});
		text_char(view->out, ']');
	}
	text_string(view->out, is_tall ? ":\n" : ": ");
	text_show(view, map->value, (struct span){row->value, map->value_size});
	text_char(view->out, '\n');
}

static void text_rows(struct sink *sink, const struct rows *rows)
{
	struct view_sink *self = view_sink(sink);
	const struct view view = rows_view(rows, &self->output->pending);

	if (rows->bcc)
		bcc_rows(view.out, rows);
	for (uint32_t i = rows_first(rows); i < rows->count && !rows->bcc; i++)
		show_row(&view, rows, &rows->list[i]);
	sink_added(self);
}

static void text_end(struct sink *sink)
{
	struct view_sink *self = view_sink(sink);

	text_string(&self->output->pending, "\n\n");
	sink_added(self);
}

/* ---- messages ----------------------------------------------------------- */

static void text_attached(struct sink *sink, uint32_t points)
{
	const struct view_options *options = &view_sink(sink)->options;

	if (options->quiet || !options->messages)
		return;
	text_printf(&options->messages->pending, "Attached %u probe%s\n", points,
		    points == 1 ? "" : "s");
	output_flush(options->messages);
}

static const struct {
	const char *one, *many;
} losses[LOSS_COUNT] = {
#define LOSS(name, one, many) [LOSS_##name] = {one, many},
#include "type/losses.def"
#undef LOSS
};

static void text_lost(struct sink *sink, const struct loss_count *list, uint32_t count)
{
	struct output *messages = view_sink(sink)->options.messages;

	if (!messages)
		return;
	for (uint32_t i = 0; i < count; i++) {
		const struct loss_count *lost = &list[i];

		text_printf(&messages->pending, "%s%s%llu %s\n", lost->probe ? lost->probe : "",
			    lost->probe ? ": " : "", (unsigned long long)lost->count,
			    lost->count == 1 ? losses[lost->loss].one : losses[lost->loss].many);
	}
	output_flush(messages);
}

struct sink *sink_text(struct output *output, const struct view_options *options)
{
	static const struct sink_operations operations = {
		.attached = text_attached,
		.event = text_event,
		.rows = text_rows,
		.end = text_end,
		.lost = text_lost,
		.flush = sink_flush,
		.close = sink_close,
	};

	return sink_new(&operations, output, options);
}
