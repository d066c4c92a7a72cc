/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that stand alone: builtins of the language and enumerators of the kernel.  What
 * the context holds becomes a read of it.
 */
#include <ctype.h>

#include "lang/check.h"

static const struct probe_type *probe_type(const struct checker *k)
{
	return &probe_types[k->probe->probe.type];
}

/* "arg3" is a row of its own only as arg0. */
static bool argument_number(const char *name, unsigned *number)
{
	if (strncmp(name, "arg", 3) || !isdigit((unsigned char)name[3]) || name[4])
		return false;
	*number = (unsigned)(name[3] - '0');
	return true;
}

static bool may_stand_here(struct checker *k, const struct node *node, const struct builtin *row)
{
	if (row->needs & ~probe_type(k)->has) {
		error_at(k->c, node->range, DIAG_not_here, node->name, probe_type(k)->name);
		if (row->id == BUILTIN_args && probe_type(k)->has & HAS_REGISTERS)
			hint(k->c, "arguments are arg0, arg1, ... here");
		else if (row->id == BUILTIN_arg0 && probe_type(k)->has & HAS_ARGS)
			hint(k->c, "arguments are args.NAME here");
		return false;
	}
	if (row->feature < 0 || target_has(k->c->target, (enum feature)row->feature))
		return true;
	error_at(k->c, node->range, DIAG_missing_feature, node->name,
		 feature_rows[row->feature].doc);
	return false;
}

/* ---- types -------------------------------------------------------------- */

static const struct type *task_pointer(struct checker *k)
{
	const struct type *task = type_record(k->c->types, "struct task_struct", NULL, 0, 0);

	return type_pointer(k->c->types, task, SPACE_KERNEL);
}

static const struct type *builtin_type(struct checker *k, enum builtin_id id)
{
	switch (id) {
	case BUILTIN_comm:
		return type_string(k->c->types, 16);
	case BUILTIN_curtask:
		return task_pointer(k);
	case BUILTIN_kstack:
		return type_stack(k->c->types, KIND_kstack, k->c->stack_depth);
	case BUILTIN_ustack:
		return type_stack(k->c->types, KIND_ustack, k->c->stack_depth);
	default:
		return int_type(k, false);
	}
}

/* ---- reads of the context ----------------------------------------------- */

static void put_register(struct checker *k, struct node **at, uint32_t offset)
{
	replace_node(k, at, NODE_context, int_type(k, false))->number = offset;
}

static void check_registers(struct checker *k, struct node **at, const struct builtin *row,
			    unsigned number)
{
	const char *arch = target_machine(k->c->target)->arch;
	const struct cpu *cpu = cpu_find(arch);

	if (!cpu) {
		error_at(k->c, (*at)->range, DIAG_missing_feature, (*at)->name,
			 arena_printf(k->c->arena, "the registers of '%s'", arch));
	} else if (row->id == BUILTIN_retval) {
		put_register(k, at, cpu->result);
	} else if (number < cpu->argument_count) {
		put_register(k, at, cpu->arguments[number]);
	} else {
		error_at(k->c, (*at)->range, DIAG_unknown_name, (*at)->name);
		hint(k->c, "arguments in registers are arg0 to arg%u", cpu->argument_count - 1);
	}
}

static void check_context(struct checker *k, struct node **at)
{
	const struct type *nothing = type_void(k->c->types);

	replace_node(k, at, NODE_address, type_pointer(k->c->types, nothing, SPACE_KERNEL));
}

static void check_builtin(struct checker *k, struct node **at, const struct builtin *row,
			  unsigned number)
{
	struct node *node = *at;

	switch (row->id) {
	case BUILTIN_args: /* has members, but is no value itself */
		node->builtin = row;
		break;
	case BUILTIN_arg0:
	case BUILTIN_retval:
		check_registers(k, at, row, number);
		break;
	case BUILTIN_ctx:
		check_context(k, at);
		break;
	case BUILTIN_probe:
		put_number(k, at, k->probe->probe.index, type_plain(k->c->types, KIND_probe));
		break;
	default:
		node->kind = NODE_builtin;
		node->name = row->name;
		node->builtin = row;
		node->type = builtin_type(k, row->id);
	}
}

/* ---- names -------------------------------------------------------------- */

static void unknown_name(struct checker *k, const struct node *node)
{
	struct nearest nearest = nearest_to(node->name);

	error_at(k->c, node->range, DIAG_unknown_name, node->name);
	if (function_find(node->name)) {
		hint(k->c, "functions are called: %s()", node->name);
		return;
	}
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		nearest_offer(&nearest, builtins[i].name);
	if (nearest.name)
		hint(k->c, "did you mean '%s'?", nearest.name);
}

void check_identifier(struct checker *k, struct node **at)
{
	struct node *node = *at;
	const struct builtin *row = builtin_find(node->name);
	const struct type *type;
	unsigned argument = 0;
	int64_t value;

	node->type = type_none(k->c->types);
	if (argument_number(node->name, &argument))
		row = &builtins[BUILTIN_arg0];
	if (row) {
		if (may_stand_here(k, node, row))
			check_builtin(k, at, row, argument);
	} else if (!function_find(node->name) &&
		   type_enumerator(k->c->types, node->name, &value, &type)) {
		put_number(k, at, value, type);
	} else {
		unknown_name(k, node);
	}
}
