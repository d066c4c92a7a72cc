/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions to temps, or to memory where their kind lies in memory.  Conditions become
 * branches, so that a comparison is never a number first.  What is made in memory is
 * made where it is needed whenever possible, and copied otherwise.
 */
#include "code/lower.h"

#include <string.h>

/* ---- values ------------------------------------------------------------- */

bool type_in_memory(const struct type *type)
{
	switch (type->kind) {
	case KIND_array:
	case KIND_record:
	case KIND_string:
	case KIND_tuple:
	case KIND_kstack:
	case KIND_ustack:
	case KIND_usym:
		return true;
	default:
		return false;
	}
}

uint32_t stored_size(const struct type *type)
{
	return type_in_memory(type) || kind_is_aggregate(type->kind) ? type->size : 8;
}

struct value scalar_value(const struct type *type, struct operand value)
{
	return (struct value){.type = type, .at = value};
}

struct value memory_value(const struct type *type, struct operand address)
{
	return (struct value){.type = type, .in_memory = true, .at = address};
}

struct operand address_add(struct lower *l, struct operand base, int64_t offset)
{
	if (base.kind == OPERAND_TEMP)
		return offset ? ir_binary(l->f, OP_add, base, ir_const(offset)) : base;
	base.value += offset;
	return base;
}

struct operand memory_for(struct lower *l, const struct type *type, struct operand to)
{
	if (to.kind != OPERAND_NONE)
		return to;
	return ir_slot_at(ir_slot(l->f, kind_names[type->kind], type->size, 8), 0);
}

static bool is_same(struct operand a, struct operand b)
{
	return a.kind == b.kind && a.id == b.id && a.value == b.value;
}

/* ---- equal trees -------------------------------------------------------- */

static bool list_is_pure(const struct node *list)
{
	for (; list; list = list->next)
		if (!node_is_pure(list))
			return false;
	return true;
}

static bool builtin_is_pure(enum builtin_id id)
{
	return id == BUILTIN_pid || id == BUILTIN_tid || id == BUILTIN_uid || id == BUILTIN_gid ||
	       id == BUILTIN_comm || id == BUILTIN_cpu || id == BUILTIN_curtask;
}

bool node_is_pure(const struct node *node)
{
	if (!node)
		return true;
	switch (node->kind) {
	case NODE_integer:
	case NODE_boolean:
	case NODE_string:
	case NODE_context:
		return true;
	case NODE_builtin:
		return builtin_is_pure(node->builtin->id);
	case NODE_tuple:
		return list_is_pure(node->list);
	case NODE_unary:
	case NODE_binary:
	case NODE_convert:
		return node_is_pure(node->left) && node_is_pure(node->right);
	default:
		return false;
	}
}

static bool list_equal(const struct node *a, const struct node *b)
{
	for (; a && b; a = a->next, b = b->next)
		if (!node_equal(a, b))
			return false;
	return a == b;
}

bool node_equal(const struct node *a, const struct node *b)
{
	if (!a || !b)
		return a == b;
	return a->kind == b->kind && a->op == b->op && a->type == b->type && a->map == b->map &&
	       a->number == b->number && a->builtin == b->builtin && a->text.size == b->text.size &&
	       (!a->text.size || !memcmp(a->text.data, b->text.data, a->text.size)) &&
	       node_equal(a->left, b->left) && node_equal(a->right, b->right) &&
	       list_equal(a->list, b->list);
}

bool node_mentions(const struct node *node, const struct variable *variable, const struct map *map)
{
	if (!node)
		return false;
	if ((variable && node->variable == variable) || (map && node->map == map))
		return true;
	for (const struct node *element = node->list; element; element = element->next)
		if (node_mentions(element, variable, map))
			return true;
	return node_mentions(node->left, variable, map) ||
	       node_mentions(node->right, variable, map) ||
	       node_mentions(node->third, variable, map);
}

/* ---- leaves ------------------------------------------------------------- */

static struct value lower_number(struct lower *l, const struct node *node, struct operand to)
{
	(void)l;
	(void)to;
	return scalar_value(node->type, ir_const(node->number));
}

static uint64_t word_at(struct span text, uint32_t at, uint32_t width)
{
	uint64_t word = 0;

	if (at < text.size)
		memcpy(&word, (const char *)text.data + at,
		       text.size - at < width ? text.size - at : width);
	return word;
}

void store_text(struct lower *l, struct operand to, struct span text, uint32_t size)
{
	uint32_t at = 0;

	while (at < size && at < text.size) {
		uint32_t width = size - at >= 8 ? 8 : size - at >= 4 ? 4 : size - at >= 2 ? 2 : 1;

		ir_store(l->f, to, (int32_t)at, width, ir_const((int64_t)word_at(text, at, width)));
		at += width;
	}
	ir_zero(l->f, to, (int32_t)at, size - at);
}

static struct value lower_text_literal(struct lower *l, const struct node *node, struct operand to)
{
	to = memory_for(l, node->type, to);
	store_text(l, to, node->text, node->type->size);
	return memory_value(node->type, to);
}

static struct value lower_variable(struct lower *l, const struct node *node, struct operand to)
{
	const struct variable *variable = node->variable;
	struct operand at = l->variables[variable->id];

	(void)to;
	if (type_in_memory(variable->type))
		return memory_value(variable->type, at);
	/* A copy: the variable may be assigned before this value is used. */
	return scalar_value(variable->type, ir_unary(l->f, OP_move, at));
}

/* ---- arithmetic --------------------------------------------------------- */

static const enum op operations[] = {
	[ARITH_ADD] = OP_add,  [ARITH_SUB] = OP_sub, [ARITH_MUL] = OP_mul, [ARITH_DIV] = OP_udiv,
	[ARITH_MOD] = OP_umod, [ARITH_AND] = OP_and, [ARITH_OR] = OP_or,   [ARITH_XOR] = OP_xor,
	[ARITH_SHL] = OP_shl,  [ARITH_SHR] = OP_shr,
};

static const enum compare compares[] = {
	[ARITH_EQ] = CMP_EQ,  [ARITH_NE] = CMP_NE,  [ARITH_LT] = CMP_ULT,
	[ARITH_LE] = CMP_ULE, [ARITH_GT] = CMP_UGT, [ARITH_GE] = CMP_UGE,
};

static enum op operation_of(enum token_kind token, bool is_signed)
{
	enum op op = operations[token_rows[token].arith];

	if (!is_signed)
		return op;
	return op == OP_udiv ? OP_sdiv : op == OP_umod ? OP_smod : op == OP_shr ? OP_sar : op;
}

static enum compare compare_of(enum token_kind token, bool is_signed)
{
	enum compare compare = compares[token_rows[token].arith];

	return is_signed && compare >= CMP_ULT ? compare + (CMP_SLT - CMP_ULT) : compare;
}

struct operand lower_operation(struct lower *l, enum token_kind op, const struct type *type,
			       struct operand a, struct operand b)
{
	return ir_binary(l->f, operation_of(op, type->is_signed), a, b);
}

/* A bool by way of branches. */
static struct value truth_value(struct lower *l, const struct node *node)
{
	struct block *yes = ir_block(l->f), *no = ir_block(l->f), *done = ir_block(l->f);
	struct known_read *reads = l->reads;
	uint32_t result = ir_new_temp(l->f);

	lower_condition(l, node, yes, no);
	l->reads = reads;
	ir_begin(l->f, yes);
	ir_assign(l->f, result, ir_const(1));
	ir_jump(l->f, done);
	ir_begin(l->f, no);
	ir_assign(l->f, result, ir_const(0));
	ir_begin(l->f, done);
	return scalar_value(node->type, ir_temp(result));
}

static struct value lower_binary(struct lower *l, const struct node *node, struct operand to)
{
	bool is_signed = node->left->type->is_signed;
	int arith = token_rows[node->op].arith;
	struct operand a, b;

	(void)to;
	if (arith < 0 || node->left->type->kind == KIND_string)
		return truth_value(l, node);
	a = lower_scalar(l, node->left);
	b = lower_scalar(l, node->right);
	if (arith >= ARITH_EQ)
		return scalar_value(node->type,
				    ir_set(l->f, compare_of(node->op, is_signed), a, b));
	return scalar_value(node->type, lower_operation(l, node->op, node->left->type, a, b));
}

static struct value lower_unary(struct lower *l, const struct node *node, struct operand to)
{
	struct operand a = lower_scalar(l, node->left);

	(void)to;
	switch (node->op) {
	case TOKEN_not:
		return scalar_value(node->type, ir_set(l->f, CMP_EQ, a, ir_const(0)));
	case TOKEN_minus:
		return scalar_value(node->type, ir_unary(l->f, OP_neg, a));
	default:
		return scalar_value(node->type, ir_unary(l->f, OP_not, a));
	}
}

/* ++ and -- of a variable. */
static struct value lower_step(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *type = node->left->type;
	int64_t step = type->kind == KIND_pointer && type->of->size ? type->of->size : 1;
	struct operand variable, before, after;

	(void)to;
	if (node->left->kind == NODE_map)
		return scalar_value(node->type, lower_map_step(l, node));
	variable = l->variables[node->left->variable->id];
	before = ir_unary(l->f, OP_move, variable);
	after = ir_binary(l->f, node->op == TOKEN_increment ? OP_add : OP_sub, before,
			  ir_const(step));
	if (type->size < 8)
		after = ir_extend(l->f, after, type->size, type->is_signed);
	ir_assign(l->f, variable.id, after);
	return scalar_value(node->type, node->number ? before : after);
}

/* ---- conversions -------------------------------------------------------- */

static void move_stored(struct lower *l, struct value value, struct operand to, uint32_t size);

/* Element by element: their capacities may differ. */
static struct value convert_tuple(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *from = node->left->type, *type = node->type;
	struct operand tuple = lower_memory(l, node->left);

	to = memory_for(l, type, to);
	ir_zero(l->f, to, 0, type->size);
	for (uint32_t i = 0; i < type->field_count; i++) {
		const struct type *element = from->fields[i].type;
		struct operand at = address_add(l, tuple, from->fields[i].offset);
		struct value value =
			type_in_memory(element)
				? memory_value(element, at)
				: scalar_value(element, ir_load(l->f, at, 0, 8, false));

		move_stored(l, value, address_add(l, to, type->fields[i].offset),
			    stored_size(type->fields[i].type));
	}
	return memory_value(type, to);
}

static struct value convert_memory(struct lower *l, const struct node *node, struct operand to)
{
	if (node->type->kind == KIND_tuple)
		return convert_tuple(l, node, to);
	if (node->left->type->kind == KIND_array)
		return lower_text(l, node, to);
	to = memory_for(l, node->type, to);
	lower_store(l, node->left, to, node->type->size);
	return memory_value(node->type, to);
}

static struct value lower_convert(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *type = node->type;
	struct operand value;

	if (type_in_memory(type))
		return convert_memory(l, node, to);
	value = lower_scalar(l, node->left);
	if (type->kind == KIND_bool && node->left->type->kind != KIND_bool)
		value = ir_set(l->f, CMP_NE, value, ir_const(0));
	else if (type->kind == KIND_int && type->size < 8)
		value = ir_extend(l->f, value, type->size, type->is_signed);
	return scalar_value(type, value);
}

/* ---- choices ------------------------------------------------------------ */

static void choose(struct lower *l, const struct node *node, struct operand to)
{
	if (type_in_memory(node->type))
		lower_store(l, node, to, node->type->size);
	else
		ir_assign(l->f, to.id, lower_scalar(l, node));
}

static struct value lower_ternary(struct lower *l, const struct node *node, struct operand to)
{
	struct block *then = ir_block(l->f), *otherwise = ir_block(l->f), *done = ir_block(l->f);
	bool in_memory = type_in_memory(node->type);
	struct known_read *reads = l->reads;

	to = in_memory ? memory_for(l, node->type, to) : ir_temp(ir_new_temp(l->f));
	lower_condition(l, node->left, then, otherwise);
	ir_begin(l->f, then);
	choose(l, node->right, to);
	ir_jump(l->f, done);
	l->reads = reads;
	ir_begin(l->f, otherwise);
	choose(l, node->third, to);
	l->reads = reads;
	ir_begin(l->f, done);
	return in_memory ? memory_value(node->type, to) : scalar_value(node->type, to);
}

/* ---- tuples and elements ------------------------------------------------ */

static struct value lower_tuple(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *type = node->type;
	const struct node *element = node->list;
	uint32_t end = 0;

	to = memory_for(l, type, to);
	for (uint32_t i = 0; i < type->field_count; i++, element = element->next) {
		const struct field *field = &type->fields[i];
		uint32_t size = stored_size(field->type);

		ir_zero(l->f, to, (int32_t)end, field->offset - end);
		lower_store(l, element, address_add(l, to, field->offset), size);
		end = field->offset + size;
	}
	ir_zero(l->f, to, (int32_t)end, type->size - end);
	return memory_value(type, to);
}

/* Of memory that is ours: a tuple's element (8 bytes for integers) or a member. */
static struct value read_own(struct lower *l, const struct type *type, struct operand at,
			     bool is_stored)
{
	if (type_in_memory(type))
		return memory_value(type, at);
	return scalar_value(type,
			    ir_load(l->f, at, 0, is_stored ? 8 : type->size, type->is_signed));
}

static struct value lower_field(struct lower *l, const struct node *node, struct operand to)
{
	struct operand base = lower_memory(l, node->left);

	(void)to;
	return read_own(l, node->type, address_add(l, base, node->field.offset),
			node->left->type->kind == KIND_tuple);
}

/* An element of an array in our memory; beyond its end it is the first. */
static struct value lower_index(struct lower *l, const struct node *node, struct operand to)
{
	const struct type *array = node->left->type;
	struct operand base = lower_memory(l, node->left), index = lower_scalar(l, node->right);
	uint32_t inside = ir_new_temp(l->f);
	struct block *bad = ir_block(l->f), *good = ir_block(l->f);

	(void)to;
	ir_assign(l->f, inside, index);
	ir_branch_unlikely(l->f, CMP_UGE, ir_temp(inside), ir_const(array->count), bad, good);
	ir_begin(l->f, bad);
	ir_assign(l->f, inside, ir_const(0));
	ir_begin(l->f, good);
	index = ir_binary(l->f, OP_mul, ir_temp(inside), ir_const(array->of->size));
	return read_own(l, node->type, ir_binary(l->f, OP_add, base, index), false);
}

/* ---- all ---------------------------------------------------------------- */

static struct value (*const lowerings[NODE_COUNT])(struct lower *l, const struct node *node,
						   struct operand to) = {
	[NODE_integer] = lower_number,	    [NODE_boolean] = lower_number,
	[NODE_string] = lower_text_literal, [NODE_variable] = lower_variable,
	[NODE_map] = lower_map_read,	    [NODE_field] = lower_field,
	[NODE_index] = lower_index,	    [NODE_unary] = lower_unary,
	[NODE_step] = lower_step,	    [NODE_binary] = lower_binary,
	[NODE_ternary] = lower_ternary,	    [NODE_call] = lower_call,
	[NODE_tuple] = lower_tuple,	    [NODE_convert] = lower_convert,
	[NODE_builtin] = lower_builtin,	    [NODE_context] = lower_context,
	[NODE_data_loc] = lower_text,	    [NODE_load] = lower_load,
};

static struct value lower_pointer(struct lower *l, const struct node *node)
{
	return scalar_value(node->type, lower_address(l, node));
}

struct value lower_expression(struct lower *l, const struct node *node, struct operand to)
{
	struct range range = l->f->range;
	struct value value;

	l->f->range = node->range;
	value = node->kind == NODE_address ? lower_pointer(l, node)
					   : lowerings[node->kind](l, node, to);
	l->f->range = range;
	return value;
}

struct operand lower_scalar(struct lower *l, const struct node *node)
{
	return lower_expression(l, node, NOWHERE).at;
}

struct operand lower_memory(struct lower *l, const struct node *node)
{
	return lower_expression(l, node, NOWHERE).at;
}

static void move_stored(struct lower *l, struct value value, struct operand to, uint32_t size)
{
	uint32_t copied = value.type->size < size ? value.type->size : size;

	if (!value.in_memory) {
		ir_store(l->f, to, 0, size, value.at);
		return;
	}
	if (!is_same(value.at, to))
		ir_copy(l->f, to, 0, value.at, copied);
	ir_zero(l->f, to, (int32_t)copied, size - copied);
}

void lower_store(struct lower *l, const struct node *node, struct operand to, uint32_t size)
{
	bool suits = node->type->size <= size;

	move_stored(l, lower_expression(l, node, suits ? to : NOWHERE), to, size);
}

/* ---- conditions --------------------------------------------------------- */

static void condition_and(struct lower *l, const struct node *node, struct block *then,
			  struct block *otherwise)
{
	struct block *second = ir_block(l->f);

	lower_condition(l, node->left, second, otherwise);
	ir_begin(l->f, second);
	lower_condition(l, node->right, then, otherwise);
}

static void condition_or(struct lower *l, const struct node *node, struct block *then,
			 struct block *otherwise)
{
	struct block *second = ir_block(l->f);
	struct known_read *reads = l->reads;

	lower_condition(l, node->left, then, second);
	l->reads = reads;
	ir_begin(l->f, second);
	lower_condition(l, node->right, then, otherwise);
	l->reads = reads;
}

static void condition_not(struct lower *l, const struct node *node, struct block *then,
			  struct block *otherwise)
{
	struct known_read *reads = l->reads;

	lower_condition(l, node->left, otherwise, then);
	l->reads = reads;
}

static void condition_compare(struct lower *l, const struct node *node, struct block *then,
			      struct block *otherwise)
{
	struct operand a, b;

	if (node->left->type->kind == KIND_string) {
		if (node->op == TOKEN_eq)
			lower_string_branch(l, node->left, node->right, UINT32_MAX, then,
					    otherwise);
		else
			lower_string_branch(l, node->left, node->right, UINT32_MAX, otherwise,
					    then);
		return;
	}
	a = lower_scalar(l, node->left);
	b = lower_scalar(l, node->right);
	ir_branch(l->f, compare_of(node->op, node->left->type->is_signed), a, b, then, otherwise);
}

static void condition_binary(struct lower *l, const struct node *node, struct block *then,
			     struct block *otherwise)
{
	if (node->op == TOKEN_land)
		condition_and(l, node, then, otherwise);
	else if (node->op == TOKEN_lor)
		condition_or(l, node, then, otherwise);
	else
		condition_compare(l, node, then, otherwise);
}

static bool is_truth_of_integer(const struct node *node)
{
	return node->kind == NODE_convert && node->type->kind == KIND_bool;
}

static bool is_condition(const struct node *node)
{
	return node->type->kind == KIND_bool && node->kind == NODE_binary;
}

void lower_condition(struct lower *l, const struct node *node, struct block *then,
		     struct block *otherwise)
{
	struct range range = l->f->range;

	while (is_truth_of_integer(node))
		node = node->left;
	l->f->range = node->range;
	if (is_condition(node))
		condition_binary(l, node, then, otherwise);
	else if (node->kind == NODE_unary && node->op == TOKEN_not)
		condition_not(l, node, then, otherwise);
	else if (node->kind == NODE_map && node->list)
		lower_map_condition(l, node, then, otherwise);
	else
		ir_branch(l->f, CMP_NE, lower_scalar(l, node), ir_const(0), then, otherwise);
	l->f->range = range;
}
