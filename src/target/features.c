/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this kernel can: each feature is probed on first use by trying it in the smallest way,
 * never by version.  Names in SONDE_NO_FEATURE count as missing.
 */
#include "target/host.h"
#include "target/bpf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct feature_row feature_rows[FEATURE_COUNT] = {
#define FEATURE(name, since, doc) [FEATURE_##name] = {#name, since, doc},
#include "target/features.def"
#undef FEATURE
};

#define MOVE(to, value)                                                                            \
	((struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = to, .imm = value})
#define EXIT ((struct bpf_insn){.code = BPF_JMP | BPF_EXIT})
#define CALL_HELPER(helper) ((struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = helper})

/* Numbers of include/uapi/linux/bpf.h, which never change. */
#define HELPER_KTIME_GET_BOOT_NS 125
#define HELPER_GET_CURRENT_TASK_BTF 158

static bool closed(int fd)
{
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* A program of one helper call loads. */
static bool has_helper(int helper)
{
	struct bpf_insn code[] = {CALL_HELPER(helper), MOVE(0, 0), EXIT};

	return closed(bpf_program_new(BPF_PROG_TYPE_TRACEPOINT, code, ARRAY_SIZE(code)));
}

static int empty_program(uint32_t type)
{
	struct bpf_insn code[] = {MOVE(0, 0), EXIT};

	return bpf_program_new(type, code, ARRAY_SIZE(code));
}

static bool has_event_source(const char *path)
{
	return !access(path, R_OK);
}

static bool probe_ringbuf(void)
{
	return closed(bpf_map_new(BPF_MAP_TYPE_RINGBUF, 0, 0, (uint32_t)sysconf(_SC_PAGESIZE)));
}

static bool probe_task_btf(void)
{
	return has_helper(HELPER_GET_CURRENT_TASK_BTF);
}

static bool probe_boot_clock(void)
{
	return has_helper(HELPER_KTIME_GET_BOOT_NS);
}

static bool probe_raw_test_run(void)
{
	int program = empty_program(BPF_PROG_TYPE_RAW_TRACEPOINT);
	union bpf_attr attr = {.test = {.prog_fd = (uint32_t)program}};
	int result = program < 0 ? program : bpf_call(BPF_PROG_TEST_RUN, &attr);

	closed(program);
	return !result;
}

/* A kernel that knows the link looks at the event, which is none; others refuse before. */
static bool probe_perf_link(void)
{
	int program = empty_program(BPF_PROG_TYPE_TRACEPOINT);
	int result = program < 0 ? program : bpf_link_perf(program, -1, 0);

	closed(program);
	return result == -EBADF;
}

static bool probe_signed_division(void)
{
	struct bpf_insn code[] = {
		MOVE(0, -8),
		/* off = 1 makes the division signed */
		{.code = BPF_ALU64 | BPF_DIV | BPF_K, .dst_reg = 0, .off = 1, .imm = 2},
		MOVE(0, 0),
		EXIT,
	};

	return closed(bpf_program_new(BPF_PROG_TYPE_TRACEPOINT, code, ARRAY_SIZE(code)));
}

static bool probe_batch(void)
{
	int map = bpf_map_new(BPF_MAP_TYPE_HASH, 4, 4, 1);
	uint32_t key, value, next, count = 1;
	int result = map < 0 ? map : bpf_map_batch(map, NULL, &next, &key, &value, &count);

	closed(map);
	return result == -ENOENT;
}

static bool probe_kprobe(void)
{
	return has_event_source("/sys/bus/event_source/devices/kprobe/type");
}

static bool probe_uprobe(void)
{
	return has_event_source("/sys/bus/event_source/devices/uprobe/type");
}

static bool probe_tracepoint(void)
{
	return closed(empty_program(BPF_PROG_TYPE_TRACEPOINT));
}

static bool (*const probes[FEATURE_COUNT])(void) = {
#define FEATURE(name, since, doc) [FEATURE_##name] = probe_##name,
#include "target/features.def"
#undef FEATURE
};

/* `name` stands in a list separated by commas. */
static bool is_listed(const char *list, const char *name)
{
	size_t size = strlen(name), item;

	for (; list; list = list[item] ? list + item + 1 : NULL) {
		item = strcspn(list, ",");
		if (item == size && !memcmp(list, name, size))
			return true;
	}
	return false;
}

bool host_has(struct host *host, enum feature feature)
{
	enum { UNKNOWN, MISSING, PRESENT };
	uint8_t *known = &host->features[feature];

	if (*known == UNKNOWN) {
		bool off = is_listed(getenv("SONDE_NO_FEATURE"), feature_rows[feature].name);

		*known = !off && probes[feature]() ? PRESENT : MISSING;
	}
	return *known == PRESENT;
}
