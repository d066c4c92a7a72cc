/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are the same in every run, with a liking for those where things go wrong. */
#ifndef SONDE_TEST_RANDOM_H
#define SONDE_TEST_RANDOM_H

#include "base/base.h"

static inline uint64_t random_next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed * 0x2545f4914f6cdd1dull >> 7;
}

static inline uint32_t random_below(uint64_t *seed, uint32_t limit)
{
	return (uint32_t)(random_next(seed) % limit);
}

static inline int64_t random_value(uint64_t *seed)
{
	static const int64_t corners[] = {
		0,	    1,	     2,		 3,	    7,		8,	   10,
		16,	    63,	     64,	 255,	    256,	0x7fff,	   0x8000,
		0xffff,	    0x10000, INT32_MAX,	 INT32_MIN, UINT32_MAX, 1ll << 32, INT64_MAX,
		INT64_MIN,  -1,	     -2,	 -3,	    -8,		-64,	   -256,
		0x12345678, 1000000, 1000000000,
	};
	uint64_t value = random_next(seed) << 7 ^ random_next(seed);

	switch (random_below(seed, 4)) {
	case 0:
		return (int64_t)value;
	case 1:
		return (int64_t)(value >> random_below(seed, 64));
	default:
		return corners[random_below(seed, ARRAY_SIZE(corners))];
	}
}

#endif
