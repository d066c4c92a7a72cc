/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where function arguments and results lie in the context of uprobes and kprobes: the
 * calling conventions (System V AMD64, AAPCS64) as byte offsets in the registers that
 * the kernel passes: struct pt_regs on x86-64, struct user_pt_regs on arm64.
 */
#include <string.h>

#include "lang/lang.h"

static const struct cpu cpus[] = {
	{
		.arch = "x86_64",
		.arguments = {112, 104, 96, 88, 72, 64}, /* di si dx cx r8 r9 */
		.argument_count = 6,
		.result = 80, /* ax */
		.stack = 152, /* sp */
		.program_counter = 128 /* ip */
	},
	{
		.arch = "aarch64",
		.arguments = {0, 8, 16, 24, 32, 40}, /* x0 .. x5 */
		.argument_count = 6,
		.result = 0, /* x0 */
		.stack = 248, /* sp */
		.program_counter = 256 /* pc */
	},
};

const struct cpu *cpu_find(const char *arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++)
		if (!strcmp(cpus[i].arch, arch))
			return &cpus[i];
	return NULL;
}
