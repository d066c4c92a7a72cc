/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What shows: print, printf and its format, print_log2_hist.  printf calls that follow
 * each other directly become one, so that a line is one record and stays whole.
 */
#include "lang/check.h"

/* ---- printf ------------------------------------------------------------- */

static bool is_number(const struct type *type)
{
	return type->kind == KIND_int || type->kind == KIND_bool || type->kind == KIND_pointer;
}

static bool can_print(char conversion, const struct type *type)
{
	switch (conversion) {
	case 's':
		return type->kind != KIND_int && type->kind != KIND_pointer &&
		       type->kind != KIND_record && type->kind != KIND_array;
	case 'f':
		return type->kind == KIND_int;
	default:
		return is_number(type);
	}
}

/* A parameter that looks like a number is text for %s. */
static void parameter_as_text(struct checker *k, struct node *node, char conversion)
{
	if (conversion != 's' || node->kind != NODE_integer || !node->text.data)
		return;
	node->kind = NODE_string;
	node->type = type_string(k->c->types, (uint32_t)node->text.size + 1);
}

static void bad_value(struct checker *k, const struct node *value, char conversion)
{
	const struct type *type = value->type;

	error_at(k->c, value->range, DIAG_format_type,
		 arena_printf(k->c->arena, "%%%c", conversion), type_word(k, type));
	if (conversion == 's' && type->kind == KIND_pointer)
		hint(k->c, "read the string that it points to: str(...)");
	else if (conversion == 's' && is_number(type))
		hint(k->c, "numbers are printed with %%d, or read as an address: str(...)");
	else if (type->kind == KIND_string || type->kind == KIND_kstack ||
		 type->kind == KIND_ustack || type->kind == KIND_ksym || type->kind == KIND_usym)
		hint(k->c, "use %%s");
}

static void check_values(struct checker *k, struct node *call, const struct format_piece *pieces,
			 uint32_t count)
{
	struct node *value = call->list->next;
	uint32_t total = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!pieces[i].conversion)
			continue;
		parameter_as_text(k, value, pieces[i].conversion);
		if (!can_print(pieces[i].conversion, value->type))
			bad_value(k, value, pieces[i].conversion);
		total += value->type->size;
		value = value->next;
	}
	if (total > MAX_PRINTF_SIZE)
		error_at(k->c, call->range, DIAG_too_big, "this output", total, MAX_PRINTF_SIZE);
}

static uint32_t conversions(const struct format_piece *pieces, uint32_t count)
{
	uint32_t result = 0;

	for (uint32_t i = 0; i < count; i++)
		result += pieces[i].conversion != 0;
	return result;
}

void check_call_printf(struct checker *k, struct node **at)
{
	struct node *call = *at, *format = call->list;
	struct format_piece *pieces;
	uint32_t count, wanted, given = list_count(format->next);
	struct span bad;

	if (!format_parse(k->c->arena, format->text, &pieces, &count, &bad)) {
		error_at(k->c, format->range, DIAG_bad_format,
			 arena_strndup(k->c->arena, bad.data, bad.size));
		return;
	}
	wanted = conversions(pieces, count);
	if (wanted != given)
		error_at(k->c, call->range, DIAG_format_count, wanted, given);
	else
		check_values(k, call, pieces, count);
}

/* ---- merging ------------------------------------------------------------ */

static struct node *printf_of(struct node *statement)
{
	struct node *call = statement ? statement->left : NULL;

	if (!statement || statement->kind != NODE_expression || call->kind != NODE_call ||
	    !call->function || call->function->id != FUNCTION_printf ||
	    call->type->kind != KIND_void || call->list->kind != NODE_string)
		return NULL;
	return call;
}

static uint32_t values_size(const struct node *call)
{
	uint32_t total = 0;

	for (const struct node *value = call->list->next; value; value = value->next)
		total += value->type->size;
	return total;
}

static void join_calls(struct checker *k, struct node *first, struct node *second)
{
	struct node *format = first->list, *last = format;
	struct span a = format->text, b = second->list->text;
	char *text = arena_alloc(k->c->arena, a.size + b.size + 1);

	memcpy(text, a.data, a.size);
	memcpy(text + a.size, b.data, b.size);
	format->text = (struct span){text, a.size + b.size};
	format->type = type_string(k->c->types, (uint32_t)format->text.size + 1);
	while (last->next)
		last = last->next;
	last->next = second->list->next;
}

void merge_printf(struct checker *k, struct node *block)
{
	for (struct node *node = block->list; node; node = node->next) {
		struct node *first = printf_of(node), *second;

		while (first && (second = printf_of(node->next)) &&
		       values_size(first) + values_size(second) <= MAX_PRINTF_SIZE) {
			join_calls(k, first, second);
			node->next = node->next->next;
		}
	}
}

/* ---- print -------------------------------------------------------------- */

static bool check_print_number(struct checker *k, struct node *call, struct node **at,
			       uint32_t number)
{
	if (!check_value(k, at))
		return false;
	if ((*at)->kind == NODE_integer && (*at)->number >= 0 && (*at)->number <= INT32_MAX)
		return true;
	if ((*at)->kind == NODE_integer)
		error_at(k->c, (*at)->range, DIAG_out_of_range, "this", 0ll, (long long)INT32_MAX);
	else
		error_at(k->c, (*at)->range, DIAG_constant_needed,
			 arena_printf(k->c->arena, "argument %u of '%s()'", number, call->name));
	return false;
}

/* print(@x), print(@x, top), print(@x, top, divisor) */
static bool check_print_map(struct checker *k, struct node *call)
{
	bool good = map_whole(k, call->list);
	uint32_t number = 2;

	for (struct node **at = &call->list->next; *at; at = &(*at)->next)
		good &= check_print_number(k, call, at, number++);
	return good;
}

static bool check_print_value(struct checker *k, struct node *call)
{
	if (!check_value(k, &call->list))
		return false;
	if (!call->list->next)
		return true;
	error_at(k->c, call->range, DIAG_argument_count, call->name,
		 "1 argument when it is not a map", list_count(call->list));
	return false;
}

void check_call_print(struct checker *k, struct node **at)
{
	struct node *call = *at;
	uint32_t count = list_count(call->list);
	bool good = false;

	if (!count || count > 3)
		error_at(k->c, call->range, DIAG_argument_count, call->name, "1 to 3 arguments",
			 count);
	else if (call->list->kind == NODE_map && !call->list->list)
		good = check_print_map(k, call);
	else
		good = check_print_value(k, call);
	if (!good)
		call->type = type_none(k->c->types);
}

void check_call_print_log2_hist(struct checker *k, struct node **at)
{
	struct node *call = *at, *map = call->list;

	if (map->type->kind == KIND_hist)
		return;
	error_at(k->c, map->range, DIAG_map_type, map->name, type_word(k, map->type), "a hist");
	call->type = type_none(k->c->types);
}
