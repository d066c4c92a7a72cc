/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as JSON: a function for each kind of kinds.def.  Whatever the bytes are, what
 * goes out is valid.
 */
#include "view/values.h"

static view_function *const functions[KIND_COUNT] = {
#define VALUE(name) [KIND_##name] = json_of_##name,
#define AGGREGATE(name) VALUE(name)
#include "type/kinds.def"
};

void json_show(const struct view *view, const struct type *type, struct span value)
{
	if (value_fits(type, value))
		functions[type->kind](view, type, value);
	else
		text_string(view->out, "null");
}

void json_value(struct text *out, const struct program *program, struct symbols *symbols,
		const struct type *type, struct span value)
{
	const struct view view = {.out = out, .program = program, .symbols = symbols};

	json_show(&view, type, value);
}

/* ---- strings ------------------------------------------------------------ */

/*
 * Bytes of the UTF-8 character at `at`, or 0: not one.  Overlong forms, surrogates and
 * what is above U+10FFFF are none (RFC 3629, section 4).
 */
static size_t utf8_size(const uint8_t *at, size_t left)
{
	size_t size = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

	if (size > left || at[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return size;
}

static bool is_plain(uint8_t c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

/* The character at `at`, which is not plain; returns its bytes. */
static size_t json_character(struct text *out, const uint8_t *at, size_t left)
{
	static const char escapes[128] = {
		['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
	};
	size_t size = utf8_size(at, left);

	if (*at < 0x80 && escapes[*at])
		text_add(out, (const char[]){'\\', escapes[*at]}, 2);
	else if (*at < ' ')
		text_printf(out, "\\u%04x", *at);
	else if (size)
		text_add(out, at, size);
	else
		text_string(out, "\xef\xbf\xbd"); /* U+FFFD */
	return size ? size : 1;
}

void json_string(struct text *out, const void *data, size_t size)
{
	const uint8_t *at = data, *end = at + size;

	text_char(out, '"');
	while (at < end) {
		const uint8_t *start = at;

		while (at < end && is_plain(*at))
			at++;
		text_add(out, start, (size_t)(at - start));
		if (at < end)
			at += json_character(out, at, (size_t)(end - at));
	}
	text_char(out, '"');
}

/* Kinds that are text in JSON too. */
static void show_as_text(const struct view *view, view_function *function, const struct type *type,
			 struct span value)
{
	struct text text = {0};
	struct view inner = *view;

	inner.out = &text;
	function(&inner, type, value);
	json_string(view->out, text_cstr(&text), text.size);
	text_free(&text);
}

void json_of_string(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_string, type, value);
}

void json_of_kstack(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_kstack, type, value);
}

void json_of_ustack(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_ustack, type, value);
}

void json_of_ksym(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_ksym, type, value);
}

void json_of_usym(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_usym, type, value);
}

void json_of_timestamp(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_timestamp, type, value);
}

void json_of_disk(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_disk, type, value);
}

void json_of_probe(const struct view *view, const struct type *type, struct span value)
{
	show_as_text(view, text_of_probe, type, value);
}

/* ---- numbers ------------------------------------------------------------ */

/*
 * A string where a double, which is what JSON's numbers are to most readers, does not
 * hold the value exactly.
 */
static void json_number(struct text *out, struct number number)
{
	bool negative = number.is_signed && number.value < 0;
	uint64_t size = negative ? -(uint64_t)number.value : (uint64_t)number.value;
	bool exact = !size || size >> __builtin_ctzll(size) < 1ull << 53;

	if (!exact)
		text_char(out, '"');
	number_text(out, number);
	if (!exact)
		text_char(out, '"');
}

static void show_number(const struct view *view, const struct type *type, struct span value)
{
	json_number(view->out, number_of(view, type, value));
}

void json_of_none(const struct view *view, const struct type *type, struct span value)
{
	text_of_none(view, type, value);
}

void json_of_void(const struct view *view, const struct type *type, struct span value)
{
	text_of_none(view, type, value);
}

void json_of_bool(const struct view *view, const struct type *type, struct span value)
{
	text_of_bool(view, type, value);
}

void json_of_int(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_pointer(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_count(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_sum(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_min(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_max(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_avg(const struct view *view, const struct type *type, struct span value)
{
	show_number(view, type, value);
}

void json_of_stats(const struct view *view, const struct type *type, struct span value)
{
	struct stats stats = stats_of(view, type, value);

	for (size_t i = 0; i < ARRAY_SIZE(stats.list); i++) {
		text_printf(view->out, "%s\"%s\": ", i ? ", " : "{", stats.list[i].name);
		json_number(view->out, stats.list[i].number);
	}
	text_char(view->out, '}');
}

/* ---- values made of others ---------------------------------------------- */

void json_of_array(const struct view *view, const struct type *type, struct span value)
{
	const struct type *of = type->of;

	if (type_is_text(type)) {
		json_of_string(view, type, value);
		return;
	}
	text_char(view->out, '[');
	for (uint32_t i = 0; i < type->count; i++) {
		if (i)
			text_char(view->out, ',');
		json_show(view, of,
			  (struct span){(const uint8_t *)value.data + i * of->size, of->size});
	}
	text_char(view->out, ']');
}

void json_of_tuple(const struct view *view, const struct type *type, struct span value)
{
	text_char(view->out, '[');
	for (uint32_t i = 0; i < type->field_count; i++) {
		uint64_t bits;

		if (i)
			text_char(view->out, ',');
		json_show(view, type->fields[i].type, field_value(&type->fields[i], value, &bits));
	}
	text_char(view->out, ']');
}

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
			text_printf(view->out, "%s\"%s\": ", *first ? "" : ", ", field->name);
			*first = false;
			json_show(view, field->type, member);
		}
	}
}

void json_of_record(const struct view *view, const struct type *type, struct span value)
{
	bool first = true;

	text_char(view->out, '{');
	show_members(view, type, value, &first);
	text_char(view->out, '}');
}

/* ---- histograms --------------------------------------------------------- */

/* Bounds are inclusive here; those below zero are signed, the others of hist not. */
static void show_slot(struct text *out, const struct histogram *histogram, uint32_t slot)
{
	bool is_signed = histogram->type->kind == KIND_lhist || slot == 0;
	int64_t low, high;

	text_char(out, '{');
	if (histogram_low(histogram, slot, &low)) {
		text_string(out, "\"min\": ");
		json_number(out, (struct number){low, is_signed});
		text_string(out, ", ");
	}
	if (histogram_high(histogram, slot, &high)) {
		text_string(out, "\"max\": ");
		json_number(out, (struct number){(int64_t)((uint64_t)high - 1), is_signed});
		text_string(out, ", ");
	}
	text_printf(out, "\"count\": %llu}", (unsigned long long)histogram_count(histogram, slot));
}

void json_of_hist(const struct view *view, const struct type *type, struct span value)
{
	struct histogram histogram = histogram_of(view, type, value);

	text_char(view->out, '[');
	for (uint32_t slot = histogram.first; slot < histogram.end; slot++) {
		if (slot > histogram.first)
			text_char(view->out, ',');
		show_slot(view->out, &histogram, slot);
	}
	text_char(view->out, ']');
}

void json_of_lhist(const struct view *view, const struct type *type, struct span value)
{
	json_of_hist(view, type, value);
}
