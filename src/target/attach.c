/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attachments: a program and a place come in, a handle goes out.  Each is one descriptor (a
 * link, a perf event, a raw tracepoint), so it ends with the process at the latest.
 */
#include "target/host.h"
#include "target/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/syscall.h>

#define ATTACH_LIMIT 65536u

/* ---- numbers that the kernel tells in files -------------------------------- */

static int number_in(int directory, const char *path, const char *format, unsigned *number)
{
	char text[64];
	int result = small_file(directory, path, text, sizeof(text));

	if (result < 0)
		return result;
	return sscanf(text, format, number) == 1 ? 0 : -EINVAL;
}

/* "category:event" to its path, without a way out of events/. */
static int tracepoint_id(struct host *host, const char *name, unsigned *id, struct text *why)
{
	const char *colon = strchr(name, ':');
	int directory = host_tracefs(host), result;
	char path[512];

	if (directory < 0) {
		text_printf(why, "tracefs: %s", strerror(-directory));
		return directory;
	}
	if (!colon || strchr(name, '/') || strstr(name, "..") || strlen(name) > 400)
		result = -EINVAL;
	else {
		snprintf(path, sizeof(path), "events/%.*s/%s/id", (int)(colon - name), name,
			 colon + 1);
		result = number_in(directory, path, "%u", id);
	}
	if (result == -ENOENT)
		text_printf(why, "no tracepoint '%s'", name);
	else if (result)
		text_printf(why, "tracepoint '%s': %s", name, strerror(-result));
	return result;
}

/* The type of a dynamic event source, and the bit of config that asks for returns. */
static int event_source(const char *name, bool is_return, struct perf_event_attr *attr,
			struct text *why)
{
	char path[96];
	unsigned type, bit = 0;
	int result;

	snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/type", name);
	result = number_in(AT_FDCWD, path, "%u", &type);
	if (!result && is_return) {
		snprintf(path, sizeof(path), "/sys/bus/event_source/devices/%s/format/retprobe",
			 name);
		result = number_in(AT_FDCWD, path, "config:%u", &bit);
	}
	if (result || bit > 63) {
		text_printf(why, "this kernel has no %s events", name);
		return -EOPNOTSUPP;
	}
	attr->type = type;
	attr->config = is_return ? 1ull << bit : 0;
	return 0;
}

/* ---- attaching -------------------------------------------------------------- */

/* The descriptor that holds the attachment; `perf` is used up. */
static int attach_to_perf(struct host *host, int program, int perf, uint64_t cookie,
			  struct text *why)
{
	int result, link;

	if (host_has(host, FEATURE_perf_link)) {
		link = result = bpf_link_perf(program, perf, cookie);
	} else if (cookie) {
		link = result = -EOPNOTSUPP;
	} else {
		result = perf_control(perf, PERF_EVENT_IOC_SET_BPF, (unsigned long)program);
		link = perf;
	}
	if (result >= 0)
		result = perf_control(perf, PERF_EVENT_IOC_ENABLE, 0);
	if (result >= 0) {
		if (link != perf)
			close(perf);
		return link;
	}
	text_printf(why, "attach to a perf event: %s", strerror(-result));
	if (link >= 0 && link != perf)
		close(link);
	close(perf);
	return result;
}

static int attach_perf(struct host *host, const struct attach *attach, int program,
		       struct perf_event_attr *attr, int pid, int cpu, struct text *why)
{
	int perf = perf_open(attr, pid, cpu);

	if (perf < 0) {
		text_printf(why, "perf_event_open: %s", strerror(-perf));
		return perf;
	}
	return attach_to_perf(host, program, perf, attach->cookie, why);
}

/*
 * A program on a tracepoint or probe runs on all CPUs, whichever one its event counts on, so
 * one event is enough.
 */
static int attach_everywhere(struct host *host, const struct attach *attach, int program,
			     struct perf_event_attr *attr, struct text *why)
{
	bool one_process = attach->pid >= 0;

	attr->sample_period = 1;
	return attach_perf(host, attach, program, attr, one_process ? attach->pid : -1,
			   one_process	     ? attach->cpu
			   : attach->cpu > 0 ? attach->cpu
					     : 0,
			   why);
}

static int attach_tracepoint(struct host *host, const struct attach *attach, int program,
			     struct text *why)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT};
	unsigned id = 0;
	int result = tracepoint_id(host, attach->name, &id, why);

	attr.config = id;
	return result ? result : attach_everywhere(host, attach, program, &attr, why);
}

static int attach_raw_tracepoint(struct host *host, const struct attach *attach, int program,
				 struct text *why)
{
	union bpf_attr attr = {
		.raw_tracepoint =
			{
				.name = (uintptr_t)attach->name,
				.prog_fd = (uint32_t)program,
			},
	};
	int result = bpf_call(BPF_RAW_TRACEPOINT_OPEN, &attr);

	(void)host;
	if (result == -ENOENT)
		text_printf(why, "no raw tracepoint '%s'", attach->name);
	else if (result < 0)
		text_printf(why, "raw tracepoint '%s': %s", attach->name, strerror(-result));
	return result;
}

static int attach_sampling(struct host *host, const struct attach *attach, int program,
			   struct text *why)
{
	struct perf_event_attr attr = {
		.type = attach->perf_type,
		.config = attach->perf_config,
		.sample_period = attach->period,
		.freq = attach->is_frequency,
	};

	return attach_perf(host, attach, program, &attr, attach->pid, attach->cpu, why);
}

/* config1 is the file or symbol, config2 the offset: kernel/events/core.c. */
static int attach_probe(struct host *host, const struct attach *attach, int program,
			const char *source, struct text *why)
{
	struct perf_event_attr attr = {
		.config1 = (uintptr_t)attach->name,
		.config2 = attach->offset,
	};
	int result = event_source(source, attach->is_return, &attr, why);

	return result ? result : attach_everywhere(host, attach, program, &attr, why);
}

static int attach_uprobe(struct host *host, const struct attach *attach, int program,
			 struct text *why)
{
	return attach_probe(host, attach, program, "uprobe", why);
}

static int attach_kprobe(struct host *host, const struct attach *attach, int program,
			 struct text *why)
{
	return attach_probe(host, attach, program, "kprobe", why);
}

typedef int attacher(struct host *host, const struct attach *attach, int program, struct text *why);

static attacher *const attachers[] = {
	[ATTACH_TRACEPOINT] = attach_tracepoint, [ATTACH_RAW_TRACEPOINT] = attach_raw_tracepoint,
	[ATTACH_PERF] = attach_sampling,	 [ATTACH_UPROBE] = attach_uprobe,
	[ATTACH_KPROBE] = attach_kprobe,
};

/* ---- the calls --------------------------------------------------------------- */

static struct attach read_attach(struct reader *in)
{
	struct attach attach = {0};

	attach.method = read_u8(in);
	attach.program = read_u32(in);
	attach.name = read_string(in);
	attach.offset = read_u64(in);
	attach.is_return = read_u8(in);
	attach.perf_type = read_u32(in);
	attach.perf_config = read_u64(in);
	attach.period = read_u64(in);
	attach.is_frequency = read_u8(in);
	attach.pid = (int32_t)read_u32(in);
	attach.cpu = (int32_t)read_u32(in);
	attach.cookie = read_u64(in);
	return attach;
}

/* A handle, or -errno with the reason. */
static int64_t attach_one(struct host *host, const struct attach *attach, struct text *why)
{
	struct object *program = object_get(host, attach->program, OBJECT_PROGRAM);
	struct object attachment = {.kind = OBJECT_ATTACHMENT};
	int64_t handle;

	if (attach->method >= ARRAY_SIZE(attachers) || !program) {
		text_printf(why, "attach '%s': no such %s", attach->name,
			    program ? "method" : "program");
		return program ? -EINVAL : -EBADF;
	}
	attachment.fd = attachers[attach->method](host, attach, program->fd, why);
	if (attachment.fd < 0)
		return attachment.fd;
	handle = object_add(host, &attachment);
	if (handle < 0) {
		text_printf(why, "attach '%s': %s", attach->name, strerror((int)-handle));
		object_close(&attachment);
	}
	return handle;
}

int handle_attach(struct host *host, struct reader *in, struct reply *reply)
{
	uint32_t count = read_u32(in);
	struct reader check = *in;
	struct text why = {0};

	if (count > ATTACH_LIMIT)
		return reply_fail(reply, -E2BIG, "attach: a list of %u is too long", count);
	for (uint32_t i = 0; i < count && !check.failed; i++)
		read_attach(&check);
	if (!reader_done(&check))
		return reply_malformed(reply);
	for (uint32_t i = 0; i < count; i++) {
		struct attach attach = read_attach(in);

		write_u64(&reply->out, (uint64_t)attach_one(host, &attach, &why));
		write_string(&reply->out, text_cstr(&why));
		text_clear(&why);
	}
	text_free(&why);
	return 0;
}

int handle_close(struct host *host, struct reader *in, struct reply *reply)
{
	uint32_t count = read_u32(in);
	struct reader check = *in;

	if (read_bytes(&check, (size_t)count * 4).size != (size_t)count * 4 || !reader_done(&check))
		return reply_malformed(reply);
	for (uint32_t i = 0; i < count; i++) {
		handle_t handle = read_u32(in);

		if (!handle || handle > host->object_count)
			return reply_fail(reply, -EBADF, "close: %u is not a handle", handle);
		if (host->objects[handle - 1].kind == OBJECT_RINGS)
			events_drop(host, &host->objects[handle - 1]);
		object_close(&host->objects[handle - 1]);
	}
	return 0;
}
