/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf(2) and perf_event_open(2), thinly: arguments in, a descriptor or 0 out, -errno when the
 * kernel refuses.  Calls cut short by a signal are repeated.
 */
#ifndef SONDE_TARGET_BPF_H
#define SONDE_TARGET_BPF_H

#include <stdint.h>
#include <stddef.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>

/* All of `attr` is passed; unused fields must be zero. */
int bpf_call(enum bpf_cmd command, union bpf_attr *attr);
int perf_open(struct perf_event_attr *attr, int pid, int cpu);
int perf_control(int perf, unsigned long request, unsigned long argument);

int bpf_map_new(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries);
int bpf_map_get(int map, const void *key, void *value);
int bpf_map_set(int map, const void *key, const void *value, uint64_t flags);
int bpf_map_delete(int map, const void *key);
/* The key after `key`, or the first one where it is NULL or gone; -ENOENT at the end. */
int bpf_map_next(int map, const void *key, void *next);
/*
 * Up to *count entries from the cursor `from` (NULL: the start) on; the next cursor goes to
 * `to`.  -ENOENT: these were the last; *count is right then too.
 */
int bpf_map_batch(int map, const void *from, void *to, void *keys, void *values, uint32_t *count);

int bpf_map_set_batch(int map, const void *keys, const void *values, uint32_t count);

/* A small program without log, for feature probes. */
int bpf_program_new(uint32_t type, const struct bpf_insn *instructions, uint32_t count);
int bpf_link_perf(int program, int perf, uint64_t cookie);

#endif
