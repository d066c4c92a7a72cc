/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For unit tests: test/<layer>/<name>_test.c is a program of its own, linked with all of
 * sonde but main.  CHECK(x) tells and counts; main ends with `return test_result();`.
 */
#ifndef SONDE_TEST_H
#define SONDE_TEST_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int test_failed, test_checks;

#define CHECK(x)                                                                                   \
	do {                                                                                       \
		test_checks++;                                                                     \
		if (!(x)) {                                                                        \
			test_failed++;                                                             \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #x);          \
		}                                                                                  \
	} while (0)

#define CHECK_EQ(a, b)                                                                             \
	do {                                                                                       \
		long long a_ = (long long)(a), b_ = (long long)(b);                                \
		test_checks++;                                                                     \
		if (a_ != b_) {                                                                    \
			test_failed++;                                                             \
			fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #a,   \
				a_, b_);                                                           \
		}                                                                                  \
	} while (0)

#define CHECK_STR(a, b)                                                                            \
	do {                                                                                       \
		const char *a_ = (a), *b_ = (b);                                                   \
		test_checks++;                                                                     \
		if (strcmp(a_, b_)) {                                                              \
			test_failed++;                                                             \
			fprintf(stderr, "%s:%d: %s is\n%s\nnot\n%s\n", __FILE__, __LINE__, #a, a_, \
				b_);                                                               \
		}                                                                                  \
	} while (0)

/* At the start of main, for tests of the live kernel: the runner counts 77 as skipped. */
#define NEEDS_ROOT()                                                                               \
	do {                                                                                       \
		if (geteuid())                                                                     \
			return 77;                                                                 \
	} while (0)

static inline int test_result(void)
{
	if (!test_failed)
		return 0;
	fprintf(stderr, "%d of %d checks failed\n", test_failed, test_checks);
	return 1;
}

#endif
