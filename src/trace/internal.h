/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this layer share: the session, and the steps that open and end it.
 */
#ifndef SONDE_TRACE_INTERNAL_H
#define SONDE_TRACE_INTERNAL_H

#include "trace/trace.h"

struct session {
	struct arena *arena;
	struct target *target;
	const struct program *program;
	struct session_options options;
	struct sink *sink;
	struct symbols *symbols;
	struct event event; /* what is the same in all events is filled in */
	handle_t *maps; /* by index into program->maps ... */
	uint32_t map_count; /* ... as many as are made */
	handle_t *programs; /* by index into program->probes */
	uint32_t program_count;
	bool *cleared; /* per map: clear() was the last that the script did to all of it */
	uint64_t malformed;
	int exit_code;
	bool exited; /* exit() was carried out: only what END sends counts from then on */
	bool ending; /* session_close is at work: exit() stops nothing any more */
	int broken; /* the sink's or the target's error; nothing is shown after it */
};

/* Whether the user wants to stop now. */
bool session_stopped(const struct session *session);

/* ---- load.c, attach.c --------------------------------------------------- */

int session_load(struct session *session, struct text *why);
/* `points` becomes how many points were attached, BEGIN and END counted in. */
int session_attach(struct session *session, uint32_t *points, struct text *why);

/* ---- verifier.c --------------------------------------------------------- */

/* What the verifier's log ends with: the message, and the instruction it is about. */
struct refusal {
	struct span message; /* in the log; empty: the log says nothing */
	uint32_t instruction; /* UINT32_MAX: none is named */
};
struct refusal verifier_refusal(const char *log);
/* Point at what in the script the kernel did not like; false: the log does not tell. */
bool verifier_report(struct report *report, const struct program_probe *probe, const char *log);

/* ---- actions.c ---------------------------------------------------------- */

/* The event handler of a session (`context`): dispatches by the record's action. */
int session_record(void *context, const void *record, size_t size);

/* ---- merge.c ------------------------------------------------------------ */

/* One CPU's aggregate into another's; NULL for plain values. */
typedef void merge_function(const struct type *type, void *into, const void *from);
extern merge_function *const merge_functions[KIND_COUNT];
/* What rows of this kind are sorted by; NULL: by their keys alone. */
typedef int64_t order_function(const struct type *type, const void *value);
extern order_function *const order_functions[KIND_COUNT];
/* Below, at or above 0 as `a` comes before, with or after `b`. */
int key_compare(const struct type *type, const void *a, const void *b);

/* ---- rows.c ------------------------------------------------------------- */

/* Entries of `rows->map` into rows, in the arena.  -EBADMSG: they do not fit the map. */
int rows_make(struct rows *rows, struct map_entries *entries, struct arena *arena);

/* ---- ledger.c ----------------------------------------------------------- */

/* What was lost, by probe and kind, into the session's arena. */
int ledger_read(struct session *session, struct loss_count **list, uint32_t *count,
		struct text *why);

/* ---- kernel_symbols.c --------------------------------------------------- */

struct kernel_symbols;

/* Takes the text of /proc/kallsyms over; addresses hidden from us are left out. */
struct kernel_symbols *kernel_symbols_parse(struct text *kallsyms);
void kernel_symbols_free(struct kernel_symbols *symbols);
/* The symbol that an address lies in, or NULL. */
const char *kernel_symbols_find(const struct kernel_symbols *symbols, uint64_t address,
				uint64_t *offset);

/* ---- disks.c ------------------------------------------------------------ */

struct disks;

struct disks *disks_new(struct target *target);
void disks_free(struct disks *disks);
/* The name of a device number (major << 20 | minor), or NULL. */
const char *disks_find(struct disks *disks, uint64_t device);

/* ---- user_symbols.c ----------------------------------------------------- */

struct user_symbols;

struct user_symbols *user_symbols_new(struct target *target);
void user_symbols_free(struct user_symbols *symbols);
/* `*offset` is UINT64_MAX when the name stands for a whole mapping. */
const char *user_symbols_find(struct user_symbols *symbols, uint32_t pid, uint64_t address,
			      uint64_t *offset);

#endif
