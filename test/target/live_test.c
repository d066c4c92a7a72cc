/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round trips on this kernel, each through both carriers with equal results.
 */
#include "test.h"
#include "code.h"
#include "target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The last reason, told when a check fails. */
static int told(int result, struct text *why)
{
	if (result < 0)
		fprintf(stderr, "reason: %s\n", text_cstr(why));
	text_free(why);
	return result;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- facts ----------------------------------------------------------------- */

static void test_machine(struct target *target)
{
	const struct machine *machine = target_machine(target);

	CHECK_STR(machine->arch, "x86_64");
	CHECK_EQ(machine->page_size, sysconf(_SC_PAGESIZE));
	CHECK_EQ(machine->cpus_online, sysconf(_SC_NPROCESSORS_ONLN));
	CHECK(machine->cpus_possible >= machine->cpus_online);
	CHECK_EQ(machine->online[0], 0);
	CHECK(machine->boot_to_real > 0);
	CHECK(machine->opened > 0);
	CHECK_EQ(machine->permission, PERMIT_RUN);
	CHECK(machine->capabilities);
}

static void test_features(struct target *target)
{
	CHECK(target_has(target, FEATURE_ringbuf));
	CHECK(target_has(target, FEATURE_task_btf));
	CHECK(target_has(target, FEATURE_boot_clock));
	CHECK(target_has(target, FEATURE_raw_test_run));
	CHECK(target_has(target, FEATURE_perf_link));
	CHECK(target_has(target, FEATURE_batch));
	CHECK(target_has(target, FEATURE_tracepoint));
	CHECK(target_has(target, FEATURE_ringbuf));
}

static void test_reading(struct target *target)
{
	struct span btf, again, file;
	struct text text, why = {0};
	struct file_info info;

	CHECK_EQ(told(target_btf(target, "vmlinux", &btf, &why), &why), 0);
	CHECK(btf.size > 1000000 && *(const uint16_t *)btf.data == 0xeb9f);
	CHECK_EQ(target_btf(target, "vmlinux", &again, NULL), 0);
	CHECK(again.data == btf.data);
	CHECK_EQ(target_btf(target, "no_such_module", &again, NULL), -ENOENT);
	CHECK_EQ(target_btf(target, "../btf/vmlinux", &again, NULL), -EINVAL);
	CHECK_EQ(target_read_file(target, ROOT_MACHINE, "/proc/sys/kernel/ostype", &text), 0);
	CHECK_STR(text_cstr(&text), "Linux\n");
	text_free(&text);
	CHECK_EQ(target_read_file(target, ROOT_TRACEFS, "no/such", &text), -ENOENT);
	CHECK_EQ(target_file_info(target, "/proc/self/exe", &info), 0);
	CHECK_EQ(target_map_file(target, "/proc/self/exe", &file), 0);
	CHECK_EQ(file.size, info.size);
	CHECK(!memcmp(file.data, "\177ELF", 4));
	target_unmap_file(target, file);
	CHECK_EQ(target_map_file(target, "/proc", &file), -EINVAL);
}

/* More than one piece. */
static void test_large_file(struct target *target)
{
	enum { SIZE = 40000001 };
	char path[] = "/tmp/sonde_large_XXXXXX";
	int fd = mkstemp(path);
	struct span file;
	struct text text;

	CHECK_EQ(ftruncate(fd, SIZE), 0);
	CHECK_EQ(pwrite(fd, "end", 3, SIZE - 3), 3);
	CHECK_EQ(target_map_file(target, path, &file), 0);
	CHECK_EQ(file.size, SIZE);
	CHECK(file.size == SIZE && !memcmp((const char *)file.data + SIZE - 3, "end", 3));
	target_unmap_file(target, file);
	CHECK_EQ(target_read_file(target, ROOT_MACHINE, path, &text), 0);
	CHECK_EQ(text.size, SIZE);
	text_free(&text);
	CHECK_EQ(ftruncate(fd, 0), 0);
	CHECK_EQ(target_map_file(target, path, &file), 0);
	CHECK_EQ(file.size, 0);
	target_unmap_file(target, file);
	close(fd);
	unlink(path);
}

static void test_list(struct target *target)
{
	struct text names;
	const char *before = "";
	int found = 0;

	CHECK_EQ(target_list(target, ROOT_TRACEFS, "events/sched", &names), 0);
	for (const char *name = names.data; name < names.data + names.size;
	     name += strlen(name) + 1) {
		CHECK(strcmp(before, name) < 0);
		found += !strcmp(name, "sched_switch");
		before = name;
	}
	CHECK_EQ(found, 1);
	text_free(&names);
}

/* ---- maps ------------------------------------------------------------------ */

enum { ENTRIES = 10000 };

static handle_t make_map(struct target *target, uint32_t type, uint32_t key_size,
			 uint32_t value_size, uint32_t max_entries)
{
	struct map_create map = {type, key_size, value_size, max_entries, 0, "test"};
	struct text why = {0};
	handle_t handle = 0;

	CHECK_EQ(told(target_map_create(target, &map, &handle, &why), &why), 0);
	return handle;
}

/* The sums of all keys and of all values; both do not depend on the order. */
static uint32_t sum_map(struct target *target, handle_t map, uint64_t *keys, uint64_t *values)
{
	struct map_entries entries;
	struct text why = {0};

	*keys = *values = 0;
	CHECK_EQ(told(target_map_read(target, map, &entries, &why), &why), 0);
	for (uint32_t i = 0; i < entries.count; i++) {
		const char *key =
			entries.bytes.data + i * (size_t)(entries.key_size + entries.value_stride);
		uint64_t number = 0;

		memcpy(&number, key, entries.key_size < 8 ? entries.key_size : 8);
		*keys += number;
		for (uint32_t v = 0; v < entries.values; v++) {
			memcpy(&number, key + entries.key_size + v * entries.value_size, 8);
			*values += number;
		}
	}
	text_free(&entries.bytes);
	return entries.count;
}

static void fill_map(struct target *target, handle_t map, uint32_t values_each)
{
	uint64_t *keys = calloc(ENTRIES, 8), *values = calloc(ENTRIES * values_each, 8);
	struct text why = {0};

	for (uint32_t i = 0; i < ENTRIES; i++)
		keys[i] = i + 1;
	for (uint32_t i = 0; i < ENTRIES * values_each; i++)
		values[i] = 2;
	CHECK_EQ(told(target_map_update(target, map, keys, values, ENTRIES, &why), &why), 0);
	free(keys);
	free(values);
}

static void test_hash(struct target *target, uint32_t type, uint32_t values_each)
{
	handle_t map = make_map(target, type, 8, 8, ENTRIES);
	uint64_t keys, values, all = (uint64_t)ENTRIES * (ENTRIES + 1) / 2;

	CHECK_EQ(sum_map(target, map, &keys, &values), 0);
	fill_map(target, map, values_each);
	CHECK_EQ(sum_map(target, map, &keys, &values), ENTRIES);
	CHECK_EQ(keys, all);
	CHECK_EQ(values, 2 * ENTRIES * values_each);
	CHECK_EQ(target_map_zero(target, map, NULL), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), ENTRIES);
	CHECK_EQ(keys, all);
	CHECK_EQ(values, 0);
	CHECK_EQ(target_map_clear(target, map, NULL), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), 0);
	CHECK_EQ(target_close_handles(target, &map, 1), 0);
	CHECK_EQ(target_map_clear(target, map, NULL), -EBADF);
}

static void test_array(struct target *target, uint32_t type, uint32_t values_each)
{
	handle_t map = make_map(target, type, 4, 8, 1);
	uint64_t keys, values, given[256] = {0};
	uint32_t zero = 0;

	for (uint32_t i = 0; i < values_each; i++)
		given[i] = i + 7;
	CHECK_EQ(target_map_update(target, map, &zero, given, 1, NULL), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), 1);
	CHECK(values >= 7);
	CHECK_EQ(target_map_clear(target, map, NULL), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), 1);
	CHECK_EQ(values, 0);
}

/* Tiny keys: the kernel's batch cursor is larger than they are. */
static void test_small_keys(struct target *target)
{
	handle_t map = make_map(target, BPF_MAP_TYPE_HASH, 1, 8, 3);
	uint64_t keys, values, given[] = {5, 6, 7};

	CHECK_EQ(target_map_update(target, map, "\1\2\3", given, 3, NULL), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), 3);
	CHECK_EQ(keys, 6);
	CHECK_EQ(values, 18);
}

static void test_maps(struct target *target)
{
	uint32_t cpus = target_machine(target)->cpus_possible;

	test_hash(target, BPF_MAP_TYPE_HASH, 1);
	test_hash(target, BPF_MAP_TYPE_PERCPU_HASH, cpus);
	test_array(target, BPF_MAP_TYPE_ARRAY, 1);
	test_array(target, BPF_MAP_TYPE_PERCPU_ARRAY, cpus);
	test_small_keys(target);
}

/* ---- programs ---------------------------------------------------------------- */

static handle_t load(struct target *target, uint32_t type, const struct bpf_insn *code,
		     uint32_t count)
{
	struct program_load program = {
		.type = type, .name = "tick:1 s", .instructions = code, .count = count};
	struct text why = {0}, log = {0};
	handle_t handle = 0;

	CHECK_EQ(told(target_program_load(target, &program, &handle, &log, &why), &why), 0);
	CHECK_EQ(log.size, 0);
	text_free(&log);
	return handle;
}

static void test_run(struct target *target)
{
	handle_t map = make_map(target, BPF_MAP_TYPE_ARRAY, 4, 8, 1), program;
	struct bpf_insn code[] = {
		/* also reads the last argument that a raw tracepoint can have */
		I(BPF_LDX | BPF_MEM | BPF_DW, 3, 1, 88, 0),	    LOAD_VALUE(1, map), SET(2, 5),
		I(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD), SET(0, 9),		END};
	struct program_info info;
	uint64_t keys, values;
	uint32_t result = 0;

	program = load(target, BPF_PROG_TYPE_RAW_TRACEPOINT, code, ARRAY_SIZE(code));
	CHECK_EQ(target_program_run(target, program, &result, NULL), 0);
	CHECK_EQ(target_program_run(target, program, NULL, NULL), 0);
	CHECK_EQ(result, 9);
	CHECK_EQ(sum_map(target, map, &keys, &values), 1);
	CHECK_EQ(values, 10);
	CHECK_EQ(target_program_info(target, program, &info), 0);
	CHECK_EQ(info.instructions, ARRAY_SIZE(code));
	CHECK(info.translated_bytes && info.verified);
}

static void test_logs(struct target *target)
{
	const struct bpf_insn good[] = {SET(0, 0), END}, bad[] = {MOVE(0, 5), END};
	struct program_load program = {.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
				       .name = "log",
				       .instructions = good,
				       .count = 2,
				       .want_log = true};
	struct text log = {0}, why = {0};
	handle_t handle;

	CHECK_EQ(target_program_load(target, &program, &handle, &log, &why), 0);
	CHECK(strstr(text_cstr(&log), "processed 2 insns"));
	CHECK_EQ(why.size, 0);
	text_clear(&log);
	program.instructions = bad;
	program.want_log = false;
	CHECK_EQ(target_program_load(target, &program, &handle, &log, &why), -EACCES);
	CHECK(strstr(text_cstr(&log), "R5 !read_ok"));
	CHECK_STR(text_cstr(&why), "program 'log': Permission denied");
	text_free(&log);
	text_free(&why);
}

/* ---- events ------------------------------------------------------------------ */

/* What arrived from one process. */
struct arrived {
	uint64_t pid, last, count, late, bad, stop_at;
	uint64_t cpus;
};

static int arrive(void *context, const void *data, size_t size)
{
	const struct record *record = data;
	struct arrived *arrived = context;

	if (size != sizeof(*record) || (uintptr_t)data % 8)
		arrived->bad++;
	else if (record->pid >> 32 == arrived->pid) {
		arrived->late += record->time < arrived->last;
		arrived->last = record->time;
		arrived->cpus |= 1ull << record->cpu;
		arrived->count++;
	}
	return arrived->stop_at && arrived->count == arrived->stop_at ? 77 : 0;
}

/* The first 8 bytes of our comm, which main() has made our own; children inherit it. */
static uint64_t own_name(void)
{
	char name[16] = {0};
	uint64_t start;

	prctl(PR_GET_NAME, name);
	memcpy(&start, name, sizeof(start));
	return start;
}

/* One ring for each CPU, a program that writes into them, attached to getppid. */
static handle_t open_events(struct target *target, uint32_t size, int flags)
{
	struct attach attach = {.method = ATTACH_TRACEPOINT,
				.name = "syscalls:sys_enter_getppid",
				.pid = -1,
				.cpu = -1};
	struct text why = {0};
	handle_t rings = 0;
	int64_t result = 0;

	/* at least two, for one would come without the array */
	CHECK_EQ(told(target_rings_create(target, target_machine(target)->cpus_possible + 1, size,
					  &rings, &why),
		      &why),
		 0);
	CHECK_EQ(told(target_events_open(target, rings, &why), &why), 0);
	struct bpf_insn code[] = RECORD_PROGRAM(own_name(), rings, flags, size / 4);
	attach.program = load(target, BPF_PROG_TYPE_TRACEPOINT, code, ARRAY_SIZE(code));
	CHECK_EQ(target_attach(target, &attach, 1, &result, &why), 1);
	CHECK_EQ(told(0, &why), 0);
	CHECK(result > 0);
	return (handle_t)result;
}

static void call_getppid(int times)
{
	for (int i = 0; i < times; i++)
		syscall(SYS_getppid);
}

static void test_lone_event(struct target *target, struct arrived *arrived)
{
	int64_t before = now_ms();

	call_getppid(1);
	CHECK_EQ(target_events_step(target, 1000, -1, arrive, arrived), 1);
	CHECK(now_ms() - before < 300);
	CHECK_EQ(arrived->count, 1);
	/* not at all: but what is there comes */
	call_getppid(100);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, arrived), 100);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, arrived), 0);
}

/* The handler's result ends the delivery; the rest comes with the next step, at once. */
static void test_stopping(struct target *target, struct arrived *arrived)
{
	int64_t before;

	arrived->count = 0;
	arrived->stop_at = 30;
	call_getppid(100);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, arrived), 77);
	CHECK_EQ(arrived->count, 30);
	arrived->stop_at = 0;
	before = now_ms();
	CHECK_EQ(target_events_step(target, 1000, -1, arrive, arrived), 70);
	CHECK(now_ms() - before < 60);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, arrived), 0);
}

static void test_waking(struct target *target, struct arrived *arrived)
{
	int64_t before = now_ms();
	int ends[2];

	CHECK_EQ(pipe(ends), 0);
	CHECK_EQ(write(ends[1], "x", 1), 1);
	CHECK_EQ(target_events_step(target, 5000, ends[0], arrive, arrived), 0);
	CHECK(now_ms() - before < 1000);
	close(ends[0]);
	close(ends[1]);
	before = now_ms();
	CHECK_EQ(target_events_step(target, 200, -1, arrive, arrived), 0);
	CHECK(now_ms() - before >= 190);
}

static void on_alarm(int number)
{
	(void)number;
}

static void test_interrupt(struct target *target, struct arrived *arrived)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct timespec delay = {0, 30000000};
	int64_t before = now_ms();
	pid_t parent = getpid(), child;

	sigaction(SIGUSR1, &action, NULL);
	child = fork();
	if (!child) {
		nanosleep(&delay, NULL);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(target_events_step(target, 3000, -1, arrive, arrived), -EINTR);
	CHECK(now_ms() - before < 1500);
	waitpid(child, NULL, 0);
}

/* A process on one CPU. */
static pid_t start_load(int cpu, int times)
{
	cpu_set_t set;
	pid_t child = fork();

	if (child)
		return child;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	call_getppid(times);
	_exit(0);
}

/* Everything counts here, whoever wrote it. */
static int arrive_any(void *context, const void *data, size_t size)
{
	const struct record *record = data;
	struct arrived *arrived = context;

	arrived->bad += size != sizeof(*record);
	arrived->late += record->time < arrived->last;
	arrived->last = record->time;
	arrived->cpus |= 1ull << record->cpu;
	arrived->count++;
	return 0;
}

static void test_load(struct target *target)
{
	enum { TIMES = 200000 };
	int cpus = (int)target_machine(target)->cpus_online;
	struct arrived arrived = {0};
	uint64_t want = (uint64_t)TIMES * (cpus > 1 ? 2 : 1);
	int64_t end = now_ms() + 30000;
	int result = 0;

	start_load(0, TIMES);
	if (cpus > 1)
		start_load(1, TIMES);
	while (result >= 0 && arrived.count < want && now_ms() < end)
		result = target_events_step(target, 100, -1, arrive_any, &arrived);
	while (wait(NULL) > 0)
		;
	CHECK(arrived.count >= want);
	CHECK_EQ(arrived.bad, 0);
	CHECK_EQ(arrived.cpus, cpus > 1 ? 3 : 1);
	/* a record whose program was held up between clock and ring may come late */
	CHECK(arrived.late <= want / 1000);
}

/* One ring is named by the program itself. */
static void test_single_ring(struct target *target)
{
	struct arrived arrived = {.pid = target_machine(target)->pid};
	handle_t rings = 0, program;

	CHECK_EQ(target_rings_create(target, 1, 4096, &rings, NULL), 0);
	CHECK_EQ(target_events_open(target, rings, NULL), 0);
	const struct bpf_insn code[] = {CALL_HELPER(BPF_FUNC_ktime_get_boot_ns),
					STORE(BPF_DW, -24, 0),
					CALL_HELPER(BPF_FUNC_get_current_pid_tgid),
					STORE(BPF_DW, -16, 0),
					CALL_HELPER(BPF_FUNC_get_smp_processor_id),
					STORE(BPF_DW, -8, 0),
					LOAD_MAP(1, rings),
					MOVE(2, 10),
					ADD(2, -24),
					SET(3, 24),
					SET(4, BPF_RB_FORCE_WAKEUP),
					CALL_HELPER(BPF_FUNC_ringbuf_output),
					SET(0, 0),
					END};
	program = load(target, BPF_PROG_TYPE_RAW_TRACEPOINT, code, ARRAY_SIZE(code));
	for (int i = 0; i < 5; i++)
		CHECK_EQ(target_program_run(target, program, NULL, NULL), 0);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, &arrived), 5);
	CHECK_EQ(arrived.count, 5);
	CHECK_EQ(target_close_handles(target, &rings, 1), 0);
}

static void test_events(struct target *target)
{
	struct arrived arrived = {.pid = (uint64_t)getpid()};
	handle_t attachment = open_events(target, 512 << 10, BPF_RB_NO_WAKEUP);

	test_lone_event(target, &arrived);
	test_stopping(target, &arrived);
	test_waking(target, &arrived);
	test_interrupt(target, &arrived);
	CHECK_EQ(arrived.late, 0);
	CHECK_EQ(arrived.bad, 0);
	test_load(target);
	CHECK_EQ(target_close_handles(target, &attachment, 1), 0);
	call_getppid(5);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, &arrived), 0);
}

/* ---- other attachments -------------------------------------------------------- */

__attribute__((noinline)) int probed_function(int number)
{
	__asm__ volatile("" : "+r"(number));
	return number + 1;
}

static uint64_t function_offset(void)
{
	unsigned long start, offset, at = (unsigned long)probed_function;
	char line[512], path[300] = "", self[300] = "";
	FILE *maps = fopen("/proc/self/maps", "r");
	uint64_t found = 0;

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	while (fgets(line, sizeof(line), maps)) {
		unsigned long end;

		if (sscanf(line, "%lx-%lx %*s %lx %*s %*s %299s", &start, &end, &offset, path) ==
			    4 &&
		    start <= at && at < end && !strcmp(path, self))
			found = at - start + offset;
	}
	fclose(maps);
	return found;
}

/* Counts in an array; returns how often `trigger` made it count. */
static uint64_t count_hits(struct target *target, uint32_t type, struct attach *attach,
			   void (*trigger)(void))
{
	handle_t map = make_map(target, BPF_MAP_TYPE_ARRAY, 4, 8, 1), attachment;
	struct bpf_insn code[] = {LOAD_VALUE(1, map), SET(2, 1),
				  I(BPF_STX | BPF_ATOMIC | BPF_DW, 1, 2, 0, BPF_ADD), SET(0, 0),
				  END};
	uint64_t keys, values;
	struct text why = {0};
	int64_t result = 0;

	attach->program = load(target, type, code, ARRAY_SIZE(code));
	CHECK_EQ(told(target_attach(target, attach, 1, &result, &why) == 1 ? 0 : -1, &why), 0);
	trigger();
	attachment = (handle_t)result;
	CHECK_EQ(target_close_handles(target, &attachment, 1), 0);
	CHECK_EQ(sum_map(target, map, &keys, &values), 1);
	return values;
}

static void trigger_function(void)
{
	for (int i = 0; i < 10; i++)
		probed_function(i);
}

static void trigger_work(void)
{
	int64_t end = now_ms() + 100;

	while (now_ms() < end)
		;
}

static void trigger_process(void)
{
	pid_t child = fork();

	if (!child)
		_exit(0);
	waitpid(child, NULL, 0);
}

static void test_attachments(struct target *target)
{
	struct attach uprobe = {
		.method = ATTACH_UPROBE, .name = "/proc/self/exe", .pid = -1, .cpu = -1};
	struct attach profile = {.method = ATTACH_PERF,
				 .name = "",
				 .perf_type = PERF_TYPE_SOFTWARE,
				 .perf_config = PERF_COUNT_SW_CPU_CLOCK,
				 .period = 1000,
				 .is_frequency = true,
				 .pid = -1};
	struct attach raw = {.method = ATTACH_RAW_TRACEPOINT, .name = "sched_process_exit"};
	char self[300] = "";

	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	uprobe.name = self;
	uprobe.offset = function_offset();
	CHECK(uprobe.offset);
	CHECK_EQ(count_hits(target, BPF_PROG_TYPE_KPROBE, &uprobe, trigger_function), 10);
	uprobe.is_return = true;
	uprobe.pid = getpid();
	CHECK_EQ(count_hits(target, BPF_PROG_TYPE_KPROBE, &uprobe, trigger_function), 10);
	CHECK(count_hits(target, BPF_PROG_TYPE_RAW_TRACEPOINT, &raw, trigger_process) >= 1);
	CHECK(count_hits(target, BPF_PROG_TYPE_PERF_EVENT, &profile, trigger_work) >= 10);
}

static void test_failing_attachments(struct target *target)
{
	const struct bpf_insn code[] = {SET(0, 0), END};
	handle_t program = load(target, BPF_PROG_TYPE_TRACEPOINT, code, 2);
	struct attach list[] = {
		{.method = ATTACH_TRACEPOINT, .program = program, .name = "no:such"},
		{.method = ATTACH_TRACEPOINT,
		 .program = program,
		 .name = "sched:sched_process_exec",
		 .pid = -1,
		 .cookie = 42},
		{.method = ATTACH_UPROBE, .program = program, .name = "/no/such", .pid = -1},
	};
	int64_t results[3];
	struct text why = {0};

	CHECK_EQ(target_attach(target, list, 3, results, &why), 1);
	CHECK_EQ(results[0], -ENOENT);
	CHECK(results[1] > 0);
	CHECK_EQ(results[2], -ENOENT);
	CHECK_STR(text_cstr(&why),
		  "no tracepoint 'no:such'\nperf_event_open: No such file or directory");
	text_free(&why);
}

/* ---- both carriers -------------------------------------------------------------- */

struct watched {
	int calls, failed;
};

static void watch(void *context, enum call call, struct span request, int result, struct span reply)
{
	struct watched *watched = context;

	(void)reply;
	CHECK(call < CALL_COUNT && request.size);
	watched->calls++;
	watched->failed += result != 0;
}

static int test_carrier(int (*open)(struct target **target, struct text *why))
{
	struct watched watched = {0};
	struct text why = {0};
	struct target *target;

	if (told(open(&target, &why), &why)) {
		CHECK(!"opened");
		return 0;
	}
	test_machine(target);
	target_watch(target, watch, &watched);
	test_features(target);
	test_reading(target);
	test_large_file(target);
	test_list(target);
	test_maps(target);
	test_run(target);
	test_single_ring(target);
	test_logs(target);
	test_events(target);
	test_attachments(target);
	test_failing_attachments(target);
	CHECK(watched.calls > 50);
	target_close(target, true);
	return watched.failed;
}

/* Turned off in the process that answers. */
static void test_no_feature(int (*open)(struct target **target, struct text *why))
{
	struct target *target;

	setenv("SONDE_NO_FEATURE", "batch,perf_link", 1);
	CHECK_EQ(open(&target, NULL), 0);
	unsetenv("SONDE_NO_FEATURE");
	/* a child has its own environment, this process asks now */
	setenv("SONDE_NO_FEATURE", "batch,perf_link", 1);
	CHECK(!target_has(target, FEATURE_batch));
	CHECK(!target_has(target, FEATURE_perf_link));
	CHECK(target_has(target, FEATURE_ringbuf));
	test_maps(target);
	test_attachments(target);
	unsetenv("SONDE_NO_FEATURE");
	target_close(target, true);
}

static void test_killed_agent(void)
{
	struct arrived arrived = {0};
	struct target *target;
	struct text why = {0}, text;
	struct file_info info;
	handle_t handle;
	int64_t before;

	CHECK_EQ(target_open_child(&target, NULL), 0);
	open_events(target, 4096, 0);
	kill((pid_t)target_machine(target)->pid, SIGKILL);
	before = now_ms();
	CHECK_EQ(target_events_step(target, 5000, -1, arrive, &arrived), -EPIPE);
	CHECK(now_ms() - before < 3000);
	CHECK_EQ(target_events_step(target, 0, -1, arrive, &arrived), -EPIPE);
	CHECK_EQ(target_events_step(target, 100, -1, arrive, &arrived), -EPIPE);
	CHECK_EQ(target_file_info(target, "/proc", &info), -EPIPE);
	CHECK_EQ(target_read_file(target, ROOT_MACHINE, "/proc/version", &text), -EPIPE);
	CHECK_EQ(target_rings_create(target, 1, 4096, &handle, &why), -EPIPE);
	CHECK_STR(text_cstr(&why), "the agent is gone");
	text_free(&why);
	target_close(target, true);
}

int main(void)
{
	char name[16];
	int failed;

	NEEDS_ROOT();
	snprintf(name, sizeof(name), "t%07d", (int)getpid() % 10000000);
	prctl(PR_SET_NAME, name);
	failed = test_carrier(target_open_direct);
	CHECK_EQ(test_carrier(target_open_child), failed);
	test_no_feature(target_open_direct);
	test_no_feature(target_open_child);
	test_killed_agent();
	return test_result();
}
