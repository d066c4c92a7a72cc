/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What brings calls to a machine.  A carrier embeds struct target as its first member and
 * fills in its operations; the codec in client.c and the rest know nothing else of it.
 */
#ifndef SONDE_TARGET_CARRIER_H
#define SONDE_TARGET_CARRIER_H

#include "target/target.h"

struct carrier {
	/* The reply of a failed call is the reason. */
	int (*call)(struct target *target, enum call call, struct span request, struct span *reply);
	/* Unmaps what is a mapping and frees all else. */
	void (*release)(struct target *target, struct span reply);
	int (*step)(struct target *target, int timeout_ms, int wake, event_handler *handler,
		    void *context);
	/* events_open was answered */
	void (*opened)(struct target *target);
	/* frees the target too */
	void (*close)(struct target *target, bool wait);
};

/* BTF that was asked for. */
struct btf_copy {
	char *name;
	struct span btf;
	struct btf_copy *next;
};

/* How large the keys and values of a map are that we made. */
struct map_shape {
	handle_t handle;
	uint32_t key_size;
	uint64_t stride;
};

struct target {
	const struct carrier *carrier;
	struct machine machine;
	bool knows_machine;
	uint8_t features[FEATURE_COUNT]; /* 0: not asked yet, 1: missing, 2: there */
	struct btf_copy *btf;
	struct map_shape *maps;
	uint32_t map_count;
	call_watcher *watcher;
	void *watcher_context;
	struct text request; /* of the call that is being made */
};

/* client.c: ask what the machine is and whether it speaks our version. */
int target_hello(struct target *target, struct text *why);

/* Milliseconds that can pass before a record is looked for. */
#define EVENT_DELAY_MS 80

/* CLOCK_MONOTONIC in ms. */
int64_t time_ms(void);

/*
 * Wait until `fd` (or -1) has one of `events` or `wake` (or -1) is readable.  Whether `fd` has
 * (1), or not (0; *woken tells about `wake`), or -errno.
 */
int wait_for(int fd, short events, int wake, int timeout_ms, bool *woken);

#endif
