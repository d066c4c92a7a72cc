# What the language and the first probes do on a live kernel.

NAME hello world
PROG BEGIN { printf("hello world\n"); }
LOAD true
STDERR \AAttached 1 probe\n
EXPECT \Ahello world\n

NAME exit from BEGIN, END runs
PROG BEGIN { printf("a\n"); exit(); } END { printf("z\n"); }
STDERR \AAttached 2 probes\n
EXPECT \Aa\nz\n

NAME exit ends the probe it stands in
PROG BEGIN { exit(); printf("not reached\n"); }
STDERR this is never reached
EXPECT_NOT ^not reached

NAME exit code
PROG BEGIN { exit(3); }
STATUS 3

NAME arithmetic and operators
PROG BEGIN { printf("%d %d %d %d %d|", 7 / 2, -7 / 2, 7 % 3, 1 << 10, 1024 >> 3);
	printf("%d %d %d|", 6 & 3, 6 | 3, 6 ^ 3); printf("%d %d %d\n", !5, ~5, -5); exit(); }
EXPECT ^3 -3 1 1024 128\|2 7 5\|0 -6 -5$

NAME division by zero is zero
PROG BEGIN { $z = nsecs & 0; printf("%d %d\n", 5 / $z, 5 % $z); exit(); }
EXPECT ^0 5$

NAME if, else and ternary
PROG BEGIN { $x = 3; if ($x > 2) { printf("big "); } else { printf("small "); }
	if ($x == 1) { printf("one\n"); } else if ($x == 3) { printf("three\n"); }
	printf("%s\n", $x == 3 ? "yes" : "no"); exit(); }
EXPECT ^big three\nyes$

NAME short circuit
PROG BEGIN { @a = 0; if (0 && (@a = 1)) { } if (1 || (@a = 2)) { } printf("%d\n", @a); exit(); }
STDERR error
STATUS 1

NAME compound assignment and steps
PROG BEGIN { $x = 5; $x += 3; $x *= 2; $x -= 1; $x /= 3; $x <<= 4; $x |= 1; $x ^= 3; $x &= 0xff; $x %= 50;
	$y = $x++; printf("%d %d ", $y, $x); printf("%d\n", --$x); @n++; @n++; @n += 5; exit(); }
EXPECT ^32 33 32$
EXPECT ^@n: 7$

NAME casts cut and extend
PROG BEGIN { printf("%d %d %d %u\n", (int8)0x1ff, (uint8)0x1ff, (int16)0xffff, (uint32)-1); exit(); }
EXPECT ^-1 255 -1 4294967295$

NAME string comparison
PROG BEGIN { $s = "abc"; if ($s == "abc" && $s != "abd") { printf("same\n"); } if (comm == "sonde") { printf("me\n"); }
	exit(); }
EXPECT ^same$
EXPECT ^me$

NAME maps with no, one and many keys
PROG BEGIN { @x = 5; @y["a"] = 1; @y["b"] = 2; @z[1, "k"] = 3; @z[2, "k"] = -4; exit(); }
EXPECT ^@x: 5$
EXPECT ^@y\[a\]: 1\n@y\[b\]: 2$
EXPECT ^@z\[2, k\]: -4\n@z\[1, k\]: 3$

NAME maps of strings, delete and clear
PROG BEGIN { @s[1] = "one"; @s[2] = "two"; delete(@s[1]); @c[1] = 1; clear(@c); printf("%s.%s\n", @s[2], @s[7]); exit(); }
EXPECT ^two\.$
EXPECT ^@s\[2\]: two$
EXPECT_NOT @c\[

NAME print of a map and of a value happens in order
PROG BEGIN { @x = 1; print(@x); @x = 2; print("mid"); print(42); print(@x); clear(@x); exit(); }
EXPECT ^@x: \d\n(?:.|\n)*mid\n42\n

NAME count, sum, avg, min, max, stats
PROG BEGIN { @c = count(); @c = count(); @s = sum(5); @s = sum(-2); @a = avg(10); @a = avg(20); @n = min(7); @n = min(3);
	@m = max(7); @m = max(30); @t = stats(4); @t = stats(8); exit(); }
EXPECT ^@c: 2$
EXPECT ^@s: 3$
EXPECT ^@a: 15$
EXPECT ^@n: 3$
EXPECT ^@m: 30$
EXPECT ^@t: \{ \.count = 2, \.average = 6, \.total = 12 \}$

NAME hist
PROG BEGIN { @h = hist(0); @h = hist(1); @h = hist(5); @h = hist(6); @h = hist(-3); exit(); }
EXPECT ^\(\.\.\., 0\) +1 \|@+ +\|$
EXPECT ^\[0\] +1 \|
EXPECT ^\[1\] +1 \|
EXPECT ^\[2, 4\) +0 \| +\|$
EXPECT ^\[4, 8\) +2 \|@{52}\|$

NAME lhist
PROG BEGIN { @l = lhist(-1, 0, 100, 10); @l = lhist(5, 0, 100, 10); @l = lhist(15, 0, 100, 10); @l = lhist(150, 0, 100, 10); exit(); }
EXPECT ^\(\.\.\., 0\) +1 \|
EXPECT ^\[0, 10\) +1 \|
EXPECT ^\[10, 20\) +1 \|
EXPECT ^\[100, \.\.\.\) +1 \|

NAME printf forms
PROG BEGIN { printf("[%5d][%-5d][%05d][%x][%X][%o][%c][%10s][%-6s][%.2s]%%\n", 42, 42, 42, 255, 255, 8, 65, "right", "left", "cut"); exit(); }
EXPECT ^\[   42\]\[42   \]\[00042\]\[ff\]\[FF\]\[10\]\[A\]\[     right\]\[left  \]\[cu\]%$

NAME fixed point
PROG BEGIN { printf("[%-14.9f][%.3f]\n", 1500000000, 1234567 / 1000); exit(); }
EXPECT ^\[1\.500000000   \]\[1\.234\]$

NAME positional parameters
PROG BEGIN { printf("%d %s %d\n", $1, str($2), $#); exit(); }
PARAMS 7 word
EXPECT ^7 word 2$

NAME comments
PROG // one
	BEGIN { /* two */ printf("ok\n"); // three
	exit(); }
EXPECT ^ok$

NAME interval
PROG interval:ms:20 { @n++; if (@n == 3) { printf("three\n"); exit(); } }
EXPECT ^three$

NAME quiet
ARGS -q
PROG BEGIN { printf("only\n"); exit(); }
EXPECT \Aonly\n

NAME a lone event is seen while the trace goes on
PROG BEGIN { printf("seen\n"); }
READY seen
LOAD true
EXPECT seen

NAME wall clock and disk names are values
PROG BEGIN { printf("%s|%s\n", strftime("%Y", nsecs), diskname(4095 << 20 | 7)); @[strftime("%H", nsecs)] = count(); exit(); }
EXPECT ^20[0-9][0-9]\|4095:7$
EXPECT ^@\[[0-9][0-9]\]: 1$

NAME join prints the strings of an array
PROG tracepoint:syscalls:sys_enter_execve /comm == "sh"/ { join(args.argv); join(args.argv, ","); }
LOAD sh -c 'sh -c "/bin/echo one two; true"'
EXPECT ^/bin/echo one two$
EXPECT ^/bin/echo,one,two$

NAME options of a script
PROG BEGIN { printf("%d %s %d\n", getopt("n", 5), getopt("word", "none"), getopt("flag")); exit(); }
PARAMS -- --n=7 --flag
EXPECT ^7 none 1$

NAME strncmp and strcontains
PROG BEGIN { printf("%d %d %d %d\n", strncmp("abcd", "abxx", 2), strncmp(comm, "some", 2) == 0, strcontains(comm, "ond"), strcontains(comm, "xyz")); exit(); }
EXPECT ^0 1 1 0$
