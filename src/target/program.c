/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs: instructions with handles of maps come in, a handle goes out, or the verifier's
 * words.  No descriptor of this process can be named by an instruction but through a handle.
 */
#include "target/host.h"
#include "target/bpf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INSTRUCTION_LIMIT 1000000u
#define LOG_START (64u << 10)
#define LOG_LIMIT (16u << 20)
/* BPF_LOG_LEVEL1 and BPF_LOG_STATS of the kernel's bpf_verifier.h. */
#define LOG_LEVEL 5

/* The wide load's second half must not name a descriptor either (a module's BTF). */
static int relocate_load(struct host *host, struct bpf_insn *load, struct reply *reply)
{
	struct object *map;

	if (load->src_reg == BPF_PSEUDO_MAP_IDX || load->src_reg == BPF_PSEUDO_MAP_IDX_VALUE ||
	    (load->src_reg == BPF_PSEUDO_BTF_ID && load[1].imm))
		return reply_fail(reply, -EINVAL, "an instruction names a descriptor");
	if (load->src_reg != BPF_PSEUDO_MAP_FD && load->src_reg != BPF_PSEUDO_MAP_VALUE)
		return 0;
	map = object_get(host, (uint32_t)load->imm, OBJECT_MAP);
	if (!map)
		map = object_get(host, (uint32_t)load->imm, OBJECT_RINGS);
	if (!map)
		return reply_fail(reply, -EBADF, "an instruction names %u, which is not a map",
				  (uint32_t)load->imm);
	load->imm = map->fd;
	return 0;
}

static int relocate(struct host *host, struct bpf_insn *code, uint32_t count, struct reply *reply)
{
	for (uint32_t i = 0; i < count; i++) {
		int result;

		if (code[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (i + 1 == count)
			return reply_fail(reply, -EINVAL, "the last instruction is half a load");
		result = relocate_load(host, &code[i++], reply);
		if (result)
			return result;
	}
	return 0;
}

/* A signal that waits makes the verifier give up with EAGAIN; it is served on return. */
static int load_once(union bpf_attr *attr)
{
	int result = -EAGAIN;

	for (int tries = 0; result == -EAGAIN && tries < 8; tries++)
		result = bpf_call(BPF_PROG_LOAD, attr);
	return result;
}

/*
 * Load with a log that grows until it holds everything.  At the largest size the kernel may
 * still say ENOSPC: then the log is cut, and the program is tried without one.
 */
static int load_logged(union bpf_attr *attr, char **log)
{
	uint32_t size = LOG_START;
	int result;

	attr->log_level = LOG_LEVEL;
	do {
		free(*log);
		*log = calloc(1, size);
		if (!*log)
			return -ENOMEM;
		attr->log_buf = (uintptr_t)*log;
		attr->log_size = size;
		result = load_once(attr);
		size *= 4;
	} while (result == -ENOSPC && size <= LOG_LIMIT);
	if (result != -ENOSPC)
		return result;
	attr->log_level = 0;
	attr->log_size = 0;
	attr->log_buf = 0;
	return load_once(attr);
}

static int load(union bpf_attr *attr, bool want_log, char **log)
{
	int result = want_log ? -1 : load_once(attr);

	return result < 0 ? load_logged(attr, log) : result;
}

static int answer_load(struct host *host, int fd, uint32_t count, const char *log,
		       struct reply *reply)
{
	struct object program = {.kind = OBJECT_PROGRAM, .fd = fd, .size = count};
	int64_t handle = object_add(host, &program);

	if (handle < 0) {
		object_close(&program);
		return reply_error(reply, (int)handle, "program_load");
	}
	write_u32(&reply->out, (uint32_t)handle);
	write_string(&reply->out, log ? log : "");
	return 0;
}

/* The name's first part fit for the kernel; the reason is a line, the log follows it. */
static int load_copy(struct host *host, union bpf_attr *attr, struct bpf_insn *code,
		     const char *name, bool want_log, struct reply *reply)
{
	char *log = NULL;
	int result = relocate(host, code, attr->insn_cnt, reply);

	if (result)
		return result;
	for (size_t i = 0; i < BPF_OBJ_NAME_LEN - 1 && name[i]; i++)
		attr->prog_name[i] = isalnum((unsigned char)name[i]) ? name[i] : '_';
	attr->insns = (uintptr_t)code;
	attr->license = (uintptr_t) "GPL";
	result = load(attr, want_log, &log);
	if (result >= 0) {
		result = answer_load(host, result, attr->insn_cnt, log, reply);
	} else {
		reply_error(reply, result, "program '%.200s'", name);
		text_char(&reply->out, '\n');
		text_string(&reply->out, log ? log : "");
	}
	free(log);
	return result;
}

int handle_program_load(struct host *host, struct reader *in, struct reply *reply)
{
	union bpf_attr attr = {0};
	struct bpf_insn *code;
	const char *name;
	struct span bytes;
	bool want_log;
	int result;

	attr.prog_type = read_u32(in);
	attr.expected_attach_type = read_u32(in);
	attr.attach_btf_id = read_u32(in);
	name = read_string(in);
	want_log = read_u8(in);
	bytes = read_blob(in);
	if (!reader_done(in))
		return reply_malformed(reply);
	if (!bytes.size || bytes.size % sizeof(*code) ||
	    bytes.size > INSTRUCTION_LIMIT * sizeof(*code))
		return reply_fail(reply, -EINVAL, "program '%.200s': %zu bytes of instructions",
				  name, bytes.size);
	attr.insn_cnt = (uint32_t)(bytes.size / sizeof(*code));
	code = malloc(bytes.size);
	if (!code)
		return reply_fail(reply, -ENOMEM, "program '%.200s': out of memory", name);
	memcpy(code, bytes.data, bytes.size);
	result = load_copy(host, &attr, code, name, want_log, reply);
	free(code);
	return result;
}

/* A raw tracepoint program may look at all the twelve arguments that there can be. */
int handle_program_run(struct host *host, struct reader *in, struct reply *reply)
{
	handle_t handle = read_u32(in);
	const struct object *program = object_get(host, handle, OBJECT_PROGRAM);
	union bpf_attr attr = {0};
	uint64_t context[12] = {0};
	int result;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!program)
		return reply_fail(reply, -EBADF, "program_run: %u is not a program", handle);
	attr.test.prog_fd = (uint32_t)program->fd;
	attr.test.ctx_in = (uintptr_t)context;
	attr.test.ctx_size_in = sizeof(context);
	result = bpf_call(BPF_PROG_TEST_RUN, &attr);
	if (result)
		return reply_error(reply, result, "program_run");
	write_u32(&reply->out, attr.test.retval);
	return 0;
}

int handle_program_info(struct host *host, struct reader *in, struct reply *reply)
{
	handle_t handle = read_u32(in);
	const struct object *program = object_get(host, handle, OBJECT_PROGRAM);
	struct bpf_prog_info info = {0};
	union bpf_attr attr = {0};
	int result;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!program)
		return reply_fail(reply, -EBADF, "program_info: %u is not a program", handle);
	attr.info.bpf_fd = (uint32_t)program->fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	result = bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (result)
		return reply_error(reply, result, "program_info");
	write_u32(&reply->out, program->size);
	write_u32(&reply->out, info.xlated_prog_len);
	write_u32(&reply->out, info.jited_prog_len);
	write_u32(&reply->out, info.verified_insns);
	write_u64(&reply->out, info.run_cnt);
	write_u64(&reply->out, info.run_time_ns);
	write_u64(&reply->out, info.recursion_misses);
	return 0;
}
