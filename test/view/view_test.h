/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of view: types, a program with one record, maps, and both sinks over
 * texts.
 */
#ifndef SONDE_VIEW_TEST_H
#define SONDE_VIEW_TEST_H

#include "test.h"
#include "view/view.h"

#define SPAN(object) ((struct span){&(object), sizeof(object)})

static const struct type type_s8 = {KIND_int, .size = 1, .align = 1, .is_signed = true};
static const struct type type_u8 = {KIND_int, .size = 1, .align = 1};
static const struct type type_s16 = {KIND_int, .size = 2, .align = 2, .is_signed = true};
static const struct type type_s32 = {KIND_int, .size = 4, .align = 4, .is_signed = true};
static const struct type type_u32 = {KIND_int, .size = 4, .align = 4};
static const struct type type_s64 = {KIND_int, .size = 8, .align = 8, .is_signed = true};
static const struct type type_u64 = {KIND_int, .size = 8, .align = 8};
static const struct type type_string16 = {KIND_string, .size = 16, .align = 1, .count = 16};

__attribute__((unused)) static const struct type *const integer_types[] = {
	&type_s8, &type_u8, &type_s16, &type_s32, &type_u32, &type_s64, &type_u64,
};

/* What a sink has said so far; then it is forgotten. */
static inline const char *said(struct output *output, struct text *kept)
{
	text_clear(kept);
	text_add(kept, output->pending.data, output->pending.size);
	text_clear(&output->pending);
	return text_cstr(kept);
}

#endif
