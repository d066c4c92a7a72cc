/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detaching that nobody waits for: attachments come in, and a child that has left the session
 * ends with them.  The kernel needs 70-90 ms for each classic tracepoint, and whoever closes
 * the last descriptor waits for it.
 */
#include "target/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

void close_all_but(const int *keep, uint32_t count)
{
	unsigned from = 0;

	for (uint32_t i = 0; i < count; i++) {
		unsigned kept = (unsigned)keep[i];

		if (kept > from)
			syscall(SYS_close_range, from, kept - 1, 0);
		from = kept + 1;
	}
	syscall(SYS_close_range, from, ~0u, 0);
}

static int compare_descriptors(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void close_list(const int *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		close(list[i]);
}

/*
 * Hold the attachments until the other process has closed its copies, which the pipe's end
 * tells.  Exiting gives memory back first and closes descriptors last.
 */
static void hold_attachments(const int *keep, uint32_t count, int pipe_end)
{
	char byte;

	setsid();
	close_all_but(keep, count);
	if (chdir("/") < 0 || read(pipe_end, &byte, 1) < 0)
		_exit(1);
	_exit(0);
}

/* The child of a child: init reaps it, so no zombie stays.  0 when it runs. */
static int start_holder(const int *keep, uint32_t count, int pipe_end)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		pid_t holder = fork();

		if (!holder)
			hold_attachments(keep, count, pipe_end);
		_exit(holder < 0);
	}
	if (child < 0)
		return -errno;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -EAGAIN : 0;
}

void detach_background(const int *attachments, uint32_t count)
{
	int *keep = malloc((count + 1) * sizeof(*keep)), ends[2];

	if (!count || !keep || pipe2(ends, O_CLOEXEC) < 0) {
		close_list(attachments, count);
		free(keep);
		return;
	}
	for (uint32_t i = 0; i < count; i++)
		keep[i] = attachments[i];
	keep[count] = ends[0];
	qsort(keep, count + 1, sizeof(*keep), compare_descriptors);
	/* when it cannot be started, closing here is slow but right */
	start_holder(keep, count + 1, ends[0]);
	close_list(attachments, count);
	close(ends[0]);
	close(ends[1]);
	free(keep);
}
