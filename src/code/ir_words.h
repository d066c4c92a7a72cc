/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of IR text, for its writer and its reader.  Each table ends with a NULL name.
 */
#ifndef SONDE_CODE_IR_WORDS_H
#define SONDE_CODE_IR_WORDS_H

#include "code/ir.h"

struct ir_word {
	const char *name;
	uint32_t value;
};

extern const struct ir_word ir_ops[], ir_compares[], ir_map_types[], ir_map_roles[],
	ir_program_types[], ir_points[];

/* NULL: none of that value, or of that name. */
const char *ir_word_name(const struct ir_word *words, uint32_t value);
const struct ir_word *ir_word_find(const struct ir_word *words, const char *name, size_t size);

#endif
