/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor: memory, names, text, bounded bytes and diagnostics.  Knows nothing
 * of tracing; uses libc alone and builds with musl.
 */
#ifndef SONDE_BASE_H
#define SONDE_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(n, a) (((n) + (a) - 1) / (a) * (a))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Bytes that somebody else owns. */
struct span {
	const void *data;
	size_t size;
};

/* ---- arena.c: memory with one lifetime ---------------------------------- */

struct arena; /* opaque; freed as a whole */

/* A new, empty arena; NULL when memory is out. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
/*
 * Zeroed memory aligned for any type.  Never NULL: when memory is out the
 * process aborts, since a compiler has no useful answer to that.
 */
void *arena_alloc(struct arena *arena, size_t size);
#define arena_new_of(arena, type) ((type *)arena_alloc(arena, sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc(arena, sizeof(type) * (size_t)(count)))
/*
 * Grow an arena array: returns room for at least `count + 1` elements, copying
 * the old ones when it moves.  `*capacity` is in elements and is updated.
 */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t *capacity, size_t element);
char *arena_strndup(struct arena *arena, const char *text, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...) PRINTF(2, 3);
void *arena_memdup(struct arena *arena, const void *data, size_t size);

/* ---- names.c: interned text --------------------------------------------- */

struct names; /* a set of strings; same text = same pointer */

struct names *names_new(struct arena *arena);
/* The one pointer for this text, NUL-terminated. */
const char *name_intern(struct names *names, const char *text, size_t size);

/* ---- text.c: a string that grows ---------------------------------------- */

/* Zero-initialise to start; `data` is NUL-terminated once anything was added. */
struct text {
	char *data;
	size_t size, capacity;
};

void text_add(struct text *text, const void *data, size_t size);
void text_char(struct text *text, char c);
void text_string(struct text *text, const char *string);
/* `count` times the character `c`. */
void text_fill(struct text *text, char c, size_t count);
void text_printf(struct text *text, const char *format, ...) PRINTF(2, 3);
void text_vprintf(struct text *text, const char *format, va_list args);
/* Decimal digits, without the cost of printf. */
void text_unsigned(struct text *text, uint64_t value);
void text_signed(struct text *text, int64_t value);
/* Keep the memory, drop the content. */
void text_clear(struct text *text);
void text_free(struct text *text);
/* "" when nothing was ever added. */
const char *text_cstr(const struct text *text);

/* ---- glob.c ------------------------------------------------------------- */

/* True when `name` matches `pattern`, in which '*' stands for any run of
 * characters and everything else for itself; both ends are anchored. */
bool glob_match(const char *pattern, const char *name);
bool glob_has_wildcard(const char *pattern);
/* Edit distance of two names, for "did you mean": the number of characters
 * inserted, removed, replaced or swapped; `limit + 1` when above limit. */
unsigned name_distance(const char *a, const char *b, unsigned limit);

/* ---- wire.c: bounded bytes ---------------------------------------------- */

/*
 * A reader over foreign bytes.  An access beyond the end sets `failed` and
 * yields zeroes or empty spans from then on; look at `failed` once, at the end.
 * Integers are little-endian.
 */
struct reader {
	const uint8_t *data;
	size_t size, at;
	bool failed;
};

struct reader reader_of(const void *data, size_t size);
uint8_t read_u8(struct reader *r);
uint16_t read_u16(struct reader *r);
uint32_t read_u32(struct reader *r);
uint64_t read_u64(struct reader *r);
/* `size` bytes in place. */
struct span read_bytes(struct reader *r, size_t size);
/* A u32 length and that many bytes, in place. */
struct span read_blob(struct reader *r);
/* A blob without NUL inside that is followed by one: a C string in place, never NULL. */
const char *read_string(struct reader *r);
bool reader_done(const struct reader *r); /* all read, nothing failed */

/* The writer's side; the bytes go to a struct text. */
void write_u8(struct text *out, uint8_t value);
void write_u16(struct text *out, uint16_t value);
void write_u32(struct text *out, uint32_t value);
void write_u64(struct text *out, uint64_t value);
void write_blob(struct text *out, const void *data, size_t size);
void write_string(struct text *out, const char *string);

/* ---- report.c: diagnostics ---------------------------------------------- */

/* A piece of a source, in bytes from its start: [start, end). */
struct range {
	uint32_t start, end;
};

/* A text that can be pointed into.  The name is "stdin", "-e" or a path. */
struct source {
	const char *name;
	const char *text;
	size_t size;
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_HINT };

/* One kind of message: a stable tag, and the text as a printf format. */
struct diagnostic_kind {
	const char *tag;
	enum severity severity;
	const char *format;
};

struct diagnostic {
	const struct diagnostic_kind *kind; /* NULL for a hint to the one before */
	enum severity severity;
	struct range range;
	const char *message;
	struct diagnostic *next;
};

/* What a compilation had to say, in the order found. */
struct report {
	struct arena *arena;
	const struct source *source;
	struct diagnostic *first, **last;
	unsigned errors, warnings;
	unsigned error_limit; /* further errors are only counted; 0: 20 */
	bool muted;	      /* record nothing: for trial runs of a stage */
	bool dropped;	      /* the last one was: its hints are too */
};

void report_init(struct report *report, struct arena *arena, const struct source *source);
/* A diagnostic of `kind`; a second one for the same place and kind is dropped. */
void report_add(struct report *report, struct range range, const struct diagnostic_kind *kind, ...);
void report_vadd(struct report *report, struct range range, const struct diagnostic_kind *kind,
		 va_list args);
/* A hint to the diagnostic added last; nothing when that was dropped. */
void report_hint(struct report *report, const char *format, ...) PRINTF(2, 3);
/*
 * All of it as text, each as
 *   FILE:LINE:COL: error: MESSAGE
 *   SOURCE LINE
 *   ^~~~~~~
 *   hint: TEXT
 * Tabs count as one column and are repeated in the caret line; a range over several
 * lines ends with its first.  `colour` adds terminal colours.
 */
void report_print(const struct report *report, struct text *out, bool colour);
/* Line and column (both from 1) of a byte offset. */
void source_place(const struct source *source, uint32_t offset, unsigned *line, unsigned *column);

#endif
