/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds as tables: both come from kinds.def. */
#include "type/type.h"

const char *const kind_names[KIND_COUNT] = {
#define VALUE(name) [KIND_##name] = #name,
#define AGGREGATE(name) [KIND_##name] = #name,
#include "type/kinds.def"
};

static const bool aggregates[KIND_COUNT] = {
#define AGGREGATE(name) [KIND_##name] = true,
#include "type/kinds.def"
};

bool kind_is_aggregate(enum kind kind)
{
	return aggregates[kind];
}
