/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of emission share: one growing list of instructions.
 */
#ifndef SONDE_CODE_EMIT_H
#define SONDE_CODE_EMIT_H

#include "code/passes.h"

struct emitted {
	struct bpf_insn insn;
	struct range range;
	const struct block *target; /* of a jump between blocks, else NULL */
};

struct emitter {
	const struct function_ir *f;
	const struct allocation *allocation;
	struct arena *arena;
	struct emitted *list;
	uint32_t count;
	size_t capacity;
	struct range range; /* of what is being emitted */
};

void emit_insn(struct emitter *e, uint8_t code, int dst, int src, int16_t offset, int32_t imm);
int register_of(const struct emitter *e, uint32_t temp);
/* Whatever the operand is, in `reg`. */
void emit_value(struct emitter *e, int reg, const struct operand *o);
void emit_call(struct emitter *e, const struct instruction *i);

#endif
