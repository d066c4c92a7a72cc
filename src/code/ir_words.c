/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of IR text.  What has no word here is written as a number.
 */
#include <string.h>

#include "code/ir_words.h"

const struct ir_word ir_ops[] = {
#define OP(name, shape, pure, doc) {#name, OP_##name},
#include "code/ops.def"
#undef OP
	{NULL, 0},
};

const struct ir_word ir_compares[] = {
	{"eq", CMP_EQ},	  {"ne", CMP_NE},   {"ult", CMP_ULT}, {"ule", CMP_ULE},
	{"ugt", CMP_UGT}, {"uge", CMP_UGE}, {"slt", CMP_SLT}, {"sle", CMP_SLE},
	{"sgt", CMP_SGT}, {"sge", CMP_SGE}, {NULL, 0},
};

const struct ir_word ir_map_types[] = {
	{"hash", BPF_MAP_TYPE_HASH},
	{"array", BPF_MAP_TYPE_ARRAY},
	{"percpu_hash", BPF_MAP_TYPE_PERCPU_HASH},
	{"percpu_array", BPF_MAP_TYPE_PERCPU_ARRAY},
	{"lru_hash", BPF_MAP_TYPE_LRU_HASH},
	{"lru_percpu_hash", BPF_MAP_TYPE_LRU_PERCPU_HASH},
	{"array_of_maps", BPF_MAP_TYPE_ARRAY_OF_MAPS},
	{"ringbuf", BPF_MAP_TYPE_RINGBUF},
	{NULL, 0},
};

const struct ir_word ir_map_roles[] = {
	{"user", MAP_USER},
	{"rings", MAP_RINGS},
	{"control", MAP_CONTROL},
	{"ledger", MAP_LEDGER},
	{"scratch", MAP_SCRATCH},
	{"zeroes", MAP_ZEROES},
	{NULL, 0},
};

const struct ir_word ir_program_types[] = {
	{"kprobe", BPF_PROG_TYPE_KPROBE},
	{"tracepoint", BPF_PROG_TYPE_TRACEPOINT},
	{"perf_event", BPF_PROG_TYPE_PERF_EVENT},
	{"raw_tracepoint", BPF_PROG_TYPE_RAW_TRACEPOINT},
	{NULL, 0},
};

const struct ir_word ir_points[] = {
	{"begin", POINT_BEGIN},
	{"end", POINT_END},
	{"tracepoint", POINT_TRACEPOINT},
	{"raw_tracepoint", POINT_RAW_TRACEPOINT},
	{"perf_one", POINT_PERF_ONE},
	{"perf_all", POINT_PERF_ALL},
	{"uprobe", POINT_UPROBE},
	{"kprobe", POINT_KPROBE},
	{NULL, 0},
};

const char *ir_word_name(const struct ir_word *words, uint32_t value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return NULL;
}

const struct ir_word *ir_word_find(const struct ir_word *words, const char *name, size_t size)
{
	for (; words->name; words++)
		if (strlen(words->name) == size && !memcmp(words->name, name, size))
			return words;
	return NULL;
}
