/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier's logs, as kernels write them, mapped to places in the script.
 */
#include "test.h"
#include "trace/internal.h"

static const char bad_access[] = "0: R1=ctx() R10=fp0\n"
				 "0: (79) r6 = *(u64 *)(r1 +8)          ; R1=ctx() R6_w=scalar()\n"
				 "; a source line 12: (85)\n"
				 "1: (b7) r0 = 0                        ; R0_w=0\n"
				 "2: (79) r3 = *(u64 *)(r6 +0)\n"
				 "R6 invalid mem access 'scalar'\n"
				 "processed 3 insns (limit 1000000) max_states_per_insn 0 "
				 "total_states 0 peak_states 0 mark_read 0\n";

static void check_refusal(const char *log, uint32_t instruction, const char *message)
{
	struct refusal refusal = verifier_refusal(log);
	char text[128] = "";

	CHECK_EQ(refusal.instruction, instruction);
	if (refusal.message.size)
		memcpy(text, refusal.message.data, refusal.message.size);
	CHECK_STR(text, message);
}

static void test_refusal(void)
{
	check_refusal(bad_access, 2, "R6 invalid mem access 'scalar'");
	check_refusal("unreachable insn 7\nprocessed 0 insns\n", 7, "unreachable insn 7");
	check_refusal("back-edge from insn 5 to 3", 5, "back-edge from insn 5 to 3");
	check_refusal("0: (95) exit\nR0 !read_ok\nverification time 12 usec\nstack depth 0\n"
		      "processed 1 insns\n",
		      0, "R0 !read_ok");
	check_refusal("from 4 to 9: R0=1 R10=fp0\n9: (bf) r1 = r0\n10: R0=1\n"
		      "BPF program is too large. Processed 1000001 insn\n",
		      9, "BPF program is too large. Processed 1000001 insn");
	check_refusal("", UINT32_MAX, "");
	check_refusal("99999999999999999999: (", UINT32_MAX, "");
}

static void test_report(void)
{
	static const char script[] = "BEGIN { $x = *0; }";
	const struct source source = {"script.bt", script, sizeof(script) - 1};
	struct range ranges[] = {{8, 10}, {8, 10}, {13, 15}};
	struct bpf_insn code[3] = {0};
	const struct program_probe probe = {
		.name = "BEGIN", .code = code, .ranges = ranges, .code_count = 3};
	struct arena *arena = arena_new();
	struct report report;
	struct text out = {0};

	report_init(&report, arena, &source);
	CHECK(!verifier_report(&report, &probe, ""));
	CHECK(verifier_report(&report, &probe, bad_access));
	CHECK_EQ(report.errors, 1);
	report_print(&report, &out, false);
	CHECK_STR(text_cstr(&out),
		  "script.bt:1:14: error: the kernel's verifier refuses this: R6 invalid mem "
		  "access 'scalar'\n"
		  "BEGIN { $x = *0; }\n"
		  "             ^~\n"
		  "hint: this is a fault of the compiler, not of the script; -v shows the "
		  "kernel's log\n");
	text_free(&out);
	arena_free(arena);
}

int main(void)
{
	test_refusal();
	test_report();
	return test_result();
}
