/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON sink: one object a line, {"type": ..., "data": ...}, as bpftrace -f json.
 */
#include "view/values.h"

#include <string.h>

static struct text *begin(struct view_sink *sink, const char *type)
{
	struct text *out = &sink->output->pending;

	text_string(out, "{\"type\": \"");
	text_string(out, type);
	text_string(out, "\", \"data\": ");
	return out;
}

static void end(struct view_sink *sink)
{
	text_string(&sink->output->pending, "}\n");
	sink_added(sink);
}

static void add_cstring(struct text *out, const char *string)
{
	json_string(out, string, strlen(string));
}

/* ---- events ------------------------------------------------------------- */

static const char *const event_types[ACTION_COUNT] = {
	[ACTION_printf] = "printf",
	[ACTION_print] = "value",
	[ACTION_join] = "join",
	[ACTION_time] = "time",
};

/* The text of printf() and time() is in the scratch. */
static void show_text(struct view_sink *sink, struct text *out)
{
	json_string(out, text_cstr(&sink->scratch), sink->scratch.size);
}

static void show_value(const struct event *event, struct text *out)
{
	const struct view view = event_view(event, out);

	json_show(&view, event->spec->fields[0].type,
		  record_value(event->spec, event->data, event->size, 0));
}

static void json_event(struct sink *sink, const struct event *event)
{
	struct view_sink *self = view_sink(sink);
	enum action action = event->spec->action;
	struct text *out;

	if (!event_types[action])
		return;
	text_clear(&self->scratch);
	out = begin(self, event_types[action]);
	if (action == ACTION_printf)
		text_printf_record(&self->scratch, event);
	else if (action == ACTION_time)
		event_time(self, event, &self->scratch);
	if (action == ACTION_printf || action == ACTION_time)
		show_text(self, out);
	else
		show_value(event, out);
	end(self);
}

/* ---- maps --------------------------------------------------------------- */

static const char *map_type(enum kind kind)
{
	static const char *const types[KIND_COUNT] = {
		[KIND_hist] = "hist",
		[KIND_lhist] = "hist",
		[KIND_avg] = "stats",
		[KIND_stats] = "stats",
	};

	return types[kind] ? types[kind] : "map";
}

static void show_key(struct view_sink *sink, const struct rows *rows, const struct row *row)
{
	struct view view = rows_view(rows, &sink->scratch);

	text_clear(&sink->scratch);
	view.compact = true;
	text_key(&view, rows->map->key, (struct span){row->key, rows->map->key_size});
	show_text(sink, &sink->output->pending);
	text_string(&sink->output->pending, ": ");
}

static void show_row(struct view_sink *sink, const struct rows *rows, const struct row *row)
{
	const struct view view = rows_view(rows, &sink->output->pending);

	if (rows->map->key)
		show_key(sink, rows, row);
	json_show(&view, rows->map->value, (struct span){row->value, rows->map->value_size});
}

static void json_rows(struct sink *sink, const struct rows *rows)
{
	struct view_sink *self = view_sink(sink);
	uint32_t first = rows_first(rows);
	struct text *out;

	if (!rows->count)
		return;
	out = begin(self, map_type(rows->map->value->kind));
	text_char(out, '{');
	add_cstring(out, rows->map->name);
	text_string(out, rows->map->key ? ": {" : ": ");
	for (uint32_t i = first; i < rows->count; i++) {
		if (i > first)
			text_string(out, ", ");
		show_row(self, rows, &rows->list[i]);
	}
	text_string(out, rows->map->key ? "}}" : "}");
	end(self);
}

static void json_end(struct sink *sink)
{
	(void)sink; /* nothing marks it */
}

/* ---- messages ----------------------------------------------------------- */

/* This one and lost events have a count before the data. */
static void json_attached(struct sink *sink, uint32_t points)
{
	struct view_sink *self = view_sink(sink);

	if (self->options.quiet)
		return;
	text_printf(&self->output->pending,
		    "{\"type\": \"attached_probes\", \"count\": %u, \"data\": {\"probes\": %u}}\n",
		    points, points);
	sink_added(self);
}

static const char *const loss_names[LOSS_COUNT] = {
#define LOSS(name, one, many) [LOSS_##name] = #name,
#include "type/losses.def"
#undef LOSS
};

/* Lost events are bpftrace's own; the other losses are told in the same form. */
static void show_loss(struct text *out, const struct loss_count *lost)
{
	bool events = lost->loss == LOSS_ring_full;

	text_printf(out, "{\"type\": \"%s\", \"count\": %llu, \"data\": {\"%s\": %llu",
		    events ? "lost_events" : "loss", (unsigned long long)lost->count,
		    events ? "events" : loss_names[lost->loss], (unsigned long long)lost->count);
	if (lost->probe) {
		text_string(out, ", \"probe\": ");
		add_cstring(out, lost->probe);
	}
	text_string(out, "}}\n");
}

static void json_lost(struct sink *sink, const struct loss_count *list, uint32_t count)
{
	struct view_sink *self = view_sink(sink);

	for (uint32_t i = 0; i < count; i++)
		show_loss(&self->output->pending, &list[i]);
	sink_added(self);
}

struct sink *sink_json(struct output *output, const struct view_options *options)
{
	static const struct sink_operations operations = {
		.attached = json_attached,
		.event = json_event,
		.rows = json_rows,
		.end = json_end,
		.lost = json_lost,
		.flush = sink_flush,
		.close = sink_close,
	};

	return sink_new(&operations, output, options);
}
