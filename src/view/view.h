/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sinks: what events and rows look like.
 */
#ifndef SONDE_VIEW_H
#define SONDE_VIEW_H

#include "base/base.h"
#include "trace/trace.h"
#include "type/type.h"

/* ---- output.c ----------------------------------------------------------- */

/* Text on its way to a descriptor, written in big pieces. */
struct output {
	int fd;
	struct text pending;
	int error; /* 0, or -errno of the first write that failed */
	const volatile int *stop; /* a blocked write gives up when this is not 0 */
};

/* Write when more than 64 KB are pending; call often. */
void output_some(struct output *output);
/* Write all; 0 or -errno. */
int output_flush(struct output *output);

/* ---- sinks: text.c, json.c ---------------------------------------------- */

struct view_options {
	bool quiet; /* no "Attached N probes" */
	bool line_buffered;
	struct output *messages; /* for what was lost; may be NULL */
};

/* bpftrace's text form. */
struct sink *sink_text(struct output *output, const struct view_options *options);
/* One JSON object a line, as bpftrace -f json. */
struct sink *sink_json(struct output *output, const struct view_options *options);
void sink_free(struct sink *sink);

/* ---- values: for both and for tests ------------------------------------- */

/* One value in each form; `size` counts for values in a record's tail. */
void text_value(struct text *out, const struct program *program, struct symbols *symbols,
		const struct type *type, struct span value);
void json_value(struct text *out, const struct program *program, struct symbols *symbols,
		const struct type *type, struct span value);
/* A printf record with its pieces. */
void text_printf_record(struct text *out, const struct event *event);

#endif
