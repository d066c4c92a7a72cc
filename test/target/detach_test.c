/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing stays: whoever closes does not wait for the kernel, and after three seconds at most
 * none of our programs is left, however the process ended.
 */
#include "test.h"
#include "code.h"
#include "target/bpf.h"
#include "target/target.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef int opener(struct target **target, struct text *why);

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Programs of this name that the kernel holds. */
static int count_programs(const char *name)
{
	union bpf_attr attr = {0};
	int count = 0;

	while (!bpf_call(BPF_PROG_GET_NEXT_ID, &attr)) {
		union bpf_attr open = {.prog_id = attr.next_id}, ask = {0};
		struct bpf_prog_info info = {0};
		int fd = bpf_call(BPF_PROG_GET_FD_BY_ID, &open);

		attr.start_id = attr.next_id;
		if (fd < 0)
			continue;
		ask.info.bpf_fd = (uint32_t)fd;
		ask.info.info_len = sizeof(info);
		ask.info.info = (uintptr_t)&info;
		if (!bpf_call(BPF_OBJ_GET_INFO_BY_FD, &ask) && !strcmp(info.name, name))
			count++;
		close(fd);
	}
	return count;
}

/* True when none is left within three seconds. */
static bool are_gone(const char *name)
{
	for (int64_t end = now_us() + 3000000; now_us() < end; poll(NULL, 0, 20))
		if (!count_programs(name))
			return true;
	return false;
}

static const char *const points[] = {
	"syscalls:sys_enter_getppid",	 "syscalls:sys_enter_sethostname",
	"syscalls:sys_enter_swapon",	 "syscalls:sys_enter_swapoff",
	"syscalls:sys_enter_acct",	 "syscalls:sys_enter_reboot",
	"syscalls:sys_exit_sethostname", "syscalls:sys_exit_swapon",
	"syscalls:sys_exit_swapoff",	 "syscalls:sys_exit_acct"};

static void attach_all(struct target *target, const char *name)
{
	const struct bpf_insn code[] = {SET(0, 0), END};
	struct program_load program = {.type = BPF_PROG_TYPE_TRACEPOINT,
				       .name = name,
				       .instructions = code,
				       .count = ARRAY_SIZE(code)};
	struct attach list[ARRAY_SIZE(points)] = {0};
	int64_t results[ARRAY_SIZE(points)];
	struct text why = {0};
	handle_t rings;

	CHECK_EQ(target_rings_create(target, 2, 1 << 20, &rings, &why), 0);
	CHECK_EQ(target_events_open(target, rings, &why), 0);
	for (size_t i = 0; i < ARRAY_SIZE(points); i++) {
		list[i] = (struct attach){
			.method = ATTACH_TRACEPOINT, .name = points[i], .pid = -1, .cpu = -1};
		CHECK_EQ(target_program_load(target, &program, &list[i].program, NULL, &why), 0);
	}
	CHECK_EQ(target_attach(target, list, ARRAY_SIZE(points), results, &why),
		 ARRAY_SIZE(points));
	CHECK_STR(text_cstr(&why), "");
	text_free(&why);
}

static void test_close(opener *open, const char *name, bool wait)
{
	struct target *target;
	int64_t before;

	CHECK_EQ(open(&target, NULL), 0);
	attach_all(target, name);
	CHECK_EQ(count_programs(name), ARRAY_SIZE(points));
	before = now_us();
	target_close(target, wait);
	if (wait) {
		CHECK_EQ(count_programs(name), 0);
	} else {
		CHECK(now_us() - before < 60000);
		CHECK(are_gone(name));
	}
	/* no child, so no zombie */
	CHECK_EQ(waitpid(-1, NULL, WNOHANG), -1);
	CHECK_EQ(errno, ECHILD);
}

static void test_kill(opener *open, const char *name)
{
	int ends[2];
	pid_t child;
	char byte;

	CHECK_EQ(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct target *target;

		if (open(&target, NULL))
			_exit(1);
		attach_all(target, name);
		if (write(ends[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	CHECK_EQ(read(ends[0], &byte, 1), 1);
	CHECK_EQ(count_programs(name), ARRAY_SIZE(points));
	kill(child, SIGKILL);
	CHECK(are_gone(name));
	waitpid(child, NULL, 0);
	close(ends[0]);
	close(ends[1]);
}

/* Descriptors of the terminal are not held by the one who detaches. */
static void test_stdio(const char *name)
{
	int ends[2];
	pid_t child;
	int64_t before;
	char byte;

	CHECK_EQ(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct target *target;

		dup2(ends[1], 1);
		close(ends[0]);
		close(ends[1]);
		if (target_open_direct(&target, NULL))
			_exit(1);
		attach_all(target, name);
		if (write(1, "x", 1) == 1)
			target_close(target, false);
		_exit(0);
	}
	close(ends[1]);
	CHECK_EQ(read(ends[0], &byte, 1), 1);
	before = now_us();
	CHECK_EQ(read(ends[0], &byte, 1), 0);
	CHECK(now_us() - before < 100000);
	waitpid(child, NULL, 0);
	close(ends[0]);
	CHECK(are_gone(name));
}

int main(void)
{
	char name[BPF_OBJ_NAME_LEN];

	NEEDS_ROOT();
	snprintf(name, sizeof(name), "dt_%d", (int)getpid());
	test_close(target_open_direct, name, false);
	test_close(target_open_child, name, false);
	test_close(target_open_direct, name, true);
	test_close(target_open_child, name, true);
	test_kill(target_open_direct, name);
	test_kill(target_open_child, name);
	test_stdio(name);
	return test_result();
}
