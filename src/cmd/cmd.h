/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line: what the user typed becomes an invocation, and an invocation is run.
 * Only this layer prints and decides the exit status.
 */
#ifndef SONDE_CMD_H
#define SONDE_CMD_H

#include "base/base.h"
#include "code/code.h"
#include "target/target.h"
#include "trace/trace.h"
#include "view/view.h"

#define SONDE_VERSION "0.1.0"

/* Set by signal handlers, looked at everywhere; the one mutable thing outside the stack. */
struct signals {
	volatile int stop;	 /* SIGINT or SIGTERM came */
	volatile int print_maps; /* SIGUSR1 came */
	int wake[2];		 /* a pipe: readable once a signal has come */
};

enum carrier { CARRIER_DIRECT, CARRIER_CHILD };
enum format { FORMAT_TEXT, FORMAT_JSON };

/* What to do, as said on the command line. */
struct invocation {
	const char *program; /* argv[0]'s last part: "sonde" or "bpftrace" */
	struct source source;
	bool is_ir; /* the source is IR text */
	const char *const *positional;
	uint32_t positional_count;
	const char *const *options; /* name, value, ... */
	uint32_t option_count;
	const char *dump; /* -d */
	enum stage stage;
	bool dump_calls;
	enum format format;
	enum carrier carrier;
	const char *output;
	bool verbose, quiet, no_warnings, dry_run, unsafe, wait_detach, line_buffered;
	const char *list; /* -l: a pattern */
};

/* A script in the binary, or one with a head comment in the same form. */
struct tool {
	const char *name;
	struct span script;
};

struct tool_option {
	char short_name;       /* 0: none */
	const char *name;      /* without "--"; of a positional: its name */
	const char *value;     /* what the help calls its value; NULL: a flag */
	const char *fallback;  /* of a positional: used when it is not given */
	const char *doc;
	bool is_positional;
};

/* The head comment, taken apart. */
struct tool_page {
	const char *name, *summary;
	const char *description, *examples; /* paragraphs as written */
	struct tool_option *options;
	uint32_t option_count;
};

/* ---- tool.c ------------------------------------------------------------- */

/* The tools in the binary, by name. */
extern const struct tool embedded_tools[];
extern const uint64_t embedded_tool_count;
const struct tool *tool_find(const char *name);

/* Read a script's head comment.  False: it has none in that form. */
bool tool_page_read(struct arena *arena, struct span script, struct tool_page *page);
/*
 * The tool's arguments into positional parameters and options of the invocation.
 * 0; 1: help was asked for; -1: wrong, with the reason in `why`.
 */
int tool_arguments(struct arena *arena, const struct tool_page *page, int argc, char **argv,
		   struct invocation *invocation, struct text *why);
void tool_help(const struct tool_page *page, struct text *out);
void tool_man(const struct tool_page *page, struct text *out);

/* ---- options.c ---------------------------------------------------------- */

/*
 * argv into an invocation.  0: run it; 1: done (help, version, a list was printed to
 * `out`); -1: wrong, with the reason in `why`.
 */
int options_read(struct arena *arena, int argc, char **argv, struct invocation *invocation,
		 struct text *out, struct text *why);
/* sonde's own manual page. */
void options_man(struct text *out);

/* ---- run.c -------------------------------------------------------------- */

/* Carry an invocation out; the exit status. */
int invocation_run(struct arena *arena, const struct invocation *invocation,
		   struct signals *signals);

#endif
