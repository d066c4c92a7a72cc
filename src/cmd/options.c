/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sonde's own options: one table that reads the command line, prints the help and is the
 * man page.  What follows them is a tool, a script file with its parameters, or, after
 * -e, parameters alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

enum { SCRIPT_LIMIT = 16 << 20 }; /* bytes; a script beyond that is a mistake */

struct reading {
	struct arena *arena;
	struct invocation *invocation;
	const char *text; /* -e */
	struct text *out, *why;
	bool done; /* help or version was printed */
};

struct option_row {
	char short_name;
	const char *name, *value, *doc;
	int (*take)(struct reading *reading, const char *value);
};

static int take_text(struct reading *r, const char *value)
{
	r->text = value;
	return 0;
}

/* The index of `value` in a list of names, or -1 with the reason. */
static int choose(struct reading *r, const char *option, const char *value,
		  const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], value))
			return i;
	text_printf(r->why, "'%s' is not a value of %s\nhint: it takes", value, option);
	for (int i = 0; i < count; i++)
		if (names[i] && *names[i])
			text_printf(r->why, " %s", names[i]);
	return -1;
}

static int take_dump(struct reading *r, const char *value)
{
	const char *names[STAGE_COUNT + 1];
	int stage;

	for (int i = 0; i < STAGE_COUNT; i++)
		names[i] = i == STAGE_NONE ? "" : stage_names[i];
	names[STAGE_COUNT] = "calls";
	stage = choose(r, "-d", value, names, STAGE_COUNT + 1);
	if (stage < 0)
		return -1;
	r->invocation->dump_calls = stage == STAGE_COUNT;
	r->invocation->stage = stage == STAGE_COUNT ? STAGE_NONE : (enum stage)stage;
	return 0;
}

static int take_format(struct reading *r, const char *value)
{
	static const char *const names[] = {[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json"};
	int format = choose(r, "-f", value, names, ARRAY_SIZE(names));

	r->invocation->format = (enum format)format;
	return format < 0 ? -1 : 0;
}

static int take_target(struct reading *r, const char *value)
{
	static const char *const names[] = {[CARRIER_DIRECT] = "direct", [CARRIER_CHILD] = "child"};
	int carrier = choose(r, "--target", value, names, ARRAY_SIZE(names));

	r->invocation->carrier = (enum carrier)carrier;
	return carrier < 0 ? -1 : 0;
}

static int take_buffering(struct reading *r, const char *value)
{
	static const char *const names[] = {"none", "line", "full"};
	int mode = choose(r, "-B", value, names, ARRAY_SIZE(names));

	r->invocation->line_buffered = mode >= 0 && mode < 2;
	return mode < 0 ? -1 : 0;
}

static int take_output(struct reading *r, const char *value)
{
	r->invocation->output = value;
	return 0;
}

static int take_list(struct reading *r, const char *value)
{
	r->invocation->list = value ? value : "*";
	return 0;
}

static int take_version(struct reading *r, const char *value)
{
	(void)value;
	text_printf(r->out, "sonde %s\n", SONDE_VERSION);
	r->done = true;
	return 0;
}

static int take_help(struct reading *r, const char *value);

/* A flag that sets one bool of the invocation. */
#define FLAG(member)                                                                               \
	static int take_##member(struct reading *r, const char *value)                             \
	{                                                                                          \
		(void)value;                                                                       \
		r->invocation->member = true;                                                      \
		return 0;                                                                          \
	}
FLAG(verbose)
FLAG(quiet)
FLAG(no_warnings)
FLAG(dry_run)
FLAG(unsafe)
FLAG(wait_detach)
FLAG(is_ir)

/* Accepted for the sake of scripts made for bpftrace: types come from the kernel's BTF. */
static int take_nothing(struct reading *r, const char *value)
{
	(void)r, (void)value;
	return 0;
}

/* Long options without a letter are numbered from here for getopt_long. */
enum { LONG_ONLY = 256 };

static const struct option_row rows[] = {
	{'e', "program", "PROGRAM", "run this text instead of a file", take_text},
	{'l', "list", "[PATTERN]", "list the probes that match, and exit", take_list},
	{'f', "format", "FORMAT", "output as text or json", take_format},
	{'o', "output", "FILE", "write the output to a file", take_output},
	{'B', "buffering", "MODE", "output buffering: none, line or full (default)",
	 take_buffering},
	{'q', "quiet", NULL, "no message about attached probes", take_quiet},
	{'v', "verbose", NULL, "say what is loaded and attached, and the verifier's log",
	 take_verbose},
	{'d', "debug", "STAGE",
	 "show a stage of the compiler: tokens, tree, types, ir, alloc, bpf; or calls", take_dump},
	{0, "dry-run", NULL, "load and attach everything, then end", take_dry_run},
	{0, "no-warnings", NULL, "no warnings", take_no_warnings},
	{0, "unsafe", NULL, "allow what can disturb a program: uprobes inside functions",
	 take_unsafe},
	{0, "wait-detach", NULL, "wait until the kernel has detached everything", take_wait_detach},
	{0, "target", "CARRIER",
	 "where to run: direct (default), or child: an agent in a process of its own", take_target},
	{0, "ir", NULL, "the script is IR text, as -d ir shows it", take_is_ir},
	{'k', "warn-errors", NULL, "accepted; failed reads are always told at the end",
	 take_nothing},
	{'I', "include-dir", "DIR", "accepted and not needed", take_nothing},
	{0, "include", "FILE", "accepted and not needed", take_nothing},
	{'V', "version", NULL, "show the version", take_version},
	{'h', "help", NULL, "show this help", take_help},
};

static void row_names(const struct option_row *row, struct text *out)
{
	if (row->short_name)
		text_printf(out, "-%c, ", row->short_name);
	text_printf(out, "--%s", row->name);
	if (row->value)
		text_printf(out, " %s", row->value);
}

static int take_help(struct reading *r, const char *value)
{
	const char *name = r->invocation->program;

	(void)value;
	text_printf(r->out,
		    "usage: %s [OPTIONS] FILE [PARAMETERS]\n"
		    "       %s [OPTIONS] -e 'PROGRAM' [PARAMETERS]\n"
		    "       %s [OPTIONS] TOOL [TOOL OPTIONS]\n"
		    "       %s tools | man [TOOL]\n\n"
		    "Shows what this machine is doing, with a script in bpftrace's language.\n"
		    "FILE - reads the script from standard input.\n\noptions:\n",
		    name, name, name, name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct text names = {0};

		row_names(&rows[i], &names);
		text_printf(r->out, "  %-26s %s\n", text_cstr(&names), rows[i].doc);
		text_free(&names);
	}
	text_string(r->out, "\ntools:\n");
	for (uint64_t i = 0; i < embedded_tool_count; i++)
		text_printf(r->out, "  %s\n", embedded_tools[i].name);
	text_printf(r->out,
		    "\nexamples:\n"
		    "  %s -e 'tracepoint:syscalls:sys_enter_openat { printf(\"%%s %%s\\n\", comm, "
		    "str(args.filename)); }'\n"
		    "  %s -e 'profile:hz:99 { @[kstack] = count(); }'\n"
		    "  %s opensnoop -T\n",
		    name, name, name);
	r->done = true;
	return 0;
}

void options_man(struct text *out)
{
	text_printf(out,
		    ".TH sonde 8 \"\" \"sonde %s\"\n.SH NAME\nsonde \\- show what a Linux machine "
		    "is doing, with eBPF\n"
		    ".SH SYNOPSIS\n.B sonde\n[OPTIONS] FILE [PARAMETERS]\n.br\n.B sonde\n[OPTIONS] "
		    "\\-e PROGRAM [PARAMETERS]\n.br\n"
		    ".B sonde\n[OPTIONS] TOOL [TOOL OPTIONS]\n.SH DESCRIPTION\n"
		    "Compiles a script in bpftrace's language to BPF, runs it in the kernel and "
		    "prints\n"
		    "what it finds.  FILE \\- is standard input.  PARAMETERS are $1, $2 and so on; "
		    "after\n"
		    "\\-\\- those of the form \\-\\-name=value are for getopt().\n.SH OPTIONS\n",
		    SONDE_VERSION);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		text_string(out, ".TP\n");
		row_names(&rows[i], out);
		text_printf(out, "\n%s\n", rows[i].doc);
	}
	text_string(out, ".SH SIGNALS\nSIGINT and SIGTERM end the trace: END probes run and maps "
			 "are printed.\n"
			 "SIGUSR1 prints the maps and goes on.\n.SH EXIT STATUS\n"
			 "0, what exit() was given, or 1 when something failed.\n");
}

/* ---- the script --------------------------------------------------------- */

static int read_all(struct reading *r, int fd, const char *name)
{
	struct text content = {0};
	char buffer[65536];
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0 && content.size < SCRIPT_LIMIT)
		text_add(&content, buffer, (size_t)got);
	if (got < 0)
		text_printf(r->why, "cannot read '%s': %s", name, strerror(errno));
	else if (content.size >= SCRIPT_LIMIT)
		text_printf(r->why, "'%s' is too big for a script", name);
	else
		r->invocation->source = (struct source){
			name, arena_strndup(r->arena, text_cstr(&content), content.size),
			content.size};
	text_free(&content);
	return r->why->size ? -1 : 0;
}

static int read_file(struct reading *r, const char *path)
{
	int fd, error;

	if (!strcmp(path, "-"))
		return read_all(r, STDIN_FILENO, "stdin");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		text_printf(r->why, "cannot open '%s': %s", path, strerror(errno));
		if (errno == ENOENT && !strchr(path, '/'))
			text_printf(r->why,
				    "\nhint: '%s --help' lists the tools; a script as text goes "
				    "after -e",
				    r->invocation->program);
		return -1;
	}
	error = read_all(r, fd, path);
	close(fd);
	return error;
}

/* "--name=value" and "--name" after "--" are for getopt(); the rest are $1, $2, ... */
static void take_parameters(struct reading *r, char **argv)
{
	struct invocation *invocation = r->invocation;
	const char **positional = NULL, **options = NULL;
	size_t positional_capacity = 0, option_capacity = 0;
	bool named = false;

	for (; *argv; argv++) {
		if (!named && !strcmp(*argv, "--")) {
			named = true;
		} else if (named && !strncmp(*argv, "--", 2)) {
			const char *name = *argv + 2, *equals = strchr(name, '=');
			uint32_t at = invocation->option_count * 2;

			options = arena_grow(r->arena, options, invocation->option_count++,
					     &option_capacity, 2 * sizeof(*options));
			options[at] = arena_strndup(r->arena, name, strcspn(name, "="));
			options[at + 1] = equals ? equals + 1 : NULL;
		} else {
			positional = arena_grow(r->arena, positional, invocation->positional_count,
						&positional_capacity, sizeof(*positional));
			positional[invocation->positional_count++] = *argv;
		}
	}
	invocation->positional = positional;
	invocation->options = options;
}

/* A script whose head comment names options takes them; others take parameters. */
static int take_arguments(struct reading *r, int argc, char **argv)
{
	struct span script = {r->invocation->source.text, r->invocation->source.size};
	struct tool_page page;
	int result;

	if (!tool_page_read(r->arena, script, &page) || !page.option_count) {
		take_parameters(r, argv);
		return 0;
	}
	result = tool_arguments(r->arena, &page, argc, argv, r->invocation, r->why);
	if (result == 1)
		tool_help(&page, r->out);
	return result;
}

/* ---- commands that are words -------------------------------------------- */

static int command_tools(struct reading *r, const char *argument)
{
	(void)argument;
	for (uint64_t i = 0; i < embedded_tool_count; i++) {
		struct tool_page page;

		tool_page_read(r->arena, embedded_tools[i].script, &page);
		text_printf(r->out, "%-16s %s\n", embedded_tools[i].name, page.summary);
	}
	return 1;
}

static int command_man(struct reading *r, const char *argument)
{
	const struct tool *tool = argument ? tool_find(argument) : NULL;
	struct tool_page page;

	if (!argument || !strcmp(argument, "sonde")) {
		options_man(r->out);
	} else if (!tool) {
		text_printf(r->why, "there is no tool '%s'\nhint: '%s tools' lists them", argument,
			    r->invocation->program);
		return -1;
	} else {
		tool_page_read(r->arena, tool->script, &page);
		tool_man(&page, r->out);
	}
	return 1;
}

static const struct command {
	const char *name;
	int (*run)(struct reading *reading, const char *argument);
} commands[] = {
	{"tools", command_tools},
	{"man", command_man},
};

/* The first word behind the options: a command, a tool, or a file. */
static int take_word(struct reading *r, int argc, char **argv)
{
	const struct tool *tool = tool_find(argv[0]);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(r, argv[1]);
	if (tool) {
		r->invocation->source =
			(struct source){tool->name, tool->script.data, tool->script.size};
		r->invocation->quiet = true; /* a tool says itself that it is ready */
	} else if (read_file(r, argv[0])) {
		return -1;
	}
	return take_arguments(r, argc - 1, argv + 1);
}

/* ---- reading ------------------------------------------------------------ */

static void getopt_tables(char *letters, struct option *longs)
{
	*letters++ = '+'; /* stop at the first word that is not an option */
	*letters++ = ':'; /* no messages of its own */
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int argument = !rows[i].value		 ? no_argument
			       : rows[i].value[0] == '[' ? optional_argument
							 : required_argument;

		longs[i] = (struct option){rows[i].name, argument, NULL,
					   rows[i].short_name ? rows[i].short_name
							      : LONG_ONLY + (int)i};
		if (rows[i].short_name) {
			*letters++ = rows[i].short_name;
			if (argument == required_argument)
				*letters++ = ':';
		}
	}
	longs[ARRAY_SIZE(rows)] = (struct option){0};
	*letters = 0;
}

static const struct option_row *find_row(int found)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (found == (rows[i].short_name ? rows[i].short_name : LONG_ONLY + (int)i))
			return &rows[i];
	return NULL;
}

static int take_options(struct reading *r, int argc, char **argv)
{
	char letters[ARRAY_SIZE(rows) * 2 + 3];
	struct option longs[ARRAY_SIZE(rows) + 1];
	int found;

	getopt_tables(letters, longs);
	optind = 1;
	while ((found = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = find_row(found);

		if (!row) {
			text_printf(r->why, "%s '%s'\nhint: %s --help shows the options",
				    found == ':' ? "a value is missing after" : "unknown option",
				    argv[optind - 1], r->invocation->program);
			return -1;
		}
		if (row->take(r, optarg))
			return -1;
		if (r->done)
			return 1;
	}
	return 0;
}

int options_read(struct arena *arena, int argc, char **argv, struct invocation *invocation,
		 struct text *out, struct text *why)
{
	struct reading r = {.arena = arena, .invocation = invocation, .out = out, .why = why};
	const char *slash = strrchr(argv[0], '/');
	int result;

	invocation->program = slash ? slash + 1 : argv[0];
	result = take_options(&r, argc, argv);
	if (result)
		return result;
	argc -= optind;
	argv += optind;
	if (invocation->list) {
		if (argc)
			invocation->list = argv[0];
		return 0;
	}
	if (r.text) {
		/* getopt has taken the "--" that begins named parameters */
		if (!strcmp(argv[-1], "--"))
			argv--;
		invocation->source = (struct source){"-e", r.text, strlen(r.text)};
		take_parameters(&r, argv);
		return 0;
	}
	if (argc)
		return take_word(&r, argc, argv);
	text_printf(why, "no script\nhint: %s --help shows how to give one", invocation->program);
	return -1;
}
