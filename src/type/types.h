/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set of types of one compilation, for the files that make types.  Private to
 * src/type.  Two types with equal facts are one; a record or enum of BTF is known by its
 * blob and id.
 */
#ifndef SONDE_TYPE_TYPES_H
#define SONDE_TYPE_TYPES_H

#include "type/type.h"

enum { TYPE_BUCKETS = 1024 };

struct type_entry; /* a type, and what is known of it */

struct types {
	struct arena *arena;
	struct names *names;
	struct btf_source source;
	const struct btf *btf; /* the kernel's; NULL: none, or not asked for */
	bool asked;
	struct type_entry *buckets[TYPE_BUCKETS];
};

/* The one type with the facts of `type`. */
const struct type *type_intern(struct types *types, const struct type *type);
/* Give a record of BTF its members; the first call counts. */
void type_set_fields(const struct type *record, const struct field *fields, uint32_t count);
bool type_has_fields(const struct type *record);

/* The kernel's BTF, loaded when first asked for; NULL: there is none. */
const struct btf *types_btf(struct types *types);
/* The type of a BTF id; void when there is none. */
const struct type *type_of_btf(struct types *types, const struct btf *btf, uint32_t id);
/* A C integer or bool that needs no BTF ("unsigned int", "u8", "pid_t"), or NULL. */
const struct type *type_of_c(struct types *types, const char *name);

#endif
