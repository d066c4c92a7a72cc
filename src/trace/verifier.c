/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel refuses code that we made: the verifier's log comes in, the place in the
 * script goes out.  The log is text for people, so anything unexpected in it only makes
 * the place less exact.
 */
#include "trace/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct diagnostic_kind verifier_refuses = {"verifier_refuses", SEVERITY_ERROR,
							"the kernel's verifier refuses this: %s"};

/* Lines that come after the message: kernel/bpf/verifier.c, print_verification_stats(). */
static const char *const statistics[] = {"processed ", "verification time ", "stack depth "};

/* "12: (85) call ..." is the instruction looked at; "12: R0=..." is only a state. */
static bool line_instruction(struct span line, uint32_t *instruction)
{
	const char *text = line.data;
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (!isdigit((unsigned char)*text) || (size_t)(end - text) + 3 >= line.size ||
	    memcmp(end, ": (", 3))
		return false;
	*instruction = (uint32_t)number;
	return true;
}

/* Neither statistics nor a comment or state of registers. */
static bool line_is_message(struct span line)
{
	const char *text = line.data;

	for (size_t i = 0; i < ARRAY_SIZE(statistics); i++)
		if (line.size >= strlen(statistics[i]) &&
		    !memcmp(text, statistics[i], strlen(statistics[i])))
			return false;
	return line.size && *text != ';' && !isdigit((unsigned char)*text) &&
	       (line.size < 5 || memcmp(text, "from ", 5));
}

/* "unreachable insn 7", "back-edge from insn 5 to 3": before any instruction is shown. */
static void instruction_in_message(struct refusal *refusal)
{
	const char *at = memmem(refusal->message.data, refusal->message.size, "insn ", 5);

	if (at && isdigit((unsigned char)at[5]))
		refusal->instruction = (uint32_t)strtoul(at + 5, NULL, 10);
}

struct refusal verifier_refusal(const char *log)
{
	struct refusal refusal = {.instruction = UINT32_MAX};

	while (*log) {
		struct span line = {log, strcspn(log, "\n")};

		if (!line_instruction(line, &refusal.instruction) && line_is_message(line))
			refusal.message = line;
		log += line.size + (log[line.size] == '\n');
	}
	if (refusal.instruction == UINT32_MAX && refusal.message.size)
		instruction_in_message(&refusal);
	return refusal;
}

bool verifier_report(struct report *report, const struct program_probe *probe, const char *log)
{
	struct refusal refusal = verifier_refusal(log);
	struct range range = {0};
	char *message;

	if (!refusal.message.size || !probe->code_count)
		return false;
	if (refusal.instruction < probe->code_count)
		range = probe->ranges[refusal.instruction];
	else if (probe->point_count)
		range = probe->points[0].range;
	message = arena_strndup(report->arena, refusal.message.data, refusal.message.size);
	report_add(report, range, &verifier_refuses, message);
	report_hint(report, "this is a fault of the compiler, not of the script; -v shows the "
			    "kernel's log");
	return true;
}
