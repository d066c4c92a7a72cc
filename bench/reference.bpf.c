/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The yardstick: what a careful person writes by hand in C for each measured one-liner,
 * compiled by clang -O2.  Names: count_comm, count_pid_comm, hist, pair_enter, pair_exit.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

typedef __u64 u64;
typedef __u32 u32;
char LICENSE[] SEC("license") = "GPL";

struct sys_exit {
	u64 common;
	long id, ret;
};
struct comm {
	char text[16];
};
struct pid_comm {
	u64 pid;
	char text[16];
};
struct histogram {
	u64 slots[68];
};

#define PER_CPU_HASH(name, K, V)                                                                   \
	struct {                                                                                   \
		__uint(type, BPF_MAP_TYPE_PERCPU_HASH);                                            \
		__uint(max_entries, 4096);                                                         \
		__type(key, K);                                                                    \
		__type(value, V);                                                                  \
	} name SEC(".maps")

PER_CPU_HASH(by_comm, struct comm, u64);
PER_CPU_HASH(by_pid_comm, struct pid_comm, u64);
PER_CPU_HASH(latency, struct comm, struct histogram);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct histogram);
} returned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, u64);
} start SEC(".maps");

static const struct histogram empty;
static const u64 one = 1;

static __always_inline u32 slot_of(long value)
{
	u64 n = value;
	u32 slot = 2;

	if (value < 0)
		return 0;
	if (value == 0)
		return 1;
	if (n >> 32)
		n >>= 32, slot += 32;
	if (n >> 16)
		n >>= 16, slot += 16;
	if (n >> 8)
		n >>= 8, slot += 8;
	if (n >> 4)
		n >>= 4, slot += 4;
	if (n >> 2)
		n >>= 2, slot += 2;
	if (n >> 1)
		slot++;
	return slot;
}

SEC("tp/raw_syscalls/sys_enter")
int count_comm(void *ctx)
{
	struct comm key;
	u64 *value;

	bpf_get_current_comm(&key, sizeof(key));
	value = bpf_map_lookup_elem(&by_comm, &key);
	if (value)
		++*value;
	else
		bpf_map_update_elem(&by_comm, &key, &one, BPF_ANY);
	return 0;
}

SEC("tp/raw_syscalls/sys_enter")
int count_pid_comm(void *ctx)
{
	struct pid_comm key;
	u64 *value;

	key.pid = bpf_get_current_pid_tgid() >> 32;
	bpf_get_current_comm(&key.text, sizeof(key.text));
	value = bpf_map_lookup_elem(&by_pid_comm, &key);
	if (value)
		++*value;
	else
		bpf_map_update_elem(&by_pid_comm, &key, &one, BPF_ANY);
	return 0;
}

SEC("tp/raw_syscalls/sys_exit")
int hist(struct sys_exit *ctx)
{
	u32 zero = 0, slot = slot_of(ctx->ret);
	struct histogram *h = bpf_map_lookup_elem(&returned, &zero);

	if (h && slot < 68)
		h->slots[slot]++;
	return 0;
}

SEC("tp/raw_syscalls/sys_enter")
int pair_enter(void *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&start, &tid, &now, BPF_ANY);
	return 0;
}

SEC("tp/raw_syscalls/sys_exit")
int pair_exit(void *ctx)
{
	u32 tid = bpf_get_current_pid_tgid();
	u64 *began = bpf_map_lookup_elem(&start, &tid);
	struct histogram *h;
	struct comm key;
	u32 slot;

	if (!began)
		return 0;
	slot = slot_of(bpf_ktime_get_ns() - *began);
	bpf_get_current_comm(&key, sizeof(key));
	h = bpf_map_lookup_elem(&latency, &key);
	if (!h) {
		bpf_map_update_elem(&latency, &key, &empty, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&latency, &key);
	}
	if (h && slot < 68)
		h->slots[slot]++;
	bpf_map_delete_elem(&start, &tid);
	return 0;
}
