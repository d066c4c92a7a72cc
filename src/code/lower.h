/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lowering: checked tree to IR.  Private to src/code.  One file per concern: lower.c
 * (probes, statements, expressions), lower_memory.c (reads of the kernel and of user
 * memory, strings, fields), lower_map.c (maps and aggregate kinds), lower_call.c
 * (functions), lower_record.c (records to the rings).
 */
#ifndef SONDE_CODE_LOWER_H
#define SONDE_CODE_LOWER_H

#include "code/code.h"
#include "code/ir.h"

/* What an expression came to. */
struct value {
	const struct type *type;
	bool in_memory;	       /* `at` is the address of type->size bytes, zero-padded */
	struct operand at;     /* else: the 64-bit value itself */
};

struct lower {
	struct compilation *c;
	const struct needs *needs;
	struct program *program;
	struct script *script;
	struct probe *probe;
	struct function_ir *f;
	struct operand *variables; /* by variable id: temp, or slot for memory kinds */
	struct block *exit;	   /* returns 0 */
	size_t record_capacity;
};

/* Every probe's function, in probe order, and program's maps and records. */
struct function_ir **lower_script(struct compilation *c, struct script *script,
				  const struct needs *needs, struct program *program);

#endif
