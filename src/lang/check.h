/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the checker's files share.  Bodies are checked as fresh copies in passes until no
 * map and no variable gets another type; the last pass's tree and messages stay.
 */
#ifndef SONDE_CHECK_H
#define SONDE_CHECK_H

#include <string.h>

#include "lang/lang.h"
#include "lang/points.h"

enum {
	MAX_VALUE_SIZE = 8192,	/* of a map's key or value, or of a variable */
	MAX_PRINTF_SIZE = 16384, /* values of one record */
	MAX_LINEAR_SLOTS = 1000,
	MAX_STACK_DEPTH = 127, /* kernel.perf_event_max_stack */
};

/*
 * What is known of the type of a map's value, a key, or a variable.  `exact` has the
 * widths that came in; `flexible` says that only literals without sign did so far.
 */
struct shape {
	const struct type *exact; /* NULL: nothing known */
	bool flexible;
};

/* A part of a body that may be passed by; the body itself has no parent. */
struct scope {
	const struct scope *parent;
};

struct checked_variable {
	struct variable variable; /* first: lowering sees this */
	struct shape shape;
	const struct scope *scope; /* of the first assignment in this pass, or NULL */
	bool from_zero; /* read where not every path has assigned it */
};

struct checked_map {
	struct map map; /* first: lowering sees this */
	struct shape value;
	struct shape *keys;
	uint32_t key_count;
	bool is_target; /* something is assigned to it */
};

struct checked_probe {
	struct probe probe; /* first: lowering sees this */
	const struct node *predicate, *body; /* before types */
	const struct type *args; /* record of a tracepoint's arguments, once asked for */
	bool unresolved; /* its name was in error: only its type is known */
};

struct checker {
	struct compilation *c;
	struct script *script;
	struct probe **last_probe; /* where the next one goes */
	struct checked_probe *probe;
	const struct scope *scope;
	bool changed; /* in this pass: another one is needed */
};

/* ---- tables ------------------------------------------------------------- */

const struct probe_type *probe_type_find(const char *name);
const struct builtin *builtin_find(const char *name);
const struct function *function_find(const char *name);

/* ---- fold.c: before types ----------------------------------------------- */

bool node_is_literal(const struct node *node); /* integer, boolean or string */
bool literal_truth(const struct node *node);
/* Constants in place of what is constant. */
void fold_expression(struct checker *k, struct node **at);
/* The same in all of a body; branches never taken are gone, blocks are flat. */
void fold_block(struct checker *k, struct node *block);
/* A binary or unary over integers, with their types known. */
int64_t fold_number(enum token_kind op, int64_t a, int64_t b, bool is_signed);

/* ---- check_type.c: types and conversions -------------------------------- */

const char *type_word(struct checker *k, const struct type *type);
const struct type *int_type(struct checker *k, bool is_signed); /* of 64 bits */
bool kind_is_known(const struct type *type); /* not none */
/* Literals without sign take the sign of what they meet. */
bool node_is_flexible(const struct node *node);
/* A new node in the place (range, next) of the one at `at`, which becomes its left. */
struct node *wrap_node(struct checker *k, struct node **at, enum node_kind kind,
		       const struct type *type);
/* A new node in the place of the one at `at`. */
struct node *replace_node(struct checker *k, struct node **at, enum node_kind kind,
			  const struct type *type);
struct node *make_number(struct checker *k, struct range range, int64_t number,
			 const struct type *type);
/* The same in the place of the node at `at`. */
void put_number(struct checker *k, struct node **at, int64_t number, const struct type *type);
/* Make it of that type; the types must fit. */
void convert_node(struct checker *k, struct node **at, const struct type *type);
/* Make an int, bool or pointer a 64-bit int of its sign.  False: something else. */
bool convert_int(struct checker *k, struct node **at);
/* Make it a bool.  False: an error is in the report, or was before. */
bool convert_truth(struct checker *k, struct node **at);
/* Take a type into a shape.  False: they do not go together. */
bool shape_join(struct checker *k, struct shape *shape, const struct type *type, bool flexible);
/* What maps, keys and tuples hold: ints of 64 bits. */
const struct type *shape_stored(struct checker *k, const struct shape *shape);

/* ---- check_expression.c, check_operator.c, check_member.c --------------- */

/* Afterwards (*at)->type is set; of kind none when there was an error. */
void check_expression(struct checker *k, struct node **at);
/* The same, and it is an error when there is no value.  False: no type. */
bool check_value(struct checker *k, struct node **at);
void check_unary(struct checker *k, struct node **at);
void check_step(struct checker *k, struct node **at);
void check_binary(struct checker *k, struct node **at);
void check_ternary(struct checker *k, struct node **at);
void check_field(struct checker *k, struct node **at);
void check_index(struct checker *k, struct node **at);
void check_dereference(struct checker *k, struct node **at);
void check_address(struct checker *k, struct node **at);
/* The operands' type for `op` on these (both checked); converts them.  NULL: an error. */
const struct type *check_operands(struct checker *k, struct node *node, struct node **left,
				  struct node **right, enum token_kind op);
/* Where a cast of an integer points to. */
enum space cast_space(const struct checker *k);
/* A type as written, with its stars; NULL: unknown, which is in the report. */
const struct type *written_type(struct checker *k, const struct node *node);
/* The record with its members; placeholders are looked up.  NULL: unknown, reported. */
const struct type *known_record(struct checker *k, struct range range, const struct type *record);
/* The args record of this probe.  NULL: none, or unknown. */
const struct type *probe_args(struct checker *k);

/* ---- check_builtin.c ---------------------------------------------------- */

void check_identifier(struct checker *k, struct node **at);

/* ---- check_map.c -------------------------------------------------------- */

/* The map that a node names, with its keys checked and converted.  NULL: an error. */
struct checked_map *map_at(struct checker *k, struct node *node);
/* The same where it is assigned to. */
struct checked_map *map_target(struct checker *k, struct node *node);
/* The map as a whole, as functions take it.  NULL: an error, or not known yet. */
struct checked_map *map_whole(struct checker *k, struct node *node);
/* False: nothing says what the node's map holds, which is reported. */
bool map_known(struct checker *k, const struct node *node);
void check_map(struct checker *k, struct node **at); /* a read */
void map_assign(struct checker *k, struct checked_map *map, struct node **value);
bool map_learns(struct checker *k, struct checked_map *map, struct range range,
		const struct type *type, bool flexible);

/* ---- check_call.c, check_print.c, check_aggregate.c --------------------- */

void check_call(struct checker *k, struct node **at);
/* Is this `count()` and the like? */
bool is_aggregate_call(const struct node *node);
/* The map may be NULL: in error. */
void check_aggregate(struct checker *k, struct checked_map *map, struct node *call);
/* printf calls that follow each other become one. */
void merge_printf(struct checker *k, struct node *block);
uint32_t list_count(const struct node *list);

#define FUNCTION(name, signature, result, check, doc)                                              \
	void check_call_##check(struct checker *k, struct node **at);
#define CONSTANT FUNCTION
#include "lang/functions.def"

/* ---- check_statement.c -------------------------------------------------- */

void check_block(struct checker *k, struct node *block);
void check_variable(struct checker *k, struct node **at); /* a read */
struct checked_variable *variable_find(struct checker *k, const char *name);
bool variable_learns(struct checker *k, struct checked_variable *variable, struct range range,
		     const struct type *type, bool flexible);
/* Zeroes for what is read where it may not be assigned. */
void begin_from_zero(struct checker *k, struct node *body);

#endif
