/* SPDX-License-Identifier: Apache-2.0 */
/*
 * main: the signals, the command line, one invocation.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/cmd.h"

static struct signals signals;

static void on_signal(int number)
{
	int saved = errno;

	if (number == SIGUSR1)
		signals.print_maps = 1;
	else if (signals.stop++ > 1)
		_exit(128 + number); /* the third time the user means now */
	if (write(signals.wake[1], "", 1) < 0) {
		/* full: the reader is awake already */
	}
	errno = saved;
}

static int catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

	if (pipe2(signals.wake, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaction(caught[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

/* A closed 0, 1 or 2 would become one of our own files and be written to. */
static void fill_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(int argc, char **argv)
{
	struct invocation invocation = {0};
	struct text out = {0}, why = {0};
	struct arena *arena = arena_new();
	int status;

	fill_descriptors();
	if (!arena || catch_signals()) {
		perror("sonde");
		return 1;
	}
	status = options_read(arena, argc, argv, &invocation, &out, &why);
	fputs(text_cstr(&out), stdout);
	if (fflush(stdout)) {
		perror("ERROR: cannot write to standard output");
		status = -1;
	} else if (status < 0) {
		fprintf(stderr, "ERROR: %s\n", text_cstr(&why));
	}
	if (status == 0)
		status = invocation_run(arena, &invocation, &signals);
	else
		status = status < 0;
	text_free(&out);
	text_free(&why);
	arena_free(arena);
	return status;
}
