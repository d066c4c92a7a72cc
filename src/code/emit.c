/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emission: legal IR and registers in, BPF instructions out, each with the place in the
 * script that it comes from.  Operations are 64 bits wide; the result's register gets the
 * left operand first, then the operation is applied to it.
 */
#include "code/emit.h"

void emit_insn(struct emitter *e, uint8_t code, int dst, int src, int16_t offset, int32_t imm)
{
	e->list = arena_grow(e->arena, e->list, e->count, &e->capacity, sizeof(*e->list));
	e->list[e->count++] = (struct emitted){
		.insn = {.code = code,
			 .dst_reg = (uint8_t)(dst & 15),
			 .src_reg = (uint8_t)(src & 15),
			 .off = offset,
			 .imm = imm},
		.range = e->range,
	};
}

int register_of(const struct emitter *e, uint32_t temp)
{
	return e->allocation->registers[temp];
}

/* ---- values ------------------------------------------------------------- */

static void emit_alu(struct emitter *e, uint8_t op, int dst, int32_t imm)
{
	emit_insn(e, BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

static void emit_wide(struct emitter *e, int dst, int kind, int32_t low, int32_t high)
{
	emit_insn(e, BPF_LD | BPF_IMM | BPF_DW, dst, kind, 0, low);
	emit_insn(e, 0, 0, 0, 0, high);
}

void emit_value(struct emitter *e, int reg, const struct operand *o)
{
	int64_t offset;

	switch (o->kind) {
	case OPERAND_TEMP:
		if (register_of(e, o->id) != reg)
			emit_insn(e, BPF_ALU64 | BPF_MOV | BPF_X, reg, register_of(e, o->id), 0, 0);
		break;
	case OPERAND_SLOT:
		offset = e->f->slots[o->id].offset + o->value;
		emit_insn(e, BPF_ALU64 | BPF_MOV | BPF_X, reg, BPF_REG_10, 0, 0);
		if (offset)
			emit_alu(e, BPF_ADD, reg, (int32_t)offset);
		break;
	case OPERAND_MAP:
		emit_wide(e, reg, BPF_PSEUDO_MAP_FD, (int32_t)o->id, 0);
		break;
	case OPERAND_MAP_VALUE:
		emit_wide(e, reg, BPF_PSEUDO_MAP_VALUE, (int32_t)o->id, (int32_t)o->value);
		break;
	default:
		if (is_immediate(o))
			emit_alu(e, BPF_MOV, reg, (int32_t)o->value);
		else
			emit_wide(e, reg, 0, (int32_t)o->value, (int32_t)(o->value >> 32));
	}
}

/* ---- arithmetic --------------------------------------------------------- */

static const uint8_t alu_codes[OP_COUNT] = {
	[OP_add] = BPF_ADD,  [OP_sub] = BPF_SUB,  [OP_mul] = BPF_MUL,  [OP_udiv] = BPF_DIV,
	[OP_sdiv] = BPF_DIV, [OP_umod] = BPF_MOD, [OP_smod] = BPF_MOD, [OP_and] = BPF_AND,
	[OP_or] = BPF_OR,    [OP_xor] = BPF_XOR,  [OP_shl] = BPF_LSH,  [OP_shr] = BPF_RSH,
	[OP_sar] = BPF_ARSH,
};

static void emit_operation(struct emitter *e, enum op op, int dst, const struct operand *b)
{
	/* the offset says "signed" to divisions */
	int16_t offset = op == OP_sdiv || op == OP_smod;

	if (b->kind == OPERAND_TEMP)
		emit_insn(e, BPF_ALU64 | alu_codes[op] | BPF_X, dst, register_of(e, b->id), offset,
			  0);
	else
		emit_insn(e, BPF_ALU64 | alu_codes[op] | BPF_K, dst, 0, offset, (int32_t)b->value);
}

/*
 * INT64_MIN / -1 traps on x86, and kernels from 6.6 to 6.11 let it happen: dividing by -1
 * is a negation, its remainder is 0.
 */
static void emit_signed_division(struct emitter *e, enum op op, int dst, const struct operand *b)
{
	emit_insn(e, BPF_JMP | BPF_JNE | BPF_K, register_of(e, b->id), 0, 2, -1);
	if (op == OP_sdiv)
		emit_alu(e, BPF_NEG, dst, 0);
	else
		emit_alu(e, BPF_MOV, dst, 0);
	emit_insn(e, BPF_JMP | BPF_JA, 0, 0, 1, 0);
	emit_operation(e, op, dst, b);
}

static void emit_binary(struct emitter *e, const struct instruction *i)
{
	int dst = register_of(e, i->to);
	const struct operand *a = &i->a, *b = &i->b;

	if (b->kind == OPERAND_TEMP && register_of(e, b->id) == dst && !result_before_b(i)) {
		a = &i->b;
		b = &i->a;
	}
	emit_value(e, dst, a);
	if ((i->op == OP_sdiv || i->op == OP_smod) && b->kind == OPERAND_TEMP)
		emit_signed_division(e, i->op, dst, b);
	else
		emit_operation(e, i->op, dst, b);
}

static void emit_extend(struct emitter *e, int dst, unsigned width, bool is_signed)
{
	int32_t shift = 64 - 8 * (int32_t)width;

	if (is_signed) {
		emit_alu(e, BPF_LSH, dst, shift);
		emit_alu(e, BPF_ARSH, dst, shift);
	} else if (width == 4) {
		emit_insn(e, BPF_ALU | BPF_MOV | BPF_X, dst, dst, 0, 0);
	} else {
		emit_alu(e, BPF_AND, dst, (1 << 8 * width) - 1);
	}
}

static void emit_unary(struct emitter *e, const struct instruction *i)
{
	int dst = register_of(e, i->to);

	if (i->op == OP_extend && !i->is_signed && i->width == 4 && i->a.kind == OPERAND_TEMP) {
		emit_insn(e, BPF_ALU | BPF_MOV | BPF_X, dst, register_of(e, i->a.id), 0, 0);
		return;
	}
	emit_value(e, dst, &i->a);
	if (i->op == OP_neg)
		emit_alu(e, BPF_NEG, dst, 0);
	else if (i->op == OP_not)
		emit_alu(e, BPF_XOR, dst, -1);
	else if (i->op == OP_swap)
		emit_insn(e, BPF_ALU | BPF_END | BPF_TO_BE, dst, 0, 0, 8 * i->width);
	else if (i->op == OP_extend && i->width < 8)
		emit_extend(e, dst, i->width, i->is_signed);
}

/* ---- comparisons -------------------------------------------------------- */

static const uint8_t jump_codes[] = {
	[CMP_EQ] = BPF_JEQ,   [CMP_NE] = BPF_JNE,   [CMP_ULT] = BPF_JLT,  [CMP_ULE] = BPF_JLE,
	[CMP_UGT] = BPF_JGT,  [CMP_UGE] = BPF_JGE,  [CMP_SLT] = BPF_JSLT, [CMP_SLE] = BPF_JSLE,
	[CMP_SGT] = BPF_JSGT, [CMP_SGE] = BPF_JSGE,
};

static void emit_compare(struct emitter *e, enum compare compare, const struct operand *a,
			 const struct operand *b, int16_t offset)
{
	int left = register_of(e, a->id);

	if (b->kind == OPERAND_TEMP)
		emit_insn(e, BPF_JMP | jump_codes[compare] | BPF_X, left, register_of(e, b->id),
			  offset, 0);
	else
		emit_insn(e, BPF_JMP | jump_codes[compare] | BPF_K, left, 0, offset,
			  (int32_t)b->value);
}

static void emit_set(struct emitter *e, const struct instruction *i)
{
	int dst = register_of(e, i->to);

	emit_alu(e, BPF_MOV, dst, 1);
	emit_compare(e, i->compare, &i->a, &i->b, 1);
	emit_alu(e, BPF_MOV, dst, 0);
}

/* ---- memory ------------------------------------------------------------- */

static uint8_t size_code(unsigned width)
{
	return width == 1 ? BPF_B : width == 2 ? BPF_H : width == 4 ? BPF_W : BPF_DW;
}

/* The register of the base; `offset` from there. */
static int base_of(const struct emitter *e, const struct instruction *i, int16_t *offset)
{
	if (i->a.kind == OPERAND_TEMP) {
		*offset = (int16_t)i->offset;
		return register_of(e, i->a.id);
	}
	*offset = (int16_t)(e->f->slots[i->a.id].offset + i->a.value + i->offset);
	return BPF_REG_10;
}

static void emit_load(struct emitter *e, const struct instruction *i)
{
	int dst = register_of(e, i->to), base;
	int16_t offset;

	base = base_of(e, i, &offset);
	emit_insn(e, BPF_LDX | BPF_MEM | size_code(i->width), dst, base, offset, 0);
	if (i->is_signed && i->width < 8)
		emit_extend(e, dst, i->width, true);
}

static void emit_store(struct emitter *e, const struct instruction *i)
{
	uint8_t mode = i->op == OP_store ? BPF_MEM : BPF_ATOMIC;
	int16_t offset;
	int base = base_of(e, i, &offset);

	if (i->b.kind == OPERAND_TEMP)
		emit_insn(e, BPF_STX | mode | size_code(i->width), base, register_of(e, i->b.id),
			  offset, mode == BPF_ATOMIC ? BPF_ADD : 0);
	else
		emit_insn(e, BPF_ST | mode | size_code(i->width), base, 0, offset,
			  (int32_t)i->b.value);
}

/* ---- blocks ------------------------------------------------------------- */

static void emit_instruction(struct emitter *e, const struct instruction *i)
{
	switch (i->op) {
	case OP_context:
		if (register_of(e, i->to) != BPF_REG_1)
			emit_insn(e, BPF_ALU64 | BPF_MOV | BPF_X, register_of(e, i->to), BPF_REG_1,
				  0, 0);
		break;
	case OP_set:
		emit_set(e, i);
		break;
	case OP_load:
		emit_load(e, i);
		break;
	case OP_store:
	case OP_atomic_add:
		emit_store(e, i);
		break;
	case OP_call:
		emit_call(e, i);
		break;
	default:
		if (op_is_binary(i->op))
			emit_binary(e, i);
		else
			emit_unary(e, i);
	}
}

static void jump_to(struct emitter *e, const struct block *target)
{
	e->list[e->count - 1].target = target;
}

static void emit_jump(struct emitter *e, const struct block *to, const struct block *next)
{
	if (to == next)
		return;
	emit_insn(e, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	jump_to(e, to);
}

static void emit_end(struct emitter *e, const struct block *block, const struct block *next)
{
	if (block->end == END_RETURN) {
		emit_value(e, BPF_REG_0, &block->a);
		emit_insn(e, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	} else if (block->end == END_JUMP) {
		emit_jump(e, block->then, next);
	} else if (block->then == next) {
		emit_compare(e, compare_inverse(block->compare), &block->a, &block->b, 0);
		jump_to(e, block->otherwise);
	} else {
		emit_compare(e, block->compare, &block->a, &block->b, 0);
		jump_to(e, block->then);
		emit_jump(e, block->otherwise, next);
	}
}

static bool patch_jumps(struct emitter *e, const uint32_t *starts)
{
	for (uint32_t n = 0; n < e->count; n++) {
		int64_t distance;

		if (!e->list[n].target)
			continue;
		distance = (int64_t)starts[e->list[n].target->id] - n - 1;
		if (distance != (int16_t)distance)
			return false;
		e->list[n].insn.off = (int16_t)distance;
	}
	return true;
}

bool emit(const struct function_ir *f, const struct allocation *allocation, struct arena *arena,
	  struct program_probe *probe)
{
	struct emitter e = {.f = f, .allocation = allocation, .arena = arena};
	uint32_t *starts = arena_array(arena, uint32_t, f->block_count);

	for (uint32_t b = 0; b < f->block_count; b++) {
		const struct block *block = f->blocks[b];

		starts[b] = e.count;
		for (uint32_t n = 0; n < block->count; n++) {
			e.range = block->list[n].range;
			emit_instruction(&e, &block->list[n]);
		}
		e.range = block->range;
		emit_end(&e, block, b + 1 < f->block_count ? f->blocks[b + 1] : NULL);
	}
	if (!patch_jumps(&e, starts))
		return false;
	probe->code = arena_array(arena, struct bpf_insn, e.count);
	probe->ranges = arena_array(arena, struct range, e.count);
	probe->code_count = e.count;
	for (uint32_t n = 0; n < e.count; n++) {
		probe->code[n] = e.list[n].insn;
		probe->ranges[n] = e.list[n].range;
	}
	return true;
}
