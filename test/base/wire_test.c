/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded bytes: what is written reads back, and what is cut short fails and stays so. */
#include "base/base.h"
#include "test.h"

#include <stdlib.h>

static void write_all(struct text *out)
{
	write_u8(out, 0x12);
	write_u16(out, 0x3456);
	write_u32(out, 0x789abcde);
	write_u64(out, 0x0123456789abcdef);
	write_blob(out, "a\0b", 3);
	write_string(out, "text");
	write_string(out, "");
	write_blob(out, "", 0);
}

static void test_round_trip(void)
{
	struct text out = {0};
	struct reader r;
	struct span blob;

	write_all(&out);
	r = reader_of(out.data, out.size);
	CHECK_EQ(read_u8(&r), 0x12);
	CHECK_EQ(read_u16(&r), 0x3456);
	CHECK_EQ(read_u32(&r), 0x789abcde);
	CHECK_EQ(read_u64(&r), 0x0123456789abcdef);
	blob = read_blob(&r);
	CHECK(blob.size == 3 && !memcmp(blob.data, "a\0b", 3));
	CHECK_STR(read_string(&r), "text");
	CHECK(!reader_done(&r));
	CHECK_STR(read_string(&r), "");
	CHECK_EQ(read_blob(&r).size, 0);
	CHECK(reader_done(&r));
	CHECK_EQ(read_u8(&r), 0);
	CHECK(r.failed && !reader_done(&r));
	text_free(&out);
}

static void test_truncated(void)
{
	struct text out = {0};

	write_all(&out);
	for (size_t size = 0; size < out.size; size++) {
		/* A copy of its own size, so that a sanitizer sees any step beyond. */
		char *copy = malloc(size + !size);
		struct reader r = reader_of(memcpy(copy, out.data, size), size);

		read_u8(&r);
		read_u16(&r);
		read_u32(&r);
		read_u64(&r);
		read_blob(&r);
		read_string(&r);
		read_string(&r);
		read_blob(&r);
		CHECK(r.failed);
		CHECK_EQ(read_u64(&r), 0);
		CHECK(!reader_done(&r));
		free(copy);
	}
	text_free(&out);
}

static void test_bad_strings(void)
{
	struct reader r = reader_of("\2\0\0\0ab", 6);

	CHECK_STR(read_string(&r), "");
	CHECK(r.failed);
	r = reader_of("\3\0\0\0a\0b\0", 8);
	CHECK_STR(read_string(&r), "");
	CHECK(r.failed);
	r = reader_of("\xff\xff\xff\xff", 4);
	CHECK_STR(read_string(&r), "");
	CHECK(r.failed);
	r = reader_of(NULL, 0);
	CHECK(reader_done(&r));
	CHECK_EQ(read_bytes(&r, 0).size, 0);
	CHECK(!read_bytes(&r, 1).data);
	CHECK(r.failed);
}

int main(void)
{
	test_round_trip();
	test_truncated();
	test_bad_strings();
	return test_result();
}
