# What lowering makes of the language, run in the kernel.

NAME lowering: strings and literals of any length
PROG BEGIN { $s = "abc"; $t = "abcdefghi"; @m["k"] = "a string of more than thirty-two bytes";
	printf("%d%d%d%d ", strncmp($s, $t, 3), strncmp($s, $t, 4), strncmp($t, "abcdef", 6), strncmp($t, "abcdex", 6));
	printf("%d%d%d%d ", $s == $t, $s == "abc", "abc" == $s, $t == "abcdefghij");
	printf("%d%d ", @m["k"] == "a string of more than thirty-two bytes", @m["none"] == "");
	printf("%s|%s\n", @m["k"], @m["none"]); exit(); }
EXPECT ^0101 0110 11 a string of more than thirty-two bytes\|$

NAME lowering: one string within another
PROG BEGIN { $s = "abc"; $t = "aababcdefghi";
	printf("%d%d%d%d", strcontains($t, "def"), strcontains($t, "dfe"), strcontains($t, $s), strcontains($t, ""));
	printf("%d%d%d\n", strcontains($s, $t), strcontains($t, "hi"), strcontains($t, "hij")); exit(); }
EXPECT ^1011010$

NAME lowering: the current task, directly and by helpers
ENV SONDE_NO_FEATURE=none
PROG tracepoint:syscalls:sys_enter_getppid /comm == "load" && pid == curtask->tgid/ {
	printf("%d %d ", curtask->comm == comm, curtask->pid == tid);
	printf("%d %s\n", curtask->real_parent->tgid > 0, str(curtask->fs->root.dentry->d_name.name)); exit(); }
LOAD {build}/helper/load getppid 1
EXPECT ^1 1 1 /$

NAME lowering: the current task without its type
ENV SONDE_NO_FEATURE=task_btf
PROG tracepoint:syscalls:sys_enter_getppid /comm == "load" && pid == curtask->tgid/ {
	printf("%d %d %d\n", curtask->comm == comm, curtask->pid == tid, curtask->real_parent->tgid > 0); exit(); }
LOAD {build}/helper/load getppid 1
EXPECT ^1 1 1$

NAME lowering: tuples in values and keys
PROG BEGIN { @t = (1, "two", (3, -4)); $u = (@t.1, 7); @k[$u] = 5; @k["two", 8] = 6;
	printf("%d %s %d %d %d\n", @t.0, @t.1, @t.2.1, @k["two", 7], @k[("two", 8)]); exit(); }
EXPECT ^1 two -4 5 6$

NAME lowering: what a predicate has read is read again once it is written
PROG BEGIN { @x[1] = 5; if (@x[1]) { $a = @x[1]; @x[1] += 2; $b = @x[1]; delete(@x[1]); printf("%d %d %d\n", $a, $b, @x[1]); }
	if (@x[1] || @x[2]) { printf("wrong\n"); } else { @x[2] = 3; printf("%d\n", @x[2]); } exit(); }
EXPECT ^5 7 0$
EXPECT ^3$
EXPECT_NOT wrong

NAME lowering: steps and compound assignments of maps
PROG BEGIN { @k[3]++; @k[3]++; $a = @k[3]++; $b = ++@k[3]; @k[9] *= 3; @k[2] -= 4; @k[1] |= 6; @k[1] <<= 2; @m = 5; $c = --@m;
	printf("%d %d %d %d %d %d %d\n", $a, $b, @k[3], @k[9], @k[2], @k[1], $c); exit(); }
EXPECT ^2 4 4 0 -4 24 4$

NAME lowering: least and greatest, with and without sign
PROG BEGIN { @a = min(5); @a = min(-5); @a = min(7); @b = max(-3); @b = max(-9); @c[1] = max((uint64)-1); @c[1] = max((uint64)5);
	@d["x"] = avg(4); @d["x"] = avg(6); @e = stats(3); @e = stats(9); @f[1] = sum(5); @f[1] = sum(-7); exit(); }
EXPECT ^@a: -5$
EXPECT ^@b: -3$
EXPECT ^@c\[1\]: 18446744073709551615$
EXPECT ^@d\[x\]: 5$
EXPECT ^@e: \{ \.count = 2, \.average = 6, \.total = 12 \}$
EXPECT ^@f\[1\]: -2$

NAME lowering: slots of histograms
PROG BEGIN { $i = 0; @h = hist(-1 + $i); @h = hist(0); @h = hist(1); @h = hist(3); @h = hist(1024); @h = hist(9223372036854775807);
	@l["a"] = lhist(-1, 0, 30, 10); @l["a"] = lhist(0, 0, 30, 10); @l["a"] = lhist(29, 0, 30, 10); @l["a"] = lhist(30, 0, 30, 10); exit(); }
EXPECT ^\(\.\.\., 0\) +1 \|
EXPECT ^\[0\] +1 \|
EXPECT ^\[1\] +1 \|
EXPECT ^\[2, 4\) +1 \|
EXPECT ^\[1K, 2K\) +1 \|
EXPECT ^\[4E, 8E\) +1 \|
EXPECT ^\[0, 10\) +1 \|
EXPECT ^\[20, 30\) +1 \|
EXPECT ^\[30, \.\.\.\) +1 \|

NAME lowering: failed reads give zeroes and are counted
PROG BEGIN { $p = (struct task_struct *)16; printf("%d [%s]\n", $p->pid, str(16)); exit(); }
STDERR BEGIN: 2 failed reads of memory
EXPECT ^0 \[\]$

NAME lowering: strings that fill their limit are counted
PROG tracepoint:syscalls:sys_enter_openat /strncmp(str(args.filename), "/000", 4) == 0/ { printf("%s\n", str(args.filename)); exit(); }
LOAD sh -c ": < /$(printf '%01500d' 0)"
NO_SIGNAL
STDERR 1 string cut at its limit
EXPECT ^/0{1022}$

NAME lowering: join stops at the end of the list
PROG tracepoint:syscalls:sys_enter_execve { printf("<%s>\n", join(args.argv, ", ")); } tracepoint:syscalls:sys_enter_execve { join(args.argv); }
LOAD /bin/echo a "b c" d
EXPECT ^</bin/echo, a, b c, d>$
EXPECT ^/bin/echo a b c d$

NAME lowering: a map that is full loses updates and says so
ENV SONDE_NO_FEATURE=signed_division
PROG tracepoint:syscalls:sys_enter_getppid /comm == "load"/ { @n++; @x[@n] = 1; @y[@n] = count(); @z[@n]++; }
	interval:ms:200 { clear(@x); clear(@y); clear(@z); exit(); }
LOAD {build}/helper/load getppid 5000
EXPECT ^@n: 5000$
EXPECT_NOT ^@x
STDERR 2712 updates lost: map full
NO_SIGNAL
