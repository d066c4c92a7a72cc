/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IR as text:
 *   map "@name" ROLE TYPE key 8 value 8 entries 4096 flags 0 [per_cpu]
 *   probe "NAME" PROGRAM-TYPE, then its `point`s, its `slot`s and its blocks `.0:` ...
 * Operands are t1, 42, &slot.0+8 (an address), map:@name and value:@name+8 (an address).
 * ir_parse.c reads all of it back; '#' starts a comment.
 */
#include <ctype.h>

#include "code/ir_words.h"
#include "code/passes.h"

struct printer {
	struct text *out;
	const struct program *program; /* NULL: maps by number */
	const struct allocation *allocation; /* not NULL: registers instead of temps */
	const struct function_ir *f;
};

static void print_word(struct text *out, const struct ir_word *words, uint32_t value)
{
	const char *name = ir_word_name(words, value);

	if (name)
		text_string(out, name);
	else
		text_unsigned(out, value);
}

static void print_quoted(struct text *out, const char *string)
{
	text_char(out, '"');
	for (; *string; string++) {
		unsigned char c = (unsigned char)*string;

		if (c < ' ' || c == '"' || c == '\\')
			text_printf(out, "\\x%02x", c);
		else
			text_char(out, *string);
	}
	text_char(out, '"');
}

/* ---- operands ----------------------------------------------------------- */

static bool is_word(const char *name)
{
	for (; name && (isalnum((unsigned char)*name) || *name == '_' || *name == '@'); name++)
		;
	return name && !*name;
}

static const char *slot_name(const struct function_ir *f, uint32_t slot)
{
	const char *name = slot < f->slot_count ? f->slots[slot].name : NULL;

	return name && *name && is_word(name) && *name != '@' ? name : "slot";
}

static void print_map_name(const struct printer *p, const char *prefix, uint32_t map)
{
	const char *name =
		p->program && map < p->program->map_count ? p->program->maps[map].name : NULL;

	if (name && *name && is_word(name) && !isdigit((unsigned char)*name))
		text_printf(p->out, "%s:%s", prefix, name);
	else
		text_printf(p->out, "%s:%u", prefix, map);
}

static void print_plus(const struct printer *p, int64_t value)
{
	if (value)
		text_printf(p->out, "%+lld", (long long)value);
}

static void print_temp(const struct printer *p, uint32_t temp)
{
	if (p->allocation)
		text_printf(p->out, "r%d", p->allocation->registers[temp]);
	else
		text_printf(p->out, "t%u", temp);
}

static void print_operand(const struct printer *p, const struct operand *o)
{
	switch (o->kind) {
	case OPERAND_NONE:
		text_string(p->out, "none");
		break;
	case OPERAND_TEMP:
		print_temp(p, o->id);
		break;
	case OPERAND_CONST:
		text_signed(p->out, o->value);
		break;
	case OPERAND_SLOT:
		text_printf(p->out, "&%s.%u", slot_name(p->f, o->id), o->id);
		print_plus(p, o->value);
		break;
	case OPERAND_MAP:
		print_map_name(p, "map", o->id);
		break;
	case OPERAND_MAP_VALUE:
		print_map_name(p, "value", o->id);
		print_plus(p, o->value);
		break;
	}
}

/* ---- instructions ------------------------------------------------------- */

static bool has_width(enum op op)
{
	return op == OP_load || op == OP_store || op == OP_extend || op == OP_swap ||
	       op == OP_atomic_add;
}

static void print_arguments(const struct printer *p, const struct instruction *i)
{
	const char *name = helper_name(i->helper);

	if (name)
		text_printf(p->out, " %s", name);
	else
		text_printf(p->out, " %d", i->helper);
	for (uint32_t n = 0; n < i->arg_count; n++) {
		text_string(p->out, n ? ", " : " ");
		print_operand(p, &i->args[n]);
	}
}

static void print_instruction(const struct printer *p, const struct instruction *i)
{
	text_char(p->out, '\t');
	if (i->to) {
		print_temp(p, i->to);
		text_string(p->out, " = ");
	}
	print_word(p->out, ir_ops, i->op);
	if (i->op == OP_call)
		print_arguments(p, i);
	if (has_width(i->op))
		text_printf(p->out, " %u%s", i->width, i->is_signed ? " signed" : "");
	if (i->op == OP_copy || i->op == OP_zero)
		text_printf(p->out, " %u", i->size);
	if (i->op == OP_set)
		text_printf(p->out, " %s", ir_word_name(ir_compares, i->compare));
	if (i->a.kind) {
		text_char(p->out, ' ');
		print_operand(p, &i->a);
	}
	if (i->offset)
		text_printf(p->out, " %c %lld", i->offset < 0 ? '-' : '+',
			    i->offset < 0 ? -(long long)i->offset : i->offset);
	if (i->b.kind) {
		text_string(p->out, ", ");
		print_operand(p, &i->b);
	}
	text_char(p->out, '\n');
}

static void print_end(const struct printer *p, const struct block *block)
{
	if (block->end == END_RETURN) {
		text_string(p->out, "\treturn ");
		print_operand(p, &block->a);
	} else if (block->end == END_JUMP) {
		text_printf(p->out, "\tjump .%u", block->then ? block->then->id : UINT32_MAX);
	} else {
		text_printf(p->out, "\tbranch %s ", ir_word_name(ir_compares, block->compare));
		print_operand(p, &block->a);
		text_string(p->out, ", ");
		print_operand(p, &block->b);
		text_printf(p->out, " ? .%u : .%u%s", block->then->id, block->otherwise->id,
			    block->unlikely_then ? " unlikely" : "");
	}
	text_char(p->out, '\n');
}

static void print_function(struct printer *p)
{
	for (uint32_t n = 0; n < p->f->slot_count; n++) {
		const struct slot *slot = &p->f->slots[n];

		text_printf(p->out, "\tslot %s.%u %u align %u%s", slot_name(p->f, n), n, slot->size,
			    slot->align, slot->in_scratch ? " scratch" : "");
		if (p->allocation)
			text_printf(p->out, " at %d", slot->offset);
		text_char(p->out, '\n');
	}
	for (uint32_t b = 0; b < p->f->block_count; b++) {
		const struct block *block = p->f->blocks[b];

		text_printf(p->out, ".%u:\n", block->id);
		for (uint32_t n = 0; n < block->count; n++)
			print_instruction(p, &block->list[n]);
		print_end(p, block);
	}
}

/* ---- what is around it -------------------------------------------------- */

static void print_map(struct text *out, const struct map_spec *map)
{
	text_string(out, "map ");
	print_quoted(out, map->name ? map->name : "");
	text_char(out, ' ');
	print_word(out, ir_map_roles, map->role);
	text_char(out, ' ');
	print_word(out, ir_map_types, map->bpf_type);
	text_printf(out, " key %u value %u entries %u flags %u%s\n", map->key_size, map->value_size,
		    map->max_entries, map->flags, map->per_cpu ? " per_cpu" : "");
}

static void print_point(struct text *out, const struct attach_point *point)
{
	text_string(out, "\tpoint ");
	print_word(out, ir_points, point->kind);
	if (point->name) {
		text_char(out, ' ');
		print_quoted(out, point->name);
	}
	if (point->symbol) {
		text_string(out, " symbol ");
		print_quoted(out, point->symbol);
	}
	if (point->offset)
		text_printf(out, " offset %llu", (unsigned long long)point->offset);
	if (point->kind == POINT_PERF_ONE || point->kind == POINT_PERF_ALL)
		text_printf(out, " type %u config %llu period %llu", point->perf_type,
			    (unsigned long long)point->perf_config,
			    (unsigned long long)point->period);
	if (point->is_frequency)
		text_string(out, " frequency");
	if (point->is_return)
		text_string(out, " return");
	text_char(out, '\n');
}

void ir_print(const struct program *program, struct function_ir *const *functions, struct text *out)
{
	struct printer p = {.out = out, .program = program};

	for (uint32_t n = 0; n < program->map_count; n++)
		print_map(out, &program->maps[n]);
	if (program->ring_count)
		text_printf(out, "rings %u size %u\n", program->ring_count, program->ring_size);
	for (uint32_t n = 0; n < program->probe_count; n++) {
		const struct program_probe *probe = &program->probes[n];

		text_string(out, n || program->map_count ? "\nprobe " : "probe ");
		print_quoted(out, probe->name ? probe->name : "");
		text_char(out, ' ');
		print_word(out, ir_program_types, probe->bpf_type);
		text_char(out, '\n');
		for (uint32_t k = 0; k < probe->point_count; k++)
			print_point(out, &probe->points[k]);
		p.f = functions[n];
		print_function(&p);
	}
}

void alloc_print(const struct function_ir *f, const struct allocation *allocation, struct text *out)
{
	struct printer p = {.out = out, .allocation = allocation, .f = f};

	text_string(out, "probe ");
	print_quoted(out, f->name ? f->name : "");
	text_printf(out, " stack %d\n", allocation->stack_used);
	print_function(&p);
}
