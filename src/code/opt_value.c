/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values: constants and copies are put where they are used, equal pure instructions are
 * made once, and what is simpler then is simplified.  One walk in reverse postorder; a
 * value's definition comes first in it.
 *
 * Time is counted in stamps, one for each assignment to a variable.  What is known of a
 * variable holds within a block, or on into the next when that is its only continuation.
 */
#include "code/passes.h"

struct entry {
	const struct instruction *made;
	uint32_t block, stamp, next;
};

struct table {
	uint32_t *heads, mask;
	struct entry *entries; /* from 1 on */
	uint32_t count;
};

static bool is_variable(const struct values *v, const struct operand *o)
{
	return o->kind == OPERAND_TEMP && v->definitions[o->id] > 1;
}

bool operand_current(const struct values *v, const struct operand *o, uint32_t stamp)
{
	return !is_variable(v, o) || (stamp >= v->block_start && v->stamp[o->id] <= stamp);
}

const struct instruction *operand_maker(const struct values *v, const struct operand *o)
{
	const struct instruction *made;

	if (o->kind != OPERAND_TEMP || v->definitions[o->id] != 1)
		return NULL;
	made = v->made[o->id];
	if (!made || !operand_current(v, &made->a, v->stamp[o->id]) ||
	    !operand_current(v, &made->b, v->stamp[o->id]))
		return NULL;
	return made;
}

/* A variable's stamp is also the one at which it came to be known. */
static void resolve(const struct values *v, struct operand *o)
{
	const struct operand *known;

	if (o->kind != OPERAND_TEMP)
		return;
	known = &v->known[o->id];
	if (known->kind && operand_current(v, o, v->stamp[o->id]) &&
	    operand_current(v, known, v->stamp[o->id]))
		*o = *known;
}

/* ---- equal instructions ------------------------------------------------- */

static uint32_t mix(uint32_t hash, uint64_t value)
{
	return (hash ^ (uint32_t)value ^ (uint32_t)(value >> 32)) * 0x9e3779b1u;
}

static uint32_t mix_operand(uint32_t hash, const struct operand *o)
{
	return mix(mix(mix(hash, o->kind), o->id), (uint64_t)o->value);
}

static uint32_t instruction_hash(const struct instruction *i)
{
	uint32_t hash = mix(mix(1, i->op), i->width);

	hash = mix(mix(hash, i->compare), (uint64_t)i->helper);
	hash = mix_operand(mix_operand(hash, &i->a), &i->b);
	return hash ^ hash >> 15;
}

static bool instruction_equal(const struct instruction *a, const struct instruction *b)
{
	return a->op == b->op && a->width == b->width && a->is_signed == b->is_signed &&
	       a->compare == b->compare && a->helper == b->helper && !a->arg_count &&
	       !b->arg_count && operand_equal(&a->a, &b->a) && operand_equal(&a->b, &b->b);
}

static struct table table_new(const struct function_ir *f)
{
	uint32_t total = 0, size = 64;

	for (uint32_t n = 0; n < f->block_count; n++)
		total += f->blocks[n]->count;
	while (size < total)
		size *= 2;
	return (struct table){
		.heads = arena_array(f->arena, uint32_t, size),
		.mask = size - 1,
		.entries = arena_array(f->arena, struct entry, total + 1),
	};
}

/* One that was made on every way here and would give the same; or remember this one. */
static const struct instruction *find_equal(const struct values *v, struct table *table,
					    const struct dominators *d, uint32_t block,
					    const struct instruction *i)
{
	uint32_t *head = &table->heads[instruction_hash(i) & table->mask];

	for (uint32_t n = *head; n; n = table->entries[n].next) {
		const struct entry *e = &table->entries[n];

		if (instruction_equal(e->made, i) && dominates(d, e->block, block) &&
		    operand_current(v, &i->a, e->stamp) && operand_current(v, &i->b, e->stamp))
			return e->made;
	}
	if (v->definitions[i->to] != 1)
		return NULL;
	table->entries[++table->count] = (struct entry){i, block, v->now, *head};
	*head = table->count;
	return NULL;
}

/* ---- the walk ----------------------------------------------------------- */

static void record(struct values *v, const struct instruction *i)
{
	if (!i->to)
		return;
	if (v->definitions[i->to] > 1) {
		v->now++;
	} else {
		v->bits[i->to] = result_bits(v->bits, i);
		v->made[i->to] = (struct instruction *)i;
	}
	v->stamp[i->to] = v->now;
	v->known[i->to] = i->op == OP_move ? i->a : (struct operand){0};
}

static void improve(struct values *v, struct table *table, const struct dominators *d,
		    uint32_t block, struct instruction *i)
{
	struct operand *operands[MAX_OPERANDS];
	const struct instruction *equal;

	for (uint32_t n = instruction_operands(i, operands); n--;)
		resolve(v, operands[n]);
	fold_address(v, i);
	fold_instruction(v, i);
	if (i->op != OP_move && instruction_pure(i)) {
		equal = find_equal(v, table, d, block, i);
		if (equal)
			*i = (struct instruction){.op = OP_move,
						  .width = 8,
						  .to = i->to,
						  .a = ir_temp(equal->to),
						  .range = i->range};
	}
	record(v, i);
}

/* What a comparison tells the verifier of a variable, it tells of that register alone. */
static void resolve_compared(const struct values *v, struct operand *o)
{
	if (!is_variable(v, o) || v->known[o->id].kind != OPERAND_TEMP)
		resolve(v, o);
}

static void improve_end(struct values *v, struct block *block)
{
	int holds;

	resolve_compared(v, &block->a);
	resolve_compared(v, &block->b);
	if (block->end != END_BRANCH)
		return;
	holds = fold_compare(v, &block->compare, &block->a, &block->b);
	if (holds >= 0)
		block_end_jump(block, holds ? block->then : block->otherwise);
}

/* Facts about variables go on when the block before is the only one that leads here. */
static bool continues(const struct function_ir *f, const uint32_t *entries, uint32_t n)
{
	struct block *next[2];

	if (!n || entries[n] != 1)
		return false;
	for (uint32_t s = block_successors(f->blocks[n - 1], next); s--;)
		if (next[s] == f->blocks[n])
			return true;
	return false;
}

static struct values values_new(struct function_ir *f)
{
	uint32_t count = f->temp_count + 1;
	struct values v = {
		.f = f,
		.definitions = definition_counts(f),
		.made = arena_array(f->arena, struct instruction *, count),
		.known = arena_array(f->arena, struct operand, count),
		.stamp = arena_array(f->arena, uint32_t, count),
		.bits = arena_array(f->arena, uint8_t, count),
		.now = 1,
	};

	for (uint32_t t = 0; t < count; t++)
		v.bits[t] = 64;
	return v;
}

void opt_values(struct function_ir *f)
{
	struct values v = values_new(f);
	struct table table = table_new(f);
	struct dominators d = cfg_dominators(f);
	uint32_t *entries = cfg_entries(f);

	for (uint32_t n = 0; n < f->block_count; n++) {
		struct block *block = f->blocks[n];

		if (!continues(f, entries, n))
			v.block_start = ++v.now;
		for (uint32_t k = 0; k < block->count; k++)
			improve(&v, &table, &d, n, &block->list[k]);
		improve_end(&v, block);
	}
}
