/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowering: checked tree to IR.  Private to src/code.  One file per concern: lower.c
 * (programs and statements), lower_expression.c, lower_string.c (strings compared),
 * lower_memory.c (reads of the kernel and of user memory), lower_task.c (the current
 * task), lower_call.c (builtins and functions), lower_map.c and lower_aggregate.c,
 * lower_record.c and lower_tail.c (records to the rings).
 *
 * All that stands in memory is zero-padded, so that equal values have equal bytes.
 */
#ifndef SONDE_CODE_LOWER_H
#define SONDE_CODE_LOWER_H

#include "code/code.h"
#include "code/ir.h"

/* What an expression came to. */
struct value {
	const struct type *type;
	bool in_memory;	   /* `at` is the address of type->size bytes */
	struct operand at; /* else: the 64-bit value itself */
};

/* A read of a map whose result still holds on every path from here. */
struct known_read {
	const struct node *node;
	struct operand value;
	bool stale; /* the map was written since */
	struct known_read *next;
};

struct lower {
	struct compilation *c;
	struct program *program;
	const struct script *script;
	const struct probe *probe;
	struct function_ir *f;
	struct operand *variables; /* by variable id: temp, or slot; OPERAND_NONE: not yet */
	struct known_read *reads;  /* of this probe */
	struct block *exit;	   /* returns 0 */
	uint32_t tailed;	   /* slot of this probe's records with a tail, or UINT32_MAX */
	uint32_t zeroes;	   /* index of MAP_ZEROES, or UINT32_MAX */
	size_t record_capacity;
};

/* ---- lower.c ------------------------------------------------------------ */

/* Every probe's function, in probe order, and the program's maps, probes and records. */
struct function_ir **lower_script(struct compilation *c, const struct script *script,
				  struct program *program);
/* Count an event of this probe; for paths that are out of line. */
void lower_loss(struct lower *l, enum loss loss);
/* Continue where `a compare b` does not hold; there the loss is counted first. */
void lower_loss_if(struct lower *l, enum compare compare, struct operand a, struct operand b,
		   enum loss loss);
uint32_t program_add_map(struct compilation *c, struct program *program,
			 const struct map_spec *map);

/* ---- lower_expression.c ------------------------------------------------- */

#define NOWHERE ((struct operand){.kind = OPERAND_NONE})

/* Kinds that lie in memory, the others are 64-bit values. */
bool type_in_memory(const struct type *type);
/* Bytes of a value in a map or tuple. */
uint32_t stored_size(const struct type *type);
struct value scalar_value(const struct type *type, struct operand value);
struct value memory_value(const struct type *type, struct operand address);
/* `base` moved by `offset` bytes. */
struct operand address_add(struct lower *l, struct operand base, int64_t offset);
/* `to`, or when that is nowhere memory for a value of `type`. */
struct operand memory_for(struct lower *l, const struct type *type, struct operand to);

/* Evaluate; a value in memory is made at `to` when that is somewhere and suits. */
struct value lower_expression(struct lower *l, const struct node *node, struct operand to);
/* Evaluate to a 64-bit value, or to the address of a value in memory. */
struct operand lower_scalar(struct lower *l, const struct node *node);
struct operand lower_memory(struct lower *l, const struct node *node);
/* Evaluate into `size` bytes at `to`. */
void lower_store(struct lower *l, const struct node *node, struct operand to, uint32_t size);
/* Go to `then` or `otherwise`; what is known in `then` stays in l->reads. */
void lower_condition(struct lower *l, const struct node *node, struct block *then,
		     struct block *otherwise);
struct operand lower_operation(struct lower *l, enum token_kind op, const struct type *type,
			       struct operand a, struct operand b);
/* Zero-padded text. */
void store_text(struct lower *l, struct operand to, struct span text, uint32_t size);
bool node_is_pure(const struct node *node);
/* Equal nodes without side effects that give equal values. */
bool node_equal(const struct node *a, const struct node *b);
/* Does `node` read this variable or map? */
bool node_mentions(const struct node *node, const struct variable *variable,
		   const struct map *map);

/* ---- lower_string.c ----------------------------------------------------- */

/* Branch on equality of two strings, of the first `limit` bytes at most. */
void lower_string_branch(struct lower *l, const struct node *a, const struct node *b,
			 uint32_t limit, struct block *equal, struct block *differs);
struct operand lower_contains(struct lower *l, const struct node *text, const struct node *part);

/* ---- lower_memory.c ----------------------------------------------------- */

/* Where a pointer, or a number used as one, points. */
enum space node_space(const struct lower *l, const struct node *pointer);
/* probe_read to `to`; the helper's result (a string's is its length with the NUL). */
struct operand lower_read(struct lower *l, enum space space, bool is_string, struct operand to,
			  struct operand size, struct operand address);
struct value lower_context(struct lower *l, const struct node *node, struct operand to);
struct value lower_load(struct lower *l, const struct node *node, struct operand to);
struct operand lower_address(struct lower *l, const struct node *node);
/* Text that is not in memory of ours yet; see text_place_of(). */
struct text_place {
	enum space space;
	struct operand address;
	uint32_t limit;	       /* bytes, the NUL included */
	struct operand length; /* the same when it is known at run time only, or nowhere */
	bool by_default;       /* nobody asked for this limit: tell what it cuts */
};
/* Is it the text at an address: str(), an array, a data_loc?  Evaluates the address. */
bool text_place_of(struct lower *l, const struct node *node, struct text_place *place);
/* Read it to `to`; the helper's result: the length with the NUL, or an error. */
struct operand text_read(struct lower *l, const struct text_place *place, struct operand to);
/* Count it when the limit has cut the text. */
void text_cut(struct lower *l, const struct text_place *place, struct operand result);
/* Read it to zero-padded `size` bytes; what is lost is counted. */
void text_read_padded(struct lower *l, const struct text_place *place, struct operand to,
		      uint32_t size);
/* The same as a zero-padded value of the node's type. */
struct value lower_text(struct lower *l, const struct node *node, struct operand to);

/* ---- lower_task.c ------------------------------------------------------- */

struct operand lower_task_id(struct lower *l, bool process);
/* Its address, for loads of up to 8 bytes; false: the kernel has no typed task. */
bool task_comm(struct lower *l, struct operand *address);
struct value lower_comm(struct lower *l, const struct type *type, struct operand to);
/* Is it comm, or curtask->comm? */
bool node_is_task_comm(const struct node *node);
/* Is `load` an integer of the current task that can be read directly?  Reads it. */
bool lower_task_load(struct lower *l, const struct node *load, struct value *value);

/* ---- lower_call.c ------------------------------------------------------- */

struct value lower_builtin(struct lower *l, const struct node *node, struct operand to);
struct value lower_call(struct lower *l, const struct node *node, struct operand to);
/* Nanoseconds since boot. */
struct operand lower_now(struct lower *l);
/* A stack of that type to `to`; the helper's result: bytes of addresses, or an error. */
struct operand lower_stack_read(struct lower *l, const struct type *type, struct operand to);

#define FUNCTION(name, ...)                                                                        \
	struct value lower_call_##name(struct lower *l, const struct node *call, struct operand to);
#include "lang/functions.def"
#define LOWERED(name, ...)                                                                         \
	struct value lower_builtin_##name(struct lower *l, const struct node *node,                \
					  struct operand to);
#include "lang/builtins.def"

/* ---- lower_map.c -------------------------------------------------------- */

void lower_maps(struct lower *l);
struct value lower_map_read(struct lower *l, const struct node *node, struct operand to);
void lower_map_condition(struct lower *l, const struct node *node, struct block *then,
			 struct block *otherwise);
void lower_map_assign(struct lower *l, const struct node *assign);
/* ++ and --; the value before or after. */
struct operand lower_map_step(struct lower *l, const struct node *step);
struct operand lower_map_key(struct lower *l, const struct node *node);
/* The address of the value or 0. */
struct operand lower_map_lookup(struct lower *l, const struct map *map, struct operand key);
/* The map is written: known reads of it are so no more. */
void reads_drop(struct lower *l, const struct map *map);

/* ---- lower_aggregate.c -------------------------------------------------- */

void lower_aggregate(struct lower *l, const struct node *map, const struct node *call);

/* Update the value of a kind at `at` by `value`. */
#define AGGREGATE(name)                                                                            \
	void lower_##name(struct lower *l, const struct type *type, struct operand at,             \
			  struct operand value);
#include "type/kinds.def"

/* ---- lower_record.c ----------------------------------------------------- */

/* Send a record with the values of `list`; returns its description to add to. */
struct record_spec *lower_record(struct lower *l, enum action action, const struct node *list);

/* ---- lower_tail.c ------------------------------------------------------- */

/* The variable part of a record while it is made. */
struct tail {
	struct operand base; /* where it begins */
	struct operand used; /* bytes so far */
	uint32_t room;	     /* most bytes so far */
};

/* Most bytes of a value in the tail; 0: it is inline. */
uint32_t tail_size(const struct node *node);
/* Append it; returns its length. */
struct operand tail_add(struct lower *l, struct tail *tail, const struct node *node);
/* join()'s text to `base` + `used`, which must be scratch memory; its length. */
struct operand lower_join(struct lower *l, const struct node *call, struct operand base,
			  struct operand used);

#endif
