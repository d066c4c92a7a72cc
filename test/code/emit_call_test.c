/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments from every choice of registers: five of r0-r5, with repetitions, end up in
 * r1-r5.
 */
#include "test.h"

#include "code/emit.h"

enum { SOURCES = 6, CHOICES = SOURCES * SOURCES * SOURCES * SOURCES * SOURCES };

static void run_moves(const struct emitter *e, int *registers)
{
	for (uint32_t n = 0; n < e->count; n++) {
		const struct bpf_insn *insn = &e->list[n].insn;

		if (insn->code == (BPF_ALU64 | BPF_MOV | BPF_X))
			registers[insn->dst_reg] = registers[insn->src_reg];
		else
			CHECK_EQ(insn->code, BPF_JMP | BPF_CALL);
	}
}

static void test_choice(struct arena *arena, const struct allocation *allocation, int choice)
{
	struct instruction call = {.op = OP_call, .arg_count = MAX_ARGUMENTS};
	struct emitter e = {.allocation = allocation, .arena = arena};
	int registers[SOURCES] = {0, 1, 2, 3, 4, 5};

	for (uint32_t n = 0, rest = (uint32_t)choice; n < MAX_ARGUMENTS; n++, rest /= SOURCES)
		call.args[n] = ir_temp(1 + rest % SOURCES);
	emit_call(&e, &call);
	run_moves(&e, registers);
	for (uint32_t n = 0; n < MAX_ARGUMENTS; n++)
		CHECK_EQ(registers[n + 1], (int)call.args[n].id - 1);
}

int main(void)
{
	int8_t registers[] = {-1, 0, 1, 2, 3, 4, 5};
	struct allocation allocation = {registers, SOURCES, 0};

	for (int choice = 0; choice < CHOICES; choice++) {
		struct arena *arena = arena_new();

		test_choice(arena, &allocation, choice);
		arena_free(arena);
	}
	return test_result();
}
