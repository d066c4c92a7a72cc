/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: what a probe has to say, laid out as struct record_spec tells the reader and
 * put into the ring of this CPU.  The reader is woken when a quarter of the ring is
 * waiting for it, else it comes by itself.
 */
#include "code/lower.h"

/* ---- the description ---------------------------------------------------- */

static struct record_spec *new_record(struct lower *l, enum action action)
{
	struct program *program = l->program;
	struct record_spec *spec;

	program->records = arena_grow(l->c->arena, program->records, program->record_count,
				      &l->record_capacity, sizeof(*program->records));
	spec = &program->records[program->record_count++];
	*spec = (struct record_spec){.action = action, .probe = l->probe->index};
	return spec;
}

static uint32_t inline_align(const struct type *type)
{
	return type_in_memory(type) ? 8 : type->size;
}

static void place_field(struct record_spec *spec, const struct node *node,
			struct record_field *field)
{
	uint32_t tail = tail_size(node), size = tail ? 4 : node->type->size;

	field->type = node->type;
	field->in_tail = tail;
	field->offset = ALIGN_UP(spec->fixed_size, tail ? 4 : inline_align(node->type));
	spec->fixed_size = field->offset + size;
	spec->max_size += tail;
}

/* Where each value goes; max_size. */
static void place_fields(struct lower *l, struct record_spec *spec, const struct node *list)
{
	uint32_t i = 0;

	for (const struct node *node = list; node; node = node->next)
		spec->field_count++;
	spec->fields = arena_array(l->c->arena, struct record_field, spec->field_count);
	spec->fixed_size = sizeof(struct record_head);
	for (const struct node *node = list; node; node = node->next)
		place_field(spec, node, &spec->fields[i++]);
	spec->fixed_size = ALIGN_UP(spec->fixed_size, 8);
	spec->max_size += spec->fixed_size;
}

/* ---- the bytes ---------------------------------------------------------- */

static void store_field(struct lower *l, const struct record_field *field, const struct node *node,
			struct operand record, struct tail *tail)
{
	struct operand at = address_add(l, record, field->offset);

	if (field->in_tail)
		ir_store(l->f, at, 0, 4, tail_add(l, tail, node));
	else
		lower_store(l, node, at, node->type->size);
}

/* Gaps are zeroed, since the verifier lets no byte out that was never written. */
static void store_fields(struct lower *l, const struct record_spec *spec, const struct node *list,
			 struct operand record, struct tail *tail)
{
	uint32_t end = sizeof(struct record_head), i = 0;

	for (const struct node *node = list; node; node = node->next) {
		const struct record_field *field = &spec->fields[i++];

		ir_zero(l->f, record, (int32_t)end, field->offset - end);
		store_field(l, field, node, record, tail);
		end = field->offset + (field->in_tail ? 4 : field->type->size);
	}
	ir_zero(l->f, record, (int32_t)end, spec->fixed_size - end);
}

/* Tails are written at offsets known at run time only; records that have one follow each
 * other, so that one piece of memory does for all. */
static struct operand tailed_memory(struct lower *l, uint32_t size)
{
	struct slot *slot;

	if (l->tailed == UINT32_MAX)
		l->tailed = ir_slot(l->f, "record", 0, 8);
	slot = &l->f->slots[l->tailed];
	slot->in_scratch = true;
	if (slot->size < size)
		slot->size = size;
	return ir_slot_at(l->tailed, 0);
}

static struct operand record_memory(struct lower *l, const struct record_spec *spec)
{
	if (spec->max_size > spec->fixed_size)
		return tailed_memory(l, spec->max_size);
	return ir_slot_at(ir_slot(l->f, "record", spec->max_size, 8), 0);
}

/* ---- into the ring ------------------------------------------------------ */

static bool has_one_ring(const struct lower *l)
{
	return rings_for(target_machine(l->c->target)->cpus_possible) == 1;
}

/* How big they are is known when the program is sized. */
static uint32_t rings(struct lower *l)
{
	static const struct map_spec one = {
		.role = MAP_RINGS,
		.name = "rings",
		.bpf_type = BPF_MAP_TYPE_RINGBUF,
	};
	static const struct map_spec several = {
		.role = MAP_RINGS,
		.name = "rings",
		.bpf_type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
		.key_size = 4,
		.value_size = 4,
	};
	struct program *program = l->program;

	if (program->rings == UINT32_MAX)
		program->rings = program_add_map(l->c, program, has_one_ring(l) ? &one : &several);
	return program->rings;
}

/* The ring of this CPU; goes to `none` where there is none. */
static struct operand ring_here(struct lower *l, struct block *none)
{
	struct block *found;
	struct operand key, ring;

	if (has_one_ring(l))
		return ir_map(rings(l));
	found = ir_block(l->f);
	key = ir_slot_at(ir_slot(l->f, "cpu", 4, 4), 0);
	ir_store(l->f, key, 0, 4, ir_call(l->f, BPF_FUNC_get_smp_processor_id, 0));
	ring = ir_call(l->f, BPF_FUNC_map_lookup_elem, 2, ir_map(rings(l)), key);
	ir_branch_unlikely(l->f, CMP_EQ, ring, ir_const(0), none, found);
	ir_begin(l->f, found);
	return ring;
}

/* Whether to wake the reader. */
static struct operand wake_flags(struct lower *l, struct operand ring)
{
	struct block *wake = ir_block(l->f), *done = ir_block(l->f);
	uint32_t flags = ir_new_temp(l->f);
	struct operand waiting, quarter;

	waiting = ir_call(l->f, BPF_FUNC_ringbuf_query, 2, ring, ir_const(BPF_RB_AVAIL_DATA));
	quarter = ir_call(l->f, BPF_FUNC_ringbuf_query, 2, ring, ir_const(BPF_RB_RING_SIZE));
	quarter = ir_binary(l->f, OP_shr, quarter, ir_const(2));
	ir_assign(l->f, flags, ir_const(BPF_RB_NO_WAKEUP));
	ir_branch_unlikely(l->f, CMP_UGE, waiting, quarter, wake, done);
	ir_begin(l->f, wake);
	ir_assign(l->f, flags, ir_const(BPF_RB_FORCE_WAKEUP));
	ir_begin(l->f, done);
	return ir_temp(flags);
}

static void send(struct lower *l, struct operand record, struct operand size, bool force)
{
	struct block *lost = ir_block(l->f), *sent = ir_block(l->f);
	struct operand ring = ring_here(l, lost), result;
	struct operand flags = force ? ir_const(BPF_RB_FORCE_WAKEUP) : wake_flags(l, ring);

	result = ir_call(l->f, BPF_FUNC_ringbuf_output, 4, ring, record, size, flags);
	ir_branch_unlikely(l->f, CMP_NE, result, ir_const(0), lost, sent);
	ir_begin(l->f, lost);
	lower_loss(l, LOSS_ring_full);
	ir_begin(l->f, sent);
}

struct record_spec *lower_record(struct lower *l, enum action action, const struct node *list)
{
	uint32_t index = l->program->record_count;
	struct record_spec *spec = new_record(l, action);
	struct operand record;
	struct tail tail;

	place_fields(l, spec, list);
	record = record_memory(l, spec);
	tail = (struct tail){.base = address_add(l, record, spec->fixed_size), .used = ir_const(0)};
	ir_store(l->f, record, offsetof(struct record_head, time), 8, lower_now(l));
	/* The index, and `reserved` with it. */
	ir_store(l->f, record, offsetof(struct record_head, record), 8, ir_const(index));
	store_fields(l, spec, list, record, &tail);
	send(l, record, ir_binary(l->f, OP_add, tail.used, ir_const(spec->fixed_size)),
	     action == ACTION_exit);
	return spec;
}
