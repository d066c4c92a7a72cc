/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maps: sizes, keys and values come in, handles and entries go out.  A map is always walked
 * by a cursor in pieces of bounded size, which the kernel's batch lookup fills where it can.
 */
#include "target/host.h"
#include "target/bpf.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A piece of a walk: at most so many entries, and about so many bytes. */
#define PIECE_ENTRIES 4096u
#define PIECE_BYTES (4u << 20)
/* The largest key and value (of all CPUs together) that we handle. */
#define KEY_LIMIT 65536u
#define VALUE_LIMIT (16u << 20)

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool is_array(uint32_t type)
{
	return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY;
}

/* What a lookup fills: one value, or one for each possible CPU, aligned to 8. */
static uint64_t value_stride(const struct host *host, const struct object *map)
{
	if (!is_per_cpu(map->map_type))
		return map->value_size;
	return (uint64_t)ALIGN_UP(map->value_size, 8u) * host->cpus_possible;
}

/* Letters, digits, '_' and '.' are all that the kernel takes in a name. */
static void copy_name(char to[BPF_OBJ_NAME_LEN], const char *name)
{
	for (size_t i = 0; i < BPF_OBJ_NAME_LEN - 1 && name[i]; i++)
		to[i] = isalnum((unsigned char)name[i]) || name[i] == '.' ? name[i] : '_';
}

int handle_map_create(struct host *host, struct reader *in, struct reply *reply)
{
	struct object map = {.kind = OBJECT_MAP};
	union bpf_attr attr = {0};
	const char *name;
	int64_t handle;

	attr.map_type = map.map_type = read_u32(in);
	attr.key_size = map.key_size = read_u32(in);
	attr.value_size = map.value_size = read_u32(in);
	attr.max_entries = map.max_entries = read_u32(in);
	attr.map_flags = read_u32(in);
	name = read_string(in);
	if (!reader_done(in))
		return reply_malformed(reply);
	if (map.key_size > KEY_LIMIT || map.value_size > VALUE_LIMIT)
		return reply_fail(reply, -E2BIG, "map '%s': keys or values are too large", name);
	copy_name(attr.map_name, name);
	map.fd = bpf_call(BPF_MAP_CREATE, &attr);
	if (map.fd < 0)
		return reply_error(reply, map.fd, "map '%s'", name);
	handle = object_add(host, &map);
	if (handle < 0) {
		object_close(&map);
		return reply_error(reply, (int)handle, "map '%s'", name);
	}
	write_u32(&reply->out, (uint32_t)handle);
	return 0;
}

/* ---- walking -------------------------------------------------------------- */

/* A walk over a map.  `keys` and `values` hold the piece that was read last. */
struct walk {
	int fd;
	bool batch, started, done;
	uint32_t key_size, capacity, count, max_entries;
	uint64_t stride;
	size_t cursor_size;
	uint8_t *cursor, *keys, *values;
};

static void walk_end(struct walk *walk)
{
	free(walk->cursor);
	free(walk->keys);
	free(walk->values);
}

static bool walk_allocate(struct walk *walk)
{
	free(walk->keys);
	free(walk->values);
	walk->keys = calloc(walk->capacity, walk->key_size);
	walk->values = calloc(walk->capacity, walk->stride);
	return walk->keys && walk->values;
}

/* `cursor` is where an earlier walk stood, or empty. */
static int walk_begin(struct walk *walk, struct host *host, const struct object *map,
		      struct span cursor)
{
	uint64_t entry = map->key_size + value_stride(host, map), fit = PIECE_BYTES / (entry + 1);

	*walk = (struct walk){
		.fd = map->fd,
		.batch = map->max_entries > 1 && host_has(host, FEATURE_batch),
		.started = cursor.size,
		.key_size = map->key_size,
		.stride = value_stride(host, map),
		.max_entries = map->max_entries,
		.cursor_size = map->key_size > 4 ? map->key_size : 4,
	};
	if (!map->key_size || walk->stride > VALUE_LIMIT)
		return -EOPNOTSUPP;
	if (cursor.size && cursor.size != walk->cursor_size)
		return -EINVAL;
	walk->capacity = fit < PIECE_ENTRIES ? (uint32_t)fit + 1 : PIECE_ENTRIES;
	if (walk->capacity > map->max_entries)
		walk->capacity = map->max_entries;
	/* the cursor and the one after it */
	walk->cursor = calloc(2, walk->cursor_size);
	if (!walk->cursor || !walk_allocate(walk))
		return -ENOMEM;
	if (cursor.size)
		memcpy(walk->cursor, cursor.data, cursor.size);
	return 0;
}

/* A hash bucket that holds more than there is room for makes the kernel say ENOSPC. */
static int walk_batch(struct walk *walk)
{
	uint8_t *next = walk->cursor + walk->cursor_size;
	int result;

	for (;;) {
		walk->count = walk->capacity;
		result = bpf_map_batch(walk->fd, walk->started ? walk->cursor : NULL, next,
				       walk->keys, walk->values, &walk->count);
		if (result != -ENOSPC || walk->capacity >= walk->max_entries)
			break;
		walk->capacity = walk->capacity > walk->max_entries / 2 ? walk->max_entries
									: walk->capacity * 2;
		if (walk->capacity * walk->stride > REPLY_LIMIT / 2)
			return -E2BIG;
		if (!walk_allocate(walk))
			return -ENOMEM;
	}
	memcpy(walk->cursor, next, walk->cursor_size);
	walk->done = result == -ENOENT;
	return walk->done ? 0 : result;
}

/* One by one.  An entry that went away between its key and its value is left out. */
static int walk_single(struct walk *walk)
{
	for (uint32_t tries = 0; walk->count < walk->capacity && tries < walk->capacity; tries++) {
		uint8_t *key = walk->keys + (size_t)walk->count * walk->key_size;
		uint8_t *value = walk->values + (size_t)walk->count * walk->stride;
		int result = bpf_map_next(walk->fd, walk->started ? walk->cursor : NULL, key);

		walk->done = result == -ENOENT;
		if (result)
			return walk->done ? 0 : result;
		memcpy(walk->cursor, key, walk->key_size);
		walk->started = true;
		result = bpf_map_get(walk->fd, key, value);
		if (result && result != -ENOENT)
			return result;
		walk->count += !result;
	}
	return 0;
}

static int walk_step(struct walk *walk)
{
	int result;

	walk->count = 0;
	if (walk->batch) {
		result = walk_batch(walk);
		walk->started = true;
		/* not every map type has it: per-CPU arrays only from 5.13 on */
		if (result != -EOPNOTSUPP && result != -EINVAL)
			return result;
		walk->batch = walk->started = false;
		walk->count = 0;
	}
	return walk_single(walk);
}

/* ---- reading -------------------------------------------------------------- */

/* Keys and values of an entry stand together on the wire. */
static void write_entries(const struct walk *walk, struct text *out)
{
	for (uint32_t i = 0; i < walk->count; i++) {
		text_add(out, walk->keys + (size_t)i * walk->key_size, walk->key_size);
		text_add(out, walk->values + (size_t)i * walk->stride, walk->stride);
	}
}

int handle_map_read(struct host *host, struct reader *in, struct reply *reply)
{
	handle_t handle = read_u32(in);
	struct span cursor = read_blob(in);
	const struct object *map = object_get(host, handle, OBJECT_MAP);
	struct walk walk;
	int result;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!map)
		return reply_fail(reply, -EBADF, "map_read: %u is not a map", handle);
	result = walk_begin(&walk, host, map, cursor);
	if (!result)
		result = walk_step(&walk);
	if (result) {
		walk_end(&walk);
		return reply_error(reply, result, "map_read");
	}
	write_u32(&reply->out, map->key_size);
	write_u32(&reply->out, (uint32_t)walk.stride);
	write_u32(&reply->out, is_per_cpu(map->map_type) ? host->cpus_possible : 1);
	write_u32(&reply->out, map->max_entries);
	write_u32(&reply->out, walk.count);
	write_blob(&reply->out, walk.cursor, walk.done ? 0 : walk.cursor_size);
	write_entries(&walk, &reply->out);
	walk_end(&walk);
	return 0;
}

/* ---- writing -------------------------------------------------------------- */

int handle_map_update(struct host *host, struct reader *in, struct reply *reply)
{
	handle_t handle = read_u32(in);
	uint32_t count = read_u32(in);
	struct span keys = read_blob(in), values = read_blob(in);
	const struct object *map = object_get(host, handle, OBJECT_MAP);
	uint64_t stride;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!map)
		return reply_fail(reply, -EBADF, "map_update: %u is not a map", handle);
	stride = value_stride(host, map);
	if (keys.size != (uint64_t)count * map->key_size || stride > VALUE_LIMIT ||
	    values.size != count * stride)
		return reply_fail(reply, -EINVAL, "map_update: keys and values do not fit");
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *key = (const uint8_t *)keys.data + (size_t)i * map->key_size;
		const uint8_t *value = (const uint8_t *)values.data + i * stride;
		int result = bpf_map_set(map->fd, key, value, BPF_ANY);

		if (result)
			return reply_error(reply, result, "map_update");
	}
	return 0;
}

/* Entries that came or went since their key was read are not an error. */
static int change_piece(const struct walk *walk, const void *zero)
{
	for (uint32_t i = 0; i < walk->count; i++) {
		const uint8_t *key = walk->keys + (size_t)i * walk->key_size;
		int result = zero ? bpf_map_set(walk->fd, key, zero, BPF_EXIST)
				  : bpf_map_delete(walk->fd, key);

		if (result && result != -ENOENT)
			return result;
	}
	return 0;
}

/*
 * Delete or zero all.  Programs may go on adding entries: after twice as many as the map
 * can hold, everything that was there at first has been seen.
 */
static int change_all(struct host *host, const struct object *map, bool delete)
{
	void *zero = delete ? NULL : calloc(1, value_stride(host, map) + 1);
	uint64_t seen = 0;
	struct walk walk;
	int result = walk_begin(&walk, host, map, (struct span){0});

	if (!delete &&!zero)
		result = -ENOMEM;
	while (!result && !walk.done && seen <= 2 * (uint64_t)map->max_entries) {
		result = walk_step(&walk);
		if (!result)
			result = change_piece(&walk, zero);
		seen += walk.count + !walk.count;
	}
	walk_end(&walk);
	free(zero);
	return result;
}

static int handle_change(struct host *host, struct reader *in, struct reply *reply, bool delete,
			 const char *name)
{
	handle_t handle = read_u32(in);
	const struct object *map = object_get(host, handle, OBJECT_MAP);
	int result;

	if (!reader_done(in))
		return reply_malformed(reply);
	if (!map)
		return reply_fail(reply, -EBADF, "%s: %u is not a map", name, handle);
	result = change_all(host, map, delete &&!is_array(map->map_type));
	return result ? reply_error(reply, result, "%s", name) : 0;
}

int handle_map_clear(struct host *host, struct reader *in, struct reply *reply)
{
	return handle_change(host, in, reply, true, "map_clear");
}

int handle_map_zero(struct host *host, struct reader *in, struct reply *reply)
{
	return handle_change(host, in, reply, false, "map_zero");
}
