/* SPDX-License-Identifier: Apache-2.0 */
/* Text that grows, globs, and names that may have been meant. */
#include "base/base.h"
#include "test.h"

static void test_text(void)
{
	struct text text = {0};

	CHECK_STR(text_cstr(&text), "");
	text_clear(&text);
	text_char(&text, 'a');
	text_string(&text, "bc");
	text_add(&text, "def", 2);
	text_fill(&text, '-', 3);
	text_printf(&text, "%s=%d", "x", 42);
	CHECK_STR(text_cstr(&text), "abcde---x=42");
	text_clear(&text);
	CHECK_STR(text_cstr(&text), "");
	text_printf(&text, "%300d|", 1);
	text_printf(&text, "%300d|", 2);
	CHECK_EQ(text.size, 602);
	CHECK_EQ(strlen(text.data), 602);
	CHECK(text.data[299] == '1' && text.data[600] == '2');
	text_free(&text);
	CHECK_STR(text_cstr(&text), "");
}

static void test_numbers(void)
{
	struct text text = {0};

	text_unsigned(&text, 0);
	text_char(&text, ' ');
	text_unsigned(&text, UINT64_MAX);
	text_char(&text, ' ');
	text_signed(&text, INT64_MIN);
	text_char(&text, ' ');
	text_signed(&text, -1);
	text_char(&text, ' ');
	text_signed(&text, INT64_MAX);
	CHECK_STR(text_cstr(&text),
		  "0 18446744073709551615 -9223372036854775808 -1 9223372036854775807");
	text_free(&text);
}

static void test_globs(void)
{
	CHECK(glob_match("", ""));
	CHECK(!glob_match("", "a"));
	CHECK(!glob_match("a", ""));
	CHECK(glob_match("*", ""));
	CHECK(glob_match("*", "anything"));
	CHECK(glob_match("vfs_*", "vfs_read"));
	CHECK(!glob_match("vfs_*", "xvfs_read"));
	CHECK(glob_match("*read", "vfs_read"));
	CHECK(!glob_match("*read", "vfs_readv"));
	CHECK(glob_match("a*b*c", "a__b_b__c"));
	CHECK(!glob_match("a*b*c", "a__c__b"));
	CHECK(glob_match("**a**", "a"));
	CHECK(!glob_match("a?c", "abc"));
	CHECK(!glob_match("*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
	CHECK(glob_has_wildcard("a*"));
	CHECK(!glob_has_wildcard("a?[b]"));
}

static void test_distance(void)
{
	char longest[200];

	CHECK_EQ(name_distance("comm", "comm", 2), 0);
	CHECK_EQ(name_distance("com", "comm", 2), 1);
	CHECK_EQ(name_distance("ocmm", "comm", 2), 1);
	CHECK_EQ(name_distance("cimm", "comm", 2), 1);
	CHECK_EQ(name_distance("abcd", "wxyz", 2), 3);
	CHECK_EQ(name_distance("abcd", "wxyz", 9), 4);
	CHECK_EQ(name_distance("", "abc", 3), 3);
	CHECK_EQ(name_distance("", "abcd", 3), 4);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_EQ(name_distance(longest, longest, 3), 4);
	CHECK_EQ(name_distance("task_strcut", "task_struct", 3), 1);
}

int main(void)
{
	test_text();
	test_numbers();
	test_globs();
	test_distance();
	return test_result();
}
