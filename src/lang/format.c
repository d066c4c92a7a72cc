/* SPDX-License-Identifier: Apache-2.0 */
/*
 * printf formats: text to pieces.  A piece is literal text, then perhaps one conversion;
 * the n-th conversion shows the n-th value.
 */
#include <ctype.h>
#include <string.h>

#include "lang/lang.h"

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *in, char c)
{
	if (in->at == in->end || *in->at != c)
		return false;
	in->at++;
	return true;
}

static int32_t take_number(struct cursor *in)
{
	int32_t value = 0;

	while (in->at < in->end && isdigit((unsigned char)*in->at) && value < 100000)
		value = value * 10 + (*in->at++ - '0');
	return value;
}

static void take_flags(struct cursor *in, struct format_piece *piece)
{
	for (;; in->at++) {
		if (in->at == in->end)
			return;
		switch (*in->at) {
		case '-':
			piece->left = true;
			break;
		case '0':
			piece->zero = true;
			break;
		case '+':
			piece->plus = true;
			break;
		case ' ':
			piece->blank = true;
			break;
		case '#':
			piece->alternate = true;
			break;
		default:
			return;
		}
	}
}

/* After the '%'; false: not a conversion that we know. */
static bool take_conversion(struct cursor *in, struct format_piece *piece)
{
	take_flags(in, piece);
	if (in->at < in->end && isdigit((unsigned char)*in->at))
		piece->width = take_number(in);
	if (take(in, '.'))
		piece->precision = take_number(in);
	while (in->at < in->end && strchr("hlLqjzt", *in->at))
		in->at++;
	if (in->at == in->end || !*in->at || !strchr("diuxXocspf", *in->at))
		return false;
	piece->conversion = *in->at++;
	if (piece->conversion == 'i')
		piece->conversion = 'd';
	return piece->width < 1000 && piece->precision < 1000;
}

/* Literal text up to a conversion, with "%%" as '%'. */
static void take_literal(struct arena *arena, struct cursor *in, struct format_piece *piece)
{
	char *out = arena_alloc(arena, (size_t)(in->end - in->at) + 1);

	piece->literal = out;
	for (; in->at < in->end; in->at++) {
		if (*in->at == '%') {
			if (in->at + 1 == in->end || in->at[1] != '%')
				break;
			in->at++;
		}
		*out++ = *in->at;
	}
	piece->literal_size = (uint32_t)(out - piece->literal);
}

bool format_parse(struct arena *arena, struct span format, struct format_piece **pieces,
		  uint32_t *count, struct span *bad)
{
	struct cursor in = {format.data, (const char *)format.data + format.size};
	size_t capacity = 0, used = 0;
	uint32_t argument = 0;

	*pieces = NULL;
	*count = 0;
	while (in.at < in.end) {
		struct format_piece piece = {.width = -1, .precision = -1};

		take_literal(arena, &in, &piece);
		*bad = (struct span){in.at, 0};
		if (take(&in, '%')) {
			if (!take_conversion(&in, &piece)) {
				in.at += in.at < in.end;
				bad->size = (size_t)(in.at - (const char *)bad->data);
				return false;
			}
			piece.argument = argument++;
		}
		*pieces = arena_grow(arena, *pieces, used, &capacity, sizeof(piece));
		(*pieces)[used++] = piece;
	}
	*count = (uint32_t)used;
	return true;
}
