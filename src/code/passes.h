/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the passes over IR share among themselves.  Private to the back end: lowering and
 * the pipeline need ir.h alone.
 */
#ifndef SONDE_CODE_PASSES_H
#define SONDE_CODE_PASSES_H

#include "code/ir.h"

#define MAX_OPERANDS (2 + MAX_ARGUMENTS)
#define STACK_SIZE 512

/* ---- operands.c: one view of all instructions --------------------------- */

/* Pointers to the operands that are there; returns how many. */
uint32_t instruction_operands(struct instruction *i, struct operand *list[MAX_OPERANDS]);
bool operand_equal(const struct operand *a, const struct operand *b);
/* A constant that BPF takes as an immediate, which it sign-extends. */
bool is_immediate(const struct operand *o);
bool is_constant(const struct operand *o, int64_t value);
/* a op b == b op a */
bool op_commutes(enum op op);
bool op_is_binary(enum op op);
/* May be left out when its result is not used. */
bool instruction_droppable(const struct instruction *i);
/* Two with equal operands have equal results. */
bool instruction_pure(const struct instruction *i);
/* The comparison that is true when this one is not; and the one with a and b swapped. */
enum compare compare_inverse(enum compare compare);
enum compare compare_swapped(enum compare compare);
bool compare_constants(enum compare compare, int64_t a, int64_t b);
/* "map_lookup_elem", or NULL; -1: none of that name. */
const char *helper_name(int32_t helper);
int32_t helper_by_name(const char *name, size_t size);

/* ---- bits.c: how many low bits of a value can be set -------------------- */

/* By temp; 64 for variables and all that the verifier would not know either. */
uint8_t *known_bits(const struct function_ir *f);
uint8_t operand_bits(const uint8_t *bits, const struct operand *o);
uint8_t result_bits(const uint8_t *bits, const struct instruction *i);
/* How many instructions define each temp (2: two or more). */
uint8_t *definition_counts(const struct function_ir *f);

/* ---- cfg.c: the graph of blocks ----------------------------------------- */

void block_end_jump(struct block *block, struct block *to);
/* The blocks that a block goes on to; the last one is laid first. */
uint32_t block_successors(const struct block *block, struct block *list[2]);
/*
 * Drop unreachable blocks, put the rest into reverse postorder and number them.  The
 * entry has no predecessor afterwards.
 */
void cfg_order(struct function_ir *f);
/* Per block: how many edges come in. */
uint32_t *cfg_entries(const struct function_ir *f);
/* The final order: unlikely blocks last, loop depths noted. */
void cfg_layout(struct function_ir *f);
/* Dominators of an ordered function. */
struct dominators {
	uint32_t *parent; /* immediate dominator */
	uint32_t *first, *size; /* preorder number and size of the subtree */
};
struct dominators cfg_dominators(const struct function_ir *f);
bool dominates(const struct dominators *d, uint32_t above, uint32_t below);

/* ---- opt_*.c ------------------------------------------------------------ */

/* What is known while values are numbered; see opt_value.c. */
struct values {
	struct function_ir *f;
	uint8_t *definitions; /* [temp]: 0, 1, 2 for more */
	struct instruction **made; /* [temp]: the instruction of a value, already improved */
	struct operand *known; /* [temp]: what stands for it, or OPERAND_NONE */
	uint32_t *stamp; /* [temp]: when it was made or last assigned */
	uint8_t *bits;
	uint32_t now, block_start; /* stamps: see operand_current() */
};

/* True when `o` still has the value it had at `stamp`. */
bool operand_current(const struct values *v, const struct operand *o, uint32_t stamp);
/* The instruction that made `o`, if it is a value whose operands are still current. */
const struct instruction *operand_maker(const struct values *v, const struct operand *o);
/* Simplify in place; the operands are resolved already. */
void fold_instruction(const struct values *v, struct instruction *i);
void fold_address(const struct values *v, struct instruction *i);
/* -1 unknown, else whether it holds; may simplify the comparison in place. */
int fold_compare(const struct values *v, enum compare *compare, struct operand *a,
		 struct operand *b);

void opt_values(struct function_ir *f);
/* Skip empty blocks, decide branches that a jump to them decides, join straight lines.
 * True when something changed. */
bool opt_jumps(struct function_ir *f);
void opt_dead(struct function_ir *f);
/* Let `t = x op y; v = t` define v directly. */
void opt_variables(struct function_ir *f);

/* ---- legalise: the parts of it ------------------------------------------ */

void legalise_memory(struct function_ir *f, const struct instruction *i);
void legalise_division(struct function_ir *f, const struct instruction *i, bool signed_division);
/* The result's register is written before b is read, so that they must differ. */
bool result_before_b(const struct instruction *i);
/* `o` itself when it is a temp, else a new temp that holds it. */
struct operand in_temp(struct function_ir *f, struct operand o);

/* ---- liveness.c, spill.c: for alloc.c ----------------------------------- */

/*
 * Positions: instruction n of the function (block ends count as one) reads at 4n, calls
 * clobber at 4n+1, results are written at 4n+2.  Ranges are half open.
 */
struct live_range {
	uint32_t from, to;
	struct live_range *next;
};

struct interval {
	struct live_range *ranges; /* in order; NULL: not used at all */
	uint32_t to;
	float weight; /* what it costs to spill, by length */
	int8_t hint; /* register it would like best, or -1 */
	uint32_t partner[2]; /* temps it would like to share a register with, or 0 */
};

struct liveness {
	struct interval *intervals; /* by temp */
	uint32_t *calls; /* clobber positions, in order */
	uint32_t call_count, position_count;
};

struct liveness liveness_find(struct function_ir *f);
bool ranges_meet(const struct live_range *a, const struct live_range *b);

/* Rewrite f so that the temps with a slot (not UINT32_MAX) live there. */
void spill_rewrite(struct function_ir *f, const uint32_t *slot_of, uint32_t temp_count);

#endif
