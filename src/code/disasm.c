/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BPF instructions as text, one a line, in the form of the kernel's verifier log: what
 * the kernel says of instruction 12 is found at the line that starts with "12:".
 */
#include "code/passes.h"

static const char *const alu_signs[16] = {
	[BPF_ADD >> 4] = "+=",	[BPF_SUB >> 4] = "-=",	[BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",	[BPF_OR >> 4] = "|=",	[BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=", [BPF_RSH >> 4] = ">>=", [BPF_MOD >> 4] = "%=",
	[BPF_XOR >> 4] = "^=",	[BPF_MOV >> 4] = "=",	[BPF_ARSH >> 4] = "s>>=",
};

static const char *const jump_signs[16] = {
	[BPF_JEQ >> 4] = "==",	 [BPF_JGT >> 4] = ">",	  [BPF_JGE >> 4] = ">=",
	[BPF_JSET >> 4] = "&",	 [BPF_JNE >> 4] = "!=",	  [BPF_JSGT >> 4] = "s>",
	[BPF_JSGE >> 4] = "s>=", [BPF_JLT >> 4] = "<",	  [BPF_JLE >> 4] = "<=",
	[BPF_JSLT >> 4] = "s<",	 [BPF_JSLE >> 4] = "s<=",
};

static const char *width_name(uint8_t code)
{
	static const char *const names[] = {[BPF_W >> 3] = "u32",
					    [BPF_H >> 3] = "u16",
					    [BPF_B >> 3] = "u8",
					    [BPF_DW >> 3] = "u64"};

	return names[BPF_SIZE(code) >> 3];
}

static void alu(const struct bpf_insn *i, struct text *out)
{
	char file = BPF_CLASS(i->code) == BPF_ALU64 ? 'r' : 'w';
	const char *sign = alu_signs[BPF_OP(i->code) >> 4];
	bool is_signed = i->off == 1 && (BPF_OP(i->code) == BPF_DIV || BPF_OP(i->code) == BPF_MOD);

	if (BPF_OP(i->code) == BPF_NEG)
		text_printf(out, "%c%u = -%c%u", file, i->dst_reg, file, i->dst_reg);
	else if (BPF_OP(i->code) == BPF_END)
		text_printf(out, "r%u = %s%d r%u", i->dst_reg,
			    BPF_SRC(i->code) == BPF_TO_BE ? "be" : "le", i->imm, i->dst_reg);
	else if (BPF_SRC(i->code) == BPF_X)
		text_printf(out, "%c%u %s%s %c%u", file, i->dst_reg, is_signed ? "s" : "",
			    sign ? sign : "?", file, i->src_reg);
	else
		text_printf(out, "%c%u %s%s %d", file, i->dst_reg, is_signed ? "s" : "",
			    sign ? sign : "?", i->imm);
}

static void call(const struct bpf_insn *i, struct text *out)
{
	const char *name = helper_name(i->imm);

	text_printf(out, "call %s#%d", name ? name : "unknown", i->imm);
}

static void jump(const struct bpf_insn *i, struct text *out)
{
	const char *sign = jump_signs[BPF_OP(i->code) >> 4];

	if (BPF_OP(i->code) == BPF_EXIT)
		text_string(out, "exit");
	else if (BPF_OP(i->code) == BPF_CALL)
		call(i, out);
	else if (BPF_OP(i->code) == BPF_JA)
		text_printf(out, "goto pc%+d", i->off);
	else if (BPF_SRC(i->code) == BPF_X)
		text_printf(out, "if r%u %s r%u goto pc%+d", i->dst_reg, sign ? sign : "?",
			    i->src_reg, i->off);
	else
		text_printf(out, "if r%u %s 0x%x goto pc%+d", i->dst_reg, sign ? sign : "?",
			    (unsigned)i->imm, i->off);
}

static void memory(const struct bpf_insn *i, struct text *out)
{
	const char *width = width_name(i->code);

	if (BPF_CLASS(i->code) == BPF_LDX)
		text_printf(out, "r%u = *(%s *)(r%u %+d)", i->dst_reg, width, i->src_reg, i->off);
	else if (BPF_CLASS(i->code) == BPF_ST)
		text_printf(out, "*(%s *)(r%u %+d) = %d", width, i->dst_reg, i->off, i->imm);
	else if (BPF_MODE(i->code) == BPF_ATOMIC)
		text_printf(out, "lock *(%s *)(r%u %+d) += r%u", width, i->dst_reg, i->off,
			    i->src_reg);
	else
		text_printf(out, "*(%s *)(r%u %+d) = r%u", width, i->dst_reg, i->off, i->src_reg);
}

static const char *map_name(const struct program *program, int32_t map)
{
	if (map < 0 || (uint32_t)map >= program->map_count || !program->maps[map].name)
		return "?";
	return program->maps[map].name;
}

/* 64-bit immediates take two instructions. */
static void wide(const struct program *program, const struct bpf_insn *i, int32_t high,
		 struct text *out)
{
	uint64_t value = (uint64_t)(uint32_t)high << 32 | (uint32_t)i->imm;

	if (i->src_reg == BPF_PSEUDO_MAP_FD)
		text_printf(out, "r%u = map %s", i->dst_reg, map_name(program, i->imm));
	else if (i->src_reg == BPF_PSEUDO_MAP_VALUE)
		text_printf(out, "r%u = value of %s %+d", i->dst_reg, map_name(program, i->imm),
			    high);
	else
		text_printf(out, "r%u = 0x%llx", i->dst_reg, (unsigned long long)value);
}

void disassemble(const struct program *program, const struct program_probe *probe, struct text *out)
{
	for (uint32_t n = 0; n < probe->code_count; n++) {
		const struct bpf_insn *i = &probe->code[n];

		text_printf(out, "%u: (%02x) ", n, i->code);
		if (i->code == (BPF_LD | BPF_IMM | BPF_DW) && n + 1 < probe->code_count)
			wide(program, i, probe->code[++n].imm, out);
		else if (BPF_CLASS(i->code) == BPF_ALU || BPF_CLASS(i->code) == BPF_ALU64)
			alu(i, out);
		else if (BPF_CLASS(i->code) == BPF_JMP)
			jump(i, out);
		else
			memory(i, out);
		text_char(out, '\n');
	}
}
