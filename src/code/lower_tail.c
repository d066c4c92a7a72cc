/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tail of a record: strings and stacks, read right to where they are sent from and
 * only as long as they are.  Each length is known to the verifier to be within the room
 * that tail_size() gave it.
 */
#include "code/lower.h"

enum {
	MOST_INLINE = 32, /* bytes of a string that are sent padded */
	/* join() */
	MOST_ARGUMENTS = 20,
	MOST_ARGUMENT = 128,
};

static bool is_join(const struct node *node)
{
	return node->kind == NODE_call && node->function->id == FUNCTION_join;
}

uint32_t tail_size(const struct node *node)
{
	const struct type *type = node->type;

	if (type->kind == KIND_kstack || type->kind == KIND_ustack)
		return type->size;
	if (type->kind != KIND_string || node->kind == NODE_string || type->size <= MOST_INLINE)
		return 0;
	/* Strings in memory may fill it; reading them adds a terminator. */
	return type->size + 1;
}

/* `result` where it is at least `least`, less `excess`; else `instead`, and the loss. */
static struct operand checked_length(struct lower *l, struct operand result, int64_t least,
				     int64_t excess, enum loss loss)
{
	struct block *bad = ir_block(l->f), *good = ir_block(l->f), *done = ir_block(l->f);
	struct block *failed = ir_block(l->f);
	uint32_t length = ir_new_temp(l->f);

	ir_branch_unlikely(l->f, CMP_SLT, result, ir_const(least), bad, good);
	ir_begin(l->f, good);
	ir_assign(l->f, length, ir_binary(l->f, OP_sub, result, ir_const(excess)));
	ir_jump(l->f, done);
	ir_begin(l->f, bad);
	ir_assign(l->f, length, ir_const(0));
	ir_branch(l->f, CMP_SLT, result, ir_const(0), failed, done);
	ir_begin(l->f, failed);
	lower_loss(l, loss);
	ir_begin(l->f, done);
	return ir_temp(length);
}

/* ---- what can be in a tail ---------------------------------------------- */

static struct operand add_stack(struct lower *l, const struct node *node, struct operand at)
{
	struct operand length =
		checked_length(l, lower_stack_read(l, node->type, at), 0, 0, LOSS_stack_failed);

	/* The process stands in front. */
	return node->type->kind == KIND_ustack ? ir_binary(l->f, OP_add, length, ir_const(8))
					       : length;
}

static struct operand add_text(struct lower *l, const struct node *node, struct operand at)
{
	struct text_place place;
	struct operand result;

	if (!text_place_of(l, node, &place))
		place = (struct text_place){.space = SPACE_KERNEL,
					    .address = lower_memory(l, node),
					    .limit = node->type->size + 1};
	result = text_read(l, &place, at);
	text_cut(l, &place, result);
	return checked_length(l, result, 1, 1, LOSS_read_failed);
}

struct operand tail_add(struct lower *l, struct tail *tail, const struct node *node)
{
	struct operand at = tail->used.kind == OPERAND_CONST
				    ? address_add(l, tail->base, tail->used.value)
				    : ir_binary(l->f, OP_add, tail->base, tail->used);
	struct operand length;

	if (node->type->kind != KIND_string)
		length = add_stack(l, node, at);
	else if (is_join(node))
		length = lower_join(l, node, tail->base, tail->used);
	else
		length = add_text(l, node, at);
	tail->used = ir_binary(l->f, OP_add, tail->used, length);
	return length;
}

/* ---- join --------------------------------------------------------------- */

struct joining {
	struct span separator;
	enum space space;
	struct operand list; /* address of the array of addresses */
	struct operand pointer; /* memory for one of them */
	struct operand base, used;
	uint32_t index, length; /* temps */
	uint32_t size; /* most bytes */
	struct block *done;
};

/* The address of the next string; ends where it is NULL or cannot be read. */
static struct operand next_pointer(struct lower *l, const struct joining *j)
{
	struct block *more = ir_block(l->f);
	struct operand offset = ir_binary(l->f, OP_shl, ir_temp(j->index), ir_const(3));
	struct operand address = ir_binary(l->f, OP_add, j->list, offset), pointer;

	lower_loss_if(l, CMP_NE, lower_read(l, j->space, false, j->pointer, ir_const(8), address),
		      ir_const(0), LOSS_read_failed);
	pointer = ir_load(l->f, j->pointer, 0, 8, false);
	ir_branch(l->f, CMP_EQ, pointer, ir_const(0), j->done, more);
	ir_begin(l->f, more);
	return pointer;
}

static struct operand end_of(struct lower *l, const struct joining *j)
{
	struct operand end = ir_binary(l->f, OP_add, j->used, ir_temp(j->length));

	return ir_binary(l->f, OP_add, j->base, end);
}

static void append_separator(struct lower *l, const struct joining *j)
{
	struct block *first = ir_block(l->f), *later = ir_block(l->f);
	const char *bytes = j->separator.data;
	struct operand end;

	ir_branch(l->f, CMP_EQ, ir_temp(j->index), ir_const(0), first, later);
	ir_begin(l->f, later);
	end = end_of(l, j);
	for (uint32_t i = 0; i < j->separator.size; i++)
		ir_store(l->f, end, (int32_t)i, 1, ir_const(bytes[i]));
	ir_assign(
		l->f, j->length,
		ir_binary(l->f, OP_add, ir_temp(j->length), ir_const((int64_t)j->separator.size)));
	ir_begin(l->f, first);
}

static void append_string(struct lower *l, const struct joining *j, struct operand pointer)
{
	struct operand result =
		lower_read(l, j->space, true, end_of(l, j), ir_const(MOST_ARGUMENT), pointer);
	struct operand length = checked_length(l, result, 1, 1, LOSS_read_failed);

	ir_assign(l->f, j->length, ir_binary(l->f, OP_add, ir_temp(j->length), length));
}

static void join_all(struct lower *l, const struct joining *j)
{
	struct block *loop = ir_block(l->f), *room = ir_block(l->f), *next = ir_block(l->f);
	int64_t last = (int64_t)j->size - MOST_ARGUMENT - (int64_t)j->separator.size;
	struct operand pointer;

	ir_begin(l->f, loop);
	ir_branch(l->f, CMP_SGT, ir_temp(j->length), ir_const(last), j->done, room);
	ir_begin(l->f, room);
	pointer = next_pointer(l, j);
	append_separator(l, j);
	append_string(l, j, pointer);
	ir_assign(l->f, j->index, ir_binary(l->f, OP_add, ir_temp(j->index), ir_const(1)));
	ir_branch(l->f, CMP_ULT, ir_temp(j->index), ir_const(MOST_ARGUMENTS), loop, next);
	ir_begin(l->f, next);
}

struct operand lower_join(struct lower *l, const struct node *call, struct operand base,
			  struct operand used)
{
	const struct node *list = call->list, *separator = list->next;
	struct joining j = {
		.separator = separator ? separator->text : (struct span){" ", 1},
		.space = node_space(l, list),
		.list = lower_scalar(l, list),
		.pointer = ir_slot_at(ir_slot(l->f, "pointer", 8, 8), 0),
		.base = base,
		.used = used,
		.index = ir_new_temp(l->f),
		.length = ir_new_temp(l->f),
		.size = call->type->size,
		.done = ir_block(l->f),
	};

	ir_assign(l->f, j.index, ir_const(0));
	ir_assign(l->f, j.length, ir_const(0));
	join_all(l, &j);
	ir_begin(l->f, j.done);
	return ir_temp(j.length);
}
