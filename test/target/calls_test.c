/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every call through the gate: allowed, denied, cut short at every byte, and too long.
 */
#include "test.h"
#include "code.h"
#include "target/host.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <unistd.h>

/* What the requests below refer to. */
struct things {
	handle_t map, rings, program;
};

static int ask(struct host *host, enum call call, const struct text *request, struct reply *reply)
{
	*reply = (struct reply){0};
	return host_dispatch(host, call, (struct span){request->data, request->size}, reply);
}

static uint32_t ask_number(struct host *host, enum call call, struct text *request)
{
	struct reply reply;
	uint32_t number = 0;

	CHECK_EQ(ask(host, call, request, &reply), 0);
	if (reply.out.size >= 4)
		memcpy(&number, reply.out.data, 4);
	text_free(&reply.out);
	text_free(request);
	return number;
}

/* ---- a valid request for each call ---------------------------------------- */

static void build_hello(struct text *out, const struct things *things)
{
	(void)things;
	write_u32(out, PROTOCOL_VERSION);
}

static void build_feature(struct text *out, const struct things *things)
{
	(void)things;
	write_string(out, "ringbuf");
}

static void build_btf(struct text *out, const struct things *things)
{
	(void)things;
	write_string(out, "vmlinux");
}

static void build_file(struct text *out, enum root root, const char *path)
{
	write_u8(out, root);
	write_string(out, path);
	write_u64(out, 0);
	write_u64(out, 4096);
	write_u8(out, 0);
}

static void build_file_read(struct text *out, const struct things *things)
{
	(void)things;
	build_file(out, ROOT_MACHINE, "/proc/version");
}

static void build_file_info(struct text *out, const struct things *things)
{
	(void)things;
	write_string(out, "/proc/version");
}

static void build_dir_list(struct text *out, const struct things *things)
{
	(void)things;
	write_u8(out, ROOT_TRACEFS);
	write_string(out, "events/sched");
}

static void build_map_create(struct text *out, const struct things *things)
{
	(void)things;
	write_u32(out, BPF_MAP_TYPE_HASH);
	write_u32(out, 8);
	write_u32(out, 8);
	write_u32(out, 100);
	write_u32(out, 0);
	write_string(out, "a name: too long and unfit");
}

static void build_rings_create(struct text *out, const struct things *things)
{
	(void)things;
	write_u32(out, 2);
	write_u32(out, 4096);
}

static void build_map_read(struct text *out, const struct things *things)
{
	write_u32(out, things->map);
	write_blob(out, NULL, 0);
}

static void build_map_update(struct text *out, const struct things *things)
{
	uint64_t keys[] = {1, 2}, values[] = {3, 4};

	write_u32(out, things->map);
	write_u32(out, 2);
	write_blob(out, keys, sizeof(keys));
	write_blob(out, values, sizeof(values));
}

static void build_map_clear(struct text *out, const struct things *things)
{
	write_u32(out, things->map);
}

static void build_map_zero(struct text *out, const struct things *things)
{
	write_u32(out, things->map);
}

static void build_program_load(struct text *out, const struct things *things)
{
	const struct bpf_insn code[] = {LOAD_MAP(1, things->map), SET(0, 0), END};

	write_u32(out, BPF_PROG_TYPE_RAW_TRACEPOINT);
	write_u32(out, 0);
	write_u32(out, 0);
	write_string(out, "BEGIN");
	write_u8(out, 0);
	write_blob(out, code, sizeof(code));
}

static void build_program_run(struct text *out, const struct things *things)
{
	write_u32(out, things->program);
}

static void build_program_info(struct text *out, const struct things *things)
{
	write_u32(out, things->program);
}

static void build_one_attach(struct text *out, uint8_t method, handle_t program, const char *name)
{
	write_u8(out, method);
	write_u32(out, program);
	write_string(out, name);
	write_u64(out, 0);
	write_u8(out, 0);
	write_u32(out, 0);
	write_u64(out, 0);
	write_u64(out, 0);
	write_u8(out, 0);
	write_u32(out, -1u);
	write_u32(out, -1u);
	write_u64(out, 0);
}

static void build_attach(struct text *out, const struct things *things)
{
	write_u32(out, 1);
	build_one_attach(out, ATTACH_RAW_TRACEPOINT, things->program, "sched_process_exec");
}

static void build_events_open(struct text *out, const struct things *things)
{
	write_u32(out, things->rings);
}

/* The list is empty: the others still want what it would close. */
static void build_close(struct text *out, const struct things *things)
{
	(void)things;
	write_u32(out, 0);
}

static void (*const builders[CALL_COUNT])(struct text *out, const struct things *things) = {
#define CALL(name, permission, doc) [CALL_##name] = build_##name,
#include "target/calls.def"
#undef CALL
};

static const enum permission permissions[CALL_COUNT] = {
#define CALL(name, permission, doc) [CALL_##name] = PERMIT_##permission,
#include "target/calls.def"
#undef CALL
};

/* ---- the four ways --------------------------------------------------------- */

static struct host *open_host(enum permission permission)
{
	struct host *host;

	CHECK_EQ(host_open(&host, permission, false), 0);
	return host;
}

static void check_allowed(struct host *host, enum call call, const struct text *request)
{
	struct reply reply;
	int result = ask(host, call, request, &reply);

	if (result)
		fprintf(stderr, "%s: %s\n", call_names[call], text_cstr(&reply.out));
	CHECK_EQ(result, 0);
	text_free(&reply.out);
}

static void check_denied(enum call call, const struct text *request)
{
	struct reply reply;
	struct host *host;

	if (permissions[call] == PERMIT_FACTS)
		return;
	host = open_host(permissions[call] - 1);
	CHECK_EQ(ask(host, call, request, &reply), -EACCES);
	CHECK(strstr(text_cstr(&reply.out), "needs permission"));
	CHECK_EQ(host->object_count, 0);
	text_free(&reply.out);
	host_close(host, true);
}

/* Cut short, and with one byte too many; the bytes end where the allocation ends. */
static void check_malformed(struct host *host, enum call call, const struct text *request)
{
	uint32_t objects = host->object_count;

	for (size_t size = 0; size <= request->size + 1; size++) {
		char *bytes = calloc(1, size + !size);
		struct reply reply = {0};

		memcpy(bytes, request->data, size < request->size ? size : request->size);
		if (size != request->size)
			CHECK_EQ(host_dispatch(host, call, (struct span){bytes, size}, &reply),
				 -EBADMSG);
		text_free(&reply.out);
		free(bytes);
	}
	CHECK_EQ(host->object_count, objects);
}

static void check_oversized(struct host *host, enum call call)
{
	struct reply reply = {0};
	char *bytes = calloc(1, REQUEST_LIMIT + 1);

	CHECK_EQ(host_dispatch(host, call, (struct span){bytes, REQUEST_LIMIT + 1}, &reply),
		 -EMSGSIZE);
	text_free(&reply.out);
	free(bytes);
}

static struct things make_things(struct host *host)
{
	struct things things = {0};
	struct text request = {0};

	build_map_create(&request, &things);
	things.map = ask_number(host, CALL_map_create, &request);
	build_rings_create(&request, &things);
	things.rings = ask_number(host, CALL_rings_create, &request);
	build_program_load(&request, &things);
	things.program = ask_number(host, CALL_program_load, &request);
	return things;
}

static void test_every_call(void)
{
	struct host *host = open_host(PERMIT_RUN);
	struct things things = make_things(host);

	for (enum call call = 0; call < CALL_COUNT; call++) {
		struct text request = {0};

		builders[call](&request, &things);
		check_malformed(host, call, &request);
		check_denied(call, &request);
		check_allowed(host, call, &request);
		check_oversized(host, call);
		text_free(&request);
	}
	host_close(host, true);
}

/* ---- sizes and handles that lie -------------------------------------------- */

static void check_refused(struct host *host, enum call call, struct text *request, int error)
{
	struct reply reply;

	CHECK_EQ(ask(host, call, request, &reply), error);
	CHECK(reply.out.size);
	text_free(&reply.out);
	text_free(request);
}

static void test_wrong_handles(struct host *host, const struct things *things)
{
	static const enum call calls[] = {CALL_map_clear,    CALL_map_zero,    CALL_program_run,
					  CALL_program_info, CALL_events_open, CALL_map_read};
	struct text request = {0};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		bool is_map = calls[i] < CALL_program_load;

		for (int which = 0; which < 3; which++) {
			handle_t wrong = which == 0   ? 0
					 : which == 1 ? 1u << 30
					 : is_map     ? things->program
						      : things->map;

			write_u32(&request, wrong);
			if (calls[i] == CALL_map_read)
				write_u32(&request, 0);
			check_refused(host, calls[i], &request, -EBADF);
		}
	}
	write_u32(&request, 1);
	write_u32(&request, 77777);
	check_refused(host, CALL_close, &request, -EBADF);
}

static void test_large_sizes(struct host *host, const struct things *things)
{
	struct text request = {0};

	write_u32(&request, -1u);
	check_refused(host, CALL_attach, &request, -E2BIG);
	write_u32(&request, 60000);
	check_refused(host, CALL_attach, &request, -EBADMSG);
	write_u32(&request, -1u);
	check_refused(host, CALL_close, &request, -EBADMSG);
	write_u32(&request, 1);
	write_u32(&request, 1u << 31);
	check_refused(host, CALL_rings_create, &request, -EINVAL);
	write_u32(&request, -1u);
	write_u32(&request, 4096);
	check_refused(host, CALL_rings_create, &request, -EINVAL);
	write_u32(&request, BPF_MAP_TYPE_HASH);
	write_u32(&request, 8);
	write_u32(&request, -1u);
	write_u32(&request, 1);
	write_u32(&request, 0);
	write_string(&request, "huge");
	check_refused(host, CALL_map_create, &request, -E2BIG);
	write_u32(&request, things->map);
	write_u32(&request, -1u);
	write_blob(&request, "12345678", 8);
	write_blob(&request, "12345678", 8);
	check_refused(host, CALL_map_update, &request, -EINVAL);
	write_u32(&request, things->map);
	write_blob(&request, "a cursor of another size", 24);
	check_refused(host, CALL_map_read, &request, -EINVAL);
	build_file(&request, ROOT_MACHINE, "/proc/version");
	memset(request.data + 5 + 14, 0xff, 8);
	check_refused(host, CALL_file_read, &request, -EINVAL);
}

static void check_code(struct host *host, const struct bpf_insn *code, size_t size, int error)
{
	struct text request = {0};

	write_u32(&request, BPF_PROG_TYPE_RAW_TRACEPOINT);
	write_u32(&request, 0);
	write_u32(&request, 0);
	write_string(&request, "wrong");
	write_u8(&request, 0);
	write_blob(&request, code, size);
	check_refused(host, CALL_program_load, &request, error);
}

/* Another version of the protocol, and a feature of another version. */
static void test_other_versions(struct host *host)
{
	struct text request = {0};

	write_u32(&request, PROTOCOL_VERSION + 1);
	check_refused(host, CALL_hello, &request, -EPROTO);
	write_string(&request, "no_such_feature");
	check_refused(host, CALL_feature, &request, -ENOENT);
}

/* Descriptors cannot be named, only handles. */
static void test_wrong_code(struct host *host, const struct things *things)
{
	const struct bpf_insn raw_map[] = {LOAD_MAP(1, 77777), SET(0, 0), END};
	const struct bpf_insn program[] = {LOAD_MAP(1, things->program), SET(0, 0), END};
	const struct bpf_insn by_index[] = {
		I(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_IDX, 0, 0), I(0, 0, 0, 0, 0),
		SET(0, 0), END};
	const struct bpf_insn module_btf[] = {
		I(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_BTF_ID, 0, 1), I(0, 0, 0, 0, 3),
		SET(0, 0), END};
	const struct bpf_insn half[] = {I(BPF_LD | BPF_IMM | BPF_DW, 1, 0, 0, 0)};
	const struct bpf_insn uninitialised[] = {MOVE(0, 5), END};

	check_code(host, raw_map, sizeof(raw_map), -EBADF);
	check_code(host, program, sizeof(program), -EBADF);
	check_code(host, by_index, sizeof(by_index), -EINVAL);
	check_code(host, module_btf, sizeof(module_btf), -EINVAL);
	check_code(host, half, sizeof(half), -EINVAL);
	check_code(host, half, 7, -EINVAL);
	check_code(host, half, 0, -EINVAL);
	check_code(host, uninitialised, sizeof(uninitialised), -EACCES);
}

/* A list fails one by one, not as a whole. */
static void test_wrong_attachments(struct host *host, const struct things *things)
{
	static const char *const names[] = {"nocolon", "../../x:y", "a:b/c", "no:such", "x:.."};
	struct text request = {0};
	struct reply reply;
	struct reader in;

	write_u32(&request, ARRAY_SIZE(names) + 2);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		build_one_attach(&request, ATTACH_TRACEPOINT, things->program, names[i]);
	build_one_attach(&request, 99, things->program, "method");
	build_one_attach(&request, ATTACH_TRACEPOINT, things->map, "sched:sched_switch");
	CHECK_EQ(ask(host, CALL_attach, &request, &reply), 0);
	in = reader_of(reply.out.data, reply.out.size);
	for (size_t i = 0; i < ARRAY_SIZE(names) + 2; i++) {
		CHECK((int64_t)read_u64(&in) < 0);
		CHECK(*read_string(&in));
	}
	CHECK(reader_done(&in));
	text_free(&reply.out);
	text_free(&request);
}

static void test_lies(void)
{
	struct host *host = open_host(PERMIT_RUN);
	struct things things = make_things(host);
	uint32_t objects = host->object_count;
	struct text empty = {0};
	struct reply reply;

	test_other_versions(host);
	test_wrong_handles(host, &things);
	test_large_sizes(host, &things);
	test_wrong_code(host, &things);
	test_wrong_attachments(host, &things);
	CHECK_EQ(host->object_count, objects);
	CHECK_EQ(ask(host, CALL_COUNT, &empty, &reply), -ENOSYS);
	text_free(&reply.out);
	host_close(host, true);
}

/* ---- which files ------------------------------------------------------------ */

static int try_read(struct host *host, enum root root, const char *path)
{
	struct text request = {0};
	struct reply reply;
	int result;

	build_file(&request, root, path);
	result = ask(host, CALL_file_read, &request, &reply);
	text_free(&request);
	text_free(&reply.out);
	return result;
}

static int try_list(struct host *host, enum root root, const char *path)
{
	struct text request = {0};
	struct reply reply;
	int result;

	write_u8(&request, root);
	write_string(&request, path);
	result = ask(host, CALL_dir_list, &request, &reply);
	text_free(&request);
	text_free(&reply.out);
	return result;
}

static void test_facts_files(struct host *host)
{
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/self/maps"), 0);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/sys/devices/system/cpu/online"), 0);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/etc/passwd"), 0);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/etc//passwd"), 0);
	CHECK_EQ(try_read(host, ROOT_TRACEFS, "events/sched/sched_switch/format"), 0);
	CHECK_EQ(try_list(host, ROOT_MACHINE, "/proc/self"), 0);
	CHECK_EQ(try_list(host, ROOT_TRACEFS, "events"), 0);
	CHECK_EQ(try_list(host, ROOT_TRACEFS, ""), 0);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/etc/shadow"), -EACCES);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/self/root/etc/shadow"), -EACCES);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/self/exe"), -EACCES);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/self/mem"), -EACCES);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/self/environ"), -EACCES);
	CHECK_EQ(try_read(host, ROOT_TRACEFS, "trace_pipe"), -EACCES);
	CHECK_EQ(try_list(host, ROOT_MACHINE, "/etc"), -EACCES);
	CHECK_EQ(try_list(host, ROOT_MACHINE, "/proc/self/root"), -EACCES);
	CHECK_EQ(try_list(host, ROOT_MACHINE, "/"), -EACCES);
}

static void test_wrong_paths(struct host *host)
{
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/../etc/shadow"), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/.."), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "proc/version"), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_MACHINE, ""), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_TRACEFS, "/etc/passwd"), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_TRACEFS, "../etc/passwd"), -EINVAL);
	CHECK_EQ(try_read(host, 7, "/etc/passwd"), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc"), -EINVAL);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/dev/null"), -EINVAL);
	CHECK_EQ(try_list(host, ROOT_MACHINE, "/proc/version"), -ENOTDIR);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/no such"), -ENOENT);
	CHECK_EQ(try_read(host, ROOT_MACHINE, "/proc/..version"), -ENOENT);
}

/* A link in a place that anybody may write, as a name of a file that nobody may read. */
static void test_links(struct host *facts, struct host *binaries)
{
	char path[] = "/tmp/sonde_link_XXXXXX", file[64];

	CHECK(mkdtemp(path) != NULL);
	snprintf(file, sizeof(file), "%s/link", path);
	CHECK_EQ(symlink("/etc/shadow", file), 0);
	CHECK_EQ(try_read(facts, ROOT_MACHINE, file), -EACCES);
	CHECK_EQ(try_read(binaries, ROOT_MACHINE, file), 0);
	unlink(file);
	CHECK_EQ(symlink("/proc/version", file), 0);
	CHECK_EQ(try_read(facts, ROOT_MACHINE, file), 0);
	unlink(file);
	rmdir(path);
}

static void test_files(void)
{
	struct host *facts = open_host(PERMIT_FACTS), *binaries = open_host(PERMIT_BINARIES);

	test_facts_files(facts);
	test_wrong_paths(facts);
	test_wrong_paths(binaries);
	CHECK_EQ(try_read(binaries, ROOT_MACHINE, "/proc/self/exe"), 0);
	CHECK_EQ(try_list(binaries, ROOT_MACHINE, "/etc"), 0);
	test_links(facts, binaries);
	host_close(facts, true);
	host_close(binaries, true);
}

static void test_cpu_lists(void)
{
	uint16_t cpus[8];

	CHECK_EQ(cpu_list("0\n", cpus, 8), 1);
	CHECK_EQ(cpu_list("0-2,5,7-8\n", cpus, 8), 6);
	CHECK_EQ(cpus[3], 5);
	CHECK_EQ(cpus[5], 8);
	CHECK_EQ(cpu_list("0-99999999", cpus, 8), 8);
	CHECK_EQ(cpu_list("", cpus, 8), 0);
}

int main(void)
{
	NEEDS_ROOT();
	test_cpu_lists();
	test_files();
	test_every_call();
	test_lies();
	return test_result();
}
