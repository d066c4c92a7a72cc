/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /proc/kallsyms: parsing and lookup, on text made by hand.
 */
#include "test.h"
#include "trace/internal.h"

static const char kallsyms[] = "0000000000000000 A fixed_percpu_data\n"
			       "0000000000014000 A cpu_tss_rw\n"
			       "ffffffff81000000 T _stext\n"
			       "ffffffff81000000 T _text\n"
			       "ffffffff81000040 t first_function\n"
			       "ffffffff81000100 D some_data\n"
			       "ffffffffc0100000 t module_function\t[module]\n"
			       "this is no line\n"
			       "ffffffff81000200 W weak_function\n"
			       "ffffffffc0200000 t bpf_prog_0123_name\t[bpf]";

static struct kernel_symbols *parse(const char *content)
{
	struct text text = {0};

	text_string(&text, content);
	return kernel_symbols_parse(&text);
}

static void check_name(const struct kernel_symbols *symbols, uint64_t address, const char *name,
		       uint64_t offset)
{
	uint64_t found = 0;
	const char *got = kernel_symbols_find(symbols, address, &found);

	CHECK_STR(got ? got : "(none)", name);
	if (got)
		CHECK_EQ(found, offset);
}

static void test_lookup(void)
{
	struct kernel_symbols *symbols = parse(kallsyms);

	check_name(symbols, 0xffffffff81000000, "_stext", 0);
	check_name(symbols, 0xffffffff8100003f, "_stext", 0x3f);
	check_name(symbols, 0xffffffff81000040, "first_function", 0);
	check_name(symbols, 0xffffffff81000110, "first_function", 0xd0);
	check_name(symbols, 0xffffffff81000201, "weak_function", 1);
	check_name(symbols, 0xffffffffc0100010, "module_function", 16);
	check_name(symbols, 0xffffffffc0200007, "bpf_prog_0123_name", 7);
	/* below the first, in the gap before the modules, above the last, in user space */
	check_name(symbols, 0xffffffff80ffffff, "(none)", 0);
	check_name(symbols, 0xffffffffb0000000, "(none)", 0);
	check_name(symbols, 0xffffffffffffffff, "(none)", 0);
	check_name(symbols, 0x14008, "(none)", 0);
	check_name(symbols, 0, "(none)", 0);
	kernel_symbols_free(symbols);
}

static void test_hidden(void)
{
	struct kernel_symbols *hidden = parse("0000000000000000 T _stext\n"
					      "0000000000000000 T do_sys_open\n");
	struct text nothing = {0};
	struct kernel_symbols *none = kernel_symbols_parse(&nothing);

	check_name(hidden, 0xffffffff81000000, "(none)", 0);
	check_name(hidden, 0, "(none)", 0);
	check_name(none, 1, "(none)", 0);
	kernel_symbols_free(hidden);
	kernel_symbols_free(none);
}

int main(void)
{
	test_lookup();
	test_hidden();
	return test_result();
}
