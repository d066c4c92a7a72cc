/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The probe types, builtins and functions of the language, expanded from their .def
 * files into the rows that the checker, the help and the manual read.
 */
#include <linux/bpf.h>

#include "lang/check.h"

enum { FEATURE_NONE = -1 };
enum {
	ANYWHERE = 0,
	WITH_ARGS = HAS_ARGS,
	WITH_REGISTERS = HAS_REGISTERS,
	WITH_RETURN = HAS_RETURN
};

const struct probe_type probe_types[PROBE_COUNT] = {
#define PROBE(id, name, alias, form, type, has, feature, doc)                                      \
	[PROBE_##id] = {name, alias, form, doc, BPF_PROG_TYPE_##type, has, FEATURE_##feature},
#include "lang/probes.def"
#undef PROBE
};

const struct builtin builtins[BUILTIN_COUNT] = {
#define LOWERED(name, alias, type, where, feature, doc)                                            \
	[BUILTIN_##name] = {BUILTIN_##name, #name, alias, type, doc, where, FEATURE_##feature},
#define REWRITTEN LOWERED
#include "lang/builtins.def"
};

const struct function functions[FUNCTION_COUNT] = {
#define FUNCTION(name, signature, result, check, doc)                                              \
	[FUNCTION_##name] = {FUNCTION_##name, #name, signature, result, doc, false},
#define MAP_FUNCTION(name, signature, result, check, doc)                                          \
	[FUNCTION_##name] = {FUNCTION_##name, #name, signature, result, doc, true},
#define CONSTANT FUNCTION
#include "lang/functions.def"
};

const struct probe_type *probe_type_find(const char *name)
{
	for (unsigned i = 0; i < PROBE_COUNT; i++)
		if (!strcmp(probe_types[i].name, name) ||
		    (*probe_types[i].alias && !strcmp(probe_types[i].alias, name)))
			return &probe_types[i];
	return NULL;
}

const struct builtin *builtin_find(const char *name)
{
	for (unsigned i = 0; i < BUILTIN_COUNT; i++)
		if (!strcmp(builtins[i].name, name) ||
		    (*builtins[i].alias && !strcmp(builtins[i].alias, name)))
			return &builtins[i];
	return NULL;
}

const struct function *function_find(const char *name)
{
	for (unsigned i = 0; i < FUNCTION_COUNT; i++)
		if (!strcmp(functions[i].name, name))
			return &functions[i];
	return NULL;
}
