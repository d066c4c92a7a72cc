/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bpf(2) and perf_event_open(2), thinly: arguments in, a descriptor or 0 out, -errno when the
 * kernel refuses.  Calls cut short by a signal are repeated.
 */
#include "target/bpf.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ENOTSUPP: what the kernel says where a map type lacks an operation; in no user header. */
#define KERNEL_ENOTSUPP 524

static uint64_t address(const void *pointer)
{
	return (uint64_t)(uintptr_t)pointer;
}

int bpf_call(enum bpf_cmd command, union bpf_attr *attr)
{
	long result;

	do
		result = syscall(SYS_bpf, command, attr, sizeof(*attr));
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return errno == KERNEL_ENOTSUPP ? -EOPNOTSUPP : -errno;
	return (int)result;
}

int perf_open(struct perf_event_attr *attr, int pid, int cpu)
{
	long result;

	attr->size = sizeof(*attr);
	do
		result = syscall(SYS_perf_event_open, attr, pid, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : (int)result;
}

int perf_control(int perf, unsigned long request, unsigned long argument)
{
	int result;

	do
		result = ioctl(perf, request, argument);
	while (result < 0 && errno == EINTR);
	return result < 0 ? -errno : result;
}

int bpf_map_new(uint32_t type, uint32_t key_size, uint32_t value_size, uint32_t max_entries)
{
	union bpf_attr attr = {
		.map_type = type,
		.key_size = key_size,
		.value_size = value_size,
		.max_entries = max_entries,
	};

	return bpf_call(BPF_MAP_CREATE, &attr);
}

static int map_element(enum bpf_cmd command, int map, const void *key, const void *value,
		       uint64_t flags)
{
	union bpf_attr attr = {
		.map_fd = (uint32_t)map,
		.key = address(key),
		.value = address(value),
		.flags = flags,
	};

	return bpf_call(command, &attr);
}

int bpf_map_get(int map, const void *key, void *value)
{
	return map_element(BPF_MAP_LOOKUP_ELEM, map, key, value, 0);
}

int bpf_map_set(int map, const void *key, const void *value, uint64_t flags)
{
	return map_element(BPF_MAP_UPDATE_ELEM, map, key, value, flags);
}

int bpf_map_delete(int map, const void *key)
{
	return map_element(BPF_MAP_DELETE_ELEM, map, key, NULL, 0);
}

int bpf_map_next(int map, const void *key, void *next)
{
	return map_element(BPF_MAP_GET_NEXT_KEY, map, key, next, 0);
}

int bpf_map_batch(int map, const void *from, void *to, void *keys, void *values, uint32_t *count)
{
	union bpf_attr attr = {
		.batch =
			{
				.map_fd = (uint32_t)map,
				.in_batch = address(from),
				.out_batch = address(to),
				.keys = address(keys),
				.values = address(values),
				.count = *count,
			},
	};
	int result = bpf_call(BPF_MAP_LOOKUP_BATCH, &attr);

	*count = result && result != -ENOENT ? 0 : attr.batch.count;
	return result;
}

int bpf_map_set_batch(int map, const void *keys, const void *values, uint32_t count)
{
	union bpf_attr attr = {
		.batch = {.map_fd = (uint32_t)map,
			  .keys = address(keys),
			  .values = address(values),
			  .count = count},
	};

	return bpf_call(BPF_MAP_UPDATE_BATCH, &attr);
}

int bpf_program_new(uint32_t type, const struct bpf_insn *instructions, uint32_t count)
{
	union bpf_attr attr = {
		.prog_type = type,
		.insns = address(instructions),
		.insn_cnt = count,
		.license = address("GPL"),
	};

	return bpf_call(BPF_PROG_LOAD, &attr);
}

int bpf_link_perf(int program, int perf, uint64_t cookie)
{
	union bpf_attr attr = {
		.link_create =
			{
				.prog_fd = (uint32_t)program,
				.target_fd = (uint32_t)perf,
				.attach_type = BPF_PERF_EVENT,
				.perf_event = {.bpf_cookie = cookie},
			},
	};

	return bpf_call(BPF_LINK_CREATE, &attr);
}
