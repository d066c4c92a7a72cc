/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device numbers in, disk names out, from the target's /proc/partitions.  A number that is
 * not there makes the table be read again once (the disk may be new); then it has no name.
 */
#include "trace/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 32, MINOR_BITS = 20 }; /* DISK_NAME_LEN, MINORBITS: linux/genhd.h, kdev_t.h */

struct disk {
	uint64_t device;
	char name[NAME_SIZE];
};

struct disks {
	struct target *target;
	struct disk *list;
	uint32_t count;
};

struct disks *disks_new(struct target *target)
{
	struct disks *disks = calloc(1, sizeof(*disks));

	if (!disks)
		abort();
	disks->target = target;
	return disks;
}

void disks_free(struct disks *disks)
{
	free(disks->list);
	free(disks);
}

static void add_line(struct disks *disks, const char *line)
{
	struct disk disk = {0}, *grown;
	unsigned major, minor;

	if (sscanf(line, "%u %u %*u %31s", &major, &minor, disk.name) != 3)
		return;
	disk.device = (uint64_t)major << MINOR_BITS | minor;
	grown = realloc(disks->list, (disks->count + 1) * sizeof(*grown));
	if (!grown)
		return;
	disks->list = grown;
	disks->list[disks->count++] = disk;
}

static void read_table(struct disks *disks)
{
	struct text content = {0};
	char *rest, *line;

	disks->count = 0;
	if (!target_read_file(disks->target, ROOT_MACHINE, "/proc/partitions", &content))
		for (line = strtok_r(content.data, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			add_line(disks, line);
	text_free(&content);
}

static const char *find(const struct disks *disks, uint64_t device)
{
	for (uint32_t i = 0; i < disks->count; i++)
		if (disks->list[i].device == device)
			return disks->list[i].name;
	return NULL;
}

const char *disks_find(struct disks *disks, uint64_t device)
{
	const char *name = find(disks, device);

	if (!name) {
		read_table(disks);
		name = find(disks, device);
	}
	return name;
}
