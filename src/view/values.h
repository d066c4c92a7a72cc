/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside view: how one value is shown.  Each kind has a function for each form; both
 * forms share what a value amounts to as numbers, histograms and time.
 */
#ifndef SONDE_VIEW_VALUES_H
#define SONDE_VIEW_VALUES_H

#include <time.h>

#include "view/view.h"

/* Where a value is shown, and in what surroundings. */
struct view {
	struct text *out;
	const struct program *program;
	struct symbols *symbols;
	uint32_t divisor; /* of numbers in maps; 0: undivided */
	bool compact;	  /* the text becomes a key in JSON: no blanks between parts */
};

/* ---- the kinds: text_values.c, json_values.c ---------------------------- */

typedef void view_function(const struct view *view, const struct type *type, struct span value);

#define VALUE(name) view_function text_of_##name, json_of_##name;
#define AGGREGATE(name) VALUE(name)
#include "type/kinds.def"

/* A value of any kind; bytes too short for their type are told as malformed. */
void text_show(const struct view *view, const struct type *type, struct span value);
void json_show(const struct view *view, const struct type *type, struct span value);
/* As between the brackets of a map: tuples without their parentheses. */
void text_key(const struct view *view, const struct type *type, struct span value);
/* A JSON string: always valid, bytes that are not UTF-8 become U+FFFD. */
void json_string(struct text *out, const void *data, size_t size);

/* ---- parts.c: what values amount to ------------------------------------- */

struct number {
	int64_t value;
	bool is_signed;
};

/* Of int, bool, pointer, count, sum, min, max, avg; divided by view->divisor. */
struct number number_of(const struct view *view, const struct type *type, struct span value);
void number_text(struct text *out, struct number number);
/* The three numbers of KIND_stats, in the order shown. */
struct stats {
	struct {
		const char *name;
		struct number number;
	} list[3];
};
struct stats stats_of(const struct view *view, const struct type *type, struct span value);

/* Does `value` have the bytes that the type needs? */
bool value_fits(const struct type *type, struct span value);
/* The bytes of a string or of an array of char up to its NUL. */
struct span value_text(const struct type *type, struct span value);
/*
 * A member's bytes; those of a bit-field are put into `bits`.  Empty when they lie
 * outside of the record.
 */
struct span field_value(const struct field *field, struct span record, uint64_t *bits);
/* "\n" and a line for each frame, indented by `indent`. */
void stack_text(const struct view *view, const struct type *type, struct span value,
		unsigned indent);

/* ---- histogram.c -------------------------------------------------------- */

/* KIND_hist or KIND_lhist read out: the slots from `first` to before `end` have a row. */
struct histogram {
	const struct type *type;
	const uint8_t *counts;
	uint32_t slots, first, end;
	uint32_t divisor;
};

struct histogram histogram_of(const struct view *view, const struct type *type,
			      struct span value);
uint64_t histogram_count(const struct histogram *histogram, uint32_t slot);
/* The bounds [low, high) of a slot; false: open on that side. */
bool histogram_low(const struct histogram *histogram, uint32_t slot, int64_t *low);
bool histogram_high(const struct histogram *histogram, uint32_t slot, int64_t *high);
/* Rows with bars. */
void histogram_text(struct text *out, const struct histogram *histogram);

/* ---- bcc.c -------------------------------------------------------------- */

/* Histograms as BCC's print_log2_hist has them. */
void bcc_rows(struct text *out, const struct rows *rows);

/* ---- sink.c: what both sinks do ----------------------------------------- */

struct view_sink {
	struct sink sink;
	struct output *output;
	struct view_options options;
	struct text scratch;
	struct tm broken_down; /* of `second`; localtime is too dear for each event */
	int64_t second;
	bool has_second;
};

struct sink *sink_new(const struct sink_operations *operations, struct output *output,
		      const struct view_options *options);
static inline struct view_sink *view_sink(struct sink *sink)
{
	return (struct view_sink *)sink;
}
/* After something was added to the output. */
void sink_added(struct view_sink *sink);
int sink_flush(struct sink *sink);
void sink_close(struct sink *sink);
/* The wall clock of an event in the form of its `time` call. */
void event_time(struct view_sink *sink, const struct event *event, struct text *out);
/* How a value of an event is shown. */
struct view event_view(const struct event *event, struct text *out);
struct view rows_view(const struct rows *rows, struct text *out);
/* The first row that print(@map, top) shows. */
uint32_t rows_first(const struct rows *rows);

#endif
