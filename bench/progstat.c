/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run statistics of the BPF programs with an id above BASE: "ID INSNS RUNS NS" a line.
 * usage: progstat BASE | progstat max | progstat hold (keeps statistics on until killed)
 */
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static unsigned next_id(unsigned id)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.start_id = id;
	return bpf(BPF_PROG_GET_NEXT_ID, &attr) ? 0 : attr.next_id;
}

static void show(unsigned id)
{
	struct bpf_prog_info info;
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (unsigned)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	if (fd >= 0 && !bpf(BPF_OBJ_GET_INFO_BY_FD, &attr))
		printf("%u %u %llu %llu\n", id, info.xlated_prog_len / 8, info.run_cnt,
		       info.run_time_ns);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	unsigned id = 0, last = 0;
	union bpf_attr attr;

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "hold")) {
		memset(&attr, 0, sizeof(attr));
		attr.enable_stats.type = BPF_STATS_RUN_TIME;
		if (bpf(BPF_ENABLE_STATS, &attr) < 0)
			return 1;
		puts("on");
		fflush(stdout);
		for (;;)
			pause();
	}
	if (!strcmp(argv[1], "max")) {
		while ((id = next_id(id)))
			last = id;
		printf("%u\n", last);
		return 0;
	}
	for (id = (unsigned)atol(argv[1]); (id = next_id(id));)
		show(id);
	return 0;
}
