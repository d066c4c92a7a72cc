/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of tokens.def, nodes.def and diagnostics.def as arrays.  Each row's index is
 * its enum value.
 */
#include "lang/lang.h"

/* "NONE" in a row's arith column. */
enum { ARITH_NONE = -1 };

const struct token_row token_rows[TOKEN_COUNT] = {
#define TOKEN(name, spelling) [TOKEN_##name] = {#name, spelling, 0, ARITH_NONE, TOKEN_end},
#define OPERATOR(name, spelling, precedence, arith)                                                \
	[TOKEN_##name] = {#name, spelling, precedence, ARITH_##arith, TOKEN_end},
#define ASSIGNMENT(name, spelling, operator)                                                       \
	[TOKEN_##name] = {#name, spelling, 0, ARITH_NONE, TOKEN_##operator},
#include "lang/tokens.def"
};

const char *const node_names[NODE_COUNT] = {
#define NODE(name, doc) [NODE_##name] = #name,
#include "lang/nodes.def"
#undef NODE
};

const struct diagnostic_kind diagnostic_kinds[DIAG_COUNT] = {
#define ERROR(tag, format) [DIAG_##tag] = {#tag, SEVERITY_ERROR, format},
#define WARNING(tag, format) [DIAG_##tag] = {#tag, SEVERITY_WARNING, format},
#include "lang/diagnostics.def"
#undef ERROR
#undef WARNING
};
