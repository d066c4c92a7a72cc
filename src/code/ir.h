/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The intermediate representation: what lowering makes, the passes improve and emission
 * turns into BPF.  Private to src/code.  A program is a list of functions; a function is
 * a list of basic blocks over 64-bit temporaries and addressable slots.
 *
 * The one rule: a temporary with a single definition is a value (its definition reaches
 * every use; passes treat it as in SSA); one with several is a variable.  Lowering sees
 * to it that a definition comes before each use on every path.
 *
 * Nothing here is specific to the scripting language: slots are addressable and structs
 * can be copied, so that C lowers to it as well.
 */
#ifndef SONDE_CODE_IR_H
#define SONDE_CODE_IR_H

#include "base/base.h"
#include "type/type.h"

enum op {
#define OP(name, shape, pure, doc) OP_##name,
#include "code/ops.def"
#undef OP
	OP_COUNT
};

enum compare { CMP_EQ, CMP_NE, CMP_ULT, CMP_ULE, CMP_UGT, CMP_UGE, CMP_SLT, CMP_SLE, CMP_SGT, CMP_SGE };

enum operand_kind {
	OPERAND_NONE,
	OPERAND_TEMP,	   /* id */
	OPERAND_CONST,	   /* value */
	OPERAND_SLOT,	   /* address of slot id, plus value */
	OPERAND_MAP,	   /* map id (index into program.maps) as a helper's map argument */
	OPERAND_MAP_VALUE, /* address of the value of array map id, plus value */
};

struct operand {
	enum operand_kind kind;
	uint32_t id;
	int64_t value;
};

#define MAX_ARGUMENTS 5

struct instruction {
	enum op op;
	uint8_t width; /* 1, 2, 4, 8: load, store, extend, swap, atomic_add */
	bool is_signed;
	enum compare compare; /* set */
	uint32_t to;	      /* temp defined, 0: none (temps count from 1) */
	struct operand a, b;
	int32_t offset; /* load, store, copy, zero */
	uint32_t size;	/* copy, zero */
	int32_t helper; /* call: BPF_FUNC_x */
	struct operand args[MAX_ARGUMENTS];
	uint32_t arg_count;
	struct range range;
};

enum end_kind { END_JUMP, END_BRANCH, END_RETURN };

struct block {
	uint32_t id;
	struct instruction *list;
	uint32_t count;
	size_t capacity;
	enum end_kind end;
	enum compare compare; /* branch: a compare b ? then : otherwise */
	struct operand a, b;  /* return: a */
	struct block *then, *otherwise; /* jump: then */
	bool unlikely_then; /* branch: lay `then` out of line */
	bool is_cold;	    /* from legalise on: only reached by unlikely branches */
	uint8_t depth;	    /* from legalise on: how many loops are around it */
	struct range range;
};

struct slot {
	const char *name;
	uint32_t size, align; /* align 1, 2, 4 or 8 */
	/* Lowering sets it for memory that is reached at variable offsets; place.c adds what
	 * is too big for the stack. */
	bool in_scratch;
	int32_t offset;	      /* from the frame pointer (negative) or in the scratch value */
};

struct function_ir {
	const char *name;
	uint32_t bpf_type;
	struct slot *slots;
	uint32_t slot_count;
	size_t slot_capacity;
	struct block **blocks; /* [0] is the entry */
	uint32_t block_count;
	size_t block_capacity;
	uint32_t temp_count; /* temps are 1 .. temp_count */
	struct arena *arena;
	/* builder state */
	struct block *at;    /* where the next instruction goes; NULL after a return */
	struct range range;  /* given to what is appended */
};

/* ---- ir.c: building ----------------------------------------------------- */

struct function_ir *ir_function(struct arena *arena, const char *name, uint32_t bpf_type);
uint32_t ir_slot(struct function_ir *f, const char *name, uint32_t size, uint32_t align);

struct operand ir_const(int64_t value);
struct operand ir_temp(uint32_t temp);
struct operand ir_slot_at(uint32_t slot, int64_t offset);
struct operand ir_map(uint32_t map);
struct operand ir_map_value(uint32_t map, int64_t offset);
uint32_t ir_new_temp(struct function_ir *f);

/* Append to f->at; each returns the new temp as an operand where there is one. */
struct operand ir_unary(struct function_ir *f, enum op op, struct operand a);
struct operand ir_binary(struct function_ir *f, enum op op, struct operand a, struct operand b);
struct operand ir_set(struct function_ir *f, enum compare compare, struct operand a,
		      struct operand b);
struct operand ir_extend(struct function_ir *f, struct operand a, unsigned width, bool is_signed);
struct operand ir_swap(struct function_ir *f, struct operand a, unsigned width);
struct operand ir_context(struct function_ir *f);
struct operand ir_load(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
		       bool is_signed);
void ir_store(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
	      struct operand value);
void ir_atomic_add(struct function_ir *f, struct operand base, int32_t offset, unsigned width,
		   struct operand value);
void ir_copy(struct function_ir *f, struct operand to, int32_t offset, struct operand from,
	     uint32_t size);
void ir_zero(struct function_ir *f, struct operand to, int32_t offset, uint32_t size);
struct operand ir_call(struct function_ir *f, int32_t helper, uint32_t count, ...); /* operands */
/* Assign to an existing temp (a variable). */
void ir_assign(struct function_ir *f, uint32_t temp, struct operand value);

/* A block that is not yet placed; ir_begin places it and continues there. */
struct block *ir_block(struct function_ir *f);
void ir_begin(struct function_ir *f, struct block *block);
/* End the current block; ignored when it has ended already. */
void ir_jump(struct function_ir *f, struct block *to);
void ir_branch(struct function_ir *f, enum compare compare, struct operand a, struct operand b,
	       struct block *then, struct block *otherwise);
void ir_branch_unlikely(struct function_ir *f, enum compare compare, struct operand a,
			struct operand b, struct block *then, struct block *otherwise);
void ir_return(struct function_ir *f, struct operand value);
/* Append a ready instruction; its `to` is kept. */
void ir_append(struct function_ir *f, const struct instruction *i);

/* ---- ir_text.c: out and in ---------------------------------------------- */

/* -d ir: maps and functions, in the form that ir_parse reads. */
void ir_print(const struct program *program, struct function_ir *const *functions,
	      struct text *out);
/*
 * Read it: maps, probes (name, type, attach point) and functions, one per probe.
 * NULL: an error, with its place, is in the report.
 */
struct function_ir **ir_parse(struct arena *arena, struct report *report, struct program *program);

/* ---- opt.c, place.c, legalise.c, alloc.c, emit.c: the passes in their order */

/* Fold constants, copy propagation, dead code, equal pure instructions and calls, jump
 * threading and unreachable blocks. */
void optimise(struct function_ir *f);
/* Stack or scratch for each slot; scratch slots become reads of the per-CPU value.
 * `scratch` is the map's index, `key` this program's entry in it.  False: does not fit. */
bool place_slots(struct function_ir *f, uint32_t scratch, uint32_t key, uint32_t *scratch_size);

/* Only what BPF can do: operands that its instructions take, copies and zeroing in pieces,
 * signed division emulated when the kernel has none; and the final order of blocks. */
void legalise(struct function_ir *f, bool signed_division);

/* Where each temp lives. */
struct allocation {
	int8_t *registers; /* [temp]: 0-9 */
	uint32_t temp_count;
	int32_t stack_used; /* bytes below the frame pointer, spills included */
};
/* Spills by rewriting f; false: the 512 bytes of stack are not enough. */
bool allocate(struct function_ir *f, struct allocation *allocation);
/* -d alloc */
void alloc_print(const struct function_ir *f, const struct allocation *allocation,
		 struct text *out);
/* BPF instructions and their ranges into `probe`; map operands hold map indices.  False: a
 * jump is too far. */
bool emit(const struct function_ir *f, const struct allocation *allocation, struct arena *arena,
	  struct program_probe *probe);

/* ---- disasm.c ----------------------------------------------------------- */

/* One instruction a line, in the form of the kernel's verifier log. */
void disassemble(const struct program *program, const struct program_probe *probe,
		 struct text *out);

#endif
