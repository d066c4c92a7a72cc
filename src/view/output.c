/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text on its way to a descriptor.  Bytes are kept until there are many, then written
 * until all are gone; the descriptor may be blocking or not, and nobody need read its
 * other end.  After the first error nothing is written any more.
 */
#include "view/view.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	PENDING_MAX = 64 << 10,
	LOOK_MS = 50, /* how often a blocked write looks at `stop` */
	GRACE_MS = 50, /* how long it still waits once that is set */
};

/*
 * At most this much at once: a pipe that polls writable takes PIPE_BUF bytes without
 * blocking (pipe(7)), so that we never sit in write(2) while `stop` is set.
 */
static size_t write_limit(int fd)
{
	struct stat status;

	if (fstat(fd, &status) || S_ISREG(status.st_mode))
		return SSIZE_MAX;
	return PIPE_BUF;
}

/* 0 once the descriptor takes bytes, or -EINTR. */
static int wait_writable(const struct output *output)
{
	struct pollfd poll_fd = {.fd = output->fd, .events = POLLOUT};

	for (;;) {
		bool stopping = output->stop && *output->stop;
		int ready = poll(&poll_fd, 1, stopping ? GRACE_MS : LOOK_MS);

		if (ready > 0)
			return 0; /* errors and hang-ups are for write(2) to tell */
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0 && stopping)
			return -EINTR;
	}
}

static int write_all(const struct output *output)
{
	const char *at = output->pending.data;
	size_t left = output->pending.size, limit = write_limit(output->fd);

	while (left) {
		ssize_t written;
		int error = limit == PIPE_BUF ? wait_writable(output) : 0;

		if (error)
			return error;
		written = write(output->fd, at, left < limit ? left : limit);
		if (written < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (written > 0) {
			at += written;
			left -= (size_t)written;
		}
	}
	return 0;
}

int output_flush(struct output *output)
{
	if (!output->error && output->pending.size)
		output->error = write_all(output);
	text_clear(&output->pending);
	return output->error;
}

void output_some(struct output *output)
{
	if (output->pending.size > PENDING_MAX)
		output_flush(output);
}
