/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something to trace: makes N calls of one kind as fast as it can, under the name
 * "load".  usage: load KIND N [PATH]
 *   KIND getppid | openat PATH | uprobe (calls probe_me(i, "text")) | read | sleep (N ms)
 *        | spin (N ms of CPU) | fork (N children that exit)
 * Prints "pid N" first, then "calls NS" when it is done.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What uprobes in the tests attach to. */
__attribute__((noinline, noipa)) long probe_me(long number, const char *text);
__attribute__((noinline, noipa)) long probe_me(long number, const char *text)
{
	__asm__ volatile("" ::"r"(text) : "memory");
	return number * 2;
}

static unsigned long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned long long)t.tv_sec * 1000000000ull + (unsigned long long)t.tv_nsec;
}

static void call_getppid(const char *path)
{
	(void)path;
	syscall(SYS_getppid);
}

static void call_openat(const char *path)
{
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);

	if (fd >= 0)
		close((int)fd);
}

static void call_uprobe(const char *path)
{
	static long i;

	probe_me(i++, path);
}

static void call_read(const char *path)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY);

	if (fd >= 0 && read(fd, buffer, sizeof(buffer)) < 0)
		perror("read");
	close(fd);
}

static void call_sleep(const char *path)
{
	(void)path;
	usleep(1000);
}

__attribute__((noinline, noipa)) static void spin_here(void)
{
	unsigned long long end = now() + 1000000;

	while (now() < end)
		for (int i = 0; i < 100000; i++)
			__asm__ volatile("" ::: "memory");
}

static void call_spin(const char *path)
{
	(void)path;
	spin_here();
}

static void call_fork(const char *path)
{
	pid_t child = fork();

	if (!child)
		_exit(path[0] == 'x');
	waitpid(child, NULL, 0);
}

static const struct kind {
	const char *name;
	void (*call)(const char *path);
} kinds[] = {
	{"getppid", call_getppid}, {"openat", call_openat}, {"uprobe", call_uprobe},
	{"read", call_read},	   {"sleep", call_sleep},   {"spin", call_spin},
	{"fork", call_fork},
};

int main(int argc, char **argv)
{
	const char *path = argc > 3 ? argv[3] : "/load/no-such-file";
	long count = argc > 2 ? atol(argv[2]) : 0;

	prctl(PR_SET_NAME, "load");
	printf("pid %d\n", getpid());
	fflush(stdout);
	for (size_t k = 0; argc > 1 && k < sizeof(kinds) / sizeof(*kinds); k++) {
		unsigned long long start = now();

		if (strcmp(argv[1], kinds[k].name))
			continue;
		for (long i = 0; i < count; i++)
			kinds[k].call(path);
		printf("%ld %llu\n", count, now() - start);
		return 0;
	}
	fprintf(stderr, "usage: load KIND N [PATH]\n");
	return 2;
}
