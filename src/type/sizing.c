/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kernel memory: the maps of a program and the number of possible CPUs in, flags of the
 * maps and the rings' number and size out.  Per-CPU values are multiplied by the
 * possible CPUs, not by those that are there.
 */
#include "type/type.h"

enum {
	PAGE = 4096,
	ELEMENT_HEAD = 48, /* struct htab_elem (kernel/bpf/hashtab.c) */
	BUCKET = 16, /* struct bucket */
	MAP_HEAD = 512, /* struct bpf_htab, struct bpf_array and their locks */
	RING_HEAD = 3 * PAGE, /* consumer and producer pages, struct bpf_ringbuf */
	MOST_RINGS = 32,
	RING_CPUS = 4, /* that share a ring */
	DEFAULT_RING = 1 << 20,
	SMALLEST_RING = 64 << 10,
	PREALLOCATED_MOST = 4 << 20, /* a map above this costs milliseconds to make */
};

static uint64_t power_of_two_from(uint64_t value)
{
	return value <= 1 ? 1 : 1ull << (64 - __builtin_clzll(value - 1));
}

static uint64_t value_memory(const struct map_spec *map, uint32_t cpus)
{
	return ALIGN_UP((uint64_t)map->value_size, 8) * (map->per_cpu ? cpus : 1);
}

/* An element with its value; a per-CPU value lies outside, behind a pointer. */
static uint64_t element_memory(const struct map_spec *map, uint32_t cpus)
{
	return ELEMENT_HEAD + ALIGN_UP((uint64_t)map->key_size, 8) + (map->per_cpu ? 8 : 0) +
	       value_memory(map, cpus);
}

/*
 * What a map without preallocation has from the start: each possible CPU gets a few free
 * elements, and per-CPU values to go with them (prefill_mem_cache in
 * kernel/bpf/memalloc.c: four up to 256 bytes, else one).
 */
static uint64_t prefilled_memory(const struct map_spec *map, uint32_t cpus)
{
	uint64_t value = ALIGN_UP((uint64_t)map->value_size, 8) + 8;
	uint64_t element = element_memory(map, cpus) - (map->per_cpu ? value_memory(map, cpus) : 0);
	uint64_t memory = cpus * element * (element <= 256 ? 4 : 1);

	if (map->per_cpu)
		memory += cpus * value_memory(map, cpus) * (value <= 256 ? 4 : 1);
	return memory;
}

static bool is_hash(const struct map_spec *map)
{
	return map->bpf_type == BPF_MAP_TYPE_HASH || map->bpf_type == BPF_MAP_TYPE_PERCPU_HASH;
}

static uint64_t hash_memory(const struct map_spec *map, uint32_t cpus)
{
	uint64_t memory = MAP_HEAD + BUCKET * power_of_two_from(map->max_entries);

	if (map->flags & BPF_F_NO_PREALLOC)
		return memory + prefilled_memory(map, cpus);
	/* One spare element per CPU lets an update replace an element of a full map. */
	return memory +
	       (map->max_entries + (map->per_cpu ? 0 : (uint64_t)cpus)) * element_memory(map, cpus);
}

static uint64_t array_memory(const struct map_spec *map, uint32_t cpus)
{
	uint64_t values = map->max_entries * value_memory(map, cpus);
	uint64_t pointers = map->per_cpu ? (uint64_t)map->max_entries * 8 : 0;

	return ALIGN_UP(MAP_HEAD + values + pointers, PAGE);
}

uint64_t map_memory(const struct map_spec *map, uint32_t cpus)
{
	return is_hash(map) ? hash_memory(map, cpus) : array_memory(map, cpus);
}

/* ---- choosing ----------------------------------------------------------- */

uint64_t program_memory(const struct program *program, uint32_t cpus)
{
	uint64_t memory = 0;

	for (uint32_t i = 0; i < program->map_count; i++)
		memory += map_memory(&program->maps[i], cpus);
	if (program->ring_count)
		memory += (uint64_t)program->ring_count * (program->ring_size + RING_HEAD);
	return memory;
}

/* Bytes that a map asks for less without preallocation. */
static uint64_t saving(const struct map_spec *map, uint32_t cpus)
{
	struct map_spec lazy = *map;
	uint64_t all = map_memory(map, cpus), rest;

	if (map->role != MAP_USER || !is_hash(map))
		return 0;
	lazy.flags |= BPF_F_NO_PREALLOC;
	rest = map_memory(&lazy, cpus);
	return all > rest ? all - rest : 0;
}

static struct map_spec *greatest_saving(const struct program *program, uint32_t cpus)
{
	struct map_spec *best = NULL;

	for (uint32_t i = 0; i < program->map_count; i++) {
		struct map_spec *map = &program->maps[i];

		if (saving(map, cpus) > (best ? saving(best, cpus) : 0))
			best = map;
	}
	return best;
}

/* How big the rings must be at least, so that a few records of any kind fit. */
static uint32_t smallest_ring(const struct program *program, uint32_t least)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < program->record_count; i++) {
		if (program->records[i].max_size > most)
			most = program->records[i].max_size;
	}
	if (most < least / 8)
		return least;
	return (uint32_t)power_of_two_from(8ull * most);
}

static bool has_only_exits(const struct program *program)
{
	for (uint32_t i = 0; i < program->record_count; i++) {
		if (program->records[i].action != ACTION_exit)
			return false;
	}
	return true;
}

uint32_t rings_for(uint32_t cpus)
{
	uint32_t rings = (cpus + RING_CPUS - 1) / RING_CPUS;

	return rings < MOST_RINGS ? rings : MOST_RINGS;
}

static void choose_rings(struct program *program, uint32_t cpus)
{
	if (!program->record_count) {
		program->ring_count = program->ring_size = 0;
		return;
	}
	program->ring_count = rings_for(cpus);
	if (program->ring_size)
		program->ring_size =
			(uint32_t)power_of_two_from(ALIGN_UP(program->ring_size, PAGE));
	else if (has_only_exits(program))
		program->ring_size = PAGE;
	else
		program->ring_size = smallest_ring(program, DEFAULT_RING);
}

/* What half as big rings would save; 0: they are as small as they may be. */
static uint64_t ring_saving(const struct program *program)
{
	if (program->ring_size <= smallest_ring(program, SMALLEST_RING))
		return 0;
	return (uint64_t)program->ring_count * program->ring_size / 2;
}

/* Take what saves most, until all fits or nothing is left to take. */
static void fit_budget(struct program *program, uint32_t cpus, uint64_t budget, bool free_rings)
{
	while (program_memory(program, cpus) > budget) {
		struct map_spec *map = greatest_saving(program, cpus);
		uint64_t rings = free_rings ? ring_saving(program) : 0;

		if (rings > (map ? saving(map, cpus) : 0))
			program->ring_size /= 2;
		else if (map)
			map->flags |= BPF_F_NO_PREALLOC;
		else
			return;
	}
}

uint64_t program_size(struct program *program, uint32_t cpus, uint64_t budget)
{
	bool free_rings = !program->ring_size;

	choose_rings(program, cpus);
	for (uint32_t i = 0; i < program->map_count; i++) {
		struct map_spec *map = &program->maps[i];

		if (map_memory(map, cpus) > PREALLOCATED_MOST && saving(map, cpus))
			map->flags |= BPF_F_NO_PREALLOC;
	}
	fit_budget(program, cpus, budget, free_rings);
	return program_memory(program, cpus);
}
