/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strings compared in words.  Both sides are zero-padded, so that equal text is equal
 * memory, and what follows a terminator needs no look.  No more of a string at an address
 * is read than a literal can decide.
 */
#include "code/lower.h"

#include <string.h>

/* Bytes that can be loaded from: `size` of them. */
struct bytes {
	struct operand at;
	uint32_t size;
};

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static struct bytes bytes_of(struct lower *l, const struct node *node)
{
	struct bytes bytes = {.size = node->type->size};

	if (!node_is_task_comm(node) || !task_comm(l, &bytes.at))
		bytes.at = lower_memory(l, node);
	return bytes;
}

static uint32_t width_at(uint32_t at, uint32_t end)
{
	uint32_t rest = end - at;

	return rest >= 8 ? 8 : rest >= 4 ? 4 : rest >= 2 ? 2 : 1;
}

/* Go on when the operands are equal. */
static void differ_if(struct lower *l, struct operand a, struct operand b, struct block *differs)
{
	struct block *next = ir_block(l->f);

	ir_branch(l->f, CMP_NE, a, b, differs, next);
	ir_begin(l->f, next);
}

/* ---- with a literal ----------------------------------------------------- */

/* At least `needed` bytes of the string, unless it is shorter by itself. */
static struct bytes first_bytes(struct lower *l, const struct node *node, uint32_t needed)
{
	struct text_place place;
	struct bytes bytes;

	/* One more than is compared: the last byte read is always a terminator. */
	bytes.size = ALIGN_UP(needed + 1, 8);
	if (node->type->size <= bytes.size || node_is_task_comm(node) ||
	    !text_place_of(l, node, &place))
		return bytes_of(l, node);
	bytes.at = ir_slot_at(ir_slot(l->f, "text", bytes.size, 8), 0);
	if (place.limit > bytes.size) {
		place.limit = bytes.size;
		place.by_default = false;
	}
	text_read_padded(l, &place, bytes.at, bytes.size);
	return bytes;
}

static int64_t literal_word(struct span text, uint32_t at, uint32_t width)
{
	int64_t word = 0;

	if (at < text.size)
		memcpy(&word, (const char *)text.data + at, least((uint32_t)text.size - at, width));
	return word;
}

static void compare_literal(struct lower *l, const struct node *node, struct span text,
			    uint32_t limit, struct block *equal, struct block *differs)
{
	uint32_t end = least(limit, (uint32_t)text.size + 1);
	struct bytes bytes;

	if (text.size > node->type->size && limit > node->type->size) {
		ir_jump(l->f, differs);
		return;
	}
	bytes = first_bytes(l, node, end);
	/* With its terminator in, all that follows is zero as well. */
	if (end > text.size)
		end = ALIGN_UP(end, 8);
	end = least(end, bytes.size);
	for (uint32_t at = 0; at < end;) {
		uint32_t width = width_at(at, end);

		differ_if(l, ir_load(l->f, bytes.at, (int32_t)at, width, false),
			  ir_const(literal_word(text, at, width)), differs);
		at += width;
	}
	ir_jump(l->f, equal);
}

/* ---- two in memory ------------------------------------------------------ */

static void compare_bytes(struct lower *l, struct bytes a, struct bytes b, uint32_t limit,
			  struct block *equal, struct block *differs)
{
	uint32_t end = least(limit, least(a.size, b.size));
	struct bytes longer = a.size > b.size ? a : b;

	for (uint32_t at = 0; at < end;) {
		uint32_t width = width_at(at, end);

		differ_if(l, ir_load(l->f, a.at, (int32_t)at, width, false),
			  ir_load(l->f, b.at, (int32_t)at, width, false), differs);
		at += width;
	}
	if (limit > end && longer.size > end)
		differ_if(l, ir_load(l->f, longer.at, (int32_t)end, 1, false), ir_const(0),
			  differs);
	ir_jump(l->f, equal);
}

void lower_string_branch(struct lower *l, const struct node *a, const struct node *b,
			 uint32_t limit, struct block *equal, struct block *differs)
{
	struct bytes first;

	if (a->kind == NODE_string && b->kind != NODE_string) {
		compare_literal(l, b, a->text, limit, equal, differs);
	} else if (b->kind == NODE_string) {
		compare_literal(l, a, b->text, limit, equal, differs);
	} else {
		first = bytes_of(l, a);
		compare_bytes(l, first, bytes_of(l, b), limit, equal, differs);
	}
}

/* ---- one within another ------------------------------------------------- */

/*
 * The verifier walks every step of these loops, which bounds what can be searched.  It
 * follows what falls through first and holds at most 8192 other ways open: so what falls
 * through is the difference, after which all is as it was at the step before.
 */
enum { MOST_STEPS = 1 << 15, MOST_PART = 128 };

struct search {
	struct operand text, part;
	uint32_t text_size, part_size;
	uint32_t at, within; /* temps: where in the text, and how far in the part */
	struct block *found, *missing;
};

static struct operand byte_at(struct lower *l, struct operand base, struct operand at)
{
	return ir_load(l->f, ir_binary(l->f, OP_add, base, at), 0, 1, false);
}

/* Compare the part with the text from `at` on; goes to `next` when they differ. */
static void match_here(struct lower *l, const struct search *s, struct block *next)
{
	struct block *loop = ir_block(l->f), *read = ir_block(l->f), *more = ir_block(l->f);
	struct block *inside = ir_block(l->f), *step = ir_block(l->f);
	struct operand within = ir_temp(s->within), at, c;

	ir_assign(l->f, s->within, ir_const(0));
	ir_begin(l->f, loop);
	ir_branch(l->f, CMP_UGE, within, ir_const(s->part_size), s->found, read);
	ir_begin(l->f, read);
	c = byte_at(l, s->part, within);
	ir_branch(l->f, CMP_EQ, c, ir_const(0), s->found, more);
	ir_begin(l->f, more);
	at = ir_binary(l->f, OP_add, ir_temp(s->at), within);
	ir_branch(l->f, CMP_UGE, at, ir_const(s->text_size), s->missing, inside);
	ir_begin(l->f, inside);
	ir_branch_unlikely(l->f, CMP_EQ, byte_at(l, s->text, at), c, step, next);
	ir_begin(l->f, step);
	ir_assign(l->f, s->within, ir_binary(l->f, OP_add, within, ir_const(1)));
	ir_jump(l->f, loop);
}

static void search_from_each(struct lower *l, const struct search *s)
{
	struct block *loop = ir_block(l->f), *here = ir_block(l->f), *next = ir_block(l->f);
	struct block *more = ir_block(l->f), *match = ir_block(l->f);
	struct operand at = ir_temp(s->at), c;

	ir_assign(l->f, s->at, ir_const(0));
	ir_begin(l->f, loop);
	ir_branch(l->f, CMP_UGE, at, ir_const(s->text_size), s->missing, here);
	ir_begin(l->f, here);
	c = byte_at(l, s->text, at);
	ir_branch(l->f, CMP_EQ, c, ir_const(0), s->missing, more);
	ir_begin(l->f, more);
	ir_branch_unlikely(l->f, CMP_EQ, c, byte_at(l, s->part, ir_const(0)), match, next);
	ir_begin(l->f, match);
	match_here(l, s, next);
	ir_begin(l->f, next);
	ir_assign(l->f, s->at, ir_binary(l->f, OP_add, at, ir_const(1)));
	ir_jump(l->f, loop);
}

struct operand lower_contains(struct lower *l, const struct node *text, const struct node *part)
{
	struct block *done = ir_block(l->f), *begin = ir_block(l->f);
	uint32_t result = ir_new_temp(l->f);
	struct search s = {
		.text = lower_memory(l, text),
		.part = lower_memory(l, part),
		.part_size = least(part->type->size, MOST_PART),
		.at = ir_new_temp(l->f),
		.within = ir_new_temp(l->f),
		.found = ir_block(l->f),
		.missing = ir_block(l->f),
	};

	s.text_size = least(text->type->size, MOST_STEPS / s.part_size);
	ir_branch(l->f, CMP_EQ, byte_at(l, s.part, ir_const(0)), ir_const(0), s.found, begin);
	ir_begin(l->f, begin);
	search_from_each(l, &s);
	ir_begin(l->f, s.found);
	ir_assign(l->f, result, ir_const(1));
	ir_jump(l->f, done);
	ir_begin(l->f, s.missing);
	ir_assign(l->f, result, ir_const(0));
	ir_begin(l->f, done);
	return ir_temp(result);
}
