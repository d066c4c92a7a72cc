/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The current task.  Where the kernel hands out a typed pointer to it, its members are
 * read by plain loads, which the verifier knows to be safe (a fault gives zero); else by
 * helpers.  Only integers are read so: a loaded pointer that is a value by itself must
 * be a number to the verifier.
 */
#include "code/lower.h"

#include <string.h>

/* Probes that run once in a while do not repay a look at the kernel's types. */
static bool is_rare(enum probe_id type)
{
	return type == PROBE_begin || type == PROBE_end || type == PROBE_interval;
}

static bool is_direct(struct lower *l)
{
	return !is_rare(l->probe->type) && target_has(l->c->target, FEATURE_task_btf);
}

static bool task_field(struct lower *l, const char *name, struct field *field)
{
	const struct type *task;

	if (!is_direct(l))
		return false;
	task = type_by_name(l->c->types, "struct task_struct");
	return task && type_field(l->c->types, task, name, field);
}

static struct operand current_task(struct lower *l)
{
	return ir_call(l->f, BPF_FUNC_get_current_task_btf, 0);
}

struct operand lower_task_id(struct lower *l, bool process)
{
	struct field field;
	struct operand both;

	/* What users call pid is the thread group's in the kernel. */
	if (task_field(l, process ? "tgid" : "pid", &field))
		return ir_load(l->f, current_task(l), (int32_t)field.offset, 4, false);
	both = ir_call(l->f, BPF_FUNC_get_current_pid_tgid, 0);
	return process ? ir_binary(l->f, OP_shr, both, ir_const(32))
		       : ir_extend(l->f, both, 4, false);
}

/* ---- its name ----------------------------------------------------------- */

bool task_comm(struct lower *l, struct operand *address)
{
	struct field field;

	if (!task_field(l, "comm", &field) || field.type->size != 16)
		return false;
	*address = ir_binary(l->f, OP_add, current_task(l), ir_const(field.offset));
	return true;
}

struct value lower_comm(struct lower *l, const struct type *type, struct operand to)
{
	struct operand from;

	to = memory_for(l, type, to);
	if (task_comm(l, &from)) {
		ir_store(l->f, to, 0, 8, ir_load(l->f, from, 0, 8, false));
		ir_store(l->f, to, 8, 8, ir_load(l->f, from, 8, 8, false));
	} else {
		/* Linux 6.1's helper leaves what follows the terminator as it was. */
		ir_zero(l->f, to, 0, type->size);
		ir_call(l->f, BPF_FUNC_get_current_comm, 2, to, ir_const(type->size));
	}
	return memory_value(type, to);
}

/* ---- its members -------------------------------------------------------- */

/* curtask, perhaps cast to what it is. */
static bool is_current_task(const struct node *node)
{
	while (node->kind == NODE_convert && node->type->kind == KIND_pointer &&
	       node->type->of->name && !strcmp(node->type->of->name, "struct task_struct"))
		node = node->left;
	return node->kind == NODE_builtin && node->builtin->id == BUILTIN_curtask;
}

/* curtask->a->b, all of them pointers to records of the kernel. */
static bool is_task_path(const struct node *node)
{
	if (is_current_task(node))
		return true;
	return node->kind == NODE_load && node->type->kind == KIND_pointer &&
	       node->type->of->kind == KIND_record && node->type->space == SPACE_KERNEL &&
	       is_task_path(node->left);
}

static bool is_plain_integer(const struct node *load)
{
	return (load->type->kind == KIND_int || load->type->kind == KIND_bool) &&
	       !load->field.bit_size;
}

/* The pointer; goes to `missing` where one on the way is NULL, for which the verifier
 * asks. */
static struct operand walk_task_path(struct lower *l, const struct node *node,
				     struct block *missing)
{
	struct block *present = ir_block(l->f);
	struct operand base, pointer;

	if (is_current_task(node))
		return current_task(l);
	base = walk_task_path(l, node->left, missing);
	pointer = ir_load(l->f, base, (int32_t)node->field.offset, 8, false);
	ir_branch_unlikely(l->f, CMP_EQ, pointer, ir_const(0), missing, present);
	ir_begin(l->f, present);
	return pointer;
}

static struct operand load_member(struct lower *l, const struct node *load, struct operand base)
{
	return ir_load(l->f, base, (int32_t)load->field.offset, load->type->size,
		       load->type->is_signed);
}

static struct operand load_behind_pointers(struct lower *l, const struct node *load)
{
	struct block *missing = ir_block(l->f), *done = ir_block(l->f);
	uint32_t result = ir_new_temp(l->f);

	ir_assign(l->f, result, load_member(l, load, walk_task_path(l, load->left, missing)));
	ir_jump(l->f, done);
	ir_begin(l->f, missing);
	ir_assign(l->f, result, ir_const(0));
	lower_loss(l, LOSS_read_failed);
	ir_begin(l->f, done);
	return ir_temp(result);
}

bool lower_task_load(struct lower *l, const struct node *load, struct value *value)
{
	struct operand member;

	if (!is_plain_integer(load) || !is_task_path(load->left) || !is_direct(l))
		return false;
	member = is_current_task(load->left) ? load_member(l, load, current_task(l))
					     : load_behind_pointers(l, load);
	*value = scalar_value(load->type, member);
	return true;
}

bool node_is_task_comm(const struct node *node)
{
	if (node->kind == NODE_builtin)
		return node->builtin->id == BUILTIN_comm;
	return node->kind == NODE_convert && node->type->size == 16 &&
	       node->left->kind == NODE_load && node->left->field.name &&
	       !strcmp(node->left->field.name, "comm") && is_current_task(node->left->left);
}
