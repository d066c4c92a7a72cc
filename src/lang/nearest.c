/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Did you mean": names are offered one after the other, and the nearest to the wanted
 * one stays, if it is near at all.
 */
#include <string.h>
#include <strings.h>

#include "lang/points.h"

struct nearest nearest_to(const char *wanted)
{
	/* A third of the letters may be wrong, but never all of a short name. */
	unsigned limit = (unsigned)strlen(wanted) / 3;

	return (struct nearest){wanted, NULL, (limit > 4 ? 4 : limit < 1 ? 1 : limit) + 1};
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	unsigned distance;

	if (!nearest->distance)
		return;
	/* Another case or a longer name of the same beginning is what people mean first. */
	if (!strcasecmp(nearest->wanted, name))
		distance = 0;
	else if (strlen(nearest->wanted) > 3 &&
		 !strncmp(nearest->wanted, name, strlen(nearest->wanted)))
		distance = strlen(name) < strlen(nearest->wanted) + 4 ? 1 : 2;
	else
		distance = name_distance(nearest->wanted, name, nearest->distance);
	if (distance >= nearest->distance)
		return;
	nearest->distance = distance;
	nearest->name = name;
}
