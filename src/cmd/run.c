/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An invocation carried out: target, compile, session, end.  Everything the user reads
 * about a failure is printed here.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum { IDLE_MS = 1000 }; /* how long a step waits when nothing happens */

struct run {
	struct arena *arena;
	const struct invocation *invocation;
	struct signals *signals;
	struct target *target;
	struct report report;
	struct compilation compilation;
	struct output output, messages;
	struct sink *sink;
	struct text why;
};

static void print_error(const struct text *text)
{
	fprintf(stderr, "ERROR: %s\n", text_cstr(text));
}

/* ---- the target and our rights on it ------------------------------------ */

static void watch_call(void *context, enum call call, struct span request, int result,
		       struct span reply)
{
	(void)context;
	fprintf(stderr, "%-14s %7zu bytes -> %d, %zu bytes\n", call_names[call], request.size,
		result, reply.size);
}

static int open_target(struct run *run)
{
	int error;

	if (run->invocation->carrier == CARRIER_CHILD)
		error = target_open_child(&run->target, &run->why);
	else
		error = target_open_direct(&run->target, &run->why);
	if (error)
		return error;
	if (run->invocation->dump_calls)
		target_watch(run->target, watch_call, NULL);
	return 0;
}

/* Linux capabilities that tracing needs; numbers from linux/capability.h. */
static const struct need {
	unsigned bit;
	const char *name, *what;
} needs[] = {
	{39, "cap_bpf", "load programs"},
	{38, "cap_perfmon", "attach them"},
	{2, "cap_dac_read_search", "read tracefs and other processes' files"},
};
enum { CAP_SYS_ADMIN_BIT = 21 };

static bool has_rights(struct run *run)
{
	uint64_t have = target_machine(run->target)->capabilities;
	struct text missing = {0};
	char self[4096];
	ssize_t size;

	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		if (!(have >> needs[i].bit & 1) &&
		    (needs[i].bit == 2 || !(have >> CAP_SYS_ADMIN_BIT & 1)))
			text_printf(&missing, "%s%s (to %s)", missing.size ? ", " : "",
				    needs[i].name, needs[i].what);
	if (!missing.size)
		return true;
	size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[size > 0 ? size : 0] = 0;
	fprintf(stderr,
		"ERROR: missing capabilities: %s\nhint: run it as root, or grant them: sudo setcap "
		"cap_bpf,cap_perfmon,cap_dac_read_search+ep %s\n",
		text_cstr(&missing), size > 0 ? self : "sonde");
	text_free(&missing);
	return false;
}

/* ---- compiling ---------------------------------------------------------- */

static int load_btf(void *context, const char *module, struct span *btf)
{
	return target_btf(context, module ? module : "vmlinux", btf, NULL);
}

static void prepare(struct run *run)
{
	const struct invocation *invocation = run->invocation;
	struct names *names = names_new(run->arena);

	report_init(&run->report, run->arena, &invocation->source);
	run->compilation = (struct compilation){
		.arena = run->arena,
		.names = names,
		.report = &run->report,
		.types = types_new(run->arena, names, (struct btf_source){load_btf, run->target}),
		.target = run->target,
		.source = &invocation->source,
		.positional = invocation->positional,
		.positional_count = invocation->positional_count,
		.options = invocation->options,
		.option_count = invocation->option_count,
		.max_strlen = 1024,
		.stack_depth = 127,
		.max_map_keys = 4096,
		.max_probes = 1024,
		.unsafe = invocation->unsafe,
	};
}

static void print_report(struct run *run)
{
	struct text text = {0};

	if (run->report.errors || !run->invocation->no_warnings) {
		report_print(&run->report, &text, isatty(STDERR_FILENO));
		fputs(text_cstr(&text), stderr);
	}
	text_free(&text);
}

/* The program, or NULL: then `status` is what to exit with. */
static struct program *compile_script(struct run *run, int *status)
{
	struct text dumped = {0};
	const struct dump dump = {run->invocation->stage, &dumped};
	struct program *program;

	prepare(run);
	program = run->invocation->is_ir ? compile_ir(&run->compilation, &dump)
					 : compile(&run->compilation, &dump);
	print_report(run);
	fputs(text_cstr(&dumped), stdout);
	text_free(&dumped);
	*status = run->report.errors ? 1 : 0;
	return run->invocation->stage == STAGE_NONE ? program : NULL;
}

/* ---- running ------------------------------------------------------------ */

static int open_output(struct run *run)
{
	const struct invocation *invocation = run->invocation;
	struct view_options options = {.quiet = invocation->quiet,
				       .line_buffered = invocation->line_buffered,
				       .messages = &run->messages};

	run->output = (struct output){.fd = STDOUT_FILENO, .stop = &run->signals->stop};
	run->messages = (struct output){.fd = STDERR_FILENO, .stop = &run->signals->stop};
	if (invocation->output) {
		run->output.fd =
			open(invocation->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (run->output.fd < 0) {
			text_printf(&run->why, "cannot write '%s': %s", invocation->output,
				    strerror(errno));
			return -errno;
		}
	}
	run->sink = invocation->format == FORMAT_JSON ? sink_json(&run->output, &options)
						      : sink_text(&run->output, &options);
	return 0;
}

/* A broken pipe is how `| head` ends: not a failure. */
static bool is_failure(int error)
{
	return error < 0 && error != -EINTR && error != -EPIPE;
}

static int step_until_end(struct run *run, struct session *session)
{
	int result = 0;

	while (!result && !run->signals->stop) {
		result = session_step(session, IDLE_MS);
		if (run->signals->print_maps) {
			run->signals->print_maps = 0;
			session_print_maps(session);
		}
		if (result == -EINTR)
			result = 0;
	}
	if (is_failure(result) && !run->output.error)
		text_printf(&run->why, "reading events: %s", strerror(-result));
	return result;
}

/* What could not be written; that nobody reads any more is no failure. */
static void tell_output(struct run *run)
{
	const char *name = run->invocation->output ? run->invocation->output : "standard output";

	if (is_failure(run->output.error))
		text_printf(&run->why, "cannot write to %s: %s", name,
			    strerror(-run->output.error));
}

static void print_info(struct run *run, const struct program *program)
{
	for (uint32_t i = 0; i < program->map_count; i++) {
		const struct map_spec *map = &program->maps[i];

		fprintf(stderr, "map %s: type %u, key %u bytes, value %u bytes, %u entries\n",
			map->name ? map->name : "(internal)", map->bpf_type, map->key_size,
			map->value_size, map->max_entries);
	}
	for (uint32_t i = 0; i < program->probe_count; i++)
		fprintf(stderr, "program %s: %u instructions, %u attach points\n",
			program->probes[i].name, program->probes[i].code_count,
			program->probes[i].point_count);
	fprintf(stderr, "kernel memory: %llu bytes\n",
		(unsigned long long)program_memory(program,
						   target_machine(run->target)->cpus_possible));
}

static void warn_of_memory(struct run *run, const struct program *program)
{
	uint64_t memory = program_memory(program, target_machine(run->target)->cpus_possible);

	if (memory > MEMORY_BUDGET && !run->invocation->no_warnings)
		fprintf(stderr, "WARNING: this script asks for %llu MB of kernel memory\n",
			(unsigned long long)(memory >> 20));
}

static int run_program(struct run *run, const struct program *program)
{
	struct text log = {0};
	struct session_options options = {
		.report = &run->report,
		.dry_run = run->invocation->dry_run,
		.log = run->invocation->verbose ? &log : NULL,
		.wake = run->signals->wake[0],
		.stop = &run->signals->stop,
	};
	uint32_t reported = run->report.errors;
	struct session *session;
	int error, code, closing;

	if (run->invocation->verbose)
		print_info(run, program);
	warn_of_memory(run, program);
	error = session_open(&session, run->target, program, &options, run->sink, &run->why);
	fputs(text_cstr(&log), stderr);
	text_free(&log);
	if (run->report.errors > reported)
		print_report(run);
	if (error)
		return is_failure(error) ? 1 : 0;
	if (!run->invocation->dry_run)
		error = step_until_end(run, session);
	code = session_exit_code(session);
	closing = session_close(session, &run->why);
	tell_output(run);
	return is_failure(error) || is_failure(closing) ? 1 : code;
}

static int list_probes(struct run *run)
{
	struct text out = {0};
	int found;

	prepare(run);
	found = points_list(&run->compilation, run->invocation->list, &out);
	fputs(text_cstr(&out), stdout);
	text_free(&out);
	if (found <= 0)
		text_printf(&run->why, "no probe matches '%s'%s", run->invocation->list,
			    geteuid() ? "\nhint: reading the kernel's probes needs root or "
					"cap_dac_read_search"
				      : "");
	return found > 0 ? 0 : 1;
}

static int run_on_target(struct run *run)
{
	struct program *program;
	int status;

	if (run->invocation->list)
		return list_probes(run);
	if (run->invocation->stage == STAGE_NONE && !has_rights(run))
		return 1;
	program = compile_script(run, &status);
	if (!program)
		return status;
	if (open_output(run))
		return 1;
	status = run_program(run, program);
	sink_free(run->sink);
	return status;
}

int invocation_run(struct arena *arena, const struct invocation *invocation,
		   struct signals *signals)
{
	struct run run = {.arena = arena, .invocation = invocation, .signals = signals};
	int status = 1;

	if (!open_target(&run)) {
		status = run_on_target(&run);
		target_close(run.target, invocation->wait_detach);
	}
	if (run.why.size)
		print_error(&run.why);
	text_free(&run.why);
	return status;
}
