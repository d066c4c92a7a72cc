/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sinks have in common: their memory, when output is written, the time of an
 * event.  A sink owns no descriptor.
 */
#include "view/values.h"

#include <stdlib.h>

struct sink *sink_new(const struct sink_operations *operations, struct output *output,
		      const struct view_options *options)
{
	struct view_sink *sink = calloc(1, sizeof(*sink));

	if (!sink)
		abort(); /* as in base: nothing useful is left to do */
	sink->sink.operations = operations;
	sink->output = output;
	sink->options = *options;
	return &sink->sink;
}

void sink_added(struct view_sink *sink)
{
	if (sink->options.line_buffered)
		output_flush(sink->output);
	else
		output_some(sink->output);
}

int sink_flush(struct sink *sink)
{
	struct view_sink *self = view_sink(sink);

	if (self->options.messages)
		output_flush(self->options.messages);
	return output_flush(self->output);
}

void sink_close(struct sink *sink)
{
	sink_flush(sink);
}

void sink_free(struct sink *sink)
{
	struct view_sink *self = view_sink(sink);

	if (!sink)
		return;
	sink_close(sink);
	text_free(&self->output->pending);
	if (self->options.messages)
		text_free(&self->options.messages->pending);
	text_free(&self->scratch);
	free(self);
}

/* ---- events and rows ---------------------------------------------------- */

struct view event_view(const struct event *event, struct text *out)
{
	return (struct view){
		.out = out,
		.program = event->program,
		.symbols = event->symbols,
	};
}

struct view rows_view(const struct rows *rows, struct text *out)
{
	return (struct view){
		.out = out,
		.program = rows->program,
		.symbols = rows->symbols,
		.divisor = rows->divisor,
	};
}

uint32_t rows_first(const struct rows *rows)
{
	return rows->top && rows->top < rows->count ? rows->count - rows->top : 0;
}

void event_time(struct view_sink *sink, const struct event *event, struct text *out)
{
	const struct record_head *head = record_head(event->program, event->data, event->size);
	int64_t second =
		head ? (int64_t)(head->time + (uint64_t)event->boot_to_real) / 1000000000 : 0;
	time_t clock = second;
	char text[1024];

	if (!sink->has_second || second != sink->second) {
		localtime_r(&clock, &sink->broken_down);
		sink->second = second;
		sink->has_second = true;
	}
	text_add(out, text, strftime(text, sizeof(text), event->spec->text, &sink->broken_down));
}
