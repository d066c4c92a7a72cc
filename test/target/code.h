/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs made by hand, with handles of maps where the kernel wants descriptors.
 */
#ifndef SONDE_TEST_TARGET_CODE_H
#define SONDE_TEST_TARGET_CODE_H

#include <stdint.h>
#include <linux/bpf.h>

#define I(code_, dst, src, off_, imm_)                                                             \
	((struct bpf_insn){.code = code_, .dst_reg = dst, .src_reg = src, .off = off_, .imm = imm_})
#define SET(d, i) I(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define MOVE(d, s) I(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define ADD(d, i) I(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define STORE(size, off, s) I(BPF_STX | BPF_MEM | size, 10, s, off, 0)
#define CALL_HELPER(f) I(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define LOAD_MAP(d, map)                                                                           \
	I(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_FD, 0, map), I(0, 0, 0, 0, 0)
#define LOAD_VALUE(d, map)                                                                         \
	I(BPF_LD | BPF_IMM | BPF_DW, d, BPF_PSEUDO_MAP_VALUE, 0, map), I(0, 0, 0, 0, 0)
#define END I(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* What the program below writes. */
struct record {
	uint64_t time;
	uint64_t pid; /* tgid << 32 | tid */
	uint64_t cpu;
};

/*
 * Return at once in processes whose comm does not begin with the 8 bytes `name`: others on
 * the machine make the same system calls.
 */
#define ONLY_NAMED(name)                                                                           \
	MOVE(1, 10), ADD(1, -48), SET(2, 16), CALL_HELPER(BPF_FUNC_get_current_comm),              \
		I(BPF_LDX | BPF_MEM | BPF_DW, 1, 10, -48, 0),                                      \
		I(BPF_LD | BPF_DW | BPF_IMM, 2, 0, 0, (int32_t)(name)),                            \
		I(0, 0, 0, 0, (int32_t)((name) >> 32)), I(BPF_JMP | BPF_JEQ | BPF_X, 1, 2, 2, 0),  \
		SET(0, 0), END

/*
 * A record into this CPU's ring, with `flags` (BPF_RB_x) unless a quarter of it is full, as
 * compiled scripts do.
 */
#define RECORD_PROGRAM(name, rings, flags, quarter)                                                \
	{                                                                                          \
		ONLY_NAMED(name),                                                                  \
			CALL_HELPER(BPF_FUNC_ktime_get_boot_ns), STORE(BPF_DW, -24, 0),                    \
			CALL_HELPER(BPF_FUNC_get_current_pid_tgid), STORE(BPF_DW, -16, 0),         \
			CALL_HELPER(BPF_FUNC_get_smp_processor_id), STORE(BPF_DW, -8, 0),          \
			LOAD_MAP(1, rings), MOVE(2, 10), ADD(2, -8),                               \
			CALL_HELPER(BPF_FUNC_map_lookup_elem),                                     \
			I(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 12, 0), MOVE(6, 0), MOVE(1, 0),         \
			SET(2, BPF_RB_AVAIL_DATA), CALL_HELPER(BPF_FUNC_ringbuf_query),            \
			SET(4, flags), I(BPF_JMP | BPF_JLT | BPF_K, 0, 0, 1, quarter),             \
			SET(4, BPF_RB_FORCE_WAKEUP), MOVE(1, 6), MOVE(2, 10), ADD(2, -24),         \
			SET(3, 24), CALL_HELPER(BPF_FUNC_ringbuf_output), SET(0, 0), END,          \
	}

#endif
