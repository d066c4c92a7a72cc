/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel memory of programs on small and very large machines. */
#include "test.h"
#include "type/type.h"

#define MB (1ull << 20)

enum { HIST, COUNT, START, RINGS, LEDGER, SCRATCH, MAPS };

/* @[comm] = hist(...), with a count, a start time by thread and some events. */
struct script {
	struct map_spec maps[MAPS];
	struct record_spec records[2];
	struct program program;
};

static void make_script(struct script *s, uint32_t cpus)
{
	*s = (struct script){
		.maps = {
			[HIST] = {MAP_USER, "@", BPF_MAP_TYPE_PERCPU_HASH, 16, 66 * 8, 4096,
				  .per_cpu = true},
			[COUNT] = {MAP_USER, "@n", BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 4096,
				   .per_cpu = true},
			[START] = {MAP_USER, "@s", BPF_MAP_TYPE_HASH, 8, 8, 4096},
			[RINGS] = {MAP_RINGS, "rings", BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, cpus},
			[LEDGER] = {MAP_LEDGER, "ledger", BPF_MAP_TYPE_ARRAY, 4, 3 * LOSS_COUNT * 8,
				    1},
			[SCRATCH] = {MAP_SCRATCH, "scratch", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1200, 3,
				     .per_cpu = true},
		}};
	s->records[0] = (struct record_spec){.action = ACTION_printf, .max_size = 1100};
	s->records[1] = (struct record_spec){.action = ACTION_exit, .max_size = 24};
	s->program = (struct program){
		.maps = s->maps,
		.map_count = MAPS,
		.records = s->records,
		.record_count = 2,
	};
}

static bool is_preallocated(const struct script *s, int map)
{
	return !(s->maps[map].flags & BPF_F_NO_PREALLOC);
}

static void test_small(void)
{
	struct script s;
	uint64_t memory;

	make_script(&s, 2);
	memory = program_size(&s.program, 2, MEMORY_BUDGET);
	CHECK(memory < 4 * MB);
	CHECK_EQ(memory, program_memory(&s.program, 2));
	CHECK(is_preallocated(&s, COUNT) && is_preallocated(&s, START));
	CHECK(!is_preallocated(&s, HIST));
	CHECK_EQ(s.program.ring_count, 1);
	CHECK_EQ(s.program.ring_size, MB);
	CHECK_EQ(s.maps[RINGS].flags | s.maps[LEDGER].flags | s.maps[SCRATCH].flags, 0);
}

static void test_large(void)
{
	struct script s;

	make_script(&s, 255);
	CHECK(program_size(&s.program, 255, MEMORY_BUDGET) < MEMORY_BUDGET);
	CHECK(!is_preallocated(&s, HIST) && !is_preallocated(&s, COUNT));
	CHECK(is_preallocated(&s, START));
	CHECK_EQ(s.program.ring_count, 32);
	CHECK(s.program.ring_size >= 64 << 10);
}

/* What the kernel says of such a map at 2 CPUs (memlock in fdinfo). */
static void test_kernel_agrees(void)
{
	struct script s;
	uint64_t memory;

	make_script(&s, 2);
	memory = map_memory(&s.maps[HIST], 2);
	CHECK(memory > 4686720 - 8192 && memory < 4686720 + 8192);
	memory = map_memory(&s.maps[HIST], 255);
	CHECK(memory > 500 * MB && memory < 600 * MB);
}

/* Too much whatever is done: the answer says so, and everything is as small as can be. */
static void test_hopeless(void)
{
	struct script s;

	make_script(&s, 255);
	CHECK(program_size(&s.program, 255, MB) > MB);
	CHECK(!is_preallocated(&s, START));
	CHECK_EQ(s.program.ring_size, 64 << 10);
}

static void test_rings(void)
{
	struct script s;

	make_script(&s, 4);
	s.program.record_count = 0;
	program_size(&s.program, 4, MEMORY_BUDGET);
	CHECK(!s.program.ring_count && !s.program.ring_size);
	make_script(&s, 4);
	s.records[0].action = ACTION_exit;
	program_size(&s.program, 4, MEMORY_BUDGET);
	CHECK_EQ(s.program.ring_count, 1);
	CHECK_EQ(s.program.ring_size, 4096);
	make_script(&s, 4);
	s.program.ring_size = 100000;
	program_size(&s.program, 4, MB / 4);
	CHECK_EQ(s.program.ring_size, 131072);
	make_script(&s, 4);
	s.records[0].max_size = 200000;
	program_size(&s.program, 4, MEMORY_BUDGET);
	CHECK_EQ(s.program.ring_size, 2 * MB);
}

int main(void)
{
	test_small();
	test_large();
	test_kernel_agrees();
	test_hopeless();
	test_rings();
	return test_result();
}
