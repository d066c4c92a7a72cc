/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled program onto the target: its maps in order, then its probes' code, in which
 * indices of maps become handles.  What is made is in the session also when a later step
 * fails.
 */
#include "trace/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *map_name(const struct map_spec *map)
{
	static const char *const names[] = {
		[MAP_RINGS] = "rings",	   [MAP_CONTROL] = "control", [MAP_LEDGER] = "ledger",
		[MAP_SCRATCH] = "scratch", [MAP_ZEROES] = "zeroes",
	};

	if (map->role != MAP_USER)
		return names[map->role];
	return map->name[1] ? map->name + 1 : "at";
}

static int create_map(struct session *session, const struct map_spec *map, handle_t *handle,
		      struct text *why)
{
	const struct program *program = session->program;
	const struct map_create create = {
		.type = map->bpf_type,
		.key_size = map->key_size,
		.value_size = map->value_size,
		.max_entries = map->max_entries,
		.flags = map->flags,
		.name = map_name(map),
	};

	if (map->role == MAP_RINGS)
		return target_rings_create(session->target, program->ring_count, program->ring_size,
					   handle, why);
	return target_map_create(session->target, &create, handle, why);
}

static int create_maps(struct session *session, struct text *why)
{
	const struct program *program = session->program;
	struct text reason = {0};
	int error = 0;

	for (uint32_t i = 0; i < program->map_count && !error; i++) {
		const struct map_spec *map = &program->maps[i];

		error = session_stopped(session)
				? -EINTR
				: create_map(session, map, &session->maps[i], &reason);
		if (!error)
			session->map_count++;
		else if (error != -EINTR)
			text_printf(why, "cannot create map '%s': %s",
				    map->role == MAP_USER ? map->name : map_name(map),
				    text_cstr(&reason));
	}
	text_free(&reason);
	return error;
}

static bool loads_map(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW) &&
	       (insn->src_reg == BPF_PSEUDO_MAP_FD || insn->src_reg == BPF_PSEUDO_MAP_VALUE);
}

/* A copy of the code with handles in it; free it. */
static struct bpf_insn *code_with_handles(const struct session *session,
					  const struct program_probe *probe)
{
	struct bpf_insn *code = calloc(probe->code_count, sizeof(*code));

	if (!code)
		return NULL;
	memcpy(code, probe->code, probe->code_count * sizeof(*code));
	for (uint32_t i = 0; i < probe->code_count; i++)
		if (loads_map(&code[i]))
			code[i].imm = (int32_t)session->maps[code[i].imm];
	return code;
}

static void explain(struct session *session, const struct program_probe *probe, const char *log,
		    const char *reason, struct text *why)
{
	if (session->options.report && verifier_report(session->options.report, probe, log))
		return;
	text_printf(why, "cannot load '%s': %s", probe->name, reason);
}

static int load_code(struct session *session, const struct program_probe *probe,
		     const struct bpf_insn *code, handle_t *handle, struct text *why)
{
	const struct program_load load = {
		.type = probe->bpf_type,
		.name = probe->name,
		.instructions = code,
		.count = probe->code_count,
		.want_log = session->options.log != NULL,
	};
	struct text log = {0}, reason = {0};
	int error = target_program_load(session->target, &load, handle, &log, &reason);

	if (session->options.log && log.size)
		text_printf(session->options.log, "%s:\n%s\n", probe->name, text_cstr(&log));
	if (error)
		explain(session, probe, text_cstr(&log), text_cstr(&reason), why);
	text_free(&log);
	text_free(&reason);
	return error;
}

static int load_probe(struct session *session, const struct program_probe *probe, handle_t *handle,
		      struct text *why)
{
	struct bpf_insn *code = code_with_handles(session, probe);
	int error = code ? load_code(session, probe, code, handle, why) : -ENOMEM;

	free(code);
	return error;
}

static int load_probes(struct session *session, struct text *why)
{
	const struct program *program = session->program;
	int error = 0;

	for (uint32_t i = 0; i < program->probe_count && !error; i++) {
		error = session_stopped(session) ? -EINTR
						 : load_probe(session, &program->probes[i],
							      &session->programs[i], why);
		if (!error)
			session->program_count++;
	}
	return error;
}

int session_load(struct session *session, struct text *why)
{
	int error = create_maps(session, why);

	return error ? error : load_probes(session, why);
}
