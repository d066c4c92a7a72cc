/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both sinks from end to end: events, messages, time; and that JSON stays valid whatever
 * bytes are in a string.
 */
#include "view_test.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct output out_text = {.fd = -1}, out_json = {.fd = -1}, messages = {.fd = -1};
static struct sink *as_text, *as_json;
static struct text text, json;

/* ---- a strict reader of JSON -------------------------------------------- */

static const char *json_skip(const char *at);

static const char *skip_hex(const char *at)
{
	for (int i = 0; i < 4; i++, at++)
		if (!strchr("0123456789abcdef", *at) || !*at)
			return NULL;
	return at;
}

/* One character outside of ASCII, by the table of RFC 3629. */
static const char *skip_utf8(const unsigned char *at)
{
	static const struct {
		unsigned char first_low, first_high, low, high;
		int more;
	} forms[] = {
		{0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1},
		{0xe1, 0xec, 0x80, 0xbf, 1}, {0xed, 0xed, 0x80, 0x9f, 1},
		{0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2},
		{0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2},
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		if (at[0] < forms[i].first_low || at[0] > forms[i].first_high)
			continue;
		if (at[1] < forms[i].low || at[1] > forms[i].high)
			return NULL;
		for (int j = 0; j < forms[i].more; j++)
			if ((at[2 + j] & 0xc0) != 0x80)
				return NULL;
		return (const char *)at + 2 + forms[i].more;
	}
	return NULL;
}

static const char *skip_string(const char *at)
{
	if (!at || *at++ != '"')
		return NULL;
	while (at && *at != '"') {
		if ((unsigned char)*at < ' ')
			return NULL;
		if ((unsigned char)*at >= 0x80)
			at = skip_utf8((const unsigned char *)at);
		else if (*at != '\\')
			at++;
		else if (at[1] == 'u')
			at = skip_hex(at + 2);
		else
			at = at[1] && strchr("\"\\/bfnrt", at[1]) ? at + 2 : NULL;
	}
	return at ? at + 1 : NULL;
}

static const char *skip_blanks(const char *at)
{
	return at ? at + strspn(at, " ") : NULL;
}

static const char *skip_list(const char *at, char close)
{
	at = skip_blanks(at + 1);
	if (*at == close)
		return at + 1;
	for (;;) {
		if (close == '}') {
			at = skip_blanks(skip_string(skip_blanks(at)));
			if (!at || *at++ != ':')
				return NULL;
		}
		at = skip_blanks(json_skip(at));
		if (!at || (*at != ',' && *at != close))
			return NULL;
		if (*at++ == close)
			return at;
	}
}

static const char *skip_number(const char *at)
{
	size_t digits;

	at += *at == '-';
	digits = strspn(at, "0123456789");
	return digits && (digits == 1 || *at != '0') ? at + digits : NULL;
}

/* Behind one value, or NULL: it is none. */
static const char *json_skip(const char *at)
{
	at = skip_blanks(at);
	if (!at)
		return NULL;
	if (*at == '"')
		return skip_string(at);
	if (*at == '[' || *at == '{')
		return skip_list(at, *at == '[' ? ']' : '}');
	if (!strncmp(at, "true", 4) || !strncmp(at, "null", 4))
		return at + 4;
	return strncmp(at, "false", 5) ? skip_number(at) : at + 5;
}

static bool is_json_line(const char *line)
{
	const char *end = *line == '{' ? json_skip(line) : NULL;

	return end && !strcmp(end, "\n");
}

/* ---- events ------------------------------------------------------------- */

struct record {
	struct record_head head;
	uint32_t length;
	char tail[64];
};

static struct record_field string_field = {
	.type = &(const struct type){KIND_string, .size = 256, .count = 256},
	.offset = sizeof(struct record_head),
	.in_tail = true,
};

static void show(struct record_spec *spec, const struct record *record)
{
	const struct program program = {.records = spec, .record_count = 1};
	const struct event event = {
		.program = &program,
		.spec = spec,
		.data = record,
		.size = offsetof(struct record, tail) + record->length,
		.boot_to_real = 1000000000ll * 3600,
	};

	spec->fixed_size = offsetof(struct record, tail);
	as_text->operations->event(as_text, &event);
	as_json->operations->event(as_json, &event);
	said(&out_text, &text);
	said(&out_json, &json);
}

static struct record record_of(const void *bytes, size_t size)
{
	struct record record = {.length = (uint32_t)size};

	memcpy(record.tail, bytes, size);
	return record;
}

static void test_events(void)
{
	struct format_piece pieces[] = {
		{.literal = "<",
		 .literal_size = 1,
		 .conversion = 's',
		 .width = -1,
		 .precision = -1},
		{.literal = ">\n", .literal_size = 2},
	};
	struct record_spec print = {
		.action = ACTION_print, .fields = &string_field, .field_count = 1};
	struct record_spec join = print, format = print;
	struct record record = record_of("/bin/echo 'A'", 13);

	join.action = ACTION_join;
	format.action = ACTION_printf;
	format.pieces = pieces;
	format.piece_count = 2;
	show(&print, &record);
	CHECK_STR(text_cstr(&text), "/bin/echo 'A'\n");
	CHECK_STR(text_cstr(&json), "{\"type\": \"value\", \"data\": \"/bin/echo 'A'\"}\n");
	show(&join, &record);
	CHECK_STR(text_cstr(&text), "/bin/echo 'A'\n");
	CHECK_STR(text_cstr(&json), "{\"type\": \"join\", \"data\": \"/bin/echo 'A'\"}\n");
	show(&format, &record);
	CHECK_STR(text_cstr(&text), "</bin/echo 'A'>\n");
	CHECK_STR(text_cstr(&json), "{\"type\": \"printf\", \"data\": \"</bin/echo 'A'>\\n\"}\n");
	record = record_of("test \r \n \t \\ \" bar", 18);
	show(&print, &record);
	CHECK_STR(text_cstr(&json),
		  "{\"type\": \"value\", \"data\": \"test \\r \\n \\t \\\\ \\\" bar\"}\n");
}

static void test_time(void)
{
	struct record_spec spec = {.action = ACTION_time, .text = "%H:%M:%S\n"};
	struct record record = {0};

	for (int i = 0; i < 3; i++) {
		record.head.time = 61000000000ull + (uint64_t)i * 600000000;
		show(&spec, &record);
		CHECK_STR(text_cstr(&text), i < 2 ? "01:01:01\n" : "01:01:02\n");
		CHECK_STR(text_cstr(&json),
			  i < 2 ? "{\"type\": \"time\", \"data\": \"01:01:01\\n\"}\n"
				: "{\"type\": \"time\", \"data\": \"01:01:02\\n\"}\n");
	}
	spec.text = "";
	show(&spec, &record);
	CHECK_STR(text_cstr(&text), "");
}

/* ---- hostile strings ---------------------------------------------------- */

static void check_string(const char *bytes, size_t size, const char *expected)
{
	struct record_spec spec = {
		.action = ACTION_print, .fields = &string_field, .field_count = 1};
	struct record record = record_of(bytes, size);

	show(&spec, &record);
	CHECK(is_json_line(text_cstr(&json)));
	if (expected) {
		struct text line = {0};

		text_printf(&line, "{\"type\": \"value\", \"data\": \"%s\"}\n", expected);
		CHECK_STR(text_cstr(&json), text_cstr(&line));
		text_free(&line);
	}
}

#define CHECK_BYTES(bytes, expected) check_string(bytes, sizeof(bytes) - 1, expected)
#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void test_hostile(void)
{
	CHECK_BYTES("\x01\x1f\x7f", "\\u0001\\u001f\x7f");
	CHECK_BYTES("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
		    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac "
		    "\xf0\x9f\x98\x80");
	CHECK_BYTES("\xff", BAD);
	CHECK_BYTES("a\x80z", "a" BAD "z");
	CHECK_BYTES("\xc3", BAD);
	CHECK_BYTES("\xe2\x82", BAD BAD);
	CHECK_BYTES("\xc0\xaf", BAD BAD); /* overlong */
	CHECK_BYTES("\xe0\x80\x80", BAD BAD BAD); /* overlong */
	CHECK_BYTES("\xf0\x80\x80\x80", BAD BAD BAD BAD); /* overlong */
	CHECK_BYTES("\xed\xa0\x80", BAD BAD BAD); /* a surrogate */
	CHECK_BYTES("\xf4\x90\x80\x80", BAD BAD BAD BAD); /* above U+10FFFF */
	CHECK_BYTES("\xf5\xc3\xbc", BAD "\xc3\xbc");
}

static void test_random_bytes(void)
{
	for (int i = 0; i < 20000; i++) {
		char bytes[64];
		size_t size = (size_t)random() % sizeof(bytes);

		for (size_t j = 0; j < size; j++)
			bytes[j] = (char)(random() % 3 ? random() : 0x80 + random() % 0x80);
		check_string(bytes, size, NULL);
	}
}

/* ---- messages ----------------------------------------------------------- */

static void test_attached(void)
{
	int pipe_ends[2];
	char got[64] = "";

	CHECK(!pipe(pipe_ends));
	messages.fd = pipe_ends[1];
	as_text->operations->attached(as_text, 1);
	as_text->operations->attached(as_text, 12);
	CHECK_EQ(read(pipe_ends[0], got, sizeof(got) - 1), 36);
	CHECK_STR(got, "Attached 1 probe\nAttached 12 probes\n");
	as_json->operations->attached(as_json, 2);
	CHECK_STR(said(&out_json, &json),
		  "{\"type\": \"attached_probes\", \"count\": 2, \"data\": {\"probes\": 2}}\n");
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void test_lost(void)
{
	static const struct loss_count list[] = {
		{"tracepoint:a:b", LOSS_ring_full, 12},
		{"tracepoint:a:b", LOSS_map_full, 1},
		{NULL, LOSS_ring_full, 3},
	};
	int pipe_ends[2];
	char got[256] = "";

	CHECK(!pipe(pipe_ends));
	messages.fd = pipe_ends[1];
	as_text->operations->lost(as_text, list, 3);
	CHECK(read(pipe_ends[0], got, sizeof(got) - 1) > 0);
	CHECK_STR(got, "tracepoint:a:b: 12 events lost: ring full\n"
		       "tracepoint:a:b: 1 update lost: map full\n3 events lost: ring full\n");
	as_json->operations->lost(as_json, list, 3);
	CHECK_STR(said(&out_json, &json),
		  "{\"type\": \"lost_events\", \"count\": 12, "
		  "\"data\": {\"events\": 12, \"probe\": \"tracepoint:a:b\"}}\n"
		  "{\"type\": \"loss\", \"count\": 1, "
		  "\"data\": {\"map_full\": 1, \"probe\": \"tracepoint:a:b\"}}\n"
		  "{\"type\": \"lost_events\", \"count\": 3, \"data\": {\"events\": 3}}\n");
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

static void test_end(void)
{
	as_text->operations->end(as_text);
	as_json->operations->end(as_json);
	CHECK_STR(said(&out_text, &text), "\n\n");
	CHECK_STR(said(&out_json, &json), "");
}

static void test_quiet(void)
{
	struct output output = {.fd = -1}, said_aside = {.fd = -1};
	const struct view_options quiet = {.quiet = true, .messages = &said_aside};
	struct sink *sinks[] = {sink_text(&output, &quiet), sink_json(&output, &quiet)};

	for (size_t i = 0; i < ARRAY_SIZE(sinks); i++) {
		sinks[i]->operations->attached(sinks[i], 5);
		CHECK_EQ(output.pending.size + said_aside.pending.size, 0);
		CHECK_EQ(said_aside.error, 0);
		sink_free(sinks[i]);
	}
}

static void test_line_buffered(void)
{
	struct record_spec spec = {
		.action = ACTION_print, .fields = &string_field, .field_count = 1};
	const struct program program = {.records = &spec, .record_count = 1};
	struct record record = record_of("now", 3);
	const struct event event = {.program = &program,
				    .spec = &spec,
				    .data = &record,
				    .size = offsetof(struct record, tail) + 3};
	struct output output = {0};
	struct sink *sink = sink_text(&output, &(struct view_options){.line_buffered = true});
	int pipe_ends[2];
	char got[16] = "";

	spec.fixed_size = offsetof(struct record, tail);
	CHECK(!pipe(pipe_ends));
	output.fd = pipe_ends[1];
	sink->operations->event(sink, &event);
	CHECK_EQ(read(pipe_ends[0], got, sizeof(got)), 4);
	CHECK_STR(got, "now\n");
	CHECK_EQ(sink->operations->flush(sink), 0);
	sink_free(sink);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

int main(void)
{
	const struct view_options options = {.messages = &messages};

	srandom(1);
	setenv("TZ", "UTC", 1);
	tzset();
	as_text = sink_text(&out_text, &options);
	as_json = sink_json(&out_json, &options);
	test_events();
	test_time();
	test_hostile();
	test_random_bytes();
	test_attached();
	test_lost();
	test_end();
	test_quiet();
	test_line_buffered();
	sink_free(as_text);
	sink_free(as_json);
	text_free(&text);
	text_free(&json);
	return test_result();
}
