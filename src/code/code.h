/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checked tree to program.  compile.c is the whole pipeline; read it first.
 */
#ifndef SONDE_CODE_H
#define SONDE_CODE_H

#include "base/base.h"
#include "lang/lang.h"
#include "type/type.h"

/* Stages that can be shown (-d NAME). */
enum stage {
	STAGE_NONE, STAGE_TOKENS, STAGE_TREE, STAGE_TYPES, STAGE_IR, STAGE_ALLOC, STAGE_BPF,
	STAGE_COUNT
};
extern const char *const stage_names[STAGE_COUNT];

/* A stage to show, and where. */
struct dump {
	enum stage stage;
	struct text *out;
};

/*
 * Compile c->source for c->target.  NULL: the report holds errors, or the stage that
 * `dump` (may be NULL) asks for is written and the report holds none.
 */
struct program *compile(struct compilation *c, const struct dump *dump);

/* The same from IR text (see src/code/ir.h), from optimisation on. */
struct program *compile_ir(struct compilation *c, const struct dump *dump);

#endif
