/* SPDX-License-Identifier: Apache-2.0 */
/* Loads reference programs by name and holds them until SIGINT.  usage: reference OBJECT NAME... */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int wanted(const char *name, char **names)
{
	for (; *names; names++)
		if (!strcmp(name, *names))
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = argc > 2 ? bpf_object__open_file(argv[1], NULL) : NULL;
	struct bpf_program *program;

	if (!object)
		return 2;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, wanted(bpf_program__name(program), argv + 2));
	if (bpf_object__load(object))
		return 1;
	signal(SIGINT, on_signal);
	bpf_object__for_each_program(program, object)
		if (bpf_program__autoload(program) && !bpf_program__attach(program))
			return 1;
	puts("attached");
	fflush(stdout);
	while (!stop)
		pause();
	return 0;
}
