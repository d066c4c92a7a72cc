/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This machine's kernel and all that is held on it, behind the calls.  A request comes in
 * through a bounded reader, a reply goes out as bytes or as a mapping.  A handler reads its
 * whole request before it acts, and bounds every size before it allocates.
 */
#ifndef SONDE_TARGET_HOST_H
#define SONDE_TARGET_HOST_H

#include "target/target.h"
#include "target/protocol.h"

#define PATH_LIMIT 4096u

/* ---- host.c: what is held ----------------------------------------------- */

enum object_kind { OBJECT_NONE, OBJECT_MAP, OBJECT_RINGS, OBJECT_PROGRAM, OBJECT_ATTACHMENT };

/* What a handle stands for. */
struct object {
	enum object_kind kind;
	int fd;
	uint32_t map_type, key_size, value_size, max_entries;
	uint32_t size; /* of a ring, or instructions of a program */
	uint32_t *rings; /* descriptors of the ring buffers behind an array */
	uint32_t ring_count;
};

struct events; /* events.c */

struct host {
	enum permission permission;
	bool maps_files; /* a reply may be a mapping: the reader is this process */
	int tracefs; /* a directory descriptor, or -1: not looked for yet */
	uint32_t cpus_possible;
	struct object *objects; /* handle - 1 is the index; never reused */
	uint32_t object_count, object_capacity;
	struct events *events; /* NULL until events_open */
	uint8_t features[FEATURE_COUNT];
};

int host_open(struct host **host, enum permission permission, bool maps_files);
/* Without `wait` a child detaches (detach.c). */
void host_close(struct host *host, bool wait);
/* Takes the descriptor; a handle, or -errno when there are too many. */
int64_t object_add(struct host *host, const struct object *object);
/* NULL when the handle is of another kind, or of none. */
struct object *object_get(struct host *host, handle_t handle, enum object_kind kind);
void object_close(struct object *object);

/* ---- call.c: the gate ---------------------------------------------------- */

struct reply {
	struct text out;
	struct span mapping; /* instead of `out` */
};

typedef int call_handler(struct host *host, struct reader *in, struct reply *reply);

#define CALL(name, permission, doc) call_handler handle_##name;
#include "target/calls.def"
#undef CALL

/* Check the permission, then run the handler. */
int host_dispatch(struct host *host, uint32_t call, struct span request, struct reply *reply);
/* Make the reply a reason; returns `error` (negative). */
int reply_fail(struct reply *reply, int error, const char *format, ...) PRINTF(3, 4);
/* The same, followed by ": " and the error's text. */
int reply_error(struct reply *reply, int error, const char *format, ...) PRINTF(3, 4);
/* The request ended early, or too late. */
int reply_malformed(struct reply *reply);

/* ---- features.c ---------------------------------------------------------- */

bool host_has(struct host *host, enum feature feature);

/* ---- file.c -------------------------------------------------------------- */

/* The directory of tracefs, mounted or not; -errno. */
int host_tracefs(struct host *host);
/*
 * A file of at most size - 1 bytes below a directory (AT_FDCWD: none), NUL-terminated, for the
 * small numbers that the kernel tells in text.  Its length or -errno.
 */
int small_file(int directory, const char *path, char *content, size_t size);

/* ---- facts.c ------------------------------------------------------------- */

/* CPUs in a list such as "0-3,8", at most `limit` of them into `cpus` (may be NULL). */
uint32_t cpu_list(const char *text, uint16_t *cpus, uint32_t limit);

/* ---- events.c ------------------------------------------------------------ */

/* A descriptor that is readable when a ring wants to be read; -1 without rings. */
int events_descriptor(const struct host *host);
/* Forget what made that descriptor readable. */
void events_woken(struct host *host);
/*
 * Deliver what was written until now, in time order.  How many, or the handler's result.
 */
int events_deliver(struct host *host, event_handler *handler, void *context);
/* True when the last delivery was stopped by its handler: there may be more. */
bool events_remain(const struct host *host);
/* Stop reading the rings of one object, or all (NULL). */
void events_drop(struct host *host, const struct object *object);

/* ---- detach.c ------------------------------------------------------------ */

/* Close these attachments in a child that nobody waits for. */
void detach_background(const int *attachments, uint32_t count);
/* Close every descriptor but these, which must be in ascending order. */
void close_all_but(const int *keep, uint32_t count);

#endif
