/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: arguments into r1-r5, all at once.  A register is written when no other argument
 * still has to be read from it; what is left then are cycles, which r0 breaks: it is never
 * an argument's place, and once only cycles are left nothing is in it.
 */
#include "code/emit.h"

#define NONE (-1)

static void move(struct emitter *e, int to, int from)
{
	emit_insn(e, BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}

static bool is_waited_for(const int *from, int reg)
{
	for (int n = 1; n <= MAX_ARGUMENTS; n++)
		if (from[n] == reg && n != reg)
			return true;
	return false;
}

/* One move that destroys nothing that is still needed. */
static bool move_one(struct emitter *e, int *from)
{
	for (int n = 1; n <= MAX_ARGUMENTS; n++) {
		if (from[n] == NONE || is_waited_for(from, n))
			continue;
		move(e, n, from[n]);
		from[n] = NONE;
		return true;
	}
	return false;
}

static bool break_cycle(struct emitter *e, int *from)
{
	for (int n = 1; n <= MAX_ARGUMENTS; n++) {
		int taken = from[n];

		if (taken == NONE)
			continue;
		move(e, BPF_REG_0, taken);
		for (int other = 1; other <= MAX_ARGUMENTS; other++)
			if (from[other] == taken)
				from[other] = BPF_REG_0;
		return true;
	}
	return false;
}

void emit_call(struct emitter *e, const struct instruction *i)
{
	int from[MAX_ARGUMENTS + 1] = {NONE, NONE, NONE, NONE, NONE, NONE};

	for (uint32_t n = 0; n < i->arg_count; n++) {
		int reg = i->args[n].kind == OPERAND_TEMP ? register_of(e, i->args[n].id) : NONE;

		if (reg != (int)n + 1)
			from[n + 1] = reg;
	}
	while (move_one(e, from) || break_cycle(e, from))
		;
	for (uint32_t n = 0; n < i->arg_count; n++)
		if (i->args[n].kind != OPERAND_TEMP)
			emit_value(e, (int)n + 1, &i->args[n]);
	emit_insn(e, BPF_JMP | BPF_CALL, 0, 0, 0, i->helper);
	if (i->to && register_of(e, i->to) != BPF_REG_0)
		move(e, register_of(e, i->to), BPF_REG_0);
}
