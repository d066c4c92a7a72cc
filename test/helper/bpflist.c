/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every BPF program, map and link that the kernel holds: "prog 12", "map 7", "link 3", a
 * line each.  What stands in the list after a test and did not before has leaked.
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void list(const char *what, int command)
{
	union bpf_attr attr;
	unsigned id = 0;

	for (;;) {
		memset(&attr, 0, sizeof(attr));
		attr.start_id = id;
		if (syscall(SYS_bpf, command, &attr, sizeof(attr)))
			return;
		id = attr.next_id;
		printf("%s %u\n", what, id);
	}
}

int main(void)
{
	list("prog", BPF_PROG_GET_NEXT_ID);
	list("map", BPF_MAP_GET_NEXT_ID);
	list("link", BPF_LINK_GET_NEXT_ID);
	return 0;
}
