/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Builtins and functions: one lowering for each row of builtins.def and functions.def.
 * Those that show or change something in user space send a record.
 */
#include "code/lower.h"

/* ---- builtins ----------------------------------------------------------- */

static struct value call_value(struct lower *l, const struct node *node, int32_t helper)
{
	return scalar_value(node->type, ir_call(l->f, helper, 0));
}

struct value lower_builtin_pid(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return scalar_value(node->type, lower_task_id(l, true));
}

struct value lower_builtin_tid(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return scalar_value(node->type, lower_task_id(l, false));
}

struct value lower_builtin_uid(struct lower *l, const struct node *node, struct operand to)
{
	struct operand both = ir_call(l->f, BPF_FUNC_get_current_uid_gid, 0);

	(void)to;
	return scalar_value(node->type, ir_extend(l->f, both, 4, false));
}

struct value lower_builtin_gid(struct lower *l, const struct node *node, struct operand to)
{
	struct operand both = ir_call(l->f, BPF_FUNC_get_current_uid_gid, 0);

	(void)to;
	return scalar_value(node->type, ir_binary(l->f, OP_shr, both, ir_const(32)));
}

struct value lower_builtin_comm(struct lower *l, const struct node *node, struct operand to)
{
	return lower_comm(l, node->type, to);
}

struct operand lower_now(struct lower *l)
{
	bool boot = target_has(l->c->target, FEATURE_boot_clock);

	return ir_call(l->f, boot ? BPF_FUNC_ktime_get_boot_ns : BPF_FUNC_ktime_get_ns, 0);
}

struct value lower_builtin_nsecs(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return scalar_value(node->type, lower_now(l));
}

struct value lower_builtin_elapsed(struct lower *l, const struct node *node, struct operand to)
{
	int64_t opened = (int64_t)target_machine(l->c->target)->opened;

	(void)to;
	return scalar_value(node->type, ir_binary(l->f, OP_sub, lower_now(l), ir_const(opened)));
}

struct value lower_builtin_cpu(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return call_value(l, node, BPF_FUNC_get_smp_processor_id);
}

struct value lower_builtin_rand(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return call_value(l, node, BPF_FUNC_get_prandom_u32);
}

/* As a number, which a typed pointer would not be to the verifier. */
struct value lower_builtin_curtask(struct lower *l, const struct node *node, struct operand to)
{
	(void)to;
	return call_value(l, node, BPF_FUNC_get_current_task);
}

/* ---- stacks ------------------------------------------------------------- */

struct operand lower_stack_read(struct lower *l, const struct type *type, struct operand to)
{
	bool is_user = type->kind == KIND_ustack;
	int64_t flags = is_user ? BPF_F_USER_STACK : 0;

	if (is_user) {
		ir_store(l->f, to, 0, 8, lower_task_id(l, true));
		to = address_add(l, to, 8);
	}
	return ir_call(l->f, BPF_FUNC_get_stack, 4, ir_context(l->f), to,
		       ir_const((int64_t)type->count * 8), ir_const(flags));
}

static struct value stack_value(struct lower *l, const struct type *type, struct operand to)
{
	struct operand result;

	to = memory_for(l, type, to);
	result = lower_stack_read(l, type, to);
	lower_loss_if(l, CMP_SLT, result, ir_const(0), LOSS_stack_failed);
	return memory_value(type, to);
}

struct value lower_builtin_kstack(struct lower *l, const struct node *node, struct operand to)
{
	return stack_value(l, node->type, to);
}

struct value lower_builtin_ustack(struct lower *l, const struct node *node, struct operand to)
{
	return stack_value(l, node->type, to);
}

struct value lower_call_kstack(struct lower *l, const struct node *call, struct operand to)
{
	return stack_value(l, call->type, to);
}

struct value lower_call_ustack(struct lower *l, const struct node *call, struct operand to)
{
	return stack_value(l, call->type, to);
}

/* ---- values ------------------------------------------------------------- */

struct value lower_call_str(struct lower *l, const struct node *call, struct operand to)
{
	return lower_text(l, call, to);
}

struct value lower_call_join(struct lower *l, const struct node *call, struct operand to)
{
	uint32_t slot = ir_slot(l->f, "join", call->type->size, 8);

	(void)to;
	l->f->slots[slot].in_scratch = true;
	ir_zero(l->f, ir_slot_at(slot, 0), 0, call->type->size);
	lower_join(l, call, ir_slot_at(slot, 0), ir_const(0));
	return memory_value(call->type, ir_slot_at(slot, 0));
}

struct value lower_call_ksym(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	return scalar_value(call->type, lower_scalar(l, call->list));
}

struct value lower_call_diskname(struct lower *l, const struct node *call, struct operand to)
{
	return lower_call_ksym(l, call, to);
}

struct value lower_call_strftime(struct lower *l, const struct node *call, struct operand to)
{
	int64_t boot_to_real = target_machine(l->c->target)->boot_to_real;
	struct operand time = lower_scalar(l, call->list->next);

	(void)to;
	return scalar_value(call->type, ir_binary(l->f, OP_add, time, ir_const(boot_to_real)));
}

struct value lower_call_usym(struct lower *l, const struct node *call, struct operand to)
{
	struct operand address = lower_scalar(l, call->list);

	to = memory_for(l, call->type, to);
	ir_store(l->f, to, 0, 8, address);
	ir_store(l->f, to, 8, 8, lower_task_id(l, true));
	return memory_value(call->type, to);
}

struct value lower_call_strncmp(struct lower *l, const struct node *call, struct operand to)
{
	const struct node *a = call->list, *b = a->next, *size = b->next;
	struct block *equal = ir_block(l->f), *differs = ir_block(l->f), *done = ir_block(l->f);
	uint32_t result = ir_new_temp(l->f);

	(void)to;
	lower_string_branch(l, a, b, (uint32_t)size->number, equal, differs);
	ir_begin(l->f, equal);
	ir_assign(l->f, result, ir_const(0));
	ir_jump(l->f, done);
	ir_begin(l->f, differs);
	ir_assign(l->f, result, ir_const(1));
	ir_begin(l->f, done);
	return scalar_value(call->type, ir_temp(result));
}

struct value lower_call_strcontains(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	return scalar_value(call->type, lower_contains(l, call->list, call->list->next));
}

struct value lower_call_delete(struct lower *l, const struct node *call, struct operand to)
{
	const struct node *node = call->list;
	struct operand key = lower_map_key(l, node), result;

	(void)to;
	result = ir_call(l->f, BPF_FUNC_map_delete_elem, 2, ir_map(node->map->index), key);
	reads_drop(l, node->map);
	return scalar_value(call->type, ir_set(l->f, CMP_EQ, result, ir_const(0)));
}

/* ---- what is done in user space ----------------------------------------- */

static struct value nothing(const struct node *call)
{
	return scalar_value(call->type, ir_const(0));
}

struct value lower_call_printf(struct lower *l, const struct node *call, struct operand to)
{
	struct record_spec *record = lower_record(l, ACTION_printf, call->list->next);
	struct span bad;

	(void)to;
	format_parse(l->c->arena, call->list->text, &record->pieces, &record->piece_count, &bad);
	return nothing(call);
}

static uint32_t number_of(const struct node *argument)
{
	return argument ? (uint32_t)argument->number : 0;
}

static struct value print_map(struct lower *l, const struct node *call)
{
	const struct node *map = call->list, *top = map->next;
	struct record_spec *record = lower_record(l, ACTION_print_map, NULL);

	record->map = map->map->index;
	record->top = number_of(top);
	record->divisor = number_of(top ? top->next : NULL);
	return nothing(call);
}

struct value lower_call_print(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	if (call->list->kind == NODE_map && !call->list->list)
		return print_map(l, call);
	lower_record(l, ACTION_print, call->list);
	return nothing(call);
}

static const char *text_of(struct lower *l, const struct node *literal)
{
	return literal ? arena_strndup(l->c->arena, literal->text.data, literal->text.size) : NULL;
}

struct value lower_call_print_log2_hist(struct lower *l, const struct node *call, struct operand to)
{
	const struct node *map = call->list, *label = map->next;
	struct record_spec *record = lower_record(l, ACTION_print_log2_hist, NULL);

	(void)to;
	record->map = map->map->index;
	record->text = text_of(l, label);
	record->heading = text_of(l, label->next);
	return nothing(call);
}

static struct value for_map(struct lower *l, const struct node *call, enum action action)
{
	struct record_spec *record = lower_record(l, action, NULL);

	record->map = call->list->map->index;
	return nothing(call);
}

struct value lower_call_clear(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	return for_map(l, call, ACTION_clear);
}

struct value lower_call_zero(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	return for_map(l, call, ACTION_zero);
}

struct value lower_call_time(struct lower *l, const struct node *call, struct operand to)
{
	struct record_spec *record = lower_record(l, ACTION_time, NULL);

	(void)to;
	record->text = text_of(l, call->list);
	return nothing(call);
}

struct value lower_call_exit(struct lower *l, const struct node *call, struct operand to)
{
	(void)to;
	lower_record(l, ACTION_exit, call->list);
	ir_jump(l->f, l->exit);
	return nothing(call);
}

/* ---- all ---------------------------------------------------------------- */

static struct value (*const builtin_lowerings[BUILTIN_COUNT])(struct lower *l,
							      const struct node *node,
							      struct operand to) = {
#define LOWERED(name, ...) [BUILTIN_##name] = lower_builtin_##name,
#include "lang/builtins.def"
};

struct value lower_builtin(struct lower *l, const struct node *node, struct operand to)
{
	return builtin_lowerings[node->builtin->id](l, node, to);
}

static struct value (*const call_lowerings[FUNCTION_COUNT])(struct lower *l,
							    const struct node *call,
							    struct operand to) = {
#define FUNCTION(name, ...) [FUNCTION_##name] = lower_call_##name,
#include "lang/functions.def"
};

struct value lower_call(struct lower *l, const struct node *node, struct operand to)
{
	return call_lowerings[node->function->id](l, node, to);
}
