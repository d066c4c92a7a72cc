/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User symbols, live: addresses of this very process, through both carriers.
 */
#include "test.h"
#include "trace/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

static __attribute__((noinline)) int function_under_test(int x)
{
	__asm__ volatile("" : "+r"(x));
	return x + 1;
}

static void check_user(struct symbols *symbols, uint32_t pid, uint64_t address,
		       const char *expected)
{
	struct text text = {0};

	symbols_user(symbols, pid, address, &text);
	CHECK_STR(text_cstr(&text), expected);
	text_free(&text);
}

static void test_own(struct symbols *symbols)
{
	uint64_t address = (uint64_t)(uintptr_t)function_under_test;
	uint32_t pid = (uint32_t)getpid();
	struct text text = {0};

	check_user(symbols, pid, address, "function_under_test+0");
	check_user(symbols, pid, address + 2, "function_under_test+2");
	check_user(symbols, pid, getauxval(AT_SYSINFO_EHDR) + 16, "[vdso]");
	/* data, nothing, and no process at all */
	check_user(symbols, pid, 16, "0x10");
	check_user(symbols, 0x7ffffff0, 0xabc, "0xabc");
	symbols_user_name(symbols, pid, address + 2, &text);
	CHECK_STR(text_cstr(&text), "function_under_test");
	text_free(&text);
}

/* Another process, whose names stay known when it is gone. */
static void test_child(struct symbols *symbols)
{
	uint64_t address = (uint64_t)(uintptr_t)function_under_test;
	pid_t child = fork();

	if (!child) {
		pause();
		_exit(0);
	}
	check_user(symbols, (uint32_t)child, address, "function_under_test+0");
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	usleep(1100 * 1000);
	check_user(symbols, (uint32_t)child, address + 1, "function_under_test+1");
}

static void test_kernel(struct symbols *symbols)
{
	struct text text = {0};

	symbols_kernel(symbols, 16, &text);
	CHECK_STR(text_cstr(&text), "0x10");
	text_free(&text);
}

static void test_carrier(int (*open)(struct target **target, struct text *why))
{
	struct target *target;
	struct symbols *symbols;
	struct text why = {0};

	CHECK_EQ(open(&target, &why), 0);
	symbols = symbols_new(target);
	test_own(symbols);
	test_child(symbols);
	test_kernel(symbols);
	symbols_free(symbols);
	target_close(target, true);
	text_free(&why);
}

int main(void)
{
	test_carrier(target_open_direct);
	test_carrier(target_open_child);
	return test_result() || function_under_test(-1);
}
