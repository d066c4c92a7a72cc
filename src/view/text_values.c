/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text: a function for each kind of kinds.def.  What goes out is what
 * bpftrace prints for the same value.
 */
#include "view/values.h"

#include <inttypes.h>
#include <string.h>

enum { STACK_INDENT = 8 };

/* What bpftrace adds to a string that fills its room. */
static const char cut_mark[] = "..";

static view_function *const functions[KIND_COUNT] = {
#define VALUE(name) [KIND_##name] = text_of_##name,
#define AGGREGATE(name) VALUE(name)
#include "type/kinds.def"
};

void text_show(const struct view *view, const struct type *type, struct span value)
{
	if (value_fits(type, value))
		functions[type->kind](view, type, value);
	else
		text_string(view->out, "<malformed>");
}

void text_value(struct text *out, const struct program *program, struct symbols *symbols,
		const struct type *type, struct span value)
{
	const struct view view = {.out = out, .program = program, .symbols = symbols};

	text_show(&view, type, value);
}

/* ---- plain values ------------------------------------------------------- */

void text_of_none(const struct view *view, const struct type *type, struct span value)
{
	(void)type;
	(void)value;
	text_string(view->out, "null");
}

void text_of_void(const struct view *view, const struct type *type, struct span value)
{
	text_of_none(view, type, value);
}

void text_of_int(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_bool(const struct view *view, const struct type *type, struct span value)
{
	text_string(view->out, value_int(type, value.data) ? "true" : "false");
}

void text_of_pointer(const struct view *view, const struct type *type, struct span value)
{
	text_printf(view->out, "0x%" PRIx64, (uint64_t)value_int(type, value.data));
}

void text_of_string(const struct view *view, const struct type *type, struct span value)
{
	struct span text = value_text(type, value);

	text_add(view->out, text.data, text.size);
	if (text.size == type->size && text.size)
		text_string(view->out, cut_mark);
}

void text_of_array(const struct view *view, const struct type *type, struct span value)
{
	const struct type *of = type->of;

	if (type_is_text(type)) {
		text_of_string(view, type, value);
		return;
	}
	text_char(view->out, '[');
	for (uint32_t i = 0; i < type->count; i++) {
		if (i)
			text_char(view->out, ',');
		text_show(view, of,
			  (struct span){(const uint8_t *)value.data + i * of->size, of->size});
	}
	text_char(view->out, ']');
}

/* ---- values made of others ---------------------------------------------- */

static void separate(const struct view *view, bool *first)
{
	if (!*first)
		text_string(view->out, view->compact ? "," : ", ");
	*first = false;
}

static void show_name(const struct view *view, const char *name)
{
	text_printf(view->out, view->compact ? ".%s=" : ".%s = ", name);
}

/* Members of anonymous members are shown as the record's own, as C names them. */
static void show_members(const struct view *view, const struct type *type, struct span value,
			 bool *first)
{
	for (uint32_t i = 0; i < type->field_count; i++) {
		const struct field *field = &type->fields[i];
		uint64_t bits;
		struct span member = field_value(field, value, &bits);

		if (!field->name && field->type->kind == KIND_record) {
			show_members(view, field->type, member, first);
		} else if (field->name) {
			separate(view, first);
			show_name(view, field->name);
			text_show(view, field->type, member);
		}
	}
}

void text_of_record(const struct view *view, const struct type *type, struct span value)
{
	bool first = true;

	if (!type->field_count) {
		text_string(view->out, "{}");
		return;
	}
	text_string(view->out, view->compact ? "{" : "{ ");
	show_members(view, type, value, &first);
	text_string(view->out, view->compact ? "}" : " }");
}

static void show_elements(const struct view *view, const struct type *type, struct span value)
{
	bool first = true;

	for (uint32_t i = 0; i < type->field_count; i++) {
		uint64_t bits;

		separate(view, &first);
		text_show(view, type->fields[i].type, field_value(&type->fields[i], value, &bits));
	}
}

void text_of_tuple(const struct view *view, const struct type *type, struct span value)
{
	text_char(view->out, '(');
	show_elements(view, type, value);
	text_char(view->out, ')');
}

void text_key(const struct view *view, const struct type *type, struct span value)
{
	struct view undivided = *view;

	undivided.divisor = 0;
	if (type->kind == KIND_tuple && value_fits(type, value))
		show_elements(&undivided, type, value);
	else
		text_show(&undivided, type, value);
}

/* ---- addresses and names ------------------------------------------------ */

void text_of_kstack(const struct view *view, const struct type *type, struct span value)
{
	stack_text(view, type, value, view->compact ? 0 : STACK_INDENT);
}

void text_of_ustack(const struct view *view, const struct type *type, struct span value)
{
	stack_text(view, type, value, view->compact ? 0 : STACK_INDENT);
}

void text_of_ksym(const struct view *view, const struct type *type, struct span value)
{
	uint64_t address;

	(void)type;
	memcpy(&address, value.data, sizeof(address));
	symbols_kernel_name(view->symbols, address, view->out);
}

void text_of_usym(const struct view *view, const struct type *type, struct span value)
{
	uint64_t words[2]; /* address, process id */

	(void)type;
	memcpy(words, value.data, sizeof(words));
	symbols_user_name(view->symbols, (uint32_t)words[1], words[0], view->out);
}

void text_of_timestamp(const struct view *view, const struct type *type, struct span value)
{
	uint64_t ns;
	time_t seconds;
	struct tm parts;
	char text[256];

	memcpy(&ns, value.data, sizeof(ns));
	seconds = (time_t)(ns / 1000000000);
	localtime_r(&seconds, &parts);
	text_add(view->out, text, strftime(text, sizeof(text), type->name, &parts));
}

void text_of_disk(const struct view *view, const struct type *type, struct span value)
{
	uint64_t device;

	(void)type;
	memcpy(&device, value.data, sizeof(device));
	symbols_disk(view->symbols, device, view->out);
}

void text_of_probe(const struct view *view, const struct type *type, struct span value)
{
	uint64_t index;

	(void)type;
	memcpy(&index, value.data, sizeof(index));
	if (index < view->program->probe_name_count)
		text_string(view->out, view->program->probe_names[index]);
	else
		text_unsigned(view->out, index);
}

/* ---- aggregates --------------------------------------------------------- */

void text_of_count(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_sum(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_min(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_max(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_avg(const struct view *view, const struct type *type, struct span value)
{
	number_text(view->out, number_of(view, type, value));
}

void text_of_stats(const struct view *view, const struct type *type, struct span value)
{
	struct stats stats = stats_of(view, type, value);

	for (size_t i = 0; i < ARRAY_SIZE(stats.list); i++) {
		text_printf(view->out, "%s.%s = ", i ? ", " : "{ ", stats.list[i].name);
		number_text(view->out, stats.list[i].number);
	}
	text_string(view->out, " }");
}

void text_of_hist(const struct view *view, const struct type *type, struct span value)
{
	struct histogram histogram = histogram_of(view, type, value);

	histogram_text(view->out, &histogram);
}

void text_of_lhist(const struct view *view, const struct type *type, struct span value)
{
	text_of_hist(view, type, value);
}
