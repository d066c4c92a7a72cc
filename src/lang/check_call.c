/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: arguments against the signature in the function's row, then what is particular
 * to a function.  Afterwards ints are of 64 bits, pointers are pointers, and defaults
 * that are constants are written out.
 */
#include <stdlib.h>

#include "lang/check.h"

uint32_t list_count(const struct node *list)
{
	uint32_t count = 0;

	for (; list; list = list->next)
		count++;
	return count;
}

/* ---- signatures --------------------------------------------------------- */

enum parameter {
	PARAMETER_int,
	PARAMETER_number,
	PARAMETER_string,
	PARAMETER_literal,
	PARAMETER_pointer,
	PARAMETER_map,
	PARAMETER_value,
	PARAMETER_more,
	PARAMETER_COUNT
};

static const struct {
	const char *word, *text;
} parameters[PARAMETER_COUNT] = {
	[PARAMETER_int] = {"int", "an integer"},
	[PARAMETER_number] = {"number", "a constant integer"},
	[PARAMETER_string] = {"string", "a string"},
	[PARAMETER_literal] = {"literal", "a string literal"},
	[PARAMETER_pointer] = {"pointer", "a pointer"},
	[PARAMETER_map] = {"map", "a map"},
	[PARAMETER_value] = {"value", "a value"},
	[PARAMETER_more] = {"...", "a value"},
};

struct signature {
	enum parameter list[8];
	uint32_t least, most; /* most: UINT32_MAX for any number */
};

static enum parameter parameter_of(const char *word, size_t size)
{
	for (unsigned i = 0; i < PARAMETER_COUNT; i++)
		if (strlen(parameters[i].word) == size && !strncmp(parameters[i].word, word, size))
			return (enum parameter)i;
	return PARAMETER_value;
}

/* "map, literal, [literal]" */
static struct signature signature_of(const struct function *function)
{
	struct signature signature = {0};
	const char *at = function->signature;

	while (*at) {
		bool optional = *at == '[';
		size_t size = strcspn(at += optional, ",]");
		enum parameter parameter = parameter_of(at, size);

		signature.list[signature.most++] = parameter;
		if (parameter == PARAMETER_more)
			signature.most = UINT32_MAX;
		else if (!optional)
			signature.least++;
		at += size;
		at += strspn(at, "], ");
	}
	return signature;
}

static const char *count_text(struct checker *k, const struct signature *signature)
{
	uint32_t least = signature->least, most = signature->most;

	if (!most)
		return "no arguments";
	if (most == UINT32_MAX)
		return arena_printf(k->c->arena, "at least %u argument%s", least,
				    least == 1 ? "" : "s");
	if (least == most || !least)
		return arena_printf(k->c->arena, "%s%u argument%s", least ? "" : "at most ", most,
				    most == 1 ? "" : "s");
	return arena_printf(k->c->arena, "%u to %u arguments", least, most);
}

/* ---- one argument ------------------------------------------------------- */

static bool bad_argument(struct checker *k, const struct node *call, const struct node *argument,
			 uint32_t number, enum parameter parameter)
{
	const char *is = argument->kind == NODE_string ? "text" : type_word(k, argument->type);

	error_at(k->c, argument->range, DIAG_argument_kind, number, call->name,
		 parameters[parameter].text, is);
	return false;
}

static bool not_constant(struct checker *k, const struct node *call, const struct node *argument,
			 uint32_t number)
{
	error_at(k->c, argument->range, DIAG_constant_needed,
		 arena_printf(k->c->arena, "argument %u of '%s()'", number, call->name));
	return false;
}

/* An int is the address of text. */
static bool check_pointer(struct checker *k, struct node **at)
{
	const struct type *type = (*at)->type;

	if (type->kind == KIND_pointer)
		return true;
	if (type->kind != KIND_int)
		return false;
	convert_int(k, at);
	convert_node(k, at, type_pointer(k->c->types, type_char(k->c->types), cast_space(k)));
	return true;
}

static bool fits_parameter(struct checker *k, struct node **at, enum parameter parameter)
{
	switch (parameter) {
	case PARAMETER_int:
	case PARAMETER_number:
		return convert_int(k, at);
	case PARAMETER_string:
		return (*at)->type->kind == KIND_string;
	case PARAMETER_pointer:
		return (*at)->type->kind == KIND_string || check_pointer(k, at);
	default:
		return true;
	}
}

static bool check_argument(struct checker *k, struct node *call, struct node **at, uint32_t number,
			   enum parameter parameter)
{
	if (parameter == PARAMETER_map && ((*at)->kind != NODE_map || (*at)->list)) {
		if (check_value(k, at))
			bad_argument(k, call, *at, number, parameter);
		return false;
	}
	if (parameter == PARAMETER_map)
		return map_whole(k, *at);
	if (!check_value(k, at))
		return false;
	if (parameter == PARAMETER_literal && (*at)->kind != NODE_string)
		return not_constant(k, call, *at, number);
	if (!fits_parameter(k, at, parameter))
		return bad_argument(k, call, *at, number, parameter);
	if (parameter == PARAMETER_number && (*at)->kind != NODE_integer)
		return not_constant(k, call, *at, number);
	return true;
}

static bool check_count(struct checker *k, const struct node *call,
			const struct signature *signature)
{
	uint32_t count = list_count(call->list);

	if (count >= signature->least && count <= signature->most)
		return true;
	error_at(k->c, call->range, DIAG_argument_count, call->name, count_text(k, signature),
		 count);
	return false;
}

static bool check_arguments(struct checker *k, struct node *call)
{
	struct signature signature = signature_of(call->function);
	bool good = check_count(k, call, &signature);
	enum parameter parameter = PARAMETER_value;
	uint32_t i = 0;

	for (struct node **at = &call->list; *at; at = &(*at)->next, i++) {
		if (i < ARRAY_SIZE(signature.list) && i < signature.most &&
		    parameter != PARAMETER_more)
			parameter = signature.list[i];
		else if (i >= signature.most)
			parameter = PARAMETER_value;
		good &= check_argument(k, call, at, i + 1, parameter);
	}
	return good;
}

/* ---- results ------------------------------------------------------------ */

static const struct type *result_type(struct checker *k, const struct function *function)
{
	struct types *types = k->c->types;

	if (!strcmp(function->result, "void"))
		return type_void(types);
	if (!strcmp(function->result, "bool"))
		return type_bool(types);
	if (!strcmp(function->result, "int"))
		return int_type(k, true);
	if (!strcmp(function->result, "ksym"))
		return type_plain(types, KIND_ksym);
	if (!strcmp(function->result, "usym"))
		return type_plain(types, KIND_usym);
	if (!strcmp(function->result, "disk"))
		return type_plain(types, KIND_disk);
	if (!strcmp(function->result, "string"))
		return type_string(types, k->c->max_strlen);
	return type_none(types);
}

static void append_argument(struct node *call, struct node *argument)
{
	struct node **last = &call->list;

	while (*last)
		last = &(*last)->next;
	*last = argument;
}

void check_call_plain(struct checker *k, struct node **at)
{
	struct node *call = *at, *text;

	if (call->list)
		return;
	if (call->function->id == FUNCTION_exit)
		append_argument(call, make_number(k, call->range, 0, int_type(k, true)));
	if (call->function->id != FUNCTION_time)
		return;
	text = make_number(k, call->range, 0, type_string(k->c->types, 10));
	text->kind = NODE_string;
	text->text = (struct span){"%H:%M:%S\n", 9};
	append_argument(call, text);
}

void check_call_map(struct checker *k, struct node **at)
{
	(void)k, (void)at;
}

/* delete(@x): a map without keys is cleared. */
static void delete_whole(struct checker *k, struct node *call)
{
	const struct checked_map *map = map_whole(k, call->list);

	if (!map)
		return;
	if (map->map.keyed) {
		error_at(k->c, call->list->range, DIAG_needs_key, map->map.name);
		return;
	}
	call->function = &functions[FUNCTION_clear];
	call->name = call->function->name;
	call->type = type_void(k->c->types);
}

/* delete(@x, k), delete(@x[k]), delete(@x) */
void check_call_delete(struct checker *k, struct node **at)
{
	struct signature signature = signature_of((*at)->function);
	struct node *call = *at, *map = call->list;

	call->type = type_none(k->c->types);
	if (!check_count(k, call, &signature))
		return;
	if (map->kind != NODE_map || (map->list && map->next)) {
		if (check_value(k, &call->list))
			bad_argument(k, call, call->list, 1, PARAMETER_map);
		return;
	}
	if (!map->list && !map->next) {
		delete_whole(k, call);
		return;
	}
	if (map->next)
		map->list = map->next;
	map->next = NULL;
	if (map_at(k, map) && map_known(k, map))
		call->type = type_bool(k->c->types);
}

/* A constant length gives the type; any other is the second argument. */
void check_call_str(struct checker *k, struct node **at)
{
	struct node *call = *at, *from = call->list, *length = from->next;
	uint32_t size = k->c->max_strlen;

	if (length && length->kind == NODE_integer) {
		if (length->number < 1) {
			error_at(k->c, length->range, DIAG_out_of_range, "the length", 1ll,
				 (long long)size);
			call->type = type_none(k->c->types);
			return;
		}
		if (length->number < size)
			size = (uint32_t)length->number;
		from->next = NULL;
	}
	call->type = type_string(k->c->types, size);
	if (from->type->kind != KIND_string)
		return;
	/* A string already: itself, or as much of it as is wanted. */
	if (from->kind == NODE_data_loc)
		from->type = call->type;
	from->next = call->next;
	*at = from;
	if (length && length->kind == NODE_integer && size < from->type->size)
		convert_node(k, at, type_string(k->c->types, size));
}

void check_call_join(struct checker *k, struct node **at)
{
	struct node *call = *at, *separator;

	if (call->list->type->kind == KIND_string) {
		error_at(k->c, call->list->range, DIAG_argument_kind, 1u, call->name, "a pointer",
			 type_word(k, call->list->type));
		call->type = type_none(k->c->types);
		return;
	}
	if (call->list->next)
		return;
	separator = make_number(k, call->range, 0, type_string(k->c->types, 2));
	separator->kind = NODE_string;
	separator->text = (struct span){" ", 1};
	append_argument(call, separator);
}

/* True when the constant is within; else it is an error. */
static bool within(struct checker *k, const struct node *number, const char *what, int64_t low,
		   int64_t high)
{
	if (number->number >= low && number->number <= high)
		return true;
	error_at(k->c, number->range, DIAG_out_of_range, what, (long long)low, (long long)high);
	return false;
}

/* kstack(3) is the builtin at another depth. */
void check_call_stack(struct checker *k, struct node **at)
{
	struct node *call = *at;
	bool is_kernel = call->function->id == FUNCTION_kstack;
	uint32_t depth = k->c->stack_depth;
	const struct builtin *row = &builtins[is_kernel ? BUILTIN_kstack : BUILTIN_ustack];
	struct node *stack;

	if (call->list && !within(k, call->list, "the depth", 1, MAX_STACK_DEPTH))
		return;
	if (call->list)
		depth = (uint32_t)call->list->number;
	stack = replace_node(k, at, NODE_builtin,
			     type_stack(k->c->types, is_kernel ? KIND_kstack : KIND_ustack, depth));
	stack->builtin = row;
	stack->name = row->name;
}

void check_call_strftime(struct checker *k, struct node **at)
{
	(*at)->type = type_timestamp(k->c->types, (*at)->list->text);
}

void check_call_strncmp(struct checker *k, struct node **at)
{
	struct node *call = *at;

	if (!within(k, call->list->next->next, "the number of bytes", 0, k->c->max_strlen))
		call->type = type_none(k->c->types);
}

void check_call_strcontains(struct checker *k, struct node **at)
{
	(void)k, (void)at;
}

/* What is left of it is not constant (see fold.c). */
void check_call_getopt(struct checker *k, struct node **at)
{
	struct node *call = *at, *name = call->list;

	call->type = type_none(k->c->types);
	error_at(k->c, name->next ? name->next->range : name->range, DIAG_constant_needed,
		 "the default of an option");
}

/* ---- all ---------------------------------------------------------------- */

static void (*const checks[FUNCTION_COUNT])(struct checker *k, struct node **at) = {
#define FUNCTION(name, signature, result, check, doc) [FUNCTION_##name] = check_call_##check,
#define MAP_FUNCTION(name, signature, result, check, doc) [FUNCTION_##name] = NULL,
#define CONSTANT FUNCTION
#include "lang/functions.def"
};

/* pid() is pid. */
static bool call_is_builtin(struct checker *k, struct node **at)
{
	struct node *call = *at;

	if (call->list || !builtin_find(call->name))
		return false;
	call->kind = NODE_identifier;
	check_expression(k, at);
	return true;
}

static void unknown_function(struct checker *k, struct node *call)
{
	struct nearest nearest = nearest_to(call->name);

	error_at(k->c, call->range, DIAG_unknown_function, call->name);
	for (unsigned i = 0; i < FUNCTION_COUNT; i++)
		nearest_offer(&nearest, functions[i].name);
	if (nearest.name)
		hint(k->c, "did you mean '%s()'?", nearest.name);
	for (struct node **argument = &call->list; *argument; argument = &(*argument)->next)
		if ((*argument)->kind != NODE_map || (*argument)->list)
			check_expression(k, argument);
}

void check_call(struct checker *k, struct node **at)
{
	struct node *call = *at;
	const struct function *function = function_find(call->name);

	call->type = type_none(k->c->types);
	call->function = function;
	if (!function) {
		if (!call_is_builtin(k, at))
			unknown_function(k, call);
		return;
	}
	if (function->is_aggregate) {
		error_at(k->c, call->range, DIAG_aggregate_alone, call->name);
		hint(k->c, "write: @name = %s(...)", call->name);
		return;
	}
	/* These two take maps in ways of their own. */
	if (function->id != FUNCTION_print && function->id != FUNCTION_delete &&
	    !check_arguments(k, call))
		return;
	call->type = result_type(k, function);
	checks[function->id](k, at);
}
