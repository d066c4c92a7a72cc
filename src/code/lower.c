/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checked script in, one function for each of its probes out, together with the maps
 * and records they use: whatever the script does not need is not made.
 */
#include "code/lower.h"

uint32_t program_add_map(struct compilation *c, struct program *program, const struct map_spec *map)
{
	struct map_spec *maps = arena_array(c->arena, struct map_spec, program->map_count + 1);

	for (uint32_t i = 0; i < program->map_count; i++)
		maps[i] = program->maps[i];
	maps[program->map_count] = *map;
	program->maps = maps;
	return program->map_count++;
}

/* ---- losses ------------------------------------------------------------- */

static uint32_t ledger(struct lower *l)
{
	struct program *program = l->program;

	if (program->ledger == UINT32_MAX)
		program->ledger = program_add_map(
			l->c, program,
			&(struct map_spec){.role = MAP_LEDGER,
					   .name = "ledger",
					   .bpf_type = BPF_MAP_TYPE_ARRAY,
					   .key_size = 4,
					   .value_size = program->probe_count * LOSS_COUNT * 8,
					   .max_entries = 1});
	return program->ledger;
}

void lower_loss(struct lower *l, enum loss loss)
{
	uint32_t counter = l->probe->index * LOSS_COUNT + loss;

	ir_atomic_add(l->f, ir_map_value(ledger(l), (int64_t)counter * 8), 0, 8, ir_const(1));
}

void lower_loss_if(struct lower *l, enum compare compare, struct operand a, struct operand b,
		   enum loss loss)
{
	struct block *lost = ir_block(l->f), *next = ir_block(l->f);

	ir_branch_unlikely(l->f, compare, a, b, lost, next);
	ir_begin(l->f, lost);
	lower_loss(l, loss);
	ir_begin(l->f, next);
}

/* ---- statements --------------------------------------------------------- */

static struct operand variable_at(struct lower *l, const struct variable *variable)
{
	struct operand *at = &l->variables[variable->id];

	if (at->kind != OPERAND_NONE)
		return *at;
	if (type_in_memory(variable->type))
		*at = ir_slot_at(ir_slot(l->f, variable->name, variable->type->size, 8), 0);
	else
		*at = ir_temp(ir_new_temp(l->f));
	return *at;
}

static void assign_memory(struct lower *l, const struct node *node)
{
	const struct variable *variable = node->left->variable;
	struct operand at;

	/* What reads the variable must see it whole. */
	if (node_mentions(node->right, variable, NULL)) {
		at = lower_memory(l, node->right);
		ir_copy(l->f, variable_at(l, variable), 0, at, variable->type->size);
		return;
	}
	lower_store(l, node->right, variable_at(l, variable), variable->type->size);
}

static struct operand assigned_value(struct lower *l, const struct node *node)
{
	const struct type *type = node->left->variable->type;
	struct operand value = lower_scalar(l, node->right);

	if (node->op == TOKEN_assign)
		return value;
	value = lower_operation(l, token_rows[node->op].base, node->type,
				lower_scalar(l, node->left), value);
	return type->size < 8 ? ir_extend(l->f, value, type->size, type->is_signed) : value;
}

static void lower_assign(struct lower *l, const struct node *node)
{
	struct operand value;

	if (node->left->kind == NODE_map) {
		lower_map_assign(l, node);
	} else if (type_in_memory(node->left->variable->type)) {
		assign_memory(l, node);
	} else {
		value = assigned_value(l, node);
		ir_assign(l->f, variable_at(l, node->left->variable).id, value);
	}
}

static void lower_statement(struct lower *l, const struct node *node);

static void lower_if(struct lower *l, const struct node *node)
{
	struct block *then = ir_block(l->f), *done = ir_block(l->f);
	struct block *otherwise = node->third ? ir_block(l->f) : done;
	struct known_read *reads = l->reads;

	lower_condition(l, node->left, then, otherwise);
	ir_begin(l->f, then);
	lower_statement(l, node->right);
	l->reads = reads;
	if (node->third) {
		ir_jump(l->f, done);
		ir_begin(l->f, otherwise);
		lower_statement(l, node->third);
		l->reads = reads;
	}
	ir_begin(l->f, done);
}

static bool is_join(const struct node *node)
{
	return node->kind == NODE_call && node->function->id == FUNCTION_join;
}

static void lower_effect(struct lower *l, const struct node *node)
{
	if (is_join(node))
		lower_record(l, ACTION_join, node);
	else
		lower_expression(l, node, NOWHERE);
}

static void lower_statement(struct lower *l, const struct node *node)
{
	l->f->range = node->range;
	switch (node->kind) {
	case NODE_assign:
		lower_assign(l, node);
		break;
	case NODE_expression:
		lower_effect(l, node->left);
		break;
	case NODE_if:
		lower_if(l, node);
		break;
	case NODE_block:
		for (const struct node *each = node->list; each; each = each->next)
			lower_statement(l, each);
		break;
	case NODE_return:
		ir_jump(l->f, l->exit);
		break;
	default:
		break;
	}
}

/* ---- probes ------------------------------------------------------------- */

static uint32_t control(struct lower *l)
{
	struct program *program = l->program;

	if (program->control == UINT32_MAX)
		program->control =
			program_add_map(l->c, program,
					&(struct map_spec){.role = MAP_CONTROL,
							   .name = "control",
							   .bpf_type = BPF_MAP_TYPE_ARRAY,
							   .key_size = 4,
							   .value_size = 8,
							   .max_entries = 1});
	return program->control;
}

/*
 * Detaching takes the kernel long.  So that maps stand still while they are read and
 * END's output is the last, what stays attached does nothing once the session ends.
 */
static void return_when_stopped(struct lower *l)
{
	struct block *stopped = ir_block(l->f), *goes_on = ir_block(l->f);
	struct operand word = ir_load(l->f, ir_map_value(control(l), 0), 0, 8, false);

	ir_branch_unlikely(l->f, CMP_NE, word, ir_const(0), stopped, goes_on);
	ir_begin(l->f, stopped);
	ir_return(l->f, ir_const(0));
	ir_begin(l->f, goes_on);
}

static struct function_ir *lower_probe(struct lower *l, const struct probe *probe)
{
	struct block *body;

	l->probe = probe;
	l->f = ir_function(l->c->arena, probe->name, probe_types[probe->type].bpf_type);
	l->variables = arena_array(l->c->arena, struct operand, probe->variable_count);
	l->reads = NULL;
	l->tailed = UINT32_MAX;
	l->exit = ir_block(l->f);
	body = ir_block(l->f);
	if (probe->type != PROBE_begin && probe->type != PROBE_end)
		return_when_stopped(l);
	if (probe->predicate)
		lower_condition(l, probe->predicate, body, l->exit);
	ir_begin(l->f, body);
	lower_statement(l, probe->body);
	ir_begin(l->f, l->exit);
	ir_return(l->f, ir_const(0));
	return l->f;
}

static void add_probes(struct lower *l)
{
	struct program *program = l->program;

	program->probe_count = l->script->probe_count;
	program->probes = arena_array(l->c->arena, struct program_probe, program->probe_count);
	for (const struct probe *probe = l->script->probes; probe; probe = probe->next)
		program->probes[probe->index] = (struct program_probe){
			.name = probe->name,
			.bpf_type = probe_types[probe->type].bpf_type,
			.points = probe->points,
			.point_count = probe->point_count,
		};
}

struct function_ir **lower_script(struct compilation *c, const struct script *script,
				  struct program *program)
{
	struct function_ir **functions =
		arena_array(c->arena, struct function_ir *, script->probe_count);
	struct lower l = {.c = c, .program = program, .script = script, .zeroes = UINT32_MAX};

	*program = (struct program){.rings = UINT32_MAX,
				    .ledger = UINT32_MAX,
				    .control = UINT32_MAX,
				    .probe_names = script->probe_names,
				    .probe_name_count = script->probe_name_count};
	lower_maps(&l);
	add_probes(&l);
	for (const struct probe *probe = script->probes; probe; probe = probe->next)
		functions[probe->index] = lower_probe(&l, probe);
	return functions;
}
