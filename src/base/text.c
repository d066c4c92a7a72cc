/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A string that grows.  Bytes and formatted text come in; `data` is always followed by a
 * NUL that `size` does not count.  When memory is out the process aborts.
 */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `size` more bytes and the NUL. */
static char *text_room(struct text *text, size_t size)
{
	size_t wanted = text->capacity ? text->capacity : 64;

	if (size >= SIZE_MAX / 4 - text->size)
		abort();
	while (wanted <= text->size + size)
		wanted *= 2;
	if (wanted > text->capacity) {
		text->data = realloc(text->data, wanted);
		if (!text->data)
			abort();
		text->capacity = wanted;
	}
	return text->data + text->size;
}

static void text_end(struct text *text, size_t added)
{
	text->size += added;
	text->data[text->size] = '\0';
}

void text_add(struct text *text, const void *data, size_t size)
{
	char *room = text_room(text, size);

	if (size)
		memcpy(room, data, size);
	text_end(text, size);
}

void text_char(struct text *text, char c)
{
	*text_room(text, 1) = c;
	text_end(text, 1);
}

void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_fill(struct text *text, char c, size_t count)
{
	memset(text_room(text, count), c, count);
	text_end(text, count);
}

void text_vprintf(struct text *text, const char *format, va_list args)
{
	va_list again;
	size_t free_size;
	char *room = text_room(text, 0);
	int size;

	va_copy(again, args);
	free_size = text->capacity - text->size;
	size = vsnprintf(room, free_size, format, args);
	if (size < 0)
		abort();
	if ((size_t)size >= free_size)
		vsnprintf(text_room(text, (size_t)size), (size_t)size + 1, format, again);
	va_end(again);
	text_end(text, (size_t)size);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	text_vprintf(text, format, args);
	va_end(args);
}

void text_unsigned(struct text *text, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	text_add(text, digits + at, sizeof(digits) - at);
}

void text_signed(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_unsigned(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void text_clear(struct text *text)
{
	text->size = 0;
	if (text->data)
		text->data[0] = '\0';
}

void text_free(struct text *text)
{
	free(text->data);
	*text = (struct text){0};
}

const char *text_cstr(const struct text *text)
{
	return text->data ? text->data : "";
}
