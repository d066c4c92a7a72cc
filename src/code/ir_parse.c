/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading IR text (see ir_text.c): maps, probes and their functions.  Every instruction's
 * range is its place in this text, so that what the kernel refuses is shown in it.
 */
#include <string.h>

#include "code/ir_scan.h"
#include "code/passes.h"

#define MAX_TEMPS 65535
#define MAX_BLOCKS 65535
#define MAX_SLOT 32768
#define MAX_OFFSET (1 << 24)

/* A block that was named; one that is jumped to must come. */
struct label {
	struct block *block;
	uint32_t at; /* where it was first named */
	bool is_placed;
};

struct parser {
	struct scanner s;
	struct program *program;
	struct function_ir *f;
	struct label *labels; /* by number */
	uint32_t label_count;
	bool in_block, first;
	size_t map_capacity, probe_capacity, point_capacity, function_capacity;
	struct function_ir **functions;
};

/* ---- operands ----------------------------------------------------------- */

static uint32_t parse_temp_number(struct parser *p)
{
	struct scanner *s = &p->s;
	uint32_t temp;

	scan_expect(s, 't');
	temp = (uint32_t)scan_number(s, MAX_TEMPS);
	if (!s->failed && !temp)
		scan_fail(s, s->at, SCAN_EXPECTED, "a temp's number from 1 on");
	if (temp > p->f->temp_count)
		p->f->temp_count = temp;
	return temp;
}

/* What follows an address without a blank. */
static int64_t parse_plus(struct parser *p)
{
	struct scanner *s = &p->s;
	bool minus;

	if (s->at >= s->size || (s->text[s->at] != '+' && s->text[s->at] != '-'))
		return 0;
	minus = s->text[s->at++] == '-';
	return minus ? -(int64_t)scan_number(s, MAX_OFFSET) : (int64_t)scan_number(s, MAX_OFFSET);
}

static struct operand parse_slot(struct parser *p)
{
	struct scanner *s = &p->s;
	uint32_t start = s->at, slot;

	scan_expect(s, '&');
	scan_word(s);
	scan_expect(s, '.');
	slot = (uint32_t)scan_number(s, UINT32_MAX);
	if (slot >= p->f->slot_count)
		scan_fail(s, start, SCAN_UNKNOWN, "slot");
	return ir_slot_at(slot, parse_plus(p));
}

static uint32_t parse_map_number(struct parser *p)
{
	struct scanner *s = &p->s;
	uint32_t start, map;
	struct span name;

	scan_expect(s, ':');
	start = s->at;
	if (scan_peek(s) >= '0' && scan_peek(s) <= '9') {
		map = (uint32_t)scan_number(s, UINT32_MAX);
	} else {
		name = scan_word(s);
		for (map = 0; map < p->program->map_count; map++)
			if (strlen(p->program->maps[map].name) == name.size &&
			    !memcmp(p->program->maps[map].name, name.data, name.size))
				break;
	}
	if (map >= p->program->map_count)
		scan_fail(s, start, SCAN_UNKNOWN, "map");
	return map;
}

static struct operand parse_operand(struct parser *p)
{
	struct scanner *s = &p->s;

	if (scan_keyword(s, "map"))
		return ir_map(parse_map_number(p));
	if (scan_keyword(s, "value")) {
		uint32_t map = parse_map_number(p);

		return ir_map_value(map, parse_plus(p));
	}
	if (scan_peek(s) == '&')
		return parse_slot(p);
	if (scan_peek(s) == 't')
		return ir_temp(parse_temp_number(p));
	return ir_const(scan_signed(s));
}

static int32_t parse_offset(struct parser *p)
{
	if (scan_char(&p->s, '+'))
		return (int32_t)scan_number(&p->s, MAX_OFFSET);
	if (scan_char(&p->s, '-'))
		return -(int32_t)scan_number(&p->s, MAX_OFFSET);
	return 0;
}

/* ---- instructions ------------------------------------------------------- */

static uint8_t parse_width(struct parser *p, bool *is_signed)
{
	uint32_t start = p->s.at, width = (uint32_t)scan_number(&p->s, 8);

	if (width != 1 && width != 2 && width != 4 && width != 8) {
		scan_fail(&p->s, start, SCAN_EXPECTED, "a width of 1, 2, 4 or 8");
		width = 8;
	}
	*is_signed = scan_keyword(&p->s, "signed");
	return (uint8_t)width;
}

static void parse_call(struct parser *p, struct instruction *i)
{
	struct scanner *s = &p->s;
	uint32_t start;

	if (scan_peek(s) >= '0' && scan_peek(s) <= '9') {
		i->helper = (int32_t)scan_number(s, INT32_MAX);
	} else {
		struct span name;

		start = s->at;
		name = scan_word(s);
		i->helper = helper_by_name(name.data, name.size);
		if (i->helper < 0)
			scan_fail(s, start, SCAN_UNKNOWN, "helper");
	}
	while (!s->failed && scan_peek(s) && scan_peek(s) != '\n') {
		if (i->arg_count == MAX_ARGUMENTS) {
			scan_fail(s, s->at, SCAN_EXPECTED, "at most five arguments");
			return;
		}
		if (i->arg_count)
			scan_expect(s, ',');
		i->args[i->arg_count++] = parse_operand(p);
	}
}

static void parse_address(struct parser *p, struct instruction *i)
{
	i->a = parse_operand(p);
	i->offset = parse_offset(p);
}

static void parse_right(struct parser *p, struct instruction *i)
{
	scan_expect(&p->s, ',');
	i->b = parse_operand(p);
}

static void parse_operands(struct parser *p, struct instruction *i)
{
	switch (i->op) {
	case OP_context:
		break;
	case OP_move:
	case OP_neg:
	case OP_not:
		i->a = parse_operand(p);
		break;
	case OP_extend:
	case OP_swap:
		i->width = parse_width(p, &i->is_signed);
		i->a = parse_operand(p);
		break;
	case OP_load:
		i->width = parse_width(p, &i->is_signed);
		parse_address(p, i);
		break;
	case OP_store:
	case OP_atomic_add:
		i->width = parse_width(p, &i->is_signed);
		parse_address(p, i);
		parse_right(p, i);
		break;
	case OP_copy:
	case OP_zero:
		i->size = (uint32_t)scan_number(&p->s, MAX_SLOT);
		parse_address(p, i);
		if (i->op == OP_copy)
			parse_right(p, i);
		break;
	case OP_call:
		parse_call(p, i);
		break;
	case OP_set:
		i->compare = scan_choice(&p->s, ir_compares, "comparison") % (CMP_SGE + 1);
		i->a = parse_operand(p);
		parse_right(p, i);
		break;
	default:
		i->a = parse_operand(p);
		parse_right(p, i);
	}
}

static bool has_result(enum op op)
{
	return op != OP_store && op != OP_atomic_add && op != OP_copy && op != OP_zero;
}

static void parse_instruction(struct parser *p)
{
	struct scanner *s = &p->s;
	struct instruction i = {.width = 8, .range = {s->at, s->at}};
	const struct ir_word *op;
	struct span name;
	uint32_t start;

	if (scan_peek(s) == 't') {
		i.to = parse_temp_number(p);
		scan_expect(s, '=');
	}
	scan_blanks(s);
	start = s->at;
	name = scan_word(s);
	op = ir_word_find(ir_ops, name.data, name.size);
	if (!op) {
		scan_fail(s, start, SCAN_UNKNOWN, "operation");
		return;
	}
	i.op = op->value;
	if (i.op != OP_call && has_result(i.op) != (i.to != 0))
		scan_fail(s, start, SCAN_EXPECTED,
			  i.to ? "an operation that has a result" : "a temp for the result");
	parse_operands(p, &i);
	i.range.end = s->at;
	if (!s->failed)
		ir_append(p->f, &i);
}

/* ---- blocks ------------------------------------------------------------- */

/* NULL after an error. */
static struct label *parse_label(struct parser *p)
{
	struct scanner *s = &p->s;
	uint32_t start, number;
	struct label *label;

	scan_blanks(s);
	start = s->at;
	scan_expect(s, '.');
	number = (uint32_t)scan_number(s, MAX_BLOCKS);
	if (s->failed)
		return NULL;
	while (p->label_count <= number) {
		size_t capacity = p->label_count;

		p->labels = arena_grow(s->arena, p->labels, p->label_count, &capacity,
				       sizeof(*p->labels));
		memset(p->labels + p->label_count, 0,
		       (capacity - p->label_count) * sizeof(*p->labels));
		p->label_count = (uint32_t)capacity;
	}
	label = &p->labels[number];
	if (!label->block) {
		label->block = p->first ? p->f->blocks[0] : ir_block(p->f);
		label->at = start;
	}
	p->first = false;
	return label;
}

static struct block *parse_target(struct parser *p)
{
	struct label *label = parse_label(p);

	return label ? label->block : p->f->blocks[0];
}

static void parse_block_start(struct parser *p)
{
	uint32_t start = p->s.at;
	struct label *label;

	if (p->in_block)
		scan_fail(&p->s, start, SCAN_EXPECTED, "jump, branch or return before this block");
	label = parse_label(p);
	scan_expect(&p->s, ':');
	if (p->s.failed)
		return;
	if (label->is_placed)
		scan_fail(&p->s, start, SCAN_EXPECTED, "a number that no other block has");
	if (label->block == p->f->blocks[0])
		p->f->at = label->block;
	else if (!label->is_placed)
		ir_begin(p->f, label->block);
	label->is_placed = true;
	p->in_block = true;
}

static void parse_branch(struct parser *p)
{
	enum compare compare = scan_choice(&p->s, ir_compares, "comparison") % (CMP_SGE + 1);
	struct operand a = parse_operand(p), b;
	struct block *then, *otherwise;

	scan_expect(&p->s, ',');
	b = parse_operand(p);
	scan_expect(&p->s, '?');
	then = parse_target(p);
	scan_expect(&p->s, ':');
	otherwise = parse_target(p);
	if (scan_keyword(&p->s, "unlikely"))
		ir_branch_unlikely(p->f, compare, a, b, then, otherwise);
	else
		ir_branch(p->f, compare, a, b, then, otherwise);
}

static void parse_code(struct parser *p)
{
	struct scanner *s = &p->s;
	uint32_t start = s->at;
	struct block *block = p->f->at;

	if (!p->in_block) {
		scan_fail(s, start, SCAN_EXPECTED, "a block, such as .0:");
		return;
	}
	p->in_block = false;
	if (scan_keyword(s, "return")) {
		ir_return(p->f, parse_operand(p));
	} else if (scan_keyword(s, "jump")) {
		ir_jump(p->f, parse_target(p));
	} else if (scan_keyword(s, "branch")) {
		parse_branch(p);
	} else {
		p->in_block = true;
		parse_instruction(p);
		return;
	}
	block->range = (struct range){start, s->at};
}

/* ---- what is around the code -------------------------------------------- */

static uint32_t parse_named_number(struct parser *p, const char *name)
{
	if (!scan_keyword(&p->s, name))
		scan_fail(&p->s, p->s.at, SCAN_EXPECTED, name);
	return (uint32_t)scan_number(&p->s, UINT32_MAX);
}

/*
 * IR has sizes only: 8 bytes are shown as an integer (`kind`: or as the sum over CPUs, a
 * count), other sizes byte by byte.
 */
static const struct type *type_of_size(struct parser *p, uint32_t size, enum kind kind)
{
	struct type *type = arena_new_of(p->s.arena, struct type), *byte;

	*type = (struct type){.kind = kind, .size = 8, .align = 8};
	if (size == 8)
		return type;
	byte = arena_new_of(p->s.arena, struct type);
	*byte = (struct type){.kind = KIND_int, .size = 1, .align = 1};
	*type = (struct type){
		.kind = KIND_array, .size = size, .align = 1, .of = byte, .count = size};
	return type;
}

static void parse_map(struct parser *p)
{
	struct program *program = p->program;
	struct map_spec *map;

	program->maps = arena_grow(p->s.arena, program->maps, program->map_count, &p->map_capacity,
				   sizeof(*program->maps));
	map = &program->maps[program->map_count];
	*map = (struct map_spec){.name = scan_string(&p->s)};
	map->role = scan_choice(&p->s, ir_map_roles, "map role") % (MAP_ZEROES + 1);
	map->bpf_type = scan_choice(&p->s, ir_map_types, "map type");
	map->key_size = parse_named_number(p, "key");
	map->value_size = parse_named_number(p, "value");
	map->max_entries = parse_named_number(p, "entries");
	map->flags = parse_named_number(p, "flags");
	map->per_cpu = scan_keyword(&p->s, "per_cpu");
	if (map->role == MAP_RINGS)
		program->rings = program->map_count;
	if (map->role == MAP_LEDGER)
		program->ledger = program->map_count;
	if (map->role == MAP_CONTROL)
		program->control = program->map_count;
	if (map->role == MAP_USER) {
		/* an array of one is how a map without key is made */
		if (map->max_entries != 1)
			map->key = type_of_size(p, map->key_size, KIND_int);
		map->value = type_of_size(p, map->value_size, map->per_cpu ? KIND_count : KIND_int);
	}
	program->map_count++;
}

static void parse_slot_line(struct parser *p)
{
	struct scanner *s = &p->s;
	struct span name = scan_word(s);
	uint32_t start = s->at, size, align, slot;

	scan_expect(s, '.');
	if (scan_number(s, UINT32_MAX) != p->f->slot_count)
		scan_fail(s, start, SCAN_EXPECTED, "slots numbered from 0 on");
	size = (uint32_t)scan_number(s, MAX_SLOT);
	start = s->at;
	align = parse_named_number(p, "align");
	if (align != 1 && align != 2 && align != 4 && align != 8)
		scan_fail(s, start, SCAN_EXPECTED, "an alignment of 1, 2, 4 or 8");
	slot = ir_slot(p->f, arena_strndup(s->arena, name.data, name.size), size, align);
	p->f->slots[slot].in_scratch = scan_keyword(s, "scratch");
}

static void parse_point(struct parser *p)
{
	struct scanner *s = &p->s;
	struct program_probe *probe = &p->program->probes[p->program->probe_count - 1];
	struct attach_point *point;

	probe->points = arena_grow(s->arena, probe->points, probe->point_count, &p->point_capacity,
				   sizeof(*probe->points));
	point = &probe->points[probe->point_count++];
	*point = (struct attach_point){.range = {s->at, s->at}};
	point->kind = scan_choice(s, ir_points, "kind of point") % (POINT_KPROBE + 1);
	if (scan_peek(s) == '"')
		point->name = scan_string(s);
	if (scan_keyword(s, "symbol"))
		point->symbol = scan_string(s);
	if (scan_keyword(s, "offset"))
		point->offset = scan_number(s, UINT64_MAX);
	if (scan_keyword(s, "type"))
		point->perf_type = (uint32_t)scan_number(s, UINT32_MAX);
	if (scan_keyword(s, "config"))
		point->perf_config = scan_number(s, UINT64_MAX);
	if (scan_keyword(s, "period"))
		point->period = scan_number(s, UINT64_MAX);
	point->is_frequency = scan_keyword(s, "frequency");
	point->is_return = scan_keyword(s, "return");
	point->range.end = s->at;
}

/* ---- functions ---------------------------------------------------------- */

static bool is_defined(const uint8_t *definitions, const struct operand *o)
{
	return o->kind != OPERAND_TEMP || definitions[o->id];
}

/* Every temp that is read is also written somewhere. */
static void check_temps(struct parser *p)
{
	uint8_t *definitions = definition_counts(p->f);
	struct operand *operands[MAX_OPERANDS];

	for (uint32_t b = 0; b < p->f->block_count; b++) {
		struct block *block = p->f->blocks[b];

		for (uint32_t k = 0; k < block->count; k++) {
			struct instruction *i = &block->list[k];

			for (uint32_t n = instruction_operands(i, operands); n--;)
				if (!is_defined(definitions, operands[n]))
					scan_fail(&p->s, i->range.start, SCAN_UNDEFINED,
						  arena_printf(p->s.arena, "t%u", operands[n]->id));
		}
		if (!is_defined(definitions, &block->a) || !is_defined(definitions, &block->b))
			scan_fail(&p->s, block->range.start, SCAN_UNDEFINED, "a temp of this line");
	}
}

static void finish_function(struct parser *p)
{
	if (!p->f || p->s.failed)
		return;
	if (p->in_block || p->first)
		scan_fail(&p->s, p->s.at, SCAN_EXPECTED, "jump, branch or return");
	for (uint32_t n = 0; n < p->label_count; n++)
		if (p->labels[n].block && !p->labels[n].is_placed)
			scan_fail(&p->s, p->labels[n].at, SCAN_UNKNOWN, "block");
	if (!p->s.failed)
		check_temps(p);
}

static void parse_probe(struct parser *p)
{
	struct program *program = p->program;
	struct program_probe *probe;

	finish_function(p);
	program->probes = arena_grow(p->s.arena, program->probes, program->probe_count,
				     &p->probe_capacity, sizeof(*program->probes));
	probe = &program->probes[program->probe_count];
	*probe = (struct program_probe){.name = scan_string(&p->s)};
	probe->bpf_type = scan_choice(&p->s, ir_program_types, "program type");
	p->functions = arena_grow(p->s.arena, p->functions, program->probe_count,
				  &p->function_capacity, sizeof(struct function_ir *));
	p->f = ir_function(p->s.arena, probe->name, probe->bpf_type);
	p->functions[program->probe_count++] = p->f;
	p->labels = NULL;
	p->label_count = 0;
	p->point_capacity = 0;
	p->in_block = false;
	p->first = true;
}

static void parse_line(struct parser *p)
{
	struct scanner *s = &p->s;

	if (scan_keyword(s, "map")) {
		parse_map(p);
	} else if (scan_keyword(s, "rings")) {
		p->program->ring_count = (uint32_t)scan_number(s, UINT32_MAX);
		p->program->ring_size = parse_named_number(p, "size");
	} else if (scan_keyword(s, "probe")) {
		parse_probe(p);
	} else if (!p->f) {
		scan_fail(s, s->at, SCAN_EXPECTED, "map, rings or probe");
	} else if (scan_peek(s) == '.') {
		parse_block_start(p);
	} else if (p->first && scan_keyword(s, "point")) {
		parse_point(p);
	} else if (p->first && scan_keyword(s, "slot")) {
		parse_slot_line(p);
	} else {
		parse_code(p);
	}
	scan_line_end(s);
}

struct function_ir **ir_parse(struct arena *arena, struct report *report, struct program *program)
{
	struct parser p = {
		.s = {.arena = arena,
		      .report = report,
		      .text = report->source->text,
		      .size = (uint32_t)report->source->size},
		.program = program,
	};

	program->rings = program->ledger = program->control = UINT32_MAX;
	while (scan_next_line(&p.s))
		parse_line(&p);
	if (!p.f)
		scan_fail(&p.s, p.s.at, SCAN_EXPECTED, "a probe");
	finish_function(&p);
	return p.s.failed ? NULL : p.functions;
}
