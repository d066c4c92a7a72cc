/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one door to a machine.  A target is a kernel somewhere: here (direct), or at
 * the other end of a byte stream (an agent).  A call is bytes in and bytes out, so
 * the same handlers serve every carrier.  The typed functions below encode and
 * decode calls; nothing above this layer opens a file or makes a system call that
 * concerns the traced machine.
 *
 * Functions that can fail return 0 (or a count) or -errno, and add a reason to
 * `why` (may be NULL) such as "perf_event_open: Permission denied".
 */
#ifndef SONDE_TARGET_H
#define SONDE_TARGET_H

#include "base/base.h"

/* ---- types -------------------------------------------------------------- */

struct target; /* opaque: one machine, and all that we hold on it */

enum call {
#define CALL(name, permission, doc) CALL_##name,
#include "target/calls.def"
#undef CALL
	CALL_COUNT
};

/* Each level includes the ones before it. */
enum permission { PERMIT_FACTS, PERMIT_BINARIES, PERMIT_TRACE, PERMIT_RUN };

enum feature {
#define FEATURE(name, since, doc) FEATURE_##name,
#include "target/features.def"
#undef FEATURE
	FEATURE_COUNT
};

struct feature_row {
	const char *name, *since, *doc;
};
extern const struct feature_row feature_rows[FEATURE_COUNT];

/* What `hello` tells. */
struct machine {
	char arch[16];	  /* uname -m: "x86_64" */
	char release[65]; /* uname -r */
	uint32_t page_size;
	uint32_t cpus_possible; /* per-CPU map values come in this number */
	uint32_t cpus_online;	/* how many ... */
	uint16_t *online;	/* ... and which; owned by the target */
	int64_t boot_to_real;	/* CLOCK_REALTIME - CLOCK_BOOTTIME, ns */
	uint64_t opened;	/* CLOCK_BOOTTIME when hello was answered, ns */
	uint32_t pid;		/* process that answers (init namespace) */
	enum permission permission;
	uint64_t capabilities; /* effective, bit CAP_x of linux/capability.h */
};

/* Handles name maps, programs and attachments; never a raw descriptor. */
typedef uint32_t handle_t;

/* Where a path starts. */
enum root {
	ROOT_MACHINE, /* "/" */
	ROOT_TRACEFS, /* tracefs, also where it is not mounted: "events/sched/..." */
};

struct map_create {
	uint32_t type; /* BPF_MAP_TYPE_x */
	uint32_t key_size, value_size, max_entries, flags;
	const char *name; /* cut to 15 characters, unfit ones replaced */
};

struct program_load {
	uint32_t type;		/* BPF_PROG_TYPE_x */
	uint32_t attach_type;	/* BPF_TRACE_x or 0 */
	uint32_t attach_btf_id; /* or 0 */
	const char *name;
	/* struct bpf_insn[count]; map loads hold handles where the kernel wants
	 * descriptors (src_reg BPF_PSEUDO_MAP_FD and BPF_PSEUDO_MAP_VALUE) */
	const void *instructions;
	uint32_t count;
	bool want_log; /* also when it loads */
};

/* How a program is attached. */
enum attach_method {
	ATTACH_TRACEPOINT,     /* name "category:event" */
	ATTACH_RAW_TRACEPOINT, /* name */
	ATTACH_PERF,	       /* perf_type, perf_config, period on `cpu` */
	ATTACH_UPROBE,	       /* name is the file, offset in it */
	ATTACH_KPROBE,	       /* name is the symbol, offset from it */
};

struct attach {
	enum attach_method method;
	handle_t program;
	const char *name;
	uint64_t offset;
	bool is_return;
	uint32_t perf_type; /* PERF_TYPE_x */
	uint64_t perf_config;
	uint64_t period;   /* ns or events; a frequency in Hz when ... */
	bool is_frequency; /* ... this is set */
	int32_t pid;	   /* -1: every process */
	int32_t cpu;	   /* -1: every CPU (uprobe) */
	uint64_t cookie;   /* bpf_get_attach_cookie; needs FEATURE_perf_link */
};

struct file_info {
	uint64_t size, inode, device, modified_ns;
	uint32_t mode; /* st_mode */
};

/* Entries of a map as read: key and value of entry i are at
 * data + i * (key_size + value_stride).  Free `data` with text_free. */
struct map_entries {
	struct text bytes;
	uint32_t count;
	uint32_t key_size;
	uint32_t value_stride; /* one value, or cpus_possible values each aligned to 8 */
	uint32_t value_size;   /* aligned to 8 when per CPU */
	uint32_t values;       /* per entry: 1 or cpus_possible */
};

struct program_info {
	uint32_t instructions, translated_bytes, jited_bytes, verified;
	uint64_t run_count, run_ns; /* while kernel.bpf_stats_enabled */
	uint64_t recursion_misses;
};

/*
 * A record that arrived.  Records begin with a u64, the boot time in ns at which
 * they were written; they are delivered in that order over all CPUs.  The bytes
 * are valid during the call only.  A result other than 0 stops the delivery (the
 * record counts as delivered) and is what target_events_step returns.
 */
typedef int event_handler(void *context, const void *record, size_t size);

/* ---- carriers: direct.c, stream.c --------------------------------------- */

/* This machine's kernel. */
int target_open_direct(struct target **target, struct text *why);
/* An agent at the other end of two descriptors (may be the same one); they are
 * owned by the target from then on, also when this fails. */
int target_open_stream(struct target **target, int in, int out, struct text *why);
/* An agent in a child process of ours, at the other end of a socketpair. */
int target_open_child(struct target **target, struct text *why);
/*
 * Let go of everything.  Without `wait` the kernel detaches in the background: a
 * child that has left the session closes the attachments (classic tracepoints take
 * 70-90 ms each).
 */
void target_close(struct target *target, bool wait);

/* One raw call, for the codec and for tests; release the reply afterwards, also
 * when this fails (a failed call's reply is the reason as text). */
int target_call(struct target *target, enum call call, struct span request, struct span *reply);
void target_release(struct target *target, struct span reply);

/* Told of every call once it is answered, for -d calls. */
typedef void call_watcher(void *context, enum call call, struct span request, int result,
			  struct span reply);
void target_watch(struct target *target, call_watcher *watcher, void *context);
extern const char *const call_names[CALL_COUNT];

/* ---- serve.c ------------------------------------------------------------ */

/* The agent: answer calls from `in` on `out` until it ends.  0 or -errno. */
int target_serve(int in, int out, enum permission permission);

/* ---- client.c: the calls with their types ------------------------------- */

/* Asked once and kept; never NULL (one nameless CPU when it cannot be asked). */
const struct machine *target_machine(struct target *target);
/* Probed on first use and kept. */
bool target_has(struct target *target, enum feature feature);
/* BTF bytes of "vmlinux" or a module; valid until target_close. -ENOENT: has none. */
int target_btf(struct target *target, const char *name, struct span *btf, struct text *why);
/* A whole file (proc files too, whose size is unknown), NUL after the end.  Free
 * the text. */
int target_read_file(struct target *target, enum root root, const char *path, struct text *content);
/*
 * A whole regular file for reading in place (mapped where possible); release with
 * target_unmap_file.
 */
int target_map_file(struct target *target, const char *path, struct span *content);
void target_unmap_file(struct target *target, struct span content);
int target_file_info(struct target *target, const char *path, struct file_info *info);
/* Names without "." and "..", each followed by a NUL, sorted; free the text. */
int target_list(struct target *target, enum root root, const char *path, struct text *names);

int target_map_create(struct target *target, const struct map_create *map, handle_t *handle,
		      struct text *why);
/*
 * `rings` ring buffers of `size` bytes (a power of two of at least a page) and an
 * array of maps with one entry per possible CPU that leads to its ring; the handle
 * is the array's.  Of a single ring there is no array: the handle is the ring's.
 */
int target_rings_create(struct target *target, uint32_t rings, uint32_t size, handle_t *handle,
			struct text *why);
int target_map_read(struct target *target, handle_t map, struct map_entries *entries,
		    struct text *why);
/* `count` keys and values, one after the other each (values: one per entry, or one
 * per possible CPU). */
int target_map_update(struct target *target, handle_t map, const void *keys, const void *values,
		      uint32_t count, struct text *why);
int target_map_clear(struct target *target, handle_t map, struct text *why);
int target_map_zero(struct target *target, handle_t map, struct text *why);

/* The verifier's words go to `log` (may be NULL). */
int target_program_load(struct target *target, const struct program_load *program, handle_t *handle,
			struct text *log, struct text *why);
/* Run once on this CPU; `result` (may be NULL) is what the program returned. */
int target_program_run(struct target *target, handle_t program, uint32_t *result, struct text *why);
int target_program_info(struct target *target, handle_t program, struct program_info *info);
/*
 * Attach a list.  results[i] is a handle or -errno; returns how many worked.  The
 * reasons of those that did not are in `why`, a line each.
 */
int target_attach(struct target *target, const struct attach *list, uint32_t count,
		  int64_t *results, struct text *why);
int target_close_handles(struct target *target, const handle_t *handles, uint32_t count);

/* Deliver what arrives in these rings from now on. */
int target_events_open(struct target *target, handle_t rings, struct text *why);
/*
 * Wait up to `timeout_ms` (0: not at all) for records, then deliver those that are
 * there.  `wake` (or -1) is a descriptor that ends the wait when it becomes readable.
 * Returns how many were delivered, -EINTR, another -errno (-EPIPE: the agent is
 * gone), or the handler's result.  Records are seen at the latest 80 ms after they
 * were written, without a wake-up for each.
 */
int target_events_step(struct target *target, int timeout_ms, int wake, event_handler *handler,
		       void *context);

#endif
