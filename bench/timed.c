/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command, its output thrown away, and prints "WALL_US CPU_US PEAK_KB STATUS": from
 * fork to the end as the parent sees it.  Small itself, since a child's peak counts from
 * the fork.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double us(struct timeval t)
{
	return (double)t.tv_sec * 1e6 + (double)t.tv_usec;
}

int main(int argc, char **argv)
{
	double start = now(), end;
	struct rusage usage;
	int status, null;
	pid_t child;

	if (argc < 2)
		return 2;
	child = fork();
	if (!child) {
		null = open("/dev/null", O_RDWR);
		dup2(null, 1);
		dup2(null, 2);
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	wait4(child, &status, 0, &usage);
	end = now();
	printf("%.0f %.0f %ld %d\n", end - start, us(usage.ru_utime) + us(usage.ru_stime),
	       usage.ru_maxrss, status);
	return 0;
}
