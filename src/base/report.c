/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: kinds, places and values come in, a list and at the end its text go out.
 * A column is a character (UTF-8), so that the carets stand below what they mean.
 */
#include "base/base.h"

#include <stdio.h>
#include <string.h>

enum { DEFAULT_ERROR_LIMIT = 20 };

void report_init(struct report *report, struct arena *arena, const struct source *source)
{
	*report = (struct report){.arena = arena, .source = source};
	report->last = &report->first;
}

static void append(struct report *report, struct diagnostic diagnostic)
{
	*report->last = arena_memdup(report->arena, &diagnostic, sizeof(diagnostic));
	report->last = &(*report->last)->next;
}

static bool is_known(const struct report *report, struct range range,
		     const struct diagnostic_kind *kind)
{
	for (const struct diagnostic *d = report->first; d; d = d->next) {
		if (d->kind == kind && d->range.start == range.start && d->range.end == range.end)
			return true;
	}
	return false;
}

static char *format_message(struct arena *arena, const char *format, va_list args)
{
	struct text text = {0};
	char *message;

	text_vprintf(&text, format, args);
	message = arena_strndup(arena, text.data, text.size);
	text_free(&text);
	return message;
}

/* Counts a diagnostic; false when it is not to be kept. */
static bool count_diagnostic(struct report *report, enum severity severity)
{
	unsigned limit = report->error_limit ? report->error_limit : DEFAULT_ERROR_LIMIT;

	if (severity == SEVERITY_ERROR)
		return report->errors++ < limit;
	report->warnings += severity == SEVERITY_WARNING;
	return true;
}

void report_vadd(struct report *report, struct range range, const struct diagnostic_kind *kind,
		 va_list args)
{
	report->dropped = report->muted || is_known(report, range, kind) ||
			  !count_diagnostic(report, kind->severity);
	if (report->dropped)
		return;
	append(report, (struct diagnostic){
			       .kind = kind,
			       .severity = kind->severity,
			       .range = range,
			       .message = format_message(report->arena, kind->format, args),
		       });
}

void report_add(struct report *report, struct range range, const struct diagnostic_kind *kind, ...)
{
	va_list args;

	va_start(args, kind);
	report_vadd(report, range, kind, args);
	va_end(args);
}

void report_hint(struct report *report, const char *format, ...)
{
	va_list args;

	if (report->muted || report->dropped || !report->first)
		return;
	va_start(args, format);
	append(report, (struct diagnostic){
			       .severity = SEVERITY_HINT,
			       .message = format_message(report->arena, format, args),
		       });
	va_end(args);
}

/* ---- places ------------------------------------------------------------- */

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* The line around `offset`, without its end. */
static struct range line_around(const struct source *source, uint32_t offset)
{
	uint32_t start = offset, end = offset;

	while (start > 0 && source->text[start - 1] != '\n')
		start--;
	while (end < source->size && source->text[end] != '\n')
		end++;
	return (struct range){start, end};
}

void source_place(const struct source *source, uint32_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (uint32_t i = 0; i < offset && i < source->size; i++) {
		if (source->text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (!is_continuation(source->text[i])) {
			++*column;
		}
	}
}

/* ---- text --------------------------------------------------------------- */

#define BOLD "\033[1m"
#define PLAIN "\033[0m"
#define GREEN "\033[1;32m"

static const struct {
	const char *name, *colour;
} severities[] = {
	[SEVERITY_ERROR] = {"error", "\033[1;31m"},
	[SEVERITY_WARNING] = {"warning", "\033[1;35m"},
	[SEVERITY_HINT] = {"hint", "\033[1;36m"},
};

static void print_coloured(struct text *out, const char *colour, const char *string, bool coloured)
{
	if (coloured)
		text_string(out, colour);
	text_string(out, string);
	if (coloured)
		text_string(out, PLAIN);
}

/* Control characters other than tabs show as blanks: they would move the carets. */
static void print_line(const struct source *source, struct range line, struct text *out)
{
	for (uint32_t i = line.start; i < line.end; i++) {
		unsigned char c = (unsigned char)source->text[i];

		text_char(out, c != '\t' && (c < ' ' || c == 0x7f) ? ' ' : (char)c);
	}
	while (out->size && out->data[out->size - 1] == ' ')
		out->data[--out->size] = '\0';
	text_char(out, '\n');
}

static void print_carets(const struct source *source, struct range line, struct range range,
			 struct text *out, bool colour)
{
	uint32_t end = range.end < line.end ? range.end : line.end;

	for (uint32_t i = line.start; i < range.start; i++) {
		if (!is_continuation(source->text[i]))
			text_char(out, source->text[i] == '\t' ? '\t' : ' ');
	}
	if (colour)
		text_string(out, GREEN);
	text_char(out, '^');
	for (uint32_t i = range.start + 1; i < end; i++) {
		if (!is_continuation(source->text[i]))
			text_char(out, '~');
	}
	if (colour)
		text_string(out, PLAIN);
	text_char(out, '\n');
}

static void print_head(const struct source *source, const struct diagnostic *d, struct text *out,
		       bool colour)
{
	struct text place = {0};
	unsigned line, column;

	source_place(source, d->range.start, &line, &column);
	text_printf(&place, "%s:%u:%u: ", source->name, line, column);
	print_coloured(out, BOLD, place.data, colour);
	text_free(&place);
}

static void print_diagnostic(const struct source *source, const struct diagnostic *d,
			     struct text *out, bool colour)
{
	struct range range = d->range, line;

	if (source && d->kind)
		print_head(source, d, out, colour);
	print_coloured(out, severities[d->severity].colour, severities[d->severity].name, colour);
	text_string(out, ": ");
	print_coloured(out, d->kind ? BOLD : "", d->message, colour && d->kind);
	text_char(out, '\n');
	if (!source || !source->size || !d->kind)
		return;
	if (range.start > source->size)
		range.start = (uint32_t)source->size;
	line = line_around(source, range.start);
	print_line(source, line, out);
	print_carets(source, line, range, out, colour);
}

void report_print(const struct report *report, struct text *out, bool colour)
{
	unsigned shown = 0;

	for (const struct diagnostic *d = report->first; d; d = d->next) {
		print_diagnostic(report->source, d, out, colour);
		shown += d->severity == SEVERITY_ERROR;
	}
	if (shown < report->errors)
		text_printf(out, "%u more error%s\n", report->errors - shown,
			    report->errors - shown == 1 ? "" : "s");
}
