/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the back end: IR through all its passes, into the kernel, and run once.
 */
#ifndef SONDE_TEST_KERNEL_H
#define SONDE_TEST_KERNEL_H

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "code/ir.h"

enum { LOG_SIZE = 1 << 20, MAP_LIMIT = 8 };

static inline int kernel_call(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static inline int kernel_map(const struct map_spec *map)
{
	union bpf_attr attr = {.map_type = map->bpf_type,
			       .key_size = map->key_size,
			       .value_size = map->value_size,
			       .max_entries = map->max_entries,
			       .map_flags = map->flags};

	return kernel_call(BPF_MAP_CREATE, &attr);
}

static inline int kernel_update(int map, const void *key, const void *value)
{
	union bpf_attr attr = {.map_fd = (uint32_t)map,
			       .key = (uint64_t)(uintptr_t)key,
			       .value = (uint64_t)(uintptr_t)value};

	return kernel_call(BPF_MAP_UPDATE_ELEM, &attr);
}

static inline int kernel_lookup(int map, const void *key, void *value)
{
	union bpf_attr attr = {.map_fd = (uint32_t)map,
			       .key = (uint64_t)(uintptr_t)key,
			       .value = (uint64_t)(uintptr_t)value};

	return kernel_call(BPF_MAP_LOOKUP_ELEM, &attr);
}

/* Indices of maps become descriptors. */
static inline void resolve_maps(struct bpf_insn *code, uint32_t count, const int *maps)
{
	for (uint32_t n = 0; n < count; n++) {
		if (code[n].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (code[n].src_reg)
			code[n].imm = maps[code[n].imm];
		n++;
	}
}

static inline int kernel_load(const struct program_probe *probe, const int *maps)
{
	size_t size = probe->code_count * sizeof(struct bpf_insn);
	struct bpf_insn *code = malloc(size);
	char *log = calloc(1, LOG_SIZE);
	union bpf_attr attr = {.prog_type = probe->bpf_type,
			       .insns = (uint64_t)(uintptr_t)code,
			       .insn_cnt = probe->code_count,
			       .license = (uint64_t)(uintptr_t) "GPL"};
	int program;

	memcpy(code, probe->code, size);
	resolve_maps(code, probe->code_count, maps);
	program = kernel_call(BPF_PROG_LOAD, &attr);
	if (program < 0) {
		attr.log_buf = (uint64_t)(uintptr_t)log;
		attr.log_size = LOG_SIZE;
		attr.log_level = 1;
		program = kernel_call(BPF_PROG_LOAD, &attr);
		if (program < 0)
			fprintf(stderr, "%s\n",
				strlen(log) > 4000 ? log + strlen(log) - 4000 : log);
	}
	free(log);
	free(code);
	return program;
}

/* Linux 6.6 and later. */
static inline bool has_signed_division(void)
{
	static const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -8},
		{.code = BPF_ALU64 | BPF_DIV | BPF_K, .off = 1, .imm = 2},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT,
			       .insns = (uint64_t)(uintptr_t)code,
			       .insn_cnt = ARRAY_SIZE(code),
			       .license = (uint64_t)(uintptr_t) "GPL"};
	int program = kernel_call(BPF_PROG_LOAD, &attr);

	if (program >= 0)
		close(program);
	return program >= 0;
}

/* With two numbers as context; false: it did not run. */
static inline bool kernel_run(int program, uint32_t *result)
{
	const uint64_t context[] = {0x1122334455667788, 0x99aabbccddeeff05};
	union bpf_attr attr = {.test = {.prog_fd = (uint32_t)program,
					.ctx_in = (uint64_t)(uintptr_t)context,
					.ctx_size_in = sizeof(context)}};
	int failed = kernel_call(BPF_PROG_TEST_RUN, &attr);

	*result = attr.test.retval;
	return !failed;
}

/* All passes; the scratch map is the last one. */
static inline bool build_code(struct arena *arena, struct function_ir *f, struct program *program,
			      uint32_t probe, bool signed_division)
{
	struct allocation allocation;
	uint32_t scratch = 0, map = program->map_count;

	optimise(f);
	if (!place_slots(f, map, 0, &scratch))
		return false;
	if (scratch)
		program->maps[program->map_count++] =
			(struct map_spec){.role = MAP_SCRATCH,
					  .name = "scratch",
					  .bpf_type = BPF_MAP_TYPE_PERCPU_ARRAY,
					  .key_size = 4,
					  .value_size = scratch,
					  .max_entries = 1};
	optimise(f);
	legalise(f, signed_division);
	program->probes[probe].bpf_type = f->bpf_type;
	return allocate(f, &allocation) && emit(f, &allocation, arena, &program->probes[probe]);
}

#endif
