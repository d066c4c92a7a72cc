/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BTF entry by entry, for types.c and its neighbours.  Private to src/type.  Everything
 * lies in place; a bad id or offset gives an empty entry or "".
 */
#ifndef SONDE_TYPE_BTF_H
#define SONDE_TYPE_BTF_H

#include "type/type.h"

struct btf_entry {
	uint32_t kind; /* BTF_KIND_x; 0: void, or no such entry */
	uint32_t count; /* members, enumerators */
	uint32_t size; /* or the id of the type referred to */
	bool flag; /* bit-fields are marked in offsets; the enum is signed; union forward */
	const char *name;
	const uint8_t *data; /* what follows the head */
};

struct btf_field {
	const char *name; /* "" */
	uint32_t id, bit_offset, bit_size;
};

/* One past the last id. */
uint32_t btf_end(const struct btf *btf);
/* The blob that holds `id`: this one or its base. */
const struct btf *btf_owner(const struct btf *btf, uint32_t id);
struct btf_entry btf_entry(const struct btf *btf, uint32_t id);
struct btf_field btf_field(const struct btf *btf, const struct btf_entry *record, uint32_t i);
int64_t btf_enumerator(const struct btf *btf, const struct btf_entry *entry, uint32_t i,
		       const char **name);
/* An int's encoding: bits in the low byte, offset in the third, BTF_INT_x in the fourth. */
uint32_t btf_int(const struct btf_entry *entry);
/* Of an array: the element's id and the number. */
uint32_t btf_array(const struct btf_entry *entry, uint32_t *count);
/*
 * The id behind typedefs, qualifiers and tags; 0 when the chain does not end.  `is_user`
 * is set when the type lies in user memory (__user).
 */
uint32_t btf_strip(const struct btf *btf, uint32_t id, bool *is_user);

#endif
