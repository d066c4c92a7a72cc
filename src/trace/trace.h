/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program running on a target: load, attach, events in order, maps read out, and the
 * ledger of what was lost.  Results go to a sink.
 */
#ifndef SONDE_TRACE_H
#define SONDE_TRACE_H

#include "base/base.h"
#include "target/target.h"
#include "type/type.h"

/* ---- what a sink receives ----------------------------------------------- */

struct symbols; /* opaque: names for addresses of one target */

/* A record that prints something: printf, print, time, join. */
struct event {
	const struct program *program;
	const struct record_spec *spec;
	const void *data; /* from the record_head on; valid during the call */
	size_t size;
	int64_t boot_to_real; /* add to record_head.time for the wall clock, ns */
	struct symbols *symbols;
};

/* One entry of a map, merged over CPUs. */
struct row {
	const void *key;   /* map->key; NULL: no key; aligned to 8 */
	const void *value; /* map->value; aligned to 8 */
	int64_t order;	   /* what rows are sorted by; unsigned values have bit 63 flipped */
};

struct rows {
	const struct program *program;
	const struct map_spec *map;
	const struct row *list; /* ascending by value (keys where values are equal) */
	uint32_t count;
	uint32_t top, divisor; /* print(@, top, divisor); 0: none */
	bool bcc;	       /* print_log2_hist: with `label` and `heading` */
	const char *label, *heading;
	struct symbols *symbols;
};

struct loss_count {
	const char *probe; /* NULL: not of one probe */
	enum loss loss;
	uint64_t count;
};

struct sink;
struct sink_operations {
	void (*attached)(struct sink *sink, uint32_t points);
	void (*event)(struct sink *sink, const struct event *event);
	void (*rows)(struct sink *sink, const struct rows *rows);
	/* END has run, all events were passed on: the maps follow */
	void (*end)(struct sink *sink);
	/* once, at the end; not at all when nothing was lost */
	void (*lost)(struct sink *sink, const struct loss_count *list, uint32_t count);
	/* after each batch; 0 or -errno (-EPIPE: nobody reads any more) */
	int (*flush)(struct sink *sink);
	void (*close)(struct sink *sink);
};
struct sink {
	const struct sink_operations *operations;
};

/* ---- session.c ---------------------------------------------------------- */

struct session; /* opaque */

struct session_options {
	struct report *report; /* a program that the verifier refuses is pointed at here */
	bool dry_run;		      /* load and attach, run nothing and show nothing */
	struct text *log;	      /* the verifier's words on every program; NULL: not wanted */
	int wake;		      /* ends session_step's wait when readable; or -1 */
	const volatile int *stop;     /* not 0: open and step return -EINTR soon */
};

/*
 * Load, run BEGIN, attach.  0 or -errno with the reason in `why`; what was attached
 * before it failed goes with target_close, since detaching is slow.  The target, program
 * and sink must live longer.
 */
int session_open(struct session **session, struct target *target, const struct program *program,
		 const struct session_options *options, struct sink *sink, struct text *why);
/* Wait for and pass on what arrives.  0: go on; 1: exit() was called; or -errno. */
int session_step(struct session *session, int timeout_ms);
/* All maps to the sink, now. */
void session_print_maps(struct session *session);
/* What exit() was given. */
int session_exit_code(const struct session *session);
/* The kernel's count for a program: for the benchmark and -v. */
int session_info(struct session *session, uint32_t probe, struct program_info *info);
/*
 * Run END, pass on all that is left, print the maps, tell the losses, close the
 * programs and maps.  The attachments go with target_close.
 */
int session_close(struct session *session, struct text *why);

/* ---- rows.c ------------------------------------------------------------- */

/*
 * Read a map, merge over CPUs, sort; fills in `program`, `map`, `list` and `count`.
 * They live in `*arena`, the caller's to free.  An unkeyed map has one row also when
 * nothing was counted, but for histograms, which then have none.
 */
int rows_read(struct target *target, const struct program *program, uint32_t map, handle_t handle,
	      struct rows *rows, struct arena **arena, struct text *why);

/* ---- symbols.c ---------------------------------------------------------- */

struct symbols *symbols_new(struct target *target);
void symbols_free(struct symbols *symbols);
/*
 * As in stacks: "name+offset" ("+0" too), or the address as 0x%x where there is no name.
 */
void symbols_kernel(struct symbols *symbols, uint64_t address, struct text *out);
/* The name of a disk by device number, or MAJOR:MINOR. */
void symbols_disk(struct symbols *symbols, uint64_t device, struct text *out);
void symbols_user(struct symbols *symbols, uint32_t pid, uint64_t address, struct text *out);
/* The name alone, as ksym() and usym() show it. */
void symbols_kernel_name(struct symbols *symbols, uint64_t address, struct text *out);
void symbols_user_name(struct symbols *symbols, uint32_t pid, uint64_t address, struct text *out);

#endif
