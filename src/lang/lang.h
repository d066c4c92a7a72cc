/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to checked tree.  After check_script every node has a type and every implicit
 * conversion is a node of its own: what comes behind never guesses.
 */
#ifndef SONDE_LANG_H
#define SONDE_LANG_H

#include "base/base.h"
#include "target/target.h"
#include "type/type.h"

/* ---- tokens ------------------------------------------------------------- */

enum token_kind {
#define TOKEN(name, spelling) TOKEN_##name,
#include "lang/tokens.def"
	TOKEN_COUNT
};

struct token_row {
	const char *name, *spelling;
	int precedence; /* binary operators: from 1; else 0 */
	int arith;	/* enum arith, or -1 */
	enum token_kind base; /* of a compound assignment: its operator */
};
extern const struct token_row token_rows[TOKEN_COUNT];

struct token {
	enum token_kind kind;
	struct range range;
	const char *name;  /* identifier, variable, map, point: interned */
	int64_t number;	   /* integer, positional */
	bool is_unsigned;  /* integer: too big for int64, or with a u suffix */
	struct span text;  /* string: unescaped bytes, without quotes */
	uint64_t unit_ns;  /* integer with a time suffix (5s, 100ms): already multiplied; 0: none */
};

/* ---- tree --------------------------------------------------------------- */

enum node_kind {
#define NODE(name, doc) NODE_##name,
#include "lang/nodes.def"
#undef NODE
	NODE_COUNT
};
extern const char *const node_names[NODE_COUNT];

/* A scratch variable of one probe. */
struct variable {
	const char *name; /* with '$' */
	const struct type *type;
	struct range range; /* first assignment */
	uint32_t id;	    /* counted from 0 in its probe */
	struct variable *next;
};

/* A map of the script. */
struct map {
	const char *name; /* with '@' */
	const struct type *key; /* NULL: none; not known yet: type_none */
	const struct type *value;
	bool keyed, seen;   /* seen: some use has decided keyed */
	struct range range; /* first use */
	uint32_t index;	    /* in script->maps order */
	struct map *next;
};

struct builtin;
struct function;

struct node {
	enum node_kind kind;
	enum token_kind op;
	struct range range;
	struct node *left, *right, *third, *list, *next;
	const char *name;
	int64_t number;
	bool is_unsigned; /* integer: as in its token */
	struct span text;
	/* from the checker */
	const struct type *type;
	const struct builtin *builtin;
	const struct function *function;
	struct variable *variable;
	struct map *map;
	struct field field;
};

/* `point[,point...] /predicate/ { body }` as parsed. */
struct clause {
	struct token *points; /* TOKEN_point, with their ranges */
	uint32_t point_count;
	struct node *predicate; /* or NULL */
	struct node *body;
	struct range range;
	struct clause *next;
};

/* ---- tables ------------------------------------------------------------- */

enum { HAS_ARGS = 1, HAS_REGISTERS = 2, HAS_RETURN = 4 };

enum probe_id {
#define PROBE(id, ...) PROBE_##id,
#include "lang/probes.def"
#undef PROBE
	PROBE_COUNT
};

struct probe_type {
	const char *name, *alias, *form, *doc;
	uint32_t bpf_type;
	unsigned has;	      /* HAS_x */
	int feature;	      /* enum feature, or -1 */
};
extern const struct probe_type probe_types[PROBE_COUNT];

enum builtin_id {
#define LOWERED(name, ...) BUILTIN_##name,
#define REWRITTEN(name, ...) BUILTIN_##name,
#include "lang/builtins.def"
	BUILTIN_COUNT
};

struct builtin {
	enum builtin_id id;
	const char *name, *alias, *type, *doc;
	unsigned needs; /* HAS_x of the probe, 0: anywhere */
	int feature;	/* enum feature, or -1 */
};
extern const struct builtin builtins[BUILTIN_COUNT];

enum function_id {
#define FUNCTION(name, ...) FUNCTION_##name,
#define MAP_FUNCTION(name, ...) FUNCTION_##name,
#define CONSTANT(name, ...) FUNCTION_##name,
#include "lang/functions.def"
	FUNCTION_COUNT
};

struct function {
	enum function_id id;
	const char *name, *signature, *result, *doc;
	bool is_aggregate; /* MAP_FUNCTION */
};
extern const struct function functions[FUNCTION_COUNT];

/* Registers in struct pt_regs (uprobes, kprobes), per architecture. */
struct cpu {
	const char *arch;	  /* uname -m */
	uint32_t arguments[6];	  /* byte offsets of arg0.. */
	uint32_t argument_count;
	uint32_t result, stack, program_counter;
};
const struct cpu *cpu_find(const char *arch);

/* ---- the checked script ------------------------------------------------- */

/* One program to be: a body with all its names resolved. */
struct probe {
	enum probe_id type;
	const char *name; /* of its first point: "tracepoint:sched:sched_switch" */
	struct attach_point *points;
	const char **point_names; /* full name of each */
	uint32_t point_count;
	struct node *predicate; /* NULL: always */
	struct node *body;
	struct variable *variables;
	uint32_t variable_count;
	uint32_t index;
	struct probe *next;
};

struct script {
	struct clause *clauses;
	/* from the checker */
	struct probe *probes;
	uint32_t probe_count;
	struct map *maps;
	uint32_t map_count;
	const char **probe_names; /* numbers of KIND_probe */
	uint32_t probe_name_count;
};

/* What a compilation works with; every stage gets it first. */
struct compilation {
	struct arena *arena;
	struct names *names;
	struct report *report;
	struct types *types;
	struct target *target;
	const struct source *source;
	/* $1...: "" beyond the last */
	const char *const *positional;
	uint32_t positional_count;
	/* named options for getopt() and $name in probe names: name, value, ...; a value
	 * of NULL is a flag that is given */
	const char *const *options;
	uint32_t option_count;
	uint32_t max_strlen;   /* bytes of str(), the NUL included; default 1024 */
	uint32_t stack_depth;  /* frames; default 127 */
	uint32_t max_map_keys; /* default 4096 */
	uint32_t max_probes;   /* default 1024 */
	bool unsafe;
};

/* ---- lex.c -------------------------------------------------------------- */

/* All tokens, the last one TOKEN_end.  Errors go to the report (bad ones are left
 * out). */
struct token *lex_script(struct compilation *c, uint32_t *count);
/* -d tokens */
void token_dump(const struct compilation *c, const struct token *tokens, uint32_t count,
		struct text *out);

/* ---- parse.c ------------------------------------------------------------ */

/* The tree; NULL when the report has errors. */
struct script *parse_script(struct compilation *c, const struct token *tokens, uint32_t count);

/* ---- tree.c ------------------------------------------------------------- */

/* -d tree (and, once checked, -d types: each node with its type). */
void script_dump(const struct script *script, bool types, struct text *out);
struct node *node_copy(struct arena *arena, const struct node *node);

/* ---- points.c ----------------------------------------------------------- */

/* What a probe name stands for on this target. */
struct points {
	enum probe_id type;
	struct attach_point *list;
	const char **names; /* full names */
	uint32_t count;
};

/*
 * Resolve one TOKEN_point: wildcards, aliases, $1 and $name, units, ELF symbols.
 * False: an error is in the report.
 */
bool points_resolve(struct compilation *c, const struct token *point, struct points *points);
/* Names that match a pattern such as "tracepoint:sched:*", a line each (-l); their number
 * or -errno. */
int points_list(struct compilation *c, const char *pattern, struct text *out);

/* ---- check.c ------------------------------------------------------------ */

/*
 * Resolve and type everything: fills probes and maps.  Probes with a constant false
 * predicate are left out, constant conditions are folded, and printf calls that
 * follow each other directly become one.  False: the report has errors.
 */
bool check_script(struct compilation *c, struct script *script);

/* ---- format.c ----------------------------------------------------------- */

/*
 * Cut a printf format into pieces.  Length modifiers are ignored, "%%" is text.
 * False: `bad` is the conversion that is not understood.
 */
bool format_parse(struct arena *arena, struct span format, struct format_piece **pieces,
		  uint32_t *count, struct span *bad);

/* ---- diagnostics: diagnostics.def --------------------------------------- */

enum diagnostic_id {
#define ERROR(tag, format) DIAG_##tag,
#define WARNING(tag, format) DIAG_##tag,
#include "lang/diagnostics.def"
#undef ERROR
#undef WARNING
	DIAG_COUNT
};
extern const struct diagnostic_kind diagnostic_kinds[DIAG_COUNT];
#define error_at(c, range, id, ...) \
	report_add((c)->report, range, &diagnostic_kinds[id], ##__VA_ARGS__)
#define hint(c, ...) report_hint((c)->report, __VA_ARGS__)

#endif
