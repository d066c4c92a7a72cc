/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what the programs counted as lost, from the map that they share, and what
 * the session itself could not read.  Listed by probe, then kind, without zeroes.
 */
#include "trace/internal.h"

#include <errno.h>
#include <string.h>

struct losses {
	struct arena *arena;
	struct loss_count *list;
	size_t count, capacity;
};

static void add_loss(struct losses *losses, const char *probe, enum loss loss, uint64_t count)
{
	if (!count)
		return;
	losses->list = arena_grow(losses->arena, losses->list, losses->count, &losses->capacity,
				  sizeof(*losses->list));
	losses->list[losses->count++] = (struct loss_count){probe, loss, count};
}

/* Counter `index` over all values of the map's one entry. */
static uint64_t counter(const struct map_entries *entries, size_t index)
{
	const char *values = entries->bytes.data + entries->key_size;
	uint64_t one, sum = 0;

	for (uint32_t i = 0; i < entries->values; i++) {
		memcpy(&one, values + (size_t)i * entries->value_size + index * sizeof(one),
		       sizeof(one));
		sum += one;
	}
	return sum;
}

static bool ledger_fits(const struct program *program, const struct map_entries *entries)
{
	uint64_t needed = (uint64_t)program->probe_count * LOSS_COUNT * sizeof(uint64_t);

	return entries->count == 1 && entries->value_size >= needed &&
	       (uint64_t)entries->values * entries->value_size <= entries->value_stride &&
	       entries->bytes.size >= (uint64_t)entries->key_size + entries->value_stride;
}

static void add_counters(struct losses *losses, const struct program *program,
			 const struct map_entries *entries)
{
	for (uint32_t probe = 0; probe < program->probe_count; probe++)
		for (size_t loss = 0; loss < LOSS_COUNT; loss++)
			add_loss(losses, program->probes[probe].name, (enum loss)loss,
				 counter(entries, probe * LOSS_COUNT + loss));
}

int ledger_read(struct session *session, struct loss_count **list, uint32_t *count,
		struct text *why)
{
	const struct program *program = session->program;
	struct losses losses = {.arena = session->arena};
	struct map_entries entries = {0};
	int error = 0;

	if (program->ledger < session->map_count) {
		error = target_map_read(session->target, session->maps[program->ledger], &entries,
					why);
		if (!error && !ledger_fits(program, &entries))
			error = -EBADMSG;
		if (!error)
			add_counters(&losses, program, &entries);
	}
	add_loss(&losses, NULL, LOSS_malformed, session->malformed);
	text_free(&entries.bytes);
	*list = losses.list;
	*count = (uint32_t)losses.count;
	return error;
}
