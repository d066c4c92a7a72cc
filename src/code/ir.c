/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building IR.  In: one call per instruction from lowering or the IR reader; out: a
 * function whose every block has an end once its builder is done.  Code after a return
 * or jump goes to a block of its own that nothing reaches, so builders need not care.
 */
#include "code/ir.h"

static struct block *block_place(struct function_ir *f, struct block *block)
{
	f->blocks = arena_grow(f->arena, f->blocks, f->block_count, &f->block_capacity,
			       sizeof(*f->blocks));
	block->id = f->block_count;
	f->blocks[f->block_count++] = block;
	f->at = block;
	return block;
}

struct function_ir *ir_function(struct arena *arena, const char *name, uint32_t bpf_type)
{
	struct function_ir *f = arena_new_of(arena, struct function_ir);

	f->arena = arena;
	f->name = name;
	f->bpf_type = bpf_type;
	block_place(f, ir_block(f));
	return f;
}

uint32_t ir_slot(struct function_ir *f, const char *name, uint32_t size, uint32_t align)
{
	f->slots =
		arena_grow(f->arena, f->slots, f->slot_count, &f->slot_capacity, sizeof(*f->slots));
	f->slots[f->slot_count] = (struct slot){.name = name, .size = size, .align = align};
	return f->slot_count++;
}

struct operand ir_const(int64_t value)
{
	return (struct operand){.kind = OPERAND_CONST, .value = value};
}

struct operand ir_temp(uint32_t temp)
{
	return (struct operand){.kind = OPERAND_TEMP, .id = temp};
}

struct operand ir_slot_at(uint32_t slot, int64_t offset)
{
	return (struct operand){.kind = OPERAND_SLOT, .id = slot, .value = offset};
}

struct operand ir_map(uint32_t map)
{
	return (struct operand){.kind = OPERAND_MAP, .id = map};
}

struct operand ir_map_value(uint32_t map, int64_t offset)
{
	return (struct operand){.kind = OPERAND_MAP_VALUE, .id = map, .value = offset};
}

uint32_t ir_new_temp(struct function_ir *f)
{
	return ++f->temp_count;
}

static struct instruction *append(struct function_ir *f, enum op op)
{
	struct block *block = f->at ? f->at : block_place(f, ir_block(f));
	struct instruction *i;

	block->list = arena_grow(f->arena, block->list, block->count, &block->capacity,
				 sizeof(*block->list));
	i = &block->list[block->count++];
	*i = (struct instruction){.op = op, .width = 8, .range = f->range};
	return i;
}

void ir_append(struct function_ir *f, const struct instruction *i)
{
	*append(f, i->op) = *i;
}

static struct operand define(struct function_ir *f, struct instruction *i)
{
	i->to = ir_new_temp(f);
	return ir_temp(i->to);
}

struct operand ir_unary(struct function_ir *f, enum op op, struct operand a)
{
	struct instruction *i = append(f, op);

	i->a = a;
	return define(f, i);
}

struct operand ir_binary(struct function_ir *f, enum op op, struct operand a, struct operand b)
{
	struct instruction *i = append(f, op);

	i->a = a;
	i->b = b;
	return define(f, i);
}

struct operand ir_set(struct function_ir *f, enum compare compare, struct operand a,
		      struct operand b)
{
	struct instruction *i = append(f, OP_set);

	i->compare = compare;
	i->a = a;
	i->b = b;
	return define(f, i);
}

struct operand ir_extend(struct function_ir *f, struct operand a, unsigned width, bool is_signed)
{
	struct instruction *i;

	if (width == 8)
		return a;
	i = append(f, OP_extend);
	i->a = a;
	i->width = (uint8_t)width;
	i->is_signed = is_signed;
	return define(f, i);
}

struct operand ir_swap(struct function_ir *f, struct operand a, unsigned width)
{
	struct instruction *i = append(f, OP_swap);

	i->a = a;
	i->width = (uint8_t)width;
	return define(f, i);
}

struct operand ir_context(struct function_ir *f)
{
	return define(f, append(f, OP_context));
}

struct operand ir_load(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
		       bool is_signed)
{
	struct instruction *i = append(f, OP_load);

	i->a = base;
	i->offset = offset;
	i->width = (uint8_t)width;
	i->is_signed = is_signed && width < 8;
	return define(f, i);
}

static void append_store(struct function_ir *f, enum op op, struct operand base, int32_t offset,
			 unsigned width, struct operand value)
{
	struct instruction *i = append(f, op);

	i->a = base;
	i->b = value;
	i->offset = offset;
	i->width = (uint8_t)width;
}

void ir_store(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
	      struct operand value)
{
	append_store(f, OP_store, base, offset, width, value);
}

void ir_atomic_add(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
		   struct operand value)
{
	append_store(f, OP_atomic_add, base, offset, width, value);
}

void ir_copy(struct function_ir *f, struct operand to, int32_t offset, struct operand from,
	     uint32_t size)
{
	struct instruction *i;

	if (!size)
		return;
	i = append(f, OP_copy);
	i->a = to;
	i->b = from;
	i->offset = offset;
	i->size = size;
}

void ir_zero(struct function_ir *f, struct operand to, int32_t offset, uint32_t size)
{
	struct instruction *i;

	if (!size)
		return;
	i = append(f, OP_zero);
	i->a = to;
	i->offset = offset;
	i->size = size;
}

struct operand ir_call(struct function_ir *f, int32_t helper, uint32_t count, ...)
{
	struct instruction *i = append(f, OP_call);
	va_list args;

	i->helper = helper;
	i->arg_count = count;
	va_start(args, count);
	for (uint32_t n = 0; n < count; n++)
		i->args[n] = va_arg(args, struct operand);
	va_end(args);
	return define(f, i);
}

void ir_assign(struct function_ir *f, uint32_t temp, struct operand value)
{
	struct instruction *i = append(f, OP_move);

	i->a = value;
	i->to = temp;
}

struct block *ir_block(struct function_ir *f)
{
	return arena_new_of(f->arena, struct block);
}

void ir_begin(struct function_ir *f, struct block *block)
{
	ir_jump(f, block);
	block_place(f, block);
}

void ir_jump(struct function_ir *f, struct block *to)
{
	if (!f->at)
		return;
	f->at->end = END_JUMP;
	f->at->then = to;
	f->at->range = f->range;
	f->at = NULL;
}

static struct block *branch(struct function_ir *f, enum compare compare, struct operand a,
			    struct operand b, struct block *then, struct block *otherwise)
{
	struct block *block = f->at;

	if (!block)
		return NULL;
	block->end = END_BRANCH;
	block->compare = compare;
	block->a = a;
	block->b = b;
	block->then = then;
	block->otherwise = otherwise;
	block->range = f->range;
	f->at = NULL;
	return block;
}

void ir_branch(struct function_ir *f, enum compare compare, struct operand a, struct operand b,
	       struct block *then, struct block *otherwise)
{
	branch(f, compare, a, b, then, otherwise);
}

void ir_branch_unlikely(struct function_ir *f, enum compare compare, struct operand a,
			struct operand b, struct block *then, struct block *otherwise)
{
	struct block *block = branch(f, compare, a, b, then, otherwise);

	if (block)
		block->unlikely_then = true;
}

void ir_return(struct function_ir *f, struct operand value)
{
	if (!f->at)
		return;
	f->at->end = END_RETURN;
	f->at->a = value;
	f->at->range = f->range;
	f->at = NULL;
}
