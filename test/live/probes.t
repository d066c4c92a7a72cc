# Probe types, context and reads of memory.  Loads run as "load".

NAME tracepoint with typed arguments
PROG tracepoint:syscalls:sys_enter_openat /comm == "load"/ { printf("%s %d %s\n", comm, pid == tid, str(args.filename)); }
LOAD {build}/helper/load openat 3 /load/name
EXPECT (^load 1 /load/name\n){3}

NAME arrow and the slide's arrow
PROG tracepoint:syscalls:sys_enter_openat /comm == "load" && str(args->filename) == "/load/name"/ { @a = count(); @[str(args→filename)] = count(); }
LOAD {build}/helper/load openat 5 /load/name
EXPECT ^@a: 5$
EXPECT ^@\[/load/name\]: 5$

NAME old names: retval of a syscall, name, stack
PROG tracepoint:syscalls:sys_exit_read /comm == "load"/ { @bytes = hist(args->retval); @[name] = count(); @s[stack] = count(); }
LOAD {build}/helper/load read 4 /proc/self/stat
EXPECT ^@bytes:
EXPECT ^@\[tracepoint:syscalls:sys_exit_read\]: [4-9]$

NAME wildcards count by probe
PROG tracepoint:sched:sched_process* { @[probe] = count(); }
LOAD {build}/helper/load fork 5
EXPECT ^@\[tracepoint:sched:sched_process_fork\]: \d+$
EXPECT ^@\[tracepoint:sched:sched_process_exit\]: \d+$

NAME several points, one body
PROG tracepoint:syscalls:sys_enter_openat, tracepoint:syscalls:sys_enter_getppid /comm == "load"/ { @ = count(); }
LOAD {build}/helper/load getppid 10
EXPECT ^@: 1[0-9]$

NAME count by comm and by pid
PROG tracepoint:syscalls:sys_enter_getppid { @[comm] = count(); @p[pid, comm] = count(); }
LOAD {build}/helper/load getppid 1000
EXPECT ^@\[load\]: 1000$
EXPECT ^@p\[\d+, load\]: 1000$

NAME timing pair
PROG tracepoint:syscalls:sys_enter_getppid /comm == "load"/ { @start[tid] = nsecs; }
	tracepoint:syscalls:sys_exit_getppid /@start[tid]/ { @ns[comm] = hist(nsecs - @start[tid]); @n = count(); delete(@start[tid]); }
LOAD {build}/helper/load getppid 500
EXPECT ^@n: 500$
EXPECT ^@ns\[load\]:

NAME data_loc string
PROG tracepoint:sched:sched_process_exec { @[str(args.filename)] = count(); }
LOAD {build}/helper/load sleep 1
EXPECT ^@\[.*/load\]: 1$

NAME array argument is a string
PROG tracepoint:sched:sched_process_fork /comm == "load"/ { @[args.parent_comm] = count(); }
LOAD {build}/helper/load fork 3
EXPECT ^@\[load\]: 3$

NAME kernel structs through curtask
PROG BEGIN { $t = (struct task_struct *)curtask; printf("%s %d %d\n", $t->comm, $t->tgid == pid, $t->real_parent->pid > 0); exit(); }
EXPECT ^sonde 1 1$

NAME the current task's ids
PROG BEGIN { printf("%d %d %d %d %d\n", pid > 0, tid == pid, uid, cpu < 4096, nsecs > 1000000); exit(); }
EXPECT ^1 1 0 1 1$

NAME uprobe with its arguments, uretprobe with its result
PROG uprobe:{build}/helper/load:probe_me { @arg = hist(arg0); @s[str(arg1)] = count(); }
	uretprobe:{build}/helper/load:probe_me { @r = max(retval); }
LOAD {build}/helper/load uprobe 9 hello
EXPECT ^@r: 16$
EXPECT ^@s\[hello\]: 9$
EXPECT ^\[4, 8\) +4 \|

NAME profile takes kernel stacks
PROG profile:hz:200 { @[kstack] = count(); }
LOAD {build}/helper/load getppid 1500000
EXPECT ^@\[
EXPECT ^        [a-z_0-9.]+\+\d+$

NAME user stacks have symbols
PROG profile:hz:200 /comm == "load"/ { @[ustack] = count(); }
LOAD ({build}/helper/load spin 900 &); sleep 0.4
EXPECT ^        spin_here\+\d+$

NAME predicate with a division
PROG tracepoint:syscalls:sys_enter_getppid /comm == "load" && (pid / 1) == pid/ { @ = count(); }
LOAD {build}/helper/load getppid 5
EXPECT ^@: 5$

NAME unknown memory gives an empty string and is counted
PROG BEGIN { printf("[%s]\n", str((uint64)1)); exit(); }
EXPECT ^\[\]$
STDERR failed read
