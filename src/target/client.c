/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls with their types: arguments are encoded, carried, and the answer is decoded with
 * bounds, whoever gave it.  What does not decode is -EPROTO.
 */
#include "target/carrier.h"
#include "target/protocol.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/bpf.h>
#include <sys/stat.h>

#define CPU_LIMIT 65536u

/* ---- one call ------------------------------------------------------------- */

static struct text *request_begin(struct target *target)
{
	text_clear(&target->request);
	return &target->request;
}

/* The reply stays with the caller only when this is 0. */
static int request_call(struct target *target, enum call call, struct span *reply, struct text *why)
{
	struct span request = {target->request.data, target->request.size};
	int result = target_call(target, call, request, reply);

	if (!result)
		return 0;
	if (why)
		text_add(why, reply->data, reply->size);
	target_release(target, *reply);
	return result > 0 ? -EPROTO : result;
}

/* The decoded reply is released; what was not read to its end is not ours. */
static int reply_done(struct target *target, const struct reader *in, struct span reply,
		      struct text *why)
{
	bool done = reader_done(in);

	target_release(target, reply);
	if (!done && why)
		text_string(why, "the agent's answer is malformed");
	return done ? 0 : -EPROTO;
}

/* A call that answers with nothing. */
static int call_plain(struct target *target, enum call call, struct text *why)
{
	struct span reply;
	int result = request_call(target, call, &reply, why);
	struct reader in;

	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	return reply_done(target, &in, reply, why);
}

static int call_number(struct target *target, enum call call, uint32_t *number, struct text *why)
{
	struct span reply;
	int result = request_call(target, call, &reply, why);
	struct reader in;

	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	*number = read_u32(&in);
	return reply_done(target, &in, reply, why);
}

static int call_handle(struct target *target, enum call call, handle_t handle, struct text *why)
{
	write_u32(request_begin(target), handle);
	return call_plain(target, call, why);
}

/* ---- facts ---------------------------------------------------------------- */

static void read_name(struct reader *in, char *name, size_t size)
{
	const char *text = read_string(in);
	size_t length = strlen(text);

	if (length >= size)
		in->failed = true;
	else
		memcpy(name, text, length + 1);
}

static void read_online(struct reader *in, struct machine *machine)
{
	machine->cpus_online = read_u32(in);
	if (machine->cpus_online > CPU_LIMIT)
		in->failed = true;
	if (!in->failed)
		machine->online = calloc(machine->cpus_online + 1, sizeof(*machine->online));
	if (!machine->online) {
		in->failed = true;
		return;
	}
	for (uint32_t i = 0; i < machine->cpus_online; i++)
		machine->online[i] = read_u16(in);
}

static void read_machine(struct reader *in, struct machine *machine)
{
	read_u32(in); /* the version, which was agreed */
	read_name(in, machine->arch, sizeof(machine->arch));
	read_name(in, machine->release, sizeof(machine->release));
	machine->page_size = read_u32(in);
	machine->cpus_possible = read_u32(in);
	read_online(in, machine);
	machine->boot_to_real = (int64_t)read_u64(in);
	machine->opened = read_u64(in);
	machine->pid = read_u32(in);
	machine->permission = read_u8(in);
	machine->capabilities = read_u64(in);
	if (!machine->cpus_possible || machine->cpus_possible > CPU_LIMIT || !machine->page_size)
		in->failed = true;
}

int target_hello(struct target *target, struct text *why)
{
	struct machine machine = {0};
	struct span reply;
	struct reader in;
	int result;

	write_u32(request_begin(target), PROTOCOL_VERSION);
	result = request_call(target, CALL_hello, &reply, why);
	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	read_machine(&in, &machine);
	result = reply_done(target, &in, reply, why);
	if (result) {
		free(machine.online);
		return result;
	}
	target->machine = machine;
	target->knows_machine = true;
	return 0;
}

const struct machine *target_machine(struct target *target)
{
	struct machine *machine = &target->machine;

	if (target->knows_machine || !target_hello(target, NULL))
		return machine;
	target->knows_machine = true;
	*machine = (struct machine){.page_size = 4096, .cpus_possible = 1};
	return machine;
}

bool target_has(struct target *target, enum feature feature)
{
	enum { UNKNOWN, MISSING, PRESENT };
	uint8_t *known = &target->features[feature];
	struct span reply;

	if (*known != UNKNOWN)
		return *known == PRESENT;
	write_string(request_begin(target), feature_rows[feature].name);
	*known = MISSING;
	if (request_call(target, CALL_feature, &reply, NULL))
		return false;
	if (reply.size == 1 && *(const uint8_t *)reply.data == 1)
		*known = PRESENT;
	target_release(target, reply);
	return *known == PRESENT;
}

/* NULL when memory is out; the bytes are released then. */
static struct btf_copy *btf_keep(struct target *target, const char *name, struct span btf)
{
	struct btf_copy *copy = malloc(sizeof(*copy));
	char *own_name = strdup(name);

	if (!copy || !own_name) {
		target_release(target, btf);
		free(copy);
		free(own_name);
		return NULL;
	}
	*copy = (struct btf_copy){own_name, btf, target->btf};
	return target->btf = copy;
}

int target_btf(struct target *target, const char *name, struct span *btf, struct text *why)
{
	struct btf_copy *copy = target->btf;
	int result;

	while (copy && strcmp(copy->name, name))
		copy = copy->next;
	if (!copy) {
		write_string(request_begin(target), name);
		result = request_call(target, CALL_btf, btf, why);
		if (result)
			return result;
		copy = btf_keep(target, name, *btf);
	}
	*btf = copy ? copy->btf : (struct span){0};
	return copy ? 0 : -ENOMEM;
}

/* ---- files ---------------------------------------------------------------- */

static int read_piece(struct target *target, enum root root, const char *path, uint64_t offset,
		      uint64_t size, bool may_map, struct span *piece)
{
	struct text *request = request_begin(target);

	write_u8(request, root);
	write_string(request, path);
	write_u64(request, offset);
	write_u64(request, size);
	write_u8(request, may_map);
	return request_call(target, CALL_file_read, piece, NULL);
}

/* A piece that is not full is the last. */
int target_read_file(struct target *target, enum root root, const char *path, struct text *content)
{
	struct span piece;
	int result;

	*content = (struct text){0};
	do {
		result = read_piece(target, root, path, content->size, READ_LIMIT, false, &piece);
		if (result) {
			text_free(content);
			return result;
		}
		text_add(content, piece.data, piece.size);
		target_release(target, piece);
	} while (piece.size >= READ_LIMIT);
	return 0;
}

/* Pieces that were not mapped, one after the other; `first` is used up. */
static int join_pieces(struct target *target, const char *path, uint64_t size, struct span first,
		       struct span *content)
{
	struct text all = {0};
	struct span piece = first;
	int result = 0;

	while (!result && piece.size && all.size < size) {
		text_add(&all, piece.data, piece.size);
		target_release(target, piece);
		piece = (struct span){0};
		if (all.size < size)
			result = read_piece(target, ROOT_MACHINE, path, all.size, size - all.size,
					    false, &piece);
	}
	if (!result)
		target_release(target, piece);
	*content = (struct span){all.data, all.size};
	if (result)
		text_free(&all);
	return result;
}

int target_map_file(struct target *target, const char *path, struct span *content)
{
	struct file_info info;
	struct span piece;
	int result = target_file_info(target, path, &info);

	*content = (struct span){0};
	if (result)
		return result;
	if (!S_ISREG(info.mode))
		return -EINVAL;
	result = read_piece(target, ROOT_MACHINE, path, 0, info.size, true, &piece);
	if (result)
		return result;
	if (piece.size >= info.size) {
		*content = piece;
		return 0;
	}
	return join_pieces(target, path, info.size, piece, content);
}

void target_unmap_file(struct target *target, struct span content)
{
	target_release(target, content);
}

int target_file_info(struct target *target, const char *path, struct file_info *info)
{
	struct span reply;
	struct reader in;
	int result;

	write_string(request_begin(target), path);
	result = request_call(target, CALL_file_info, &reply, NULL);
	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	info->size = read_u64(&in);
	info->inode = read_u64(&in);
	info->device = read_u64(&in);
	info->modified_ns = read_u64(&in);
	info->mode = read_u32(&in);
	return reply_done(target, &in, reply, NULL);
}

int target_list(struct target *target, enum root root, const char *path, struct text *names)
{
	struct text *request = request_begin(target);
	struct span reply;
	int result;

	*names = (struct text){0};
	write_u8(request, root);
	write_string(request, path);
	result = request_call(target, CALL_dir_list, &reply, NULL);
	if (result)
		return result;
	text_add(names, reply.data, reply.size);
	target_release(target, reply);
	if (!names->size || !names->data[names->size - 1])
		return 0;
	text_free(names);
	return -EPROTO;
}

/* ---- maps ----------------------------------------------------------------- */

static bool is_per_cpu(uint32_t type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

/* Remember how large the entries are: an update is not told. */
static int keep_shape(struct target *target, const struct map_create *map, handle_t handle)
{
	struct map_shape *maps = realloc(target->maps, (target->map_count + 1) * sizeof(*maps));
	uint64_t stride = map->value_size;

	if (!maps)
		return -ENOMEM;
	if (is_per_cpu(map->type))
		stride = ALIGN_UP(stride, 8) * target_machine(target)->cpus_possible;
	target->maps = maps;
	maps[target->map_count++] = (struct map_shape){handle, map->key_size, stride};
	return 0;
}

int target_map_create(struct target *target, const struct map_create *map, handle_t *handle,
		      struct text *why)
{
	struct text *request = request_begin(target);
	int result;

	write_u32(request, map->type);
	write_u32(request, map->key_size);
	write_u32(request, map->value_size);
	write_u32(request, map->max_entries);
	write_u32(request, map->flags);
	write_string(request, map->name ? map->name : "");
	result = call_number(target, CALL_map_create, handle, why);
	return result ? result : keep_shape(target, map, *handle);
}

int target_rings_create(struct target *target, uint32_t rings, uint32_t size, handle_t *handle,
			struct text *why)
{
	struct text *request = request_begin(target);

	write_u32(request, rings);
	write_u32(request, size);
	return call_number(target, CALL_rings_create, handle, why);
}

/* What one answer of map_read holds. */
struct map_piece {
	uint32_t key_size, stride, values, max_entries, count;
	struct span cursor, entries;
};

static struct map_piece read_map_piece(struct reader *in)
{
	struct map_piece piece = {0};
	uint64_t size;

	piece.key_size = read_u32(in);
	piece.stride = read_u32(in);
	piece.values = read_u32(in);
	piece.max_entries = read_u32(in);
	piece.count = read_u32(in);
	piece.cursor = read_blob(in);
	size = piece.key_size + (uint64_t)piece.stride;
	/* also keeps the product below from overflowing */
	if (!piece.values || size > REPLY_LIMIT)
		in->failed = true;
	else
		piece.entries = read_bytes(in, size * piece.count);
	return piece;
}

static int read_entries(struct target *target, handle_t map, struct text *cursor,
			struct map_entries *entries, uint32_t *max_entries, struct text *why)
{
	struct text *request = request_begin(target);
	struct map_piece piece;
	struct span reply;
	struct reader in;
	int result;

	write_u32(request, map);
	write_blob(request, cursor->data, cursor->size);
	result = request_call(target, CALL_map_read, &reply, why);
	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	piece = read_map_piece(&in);
	if (!in.failed) {
		entries->key_size = piece.key_size;
		entries->value_stride = piece.stride;
		entries->values = piece.values;
		entries->value_size = piece.stride / piece.values;
		entries->count += piece.count;
		*max_entries = piece.max_entries;
		text_add(&entries->bytes, piece.entries.data, piece.entries.size);
		text_clear(cursor);
		text_add(cursor, piece.cursor.data, piece.cursor.size);
	}
	return reply_done(target, &in, reply, why);
}

/*
 * A map that changes may be walked in a circle, where the kernel has no batches: end when
 * more came than it can hold.
 */
int target_map_read(struct target *target, handle_t map, struct map_entries *entries,
		    struct text *why)
{
	struct text cursor = {0};
	uint32_t max_entries = 0;
	int result;

	*entries = (struct map_entries){0};
	do
		result = read_entries(target, map, &cursor, entries, &max_entries, why);
	while (!result && cursor.size && entries->count < max_entries);
	text_free(&cursor);
	if (result)
		text_free(&entries->bytes);
	return result;
}

int target_map_update(struct target *target, handle_t map, const void *keys, const void *values,
		      uint32_t count, struct text *why)
{
	struct text *request = request_begin(target);

	for (uint32_t i = 0; i < target->map_count; i++) {
		const struct map_shape *shape = &target->maps[i];

		if (shape->handle != map)
			continue;
		if ((shape->key_size + shape->stride) * count > REQUEST_LIMIT)
			break;
		write_u32(request, map);
		write_u32(request, count);
		write_blob(request, keys, (size_t)shape->key_size * count);
		write_blob(request, values, shape->stride * count);
		return call_plain(target, CALL_map_update, why);
	}
	if (why)
		text_printf(why, "map_update: %u is not our map, or the list is too long", map);
	return -EINVAL;
}

int target_map_clear(struct target *target, handle_t map, struct text *why)
{
	return call_handle(target, CALL_map_clear, map, why);
}

int target_map_zero(struct target *target, handle_t map, struct text *why)
{
	return call_handle(target, CALL_map_zero, map, why);
}

/* ---- programs ------------------------------------------------------------- */

/* The reason is the first line, the verifier's words are the rest. */
static void split_reason(const struct text *reason, struct text *log, struct text *why)
{
	const char *text = text_cstr(reason);
	size_t line = strcspn(text, "\n");

	if (why)
		text_add(why, text, line);
	if (log && text[line])
		text_string(log, text + line + 1);
}

int target_program_load(struct target *target, const struct program_load *program, handle_t *handle,
			struct text *log, struct text *why)
{
	struct text *request = request_begin(target), reason = {0};
	struct span reply;
	struct reader in;
	const char *words;
	int result;

	write_u32(request, program->type);
	write_u32(request, program->attach_type);
	write_u32(request, program->attach_btf_id);
	write_string(request, program->name ? program->name : "");
	write_u8(request, program->want_log);
	write_blob(request, program->instructions, (size_t)program->count * 8);
	result = request_call(target, CALL_program_load, &reply, &reason);
	if (result) {
		split_reason(&reason, log, why);
		text_free(&reason);
		return result;
	}
	in = reader_of(reply.data, reply.size);
	*handle = read_u32(&in);
	words = read_string(&in);
	if (log)
		text_string(log, words);
	return reply_done(target, &in, reply, why);
}

int target_program_run(struct target *target, handle_t program, uint32_t *result, struct text *why)
{
	uint32_t returned;
	int status;

	write_u32(request_begin(target), program);
	status = call_number(target, CALL_program_run, &returned, why);
	if (!status && result)
		*result = returned;
	return status;
}

int target_program_info(struct target *target, handle_t program, struct program_info *info)
{
	struct span reply;
	struct reader in;
	int result;

	write_u32(request_begin(target), program);
	result = request_call(target, CALL_program_info, &reply, NULL);
	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	info->instructions = read_u32(&in);
	info->translated_bytes = read_u32(&in);
	info->jited_bytes = read_u32(&in);
	info->verified = read_u32(&in);
	info->run_count = read_u64(&in);
	info->run_ns = read_u64(&in);
	info->recursion_misses = read_u64(&in);
	return reply_done(target, &in, reply, NULL);
}

/* ---- attachments and events ------------------------------------------------ */

static void write_attach(struct text *request, const struct attach *attach)
{
	write_u8(request, attach->method);
	write_u32(request, attach->program);
	write_string(request, attach->name ? attach->name : "");
	write_u64(request, attach->offset);
	write_u8(request, attach->is_return);
	write_u32(request, attach->perf_type);
	write_u64(request, attach->perf_config);
	write_u64(request, attach->period);
	write_u8(request, attach->is_frequency);
	write_u32(request, (uint32_t)attach->pid);
	write_u32(request, (uint32_t)attach->cpu);
	write_u64(request, attach->cookie);
}

/* How many worked; the lines of `why` are separated by newlines. */
static int read_attached(struct reader *in, uint32_t count, int64_t *results, struct text *why)
{
	int worked = 0;

	for (uint32_t i = 0; i < count; i++) {
		const char *reason;

		results[i] = (int64_t)read_u64(in);
		reason = read_string(in);
		worked += results[i] > 0;
		if (results[i] > 0 || !why)
			continue;
		if (why->size)
			text_char(why, '\n');
		text_string(why, reason);
	}
	return worked;
}

int target_attach(struct target *target, const struct attach *list, uint32_t count,
		  int64_t *results, struct text *why)
{
	struct text *request = request_begin(target);
	struct span reply;
	struct reader in;
	int result, worked;

	write_u32(request, count);
	for (uint32_t i = 0; i < count; i++)
		write_attach(request, &list[i]);
	result = request_call(target, CALL_attach, &reply, why);
	if (result)
		return result;
	in = reader_of(reply.data, reply.size);
	worked = read_attached(&in, count, results, why);
	result = reply_done(target, &in, reply, why);
	return result ? result : worked;
}

int target_close_handles(struct target *target, const handle_t *handles, uint32_t count)
{
	struct text *request = request_begin(target);

	write_u32(request, count);
	for (uint32_t i = 0; i < count; i++)
		write_u32(request, handles[i]);
	return call_plain(target, CALL_close, NULL);
}

int target_events_open(struct target *target, handle_t rings, struct text *why)
{
	return call_handle(target, CALL_events_open, rings, why);
}
