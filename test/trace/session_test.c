/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions, live: programs made by hand run through both carriers into a sink that writes
 * down what it gets.
 */
#include "test.h"
#include "trace/internal.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- code made by hand -------------------------------------------------- */

#define I(code_, dst, src, off_, imm_)                                                             \
	((struct bpf_insn){.code = code_, .dst_reg = dst, .src_reg = src, .off = off_, .imm = imm_})
#define MOV_IMM(d, i) I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOV(d, s) I(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD_IMM(d, i) I(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define STORE(size, off, s) I(BPF_STX | BPF_MEM | size, 10, s, off, 0)
#define STORE_IMM(size, off, i) I(BPF_ST | BPF_MEM | size, 10, 0, off, i)
#define CALL_HELPER(f) I(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define JUMP_IF_ZERO(d, off) I(BPF_JMP | BPF_JEQ | BPF_K, d, 0, off, 0)
#define LOAD_MAP(d, map) I(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, map)
#define LOAD_VALUE(d, map) I(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_VALUE, 0, map)
#define ATOMIC_ADD(d, s, off) I(BPF_STX | BPF_ATOMIC | BPF_DW, d, s, off, BPF_ADD)
#define EXIT_INSN I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

enum { RINGS, COUNT, NUMBER, LEDGER, MAPS };
enum { BEGIN, TICK, LEAVE, END, PROBES };
enum { R_BEGIN, R_SHOW, R_CLEAR, R_TICK, R_EXIT, R_END, RECORDS };
enum { CODE_LIMIT = 128, RECORD_SIZE = 24 };

struct code {
	struct bpf_insn list[CODE_LIMIT];
	uint32_t count;
};

#define EMIT(code, ...)                                                                            \
	do {                                                                                       \
		const struct bpf_insn emit_[] = {__VA_ARGS__};                                     \
		memcpy((code)->list + (code)->count, emit_, sizeof(emit_));                        \
		(code)->count += ARRAY_SIZE(emit_);                                                \
	} while (0)

static void emit_record(struct code *code, int record, int value)
{
	EMIT(code, CALL_HELPER(BPF_FUNC_ktime_get_boot_ns), STORE(BPF_DW, -24, 0),
	     STORE_IMM(BPF_W, -16, record), STORE_IMM(BPF_W, -12, 0), STORE_IMM(BPF_DW, -8, value),
	     CALL_HELPER(BPF_FUNC_get_smp_processor_id), STORE(BPF_W, -28, 0), LOAD_MAP(1, RINGS),
	     I(0, 0, 0, 0, 0), MOV(2, 10), ADD_IMM(2, -28), CALL_HELPER(BPF_FUNC_map_lookup_elem),
	     JUMP_IF_ZERO(0, 6), MOV(1, 0), MOV(2, 10), ADD_IMM(2, -24), MOV_IMM(3, RECORD_SIZE),
	     MOV_IMM(4, BPF_RB_FORCE_WAKEUP), CALL_HELPER(BPF_FUNC_ringbuf_output));
}

static void emit_count(struct code *code)
{
	EMIT(code, STORE_IMM(BPF_W, -28, 0), LOAD_MAP(1, COUNT), I(0, 0, 0, 0, 0), MOV(2, 10),
	     ADD_IMM(2, -28), CALL_HELPER(BPF_FUNC_map_lookup_elem), JUMP_IF_ZERO(0, 2),
	     MOV_IMM(1, 1), ATOMIC_ADD(0, 1, 0));
}

static void emit_loss(struct code *code, int probe, enum loss loss, int count)
{
	EMIT(code, LOAD_VALUE(1, LEDGER), I(0, 0, 0, 0, 0), MOV_IMM(2, count),
	     ATOMIC_ADD(1, 2, (int16_t)((probe * LOSS_COUNT + (int)loss) * 8)));
}

static void emit_end(struct code *code)
{
	EMIT(code, MOV_IMM(0, 0), EXIT_INSN);
}

/* ---- the program -------------------------------------------------------- */

static const struct type int_type = {.kind = KIND_int, .size = 8, .align = 8, .is_signed = true};
static const struct type count_type = {.kind = KIND_count, .size = 8, .align = 8};

struct fixture {
	struct program program;
	struct map_spec maps[MAPS];
	struct program_probe probes[PROBES];
	char names[PROBES][24]; /* with our process id: others may run this test too */
	struct attach_point points[PROBES];
	struct code code[PROBES];
	struct range ranges[CODE_LIMIT];
	struct record_spec records[RECORDS];
	struct record_field field;
};

static void make_maps(struct fixture *f)
{
	f->maps[RINGS] = (struct map_spec){.role = MAP_RINGS};
	f->maps[COUNT] = (struct map_spec){.role = MAP_USER,
					   .name = "@",
					   .bpf_type = BPF_MAP_TYPE_PERCPU_ARRAY,
					   .key_size = 4,
					   .value_size = 8,
					   .max_entries = 1,
					   .per_cpu = true,
					   .value = &count_type};
	f->maps[NUMBER] = f->maps[COUNT];
	f->maps[NUMBER].name = "@number";
	f->maps[NUMBER].bpf_type = BPF_MAP_TYPE_ARRAY;
	f->maps[NUMBER].per_cpu = false;
	f->maps[NUMBER].value = &int_type;
	f->maps[LEDGER] = (struct map_spec){.role = MAP_LEDGER,
					    .bpf_type = BPF_MAP_TYPE_ARRAY,
					    .key_size = 4,
					    .value_size = PROBES * LOSS_COUNT * 8,
					    .max_entries = 1};
}

static void make_records(struct fixture *f)
{
	static const struct {
		enum action action;
		uint32_t probe, map;
	} rows[RECORDS] = {
		[R_BEGIN] = {ACTION_printf, BEGIN, 0},
		[R_SHOW] = {ACTION_print_map, BEGIN, NUMBER},
		[R_CLEAR] = {ACTION_clear, BEGIN, NUMBER},
		[R_TICK] = {ACTION_printf, TICK, 0},
		[R_EXIT] = {ACTION_exit, LEAVE, 0},
		[R_END] = {ACTION_print, END, 0},
	};

	f->field = (struct record_field){.type = &int_type, .offset = 16};
	for (size_t i = 0; i < RECORDS; i++)
		f->records[i] = (struct record_spec){
			.action = rows[i].action,
			.probe = rows[i].probe,
			.map = rows[i].map,
			.fields = &f->field,
			.field_count = 1,
			.fixed_size = RECORD_SIZE,
			.max_size = RECORD_SIZE,
		};
}

static void make_code(struct fixture *f)
{
	emit_record(&f->code[BEGIN], R_BEGIN, 41);
	emit_record(&f->code[BEGIN], R_SHOW, 0);
	emit_record(&f->code[BEGIN], R_CLEAR, 0);
	emit_count(&f->code[TICK]);
	emit_record(&f->code[TICK], R_TICK, 1);
	emit_record(&f->code[LEAVE], R_EXIT, 3);
	emit_record(&f->code[END], R_END, 42);
	emit_loss(&f->code[END], END, LOSS_map_full, 5);
	emit_record(&f->code[END], 77, 0);
	for (size_t i = 0; i < PROBES; i++)
		emit_end(&f->code[i]);
}

static void make_probes(struct fixture *f)
{
	static const char *const names[PROBES] = {"begin", "tick", "leave", "end"};
	static const enum point_kind kinds[PROBES] = {POINT_BEGIN, POINT_PERF_ALL, POINT_PERF_ONE,
						      POINT_END};
	static const uint32_t periods[PROBES] = {0, 1000000, 30000000, 0};

	for (size_t i = 0; i < PROBES; i++) {
		bool once = kinds[i] == POINT_BEGIN || kinds[i] == POINT_END;

		f->points[i] = (struct attach_point){
			.kind = kinds[i],
			.perf_type = PERF_TYPE_SOFTWARE,
			.perf_config = PERF_COUNT_SW_CPU_CLOCK,
			.period = periods[i],
		};
		snprintf(f->names[i], sizeof(f->names[i]), "snd%u_%s", (unsigned)getpid(),
			 names[i]);
		f->probes[i] = (struct program_probe){
			.name = f->names[i],
			.bpf_type = once ? BPF_PROG_TYPE_RAW_TRACEPOINT : BPF_PROG_TYPE_PERF_EVENT,
			.points = &f->points[i],
			.point_count = 1,
			.code = f->code[i].list,
			.ranges = f->ranges,
			.code_count = f->code[i].count,
		};
	}
}

static void make_program(struct fixture *f)
{
	*f = (struct fixture){0};
	make_maps(f);
	make_records(f);
	make_code(f);
	make_probes(f);
	f->program = (struct program){
		.maps = f->maps,
		.map_count = MAPS,
		.probes = f->probes,
		.probe_count = PROBES,
		.records = f->records,
		.record_count = RECORDS,
		.ring_count = 2, /* and so an array of maps that leads to them */
		.ring_size = 65536,
		.rings = RINGS,
		.ledger = LEDGER,
		.control = UINT32_MAX,
	};
}

/* ---- a sink that writes down -------------------------------------------- */

struct notes {
	struct sink sink;
	struct text text;
	unsigned ticks;
	uint64_t last_time;
	int flush_error;
};

static void note_attached(struct sink *sink, uint32_t points)
{
	text_printf(&((struct notes *)sink)->text, "attached %u\n", points);
}

static void note_event(struct sink *sink, const struct event *event)
{
	struct notes *notes = (struct notes *)sink;
	const struct record_head *head = event->data;
	struct span value = record_value(event->spec, event->data, event->size, 0);

	/* CPUs that share a ring may write in another order than they read the clock */
	CHECK(head->time + 1000000 >= notes->last_time);
	CHECK_EQ(event->size, RECORD_SIZE);
	notes->last_time = head->time;
	if (event->spec == &event->program->records[R_TICK])
		notes->ticks++;
	else
		text_printf(&notes->text, "event %lld\n",
			    (long long)value_int(&int_type, value.data));
}

static void note_rows(struct sink *sink, const struct rows *rows)
{
	struct notes *notes = (struct notes *)sink;
	int64_t value = rows->count ? value_int(&int_type, rows->list->value) : -1;

	text_printf(&notes->text, "rows %s %u", rows->map->name, rows->count);
	if (rows->map->value != &count_type)
		text_printf(&notes->text, " %lld", (long long)value);
	else
		CHECK(value >= (int64_t)notes->ticks);
	text_char(&notes->text, '\n');
}

static void note_lost(struct sink *sink, const struct loss_count *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		text_printf(&((struct notes *)sink)->text, "lost %s %d %llu\n",
			    list[i].probe ? strchr(list[i].probe, '_') + 1 : "-", (int)list[i].loss,
			    (unsigned long long)list[i].count);
}

static int note_flush(struct sink *sink)
{
	return ((struct notes *)sink)->flush_error;
}

static const struct sink_operations note_operations = {
	.attached = note_attached,
	.event = note_event,
	.rows = note_rows,
	.lost = note_lost,
	.flush = note_flush,
};

/* ---- tests -------------------------------------------------------------- */

typedef int open_function(struct target **target, struct text *why);

static const struct session_options plain = {.wake = -1};

/* How many programs of ours the kernel holds. */
static int programs_alive(void)
{
	union bpf_attr attr = {0};
	char ours[16];
	int count = 0;

	snprintf(ours, sizeof(ours), "snd%u_", (unsigned)getpid());

	while (!syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr))) {
		struct bpf_prog_info info = {0};
		union bpf_attr by_id = {.prog_id = attr.next_id};
		int fd = (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID, &by_id, sizeof(by_id));
		union bpf_attr about = {
			.info = {(uint32_t)fd, sizeof(info), (uint64_t)(uintptr_t)&info}};

		if (fd >= 0 && !syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, &about, sizeof(about)) &&
		    !strncmp(info.name, ours, strlen(ours)))
			count++;
		close(fd);
		attr.start_id = attr.next_id;
	}
	return count;
}

static void check_nothing_left(void)
{
	for (int i = 0; i < 60 && programs_alive(); i++)
		usleep(50 * 1000);
	CHECK_EQ(programs_alive(), 0);
}

/* Run to exit(): actions in order, what END says, maps, losses. */
static void test_run(open_function *open)
{
	struct notes notes = {.sink = {&note_operations}};
	struct program_info info = {0};
	struct fixture fixture;
	struct session *session;
	struct target *target;
	struct text why = {0};
	int result = 0;

	make_program(&fixture);
	CHECK_EQ(open(&target, &why), 0);
	CHECK_EQ(session_open(&session, target, &fixture.program, &plain, &notes.sink, &why), 0);
	CHECK_STR(text_cstr(&notes.text), "attached 4\n");
	for (int i = 0; i < 200 && !result; i++)
		result = session_step(session, 100);
	CHECK_EQ(result, 1);
	CHECK_EQ(session_exit_code(session), 3);
	CHECK_EQ(session_info(session, TICK, &info), 0);
	CHECK(info.instructions > 0);
	CHECK_EQ(session_close(session, &why), 0);
	CHECK(notes.ticks > 3);
	CHECK_STR(text_cstr(&notes.text), "attached 4\n"
					  "event 41\n"
					  "rows @number 1 0\n"
					  "event 42\n"
					  "rows @ 1\n"
					  "lost end 1 5\n"
					  "lost - 5 1\n");
	target_close(target, true);
	CHECK_STR(text_cstr(&why), "");
	check_nothing_left();
	text_free(&notes.text);
	text_free(&why);
}

/* Without exit(): all that is in the rings is shown, and a number that is 0. */
static void test_interrupted(open_function *open)
{
	struct notes notes = {.sink = {&note_operations}};
	struct fixture fixture;
	struct session *session;
	struct target *target;
	struct text why = {0};

	make_program(&fixture);
	fixture.records[R_CLEAR].action = ACTION_zero;
	fixture.points[LEAVE].period = 1000000000000;
	CHECK_EQ(open(&target, &why), 0);
	CHECK_EQ(session_open(&session, target, &fixture.program, &plain, &notes.sink, &why), 0);
	usleep(30 * 1000);
	session_print_maps(session);
	CHECK_EQ(session_close(session, &why), 0);
	CHECK(notes.ticks > 3);
	CHECK_STR(text_cstr(&notes.text), "attached 4\n"
					  "rows @ 1\n"
					  "rows @number 1 0\n"
					  "event 41\n"
					  "rows @number 1 0\n"
					  "event 42\n"
					  "rows @ 1\n"
					  "rows @number 1 0\n"
					  "lost end 1 5\n"
					  "lost - 5 1\n");
	target_close(target, false);
	check_nothing_left();
	text_free(&notes.text);
	text_free(&why);
}

/* A reader that has gone, and a user who stops before anything is attached. */
static void test_ends(open_function *open)
{
	struct notes notes = {.sink = {&note_operations}, .flush_error = -EPIPE};
	volatile int stop = 1;
	const struct session_options stopped = {.wake = -1, .stop = &stop};
	struct fixture fixture;
	struct session *session;
	struct target *target;
	struct text why = {0};

	make_program(&fixture);
	CHECK_EQ(open(&target, &why), 0);
	CHECK_EQ(session_open(&session, target, &fixture.program, &plain, &notes.sink, &why), 0);
	CHECK_EQ(session_step(session, 100), -EPIPE);
	text_clear(&notes.text);
	CHECK_EQ(session_close(session, &why), -EPIPE);
	CHECK_STR(text_cstr(&notes.text), "");
	CHECK_EQ(session_open(&session, target, &fixture.program, &stopped, &notes.sink, &why),
		 -EINTR);
	CHECK_STR(text_cstr(&why), "");
	target_close(target, false);
	check_nothing_left();
	text_free(&notes.text);
	text_free(&why);
}

static void check_refused(open_function *open, const struct fixture *fixture, const char *expected)
{
	static const struct source source = {"script.bt", "the script", 10};
	struct notes notes = {.sink = {&note_operations}};
	struct arena *arena = arena_new();
	struct session *session;
	struct report report;
	const struct session_options options = {.wake = -1, .report = &report};
	struct target *target;
	struct text why = {0}, out = {0};

	report_init(&report, arena, &source);
	CHECK_EQ(open(&target, &why), 0);
	CHECK(session_open(&session, target, &fixture->program, &options, &notes.sink, &why) < 0);
	CHECK(!session);
	report_print(&report, &out, false);
	CHECK_STR(text_cstr(&out), expected);
	CHECK_STR(text_cstr(&why), "");
	CHECK_STR(text_cstr(&notes.text), "");
	target_close(target, false);
	check_nothing_left();
	text_free(&out);
	text_free(&why);
	arena_free(arena);
}

/* The verifier and an attach point that does not exist both lead to the script. */
static void test_refusals(open_function *open)
{
	struct fixture fixture;

	make_program(&fixture);
	fixture.code[TICK].list[0] = MOV(0, 9);
	fixture.ranges[0] = (struct range){4, 10};
	check_refused(open, &fixture,
		      "script.bt:1:5: error: the kernel's verifier refuses this: R9 !read_ok\n"
		      "the script\n"
		      "    ^~~~~~\n"
		      "hint: this is a fault of the compiler, not of the script; -v shows the "
		      "kernel's log\n");
	make_program(&fixture);
	fixture.points[TICK] = (struct attach_point){
		.kind = POINT_TRACEPOINT, .name = "sched:sched_nonsense", .range = {0, 3}};
	fixture.probes[TICK].name = "tracepoint:sched:sched_nonsense";
	fixture.probes[TICK].bpf_type = BPF_PROG_TYPE_TRACEPOINT;
	check_refused(open, &fixture,
		      "script.bt:1:1: error: cannot attach 'tracepoint:sched:sched_nonsense': "
		      "no tracepoint 'sched:sched_nonsense'\n"
		      "the script\n"
		      "^~~\n"
		      "hint: this kernel does not have it; list those it has with -l\n");
}

int main(void)
{
	static open_function *const carriers[] = {target_open_direct, target_open_child};

	NEEDS_ROOT();
	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		test_run(carriers[i]);
		test_interrupted(carriers[i]);
		test_ends(carriers[i]);
		test_refusals(carriers[i]);
	}
	return test_result();
}
