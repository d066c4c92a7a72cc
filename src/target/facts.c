/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What this machine is: nothing comes in but the protocol's version, and machine, CPUs,
 * clocks, rights and features go out.
 */
#include "target/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

uint32_t cpu_list(const char *text, uint16_t *cpus, uint32_t limit)
{
	uint32_t count = 0;
	char *end;

	for (;; text = end + 1) {
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text)
			return count;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		for (unsigned long cpu = first; cpu <= last && count < limit; cpu++) {
			if (cpus)
				cpus[count] = (uint16_t)cpu;
			count++;
		}
		if (*end != ',')
			return count;
	}
}

static int64_t clock_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* As procfs numbers it: the init namespace's where its /proc is what we see. */
static uint32_t own_pid(void)
{
	char link[16] = "";

	if (readlink("/proc/self", link, sizeof(link) - 1) > 0)
		return (uint32_t)strtoul(link, NULL, 10);
	return (uint32_t)getpid();
}

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(SYS_capget, &head, data))
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static void write_online(struct host *host, struct text *out)
{
	uint16_t *cpus = calloc(host->cpus_possible, sizeof(*cpus));
	uint32_t count = 0;
	char text[4096];

	if (cpus && small_file(AT_FDCWD, "/sys/devices/system/cpu/online", text, sizeof(text)) > 0)
		count = cpu_list(text, cpus, host->cpus_possible);
	if (cpus && !count)
		for (; count < host->cpus_possible; count++)
			cpus[count] = (uint16_t)count;
	write_u32(out, count);
	for (uint32_t i = 0; i < count; i++)
		write_u16(out, cpus[i]);
	free(cpus);
}

int handle_hello(struct host *host, struct reader *in, struct reply *reply)
{
	uint32_t version = read_u32(in);
	struct text *out = &reply->out;
	struct utsname name;
	int64_t before, real;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (version != PROTOCOL_VERSION)
		return reply_fail(reply, -EPROTO, "hello: this agent speaks version %d, not %u",
				  PROTOCOL_VERSION, version);
	if (uname(&name))
		return reply_error(reply, -errno, "uname");
	before = clock_now(CLOCK_BOOTTIME);
	real = clock_now(CLOCK_REALTIME);
	write_u32(out, PROTOCOL_VERSION);
	write_string(out, name.machine);
	write_string(out, name.release);
	write_u32(out, (uint32_t)sysconf(_SC_PAGESIZE));
	write_u32(out, host->cpus_possible);
	write_online(host, out);
	write_u64(out, (uint64_t)(real - before));
	write_u64(out, (uint64_t)before);
	write_u32(out, own_pid());
	write_u8(out, host->permission);
	write_u64(out, effective_capabilities());
	return 0;
}

int handle_feature(struct host *host, struct reader *in, struct reply *reply)
{
	const char *name = read_string(in);

	if (!reader_done(in))
		return reply_malformed(reply);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (strcmp(feature_rows[i].name, name))
			continue;
		write_u8(&reply->out, host_has(host, i));
		return 0;
	}
	return reply_fail(reply, -ENOENT, "feature: '%s' is not known here", name);
}
