/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is held on this machine: handles in, objects with descriptors out.  Every program, map
 * and attachment is one descriptor, so that the kernel lets go of all when the process ends.
 */
#include "target/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OBJECT_LIMIT (1u << 20)
#define CPU_LIMIT 8192u

/* Bit arrays of the kernel name possible CPUs as "0-127". */
static uint32_t possible_cpus(void)
{
	char text[4096];
	uint32_t count = 0;
	long configured;

	if (small_file(AT_FDCWD, "/sys/devices/system/cpu/possible", text, sizeof(text)) > 0)
		count = cpu_list(text, NULL, CPU_LIMIT);
	if (count)
		return count;
	configured = sysconf(_SC_NPROCESSORS_CONF);
	return configured > 0 ? (uint32_t)configured : 1;
}

int host_open(struct host **host, enum permission permission, bool maps_files)
{
	struct host *new = calloc(1, sizeof(*new));

	*host = new;
	if (!new)
		return -ENOMEM;
	new->permission = permission;
	new->maps_files = maps_files;
	new->tracefs = -1;
	new->cpus_possible = possible_cpus();
	return 0;
}

int64_t object_add(struct host *host, const struct object *object)
{
	if (host->object_count == host->object_capacity) {
		uint32_t capacity = host->object_capacity ? host->object_capacity * 2 : 32;
		struct object *objects = NULL;

		if (capacity <= OBJECT_LIMIT)
			objects = realloc(host->objects, capacity * sizeof(*objects));
		if (!objects)
			return -ENOSPC;
		host->objects = objects;
		host->object_capacity = capacity;
	}
	host->objects[host->object_count++] = *object;
	return host->object_count;
}

struct object *object_get(struct host *host, handle_t handle, enum object_kind kind)
{
	struct object *object;

	if (!handle || handle > host->object_count)
		return NULL;
	object = &host->objects[handle - 1];
	return object->kind == kind ? object : NULL;
}

void object_close(struct object *object)
{
	if (object->kind == OBJECT_NONE)
		return;
	for (uint32_t i = 0; i < object->ring_count; i++)
		close((int)object->rings[i]);
	free(object->rings);
	close(object->fd);
	*object = (struct object){.fd = -1};
}

/* Take the attachments out of the table. */
static int *take_attachments(struct host *host, uint32_t *count)
{
	int *attachments = malloc((host->object_count + 1) * sizeof(*attachments));

	for (uint32_t i = 0; attachments && i < host->object_count; i++) {
		if (host->objects[i].kind != OBJECT_ATTACHMENT)
			continue;
		attachments[(*count)++] = host->objects[i].fd;
		host->objects[i].kind = OBJECT_NONE;
	}
	return attachments;
}

/*
 * Rings, maps and programs go first, so that a child which detaches inherits neither
 * mappings nor anything else to keep.
 */
void host_close(struct host *host, bool wait)
{
	int *attachments;
	uint32_t count = 0;

	if (!host)
		return;
	events_drop(host, NULL);
	attachments = wait ? NULL : take_attachments(host, &count);
	for (uint32_t i = 0; i < host->object_count; i++)
		object_close(&host->objects[i]);
	if (host->tracefs >= 0)
		close(host->tracefs);
	if (attachments)
		detach_background(attachments, count);
	free(attachments);
	free(host->objects);
	free(host);
}
