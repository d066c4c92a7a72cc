/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Variables: `t = x op y; v = t` where t is used nowhere else, or only soon afterwards while
 * v still has its value, defines v directly.  That saves a move that the allocator could
 * not avoid, since v lives on while t is still read.
 */
#include "code/passes.h"

#define MAX_LOOK 16

struct variables {
	uint8_t *definitions;
	uint32_t *uses;
	struct block *block;
	uint32_t count; /* of instructions kept */
};

static bool is_temp(const struct operand *o, uint32_t temp)
{
	return o->kind == OPERAND_TEMP && o->id == temp;
}

static uint32_t replace(struct operand *o, uint32_t temp, uint32_t with, bool really)
{
	if (!is_temp(o, temp))
		return 0;
	if (really)
		o->id = with;
	return 1;
}

static bool mentions(struct instruction *i, uint32_t temp)
{
	struct operand *operands[MAX_OPERANDS];

	for (uint32_t n = instruction_operands(i, operands); n--;)
		if (is_temp(operands[n], temp))
			return true;
	return i->to == temp;
}

/* The definition of `temp` among the kept ones, when nothing after it touches `to`. */
static struct instruction *find_definition(const struct variables *v, uint32_t temp, uint32_t to)
{
	uint32_t stop = v->count > MAX_LOOK ? v->count - MAX_LOOK : 0;

	for (uint32_t n = v->count; n-- > stop;) {
		if (v->block->list[n].to == temp)
			return &v->block->list[n];
		if (mentions(&v->block->list[n], to))
			break;
	}
	return NULL;
}

/* Let what follows instruction `at` use `to`, as long as that is the same; how often. */
static uint32_t use_instead(struct block *block, uint32_t at, uint32_t temp, uint32_t to,
			    bool really)
{
	struct operand *operands[MAX_OPERANDS];
	uint32_t found = 0, stop = at + MAX_LOOK;

	for (uint32_t k = at + 1; k < block->count; k++) {
		if (k > stop)
			return found;
		for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
			found += replace(operands[n], temp, to, really);
		if (block->list[k].to == to)
			return found;
	}
	found += replace(&block->a, temp, to, really);
	return found + replace(&block->b, temp, to, really);
}

/* True when the move at `at` is not needed any more. */
static bool define_directly(const struct variables *v, uint32_t at)
{
	const struct instruction *i = &v->block->list[at];
	uint32_t temp = i->a.id, to = i->to;
	struct instruction *made;

	if (i->op != OP_move || i->a.kind != OPERAND_TEMP || temp == to ||
	    v->definitions[temp] != 1)
		return false;
	made = find_definition(v, temp, to);
	if (!made || use_instead(v->block, at, temp, to, false) + 1 != v->uses[temp])
		return false;
	use_instead(v->block, at, temp, to, true);
	made->to = to;
	return true;
}

static void count_use(uint32_t *uses, const struct operand *o)
{
	if (o->kind == OPERAND_TEMP)
		uses[o->id]++;
}

static uint32_t *count_uses(struct function_ir *f)
{
	uint32_t *uses = arena_array(f->arena, uint32_t, f->temp_count + 1);
	struct operand *operands[MAX_OPERANDS];

	for (uint32_t b = 0; b < f->block_count; b++) {
		struct block *block = f->blocks[b];

		for (uint32_t k = 0; k < block->count; k++)
			for (uint32_t n = instruction_operands(&block->list[k], operands); n--;)
				count_use(uses, operands[n]);
		count_use(uses, &block->a);
		count_use(uses, &block->b);
	}
	return uses;
}

void opt_variables(struct function_ir *f)
{
	struct variables v = {.definitions = definition_counts(f), .uses = count_uses(f)};

	for (uint32_t b = 0; b < f->block_count; b++) {
		v.block = f->blocks[b];
		v.count = 0;
		for (uint32_t k = 0; k < v.block->count; k++)
			if (!define_directly(&v, k))
				v.block->list[v.count++] = v.block->list[k];
		v.block->count = v.count;
	}
}
