/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a value is: types and where they come from (BTF, tracefs formats), how values
 * lie in records and maps, and the compiled program as plain data.  Parses bytes,
 * opens no file.
 */
#ifndef SONDE_TYPE_H
#define SONDE_TYPE_H

#include <linux/bpf.h>

#include "base/base.h"

/* ---- types -------------------------------------------------------------- */

enum kind {
#define VALUE(name) KIND_##name,
#define AGGREGATE(name) KIND_##name,
#include "type/kinds.def"
	KIND_COUNT
};

/* "int", "hist", ... */
extern const char *const kind_names[KIND_COUNT];
bool kind_is_aggregate(enum kind kind);

/* Where a pointer points.  ANY: not known when compiling; told apart by the address. */
enum space { SPACE_KERNEL, SPACE_USER, SPACE_ANY };

struct btf; /* opaque: a parsed BTF blob */

struct field {
	const char *name; /* NULL: anonymous (tuples, anonymous structs) */
	const struct type *type;
	uint32_t offset;     /* bytes from the start */
	uint8_t bit_offset;  /* of a bit-field, from bit 0 of the byte at offset */
	uint8_t bit_size;    /* 0: not a bit-field; else the type's bytes at offset hold it all */
	bool is_data_loc;    /* tracepoint: u32 with offset (low half) and length */
};

/* Immutable once made, and interned: the same type is the same pointer. */
struct type {
	enum kind kind;
	uint32_t size;	/* bytes as stored; 0 for void and none */
	uint32_t align; /* bytes */
	bool is_signed; /* int; sum, min, max, avg, stats, hist of signed values */
	bool is_union;	/* record */
	bool is_enum;	/* int */
	enum space space;	/* pointer */
	const char *name;	/* record, enum and typedef'd int ("char"); or NULL */
	const struct type *of;	/* pointer: to; array: element */
	uint32_t count;		/* array: elements; string: size; stack: depth; hist: bits */
	const struct field *fields; /* tuple; record: by type_fields() */
	uint32_t field_count;
	int64_t min, max, step; /* lhist */
	/* record and enum from BTF; members are read on first use */
	const struct btf *btf;
	uint32_t btf_id;
};

struct types; /* opaque: the set of types of one compilation */

/* Asked for kernel BTF when the first struct is looked up. */
struct btf_source {
	int (*load)(void *context, const char *module, struct span *btf);
	void *context;
};

/* ---- types.c ------------------------------------------------------------ */

struct types *types_new(struct arena *arena, struct names *names, struct btf_source source);

const struct type *type_none(struct types *types);
const struct type *type_void(struct types *types);
const struct type *type_bool(struct types *types);
const struct type *type_int(struct types *types, uint32_t size, bool is_signed);
/* An int that shows as text: char and its arrays are strings. */
const struct type *type_char(struct types *types);
const struct type *type_pointer(struct types *types, const struct type *to, enum space space);
const struct type *type_array(struct types *types, const struct type *of, uint32_t count);
/* A string in `size` bytes, the NUL included when there is room. */
const struct type *type_string(struct types *types, uint32_t size);
/* Elements at their natural alignment; integers take 8 bytes in tuples. */
const struct type *type_tuple(struct types *types, const struct type *const *elements,
			      uint32_t count);
/* KIND_kstack or KIND_ustack of up to `depth` frames. */
const struct type *type_stack(struct types *types, enum kind kind, uint32_t depth);
/* Wall clock time shown by strftime's `format`. */
const struct type *type_timestamp(struct types *types, struct span format);
/* A kind without parameters: ksym, usym, disk, probe. */
const struct type *type_plain(struct types *types, enum kind kind);
/* count, sum, min, max, avg, stats; hist with `bits` (0-5) sub-buckets per octave. */
const struct type *type_aggregate(struct types *types, enum kind kind, bool is_signed,
				  uint32_t bits);
const struct type *type_lhist(struct types *types, int64_t min, int64_t max, int64_t step);
/*
 * A C type by name as in a cast: "struct task_struct", "union x", "enum y", "uint64",
 * "int32", "char", "u32", "size_t", a typedef of the kernel.  NULL: unknown.
 */
const struct type *type_by_name(struct types *types, const char *name);
/* A struct made of given fields (tracepoint arguments). */
const struct type *type_record(struct types *types, const char *name, const struct field *fields,
			       uint32_t count, uint32_t size);
/* The members of a record; reads BTF the first time. */
const struct field *type_fields(struct types *types, const struct type *record, uint32_t *count);
/*
 * A member by name, also inside anonymous members (offset and bits then count from
 * `record`).  False: there is none.
 */
bool type_field(struct types *types, const struct type *record, const char *name,
		struct field *field);
/* The value of an enumerator of the kernel.  False: unknown. */
bool type_enumerator(struct types *types, const char *name, int64_t *value,
		     const struct type **type);
/* As in a cast or a message: "struct task_struct *", "uint64", "string[64]", "hist". */
void type_text(const struct type *type, struct text *out);
/* "char" arrays: shown and compared as strings. */
bool type_is_text(const struct type *type);
/* The name among the kernel's structs nearest to `name`, or NULL; for hints. */
const char *type_nearest_struct(struct types *types, const char *name);

/* ---- btf.c -------------------------------------------------------------- */

/*
 * Read in place: nothing is copied, and an index of 4 bytes a type is made.  `base`
 * is the kernel's BTF when this is a module's.  NULL: malformed.
 */
const struct btf *btf_open(struct arena *arena, struct span bytes, const struct btf *base);
/* The id of a struct, union, enum, typedef or function by name (BTF_KIND_x); 0: none. */
uint32_t btf_find(const struct btf *btf, const char *name, unsigned kind);

/* ---- tracefs.c ---------------------------------------------------------- */

/*
 * Parse an event's `format` file: the fields from the program's context on, as a
 * record type named "struct tracepoint_<category>_<event>".  NULL: not in that form.
 */
const struct type *tracefs_format(struct types *types, const char *category, const char *event,
				  struct span format);

/* ---- elf.c: with libelf ------------------------------------------------- */

struct elf_symbol {
	const char *name; /* in the image */
	uint64_t address; /* st_value: a virtual address of the file */
	uint64_t size;
};

struct elf_image; /* opaque */

/* Open an image that stays valid.  NULL: not an ELF file of this word size. */
struct elf_image *elf_open(struct span image);
void elf_close(struct elf_image *elf);
/* Function symbols of .symtab and .dynsym, sorted by address, without doubles. */
const struct elf_symbol *elf_symbols(struct elf_image *elf, size_t *count);
/* A virtual address of the file as offset in the file; UINT64_MAX: in no segment. */
uint64_t elf_file_offset(struct elf_image *elf, uint64_t address);
/* Does a virtual address of the file lie in code?  A breakpoint elsewhere changes data. */
bool elf_is_code(struct elf_image *elf, uint64_t address);
/* An offset in the file as virtual address of the file; UINT64_MAX: in no segment. */
uint64_t elf_address(struct elf_image *elf, uint64_t offset);

/* ---- arith.c: integer semantics shared by folding and the kernel -------- */

enum arith {
	ARITH_ADD, ARITH_SUB, ARITH_MUL, ARITH_DIV, ARITH_MOD, ARITH_AND, ARITH_OR, ARITH_XOR,
	ARITH_SHL, ARITH_SHR, ARITH_EQ, ARITH_NE, ARITH_LT, ARITH_LE, ARITH_GT, ARITH_GE,
};

/*
 * 64 bits, wrapping.  x / 0 is 0 and x % 0 is x, shifts take the low 6 bits of b,
 * INT64_MIN / -1 is INT64_MIN.  `is_signed` matters for DIV, MOD, SHR and the
 * orderings.  Comparisons give 0 or 1.
 */
int64_t arith(enum arith op, int64_t a, int64_t b, bool is_signed);
/* The value in the low `size` bytes, extended to 64 bits. */
int64_t arith_extend(int64_t value, uint32_t size, bool is_signed);

/* ---- layout.c: how values lie in records and maps ----------------------- */

/* The value at `data` (type->kind int, bool or pointer) extended to 64 bits. */
int64_t value_int(const struct type *type, const void *data);
/* Bytes before the first NUL, at most the capacity. */
struct span value_string(const struct type *type, const void *data, size_t size);

/*
 * The slot of a value: 0 is below zero; with bits == 0, 1 is zero and n + 2 is
 * [2^n, 2^(n+1)).  With bits b, values below 2^(b+1) have a slot each and each octave
 * above has 2^b.
 */
uint32_t hist_slot(int64_t value, bool is_signed, uint32_t bits);
/* How many slots there are. */
uint32_t hist_slots(uint32_t bits);
/* The bounds [low, high) of a slot (high wraps to 0 for the last). */
void hist_bounds(uint32_t slot, uint32_t bits, uint64_t *low, uint64_t *high);

/* Every record begins with this. */
struct record_head {
	uint64_t time;	 /* bpf_ktime_get_boot_ns */
	uint32_t record; /* index into program.records */
	uint32_t reserved;
};

/*
 * A value in a record.  An inline one lies at `offset`.  One in the tail (strings,
 * stacks) has a u32 length at `offset`; the bytes of all of them follow the fixed
 * part, one after the other in field order, without padding.
 */
struct record_field {
	const struct type *type;
	uint32_t offset; /* from the record_head */
	bool in_tail;
};

/* ---- the program: plain data -------------------------------------------- */

enum map_role {
	MAP_USER,    /* an @map of the script */
	MAP_RINGS,   /* array of maps, by CPU, to ring buffers; or the one ring buffer itself */
	MAP_CONTROL, /* array of one u64: not 0 once the session ends; see lower_probe() */
	MAP_LEDGER,  /* array of one value: u64[probe][loss] */
	MAP_SCRATCH, /* per-CPU array, one entry per program: memory too big for the stack */
	MAP_ZEROES,  /* array of one value, never written: what big aggregates begin with */
};

struct map_spec {
	enum map_role role;
	const char *name; /* with the '@' for MAP_USER; "@" alone is a name */
	uint32_t bpf_type, key_size, value_size, max_entries, flags;
	bool per_cpu;
	const struct type *key; /* NULL: a map without key.  Several keys: a tuple */
	const struct type *value;
};

/* A printf format, cut into pieces: text, then perhaps a value. */
struct format_piece {
	const char *literal; /* printed first */
	uint32_t literal_size;
	char conversion; /* 'd' 'u' 'x' 'X' 'o' 'c' 's' 'p' 'f' ...; 0: literal only */
	bool left, zero, plus, blank, alternate;
	uint8_t size; /* bytes of the integer by the length modifier: 1, 2, 4, 8; 0: the value's */
	int32_t width, precision; /* -1: none */
	uint32_t argument;	  /* index of the record's field */
};

enum action {
#define ACTION(name, doc) ACTION_##name,
#include "type/actions.def"
#undef ACTION
	ACTION_COUNT
};

/* One kind of record: what it asks for and how its values lie. */
struct record_spec {
	enum action action;
	uint32_t probe;		 /* index into program.probes */
	struct record_field *fields;
	uint32_t field_count;
	uint32_t fixed_size; /* head and fixed part */
	uint32_t max_size;
	struct format_piece *pieces; /* printf */
	uint32_t piece_count;
	const char *text;    /* time: format; print_log2_hist: label */
	const char *heading; /* print_log2_hist: heading, or NULL */
	uint32_t map;	     /* print_map, print_log2_hist, clear, zero */
	uint32_t top, divisor; /* print_map; 0: all, undivided */
};

enum loss {
#define LOSS(name, one, many) LOSS_##name,
#include "type/losses.def"
#undef LOSS
	LOSS_COUNT
};

/* When or where a program runs. */
enum point_kind {
	POINT_BEGIN, POINT_END,
	POINT_TRACEPOINT, POINT_RAW_TRACEPOINT,
	POINT_PERF_ONE, /* interval: on one CPU */
	POINT_PERF_ALL, /* profile: on every online CPU */
	POINT_UPROBE, POINT_KPROBE,
};

struct attach_point {
	enum point_kind kind;
	const char *name;   /* "category:event", file, function */
	const char *symbol; /* uprobe: the function, for messages */
	uint64_t offset;
	bool is_return;
	uint32_t perf_type;
	uint64_t perf_config, period;
	bool is_frequency;
	struct range range; /* in the script, for messages */
};

struct program_probe {
	const char *name; /* full, as the builtin `probe` gives it */
	uint32_t bpf_type; /* BPF_PROG_TYPE_x */
	struct attach_point *points;
	uint32_t point_count;
	/* map loads hold indices into program.maps */
	struct bpf_insn *code;
	struct range *ranges; /* per instruction: what in the script it comes from */
	uint32_t code_count;
};

struct program {
	struct map_spec *maps;
	uint32_t map_count;
	struct program_probe *probes;
	uint32_t probe_count;
	struct record_spec *records;
	uint32_t record_count;
	const char **probe_names; /* for KIND_probe */
	uint32_t probe_name_count;
	uint32_t ring_count, ring_size; /* of MAP_RINGS; 0: no events */
	uint32_t rings, ledger, control; /* indices into maps, or UINT32_MAX */
};

/* Value i of a record; an empty span when the bytes are malformed or short. */
struct span record_value(const struct record_spec *spec, const void *data, size_t size, uint32_t i);
const struct record_head *record_head(const struct program *program, const void *data, size_t size);

/* ---- sizing.c ----------------------------------------------------------- */

/* Bytes of kernel memory that a map takes when made (not what it grows to). */
uint64_t map_memory(const struct map_spec *map, uint32_t cpus);
/*
 * Choose flags (BPF_F_NO_PREALLOC) for the user maps, and the number and size of
 * rings, so that all together stay below `budget` bytes on a machine of `cpus`
 * possible CPUs.  Returns what is asked for.
 */
uint64_t program_size(struct program *program, uint32_t cpus, uint64_t budget);
#define MEMORY_BUDGET (64ull << 20)
/* How many rings a machine gets: one for each few CPUs, so that they do not queue on one
 * lock, and one alone where that is enough, since filling the array that leads to several
 * makes the kernel wait for an RCU grace period (10 ms and more). */
uint32_t rings_for(uint32_t cpus);
/* What all maps and rings of a program take when made. */
uint64_t program_memory(const struct program *program, uint32_t cpus);

#endif
