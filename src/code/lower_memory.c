/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads of memory that is not ours: the probe's context by loads, the kernel's and user
 * memory by helpers.  A read that fails gives zeroes (the helpers see to that) and is
 * counted.
 */
#include "code/lower.h"

/* ---- addresses ---------------------------------------------------------- */

enum space node_space(const struct lower *l, const struct node *pointer)
{
	if (pointer->type->kind == KIND_pointer)
		return pointer->type->space;
	return l->probe->type == PROBE_uprobe || l->probe->type == PROBE_uretprobe ? SPACE_USER
										   : SPACE_ANY;
}

/* Of `node->field` in the record that node->left points to, or in the context. */
struct operand lower_address(struct lower *l, const struct node *node)
{
	struct operand base = node->left ? lower_scalar(l, node->left) : ir_context(l->f);

	return node->field.offset ? ir_binary(l->f, OP_add, base, ir_const(node->field.offset))
				  : base;
}

/* ---- helpers that read -------------------------------------------------- */

static struct operand read_in(struct lower *l, bool is_user, bool is_string, struct operand to,
			      struct operand size, struct operand address)
{
	static const int32_t helpers[2][2] = {
		{BPF_FUNC_probe_read_kernel, BPF_FUNC_probe_read_kernel_str},
		{BPF_FUNC_probe_read_user, BPF_FUNC_probe_read_user_str},
	};

	return ir_call(l->f, helpers[is_user][is_string], 3, to, size, address);
}

/* The upper half of the addresses is the kernel's. */
static struct operand read_anywhere(struct lower *l, bool is_string, struct operand to,
				    struct operand size, struct operand address)
{
	struct block *kernel = ir_block(l->f), *user = ir_block(l->f), *done = ir_block(l->f);
	uint32_t result = ir_new_temp(l->f);

	ir_branch(l->f, CMP_SLT, address, ir_const(0), kernel, user);
	ir_begin(l->f, kernel);
	ir_assign(l->f, result, read_in(l, false, is_string, to, size, address));
	ir_jump(l->f, done);
	ir_begin(l->f, user);
	ir_assign(l->f, result, read_in(l, true, is_string, to, size, address));
	ir_begin(l->f, done);
	return ir_temp(result);
}

struct operand lower_read(struct lower *l, enum space space, bool is_string, struct operand to,
			  struct operand size, struct operand address)
{
	if (space == SPACE_ANY)
		return read_anywhere(l, is_string, to, size, address);
	return read_in(l, space == SPACE_USER, is_string, to, size, address);
}

static void read_bytes_to(struct lower *l, enum space space, struct operand to, uint32_t size,
			  struct operand address)
{
	struct operand result = lower_read(l, space, false, to, ir_const(size), address);

	lower_loss_if(l, CMP_NE, result, ir_const(0), LOSS_read_failed);
}

/* ---- values ------------------------------------------------------------- */

static uint32_t load_width(uint32_t size)
{
	return size > 4 ? 8 : size > 2 ? 4 : size;
}

static struct operand extract_bits(struct lower *l, struct operand word, const struct field *field,
				   bool is_signed)
{
	uint32_t shift = field->bit_offset % 8u;

	word = ir_binary(l->f, OP_shl, word, ir_const(64 - shift - field->bit_size));
	return ir_binary(l->f, is_signed ? OP_sar : OP_shr, word, ir_const(64 - field->bit_size));
}

static struct value load_bits(struct lower *l, const struct node *node)
{
	const struct field *field = &node->field;
	uint32_t width = load_width((field->bit_offset % 8u + field->bit_size + 7) / 8);
	struct operand slot = ir_slot_at(ir_slot(l->f, "read", 8, 8), 0);
	struct operand address = address_add(l, lower_address(l, node), field->bit_offset / 8);

	read_bytes_to(l, node_space(l, node->left), slot, width, address);
	return scalar_value(node->type, extract_bits(l, ir_load(l->f, slot, 0, width, false), field,
						     node->type->is_signed));
}

static struct value load_memory(struct lower *l, const struct type *type, enum space space,
				struct operand address, struct operand to)
{
	to = memory_for(l, type, to);
	read_bytes_to(l, space, to, type->size, address);
	return memory_value(type, to);
}

static struct value load_scalar(struct lower *l, const struct type *type, enum space space,
				struct operand address)
{
	struct operand slot = ir_slot_at(ir_slot(l->f, "read", 8, 8), 0);

	read_bytes_to(l, space, slot, type->size, address);
	return scalar_value(type, ir_load(l->f, slot, 0, type->size, type->is_signed));
}

struct value lower_load(struct lower *l, const struct node *node, struct operand to)
{
	enum space space = node_space(l, node->left);
	struct value value;

	if (lower_task_load(l, node, &value))
		return value;
	if (node->field.bit_size)
		return load_bits(l, node);
	if (type_in_memory(node->type))
		return load_memory(l, node->type, space, lower_address(l, node), to);
	return load_scalar(l, node->type, space, lower_address(l, node));
}

struct value lower_context(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *type = node->type;
	struct operand context = ir_context(l->f), address;

	/* The verifier takes only aligned loads of a context. */
	if (!type_in_memory(type) && node->number % type->size == 0)
		return scalar_value(type, ir_load(l->f, context, (int32_t)node->number, type->size,
						  type->is_signed));
	address = address_add(l, context, node->number);
	if (type_in_memory(type))
		return load_memory(l, type, SPACE_KERNEL, address, to);
	return load_scalar(l, type, SPACE_KERNEL, address);
}

/* ---- text --------------------------------------------------------------- */

static struct operand data_loc_address(struct lower *l, const struct node *node)
{
	struct operand context = ir_context(l->f);
	struct operand where = ir_load(l->f, context, (int32_t)node->number, 4, false);

	/* The low half is the offset, the upper the length. */
	where = ir_binary(l->f, OP_and, where, ir_const(0xffff));
	return ir_binary(l->f, OP_add, context, where);
}

static void place_of_array(struct lower *l, const struct node *array, struct text_place *place)
{
	place->space = SPACE_KERNEL;
	if (array->kind == NODE_load) {
		place->space = node_space(l, array->left);
		place->address = lower_address(l, array);
	} else if (array->kind == NODE_context) {
		place->address = address_add(l, ir_context(l->f), array->number);
	} else {
		place->address = lower_memory(l, array);
	}
	if (array->type->size < place->limit)
		place->limit = array->type->size;
}

static bool is_array_text(const struct node *node)
{
	return node->kind == NODE_convert && node->type->kind == KIND_string &&
	       node->left->type->kind == KIND_array;
}

bool text_place_of(struct lower *l, const struct node *node, struct text_place *place)
{
	bool is_str = node->kind == NODE_call && node->function->id == FUNCTION_str;

	*place = (struct text_place){.limit = node->type->size};
	if (is_str) {
		place->space = node_space(l, node->list);
		place->address = lower_scalar(l, node->list);
		if (node->list->next)
			place->length = lower_scalar(l, node->list->next);
	} else if (node->kind == NODE_data_loc) {
		place->space = SPACE_KERNEL;
		place->address = data_loc_address(l, node);
	} else if (is_array_text(node)) {
		place_of_array(l, node->left, place);
		return true;
	} else {
		return false;
	}
	place->by_default = place->length.kind == OPERAND_NONE && place->limit == l->c->max_strlen;
	return true;
}

/* `length`, but no more than the limit. */
static struct operand bounded_length(struct lower *l, const struct text_place *place)
{
	struct block *above = ir_block(l->f), *within = ir_block(l->f);
	uint32_t bounded;

	if (place->length.kind == OPERAND_NONE)
		return ir_const(place->limit);
	bounded = ir_new_temp(l->f);
	ir_assign(l->f, bounded, place->length);
	ir_branch(l->f, CMP_UGT, ir_temp(bounded), ir_const(place->limit), above, within);
	ir_begin(l->f, above);
	ir_assign(l->f, bounded, ir_const(place->limit));
	ir_begin(l->f, within);
	return ir_temp(bounded);
}

struct operand text_read(struct lower *l, const struct text_place *place, struct operand to)
{
	return lower_read(l, place->space, true, to, bounded_length(l, place), place->address);
}

void text_cut(struct lower *l, const struct text_place *place, struct operand result)
{
	if (place->by_default)
		lower_loss_if(l, CMP_EQ, result, ir_const(place->limit), LOSS_string_cut);
}

void text_read_padded(struct lower *l, const struct text_place *place, struct operand to,
		      uint32_t size)
{
	struct operand result;

	ir_zero(l->f, to, 0, size);
	result = text_read(l, place, to);
	lower_loss_if(l, CMP_SLT, result, ir_const(0), LOSS_read_failed);
	text_cut(l, place, result);
}

struct value lower_text(struct lower *l, const struct node *node, struct operand to)
{
	struct text_place place;

	if (node_is_task_comm(node))
		return lower_comm(l, node->type, to);
	to = memory_for(l, node->type, to);
	text_place_of(l, node, &place);
	text_read_padded(l, &place, to, node->type->size);
	return memory_value(node->type, to);
}
