#!/bin/bash
# The tools: BCC's columns and options, --help, the man page, wrong arguments.
. "$(dirname "$0")/../lib.sh"
LOAD=$BUILD/helper/load

trace() { # output-file ready-word load-command tool...
	local out=$1 ready=$2 load=$3 pid
	shift 3
	"$SONDE" "$@" > "$out" 2> "$out.err" &
	pid=$!
	wait_for "$out" "$ready" || fail "$*: no '$ready': $(cat "$out" "$out.err")"
	sleep 0.1
	eval "$load" >/dev/null 2>&1
	sleep 0.15
	kill -INT $pid 2>/dev/null
	wait $pid || fail "$*: exit status $?"
	[ -s "$out.err" ] && fail "$*: said: $(cat "$out.err")"
}

trace "$WORK/open" 'COMM' "$LOAD openat 2 /load/none; $LOAD read 2 /proc/self/stat" opensnoop -n load
grep -qE '^PID +COMM +FD ERR PATH$' "$WORK/open" || fail "opensnoop's header: $(head -3 "$WORK/open")"
[ "$(grep -cE '^[0-9]+ +load +-1   2 /load/none$' "$WORK/open")" = 2 ] || fail "opensnoop's failures: $(cat "$WORK/open")"
[ "$(grep -cE '^[0-9]+ +load +[0-9]+   0 /proc/self/stat$' "$WORK/open")" = 2 ] || fail "opensnoop's successes: $(cat "$WORK/open")"
trace "$WORK/openx" 'PATH' "$LOAD openat 2 /load/none; $LOAD read 2 /proc/self/stat" opensnoop -TUxe --name load
grep -qE '^TIME\(s\) +UID +PID +COMM +FD ERR FLAGS +MODE PATH$' "$WORK/openx" || fail "opensnoop -TUxe: $(head -3 "$WORK/openx")"
grep -qE '^[0-9]+\.[0-9]{9} +0 +[0-9]+ +load +-1   2 00000000 0000 /load/none$' "$WORK/openx" || fail "opensnoop -TUxe: $(cat "$WORK/openx")"
grep -q /proc/self/stat "$WORK/openx" && fail "opensnoop -x shows successes"
start=$(now_ms)
"$SONDE" opensnoop -d 1 > /dev/null || fail "opensnoop -d 1"
took=$(($(now_ms) - start))
[ $took -ge 900 ] && [ $took -lt 2500 ] || fail "opensnoop -d 1 took $took ms"

trace "$WORK/exec" 'ARGS' "$LOAD sleep 1; $WORK/does-not-exist" execsnoop
grep -qE '^PCOMM +PID +PPID +RET ARGS$' "$WORK/exec" || fail "execsnoop's header: $(head -2 "$WORK/exec")"
grep -qE "^load +[0-9]+ +[0-9]+ +0 .*load sleep 1$" "$WORK/exec" || fail "execsnoop: $(cat "$WORK/exec")"
trace "$WORK/execx" 'ARGS' "python3 -c 'import os; os.execv(\"/does/not/exist\", [\"a\", \"b c\"])'" execsnoop -x -q -U -t
grep -qE '^TIME\(s\) +UID +PCOMM' "$WORK/execx" || fail "execsnoop -xqUt's header"
grep -qE '^[0-9]+\.[0-9]{3} +0 +python3 +[0-9]+ +[0-9]+ +-2 "a" "b c"$' "$WORK/execx" || fail "execsnoop -x -q: $(cat "$WORK/execx")"

# a disk of our own to make requests on
head -c 16M /dev/zero > "$WORK/disk"
if loop=$(losetup -f --show "$WORK/disk" 2>/dev/null); then
	work="dd if=/dev/zero of=$loop bs=4k count=100 oflag=direct"
	trace "$WORK/bio" 'Tracing block' "$work" biolatency
	grep -qE '^     usecs               : count     distribution$' "$WORK/bio" || fail "biolatency: $(cat "$WORK/bio")"
	grep -qE '^ +[0-9]+ -> [0-9]+ +: [0-9]+ +\|\*+ *\|$' "$WORK/bio" || fail "biolatency's rows: $(cat "$WORK/bio")"
	"$SONDE" biolatency -mTD 1 2 > "$WORK/biod" 2>&1 &
	pid=$!
	wait_for "$WORK/biod" Tracing; sleep 0.1; $work 2>/dev/null; wait $pid || fail "biolatency -mTD 1 2"
	grep -qE "^disk = '$(basename "$loop")'$" "$WORK/biod" || fail "biolatency -D: $(cat "$WORK/biod")"
	grep -qE '^     msecs               : count     distribution$' "$WORK/biod" || fail "biolatency -m: $(cat "$WORK/biod")"
	[ "$(grep -cE '^[0-9]{2}:[0-9]{2}:[0-9]{2} *$' "$WORK/biod")" = 2 ] || fail "biolatency -T, two outputs: $(cat "$WORK/biod")"
	losetup -d "$loop"
else
	fail "no loop device to make block requests on"
fi

for tool in opensnoop execsnoop biolatency; do
	"$SONDE" $tool --help > "$WORK/help" || fail "$tool --help"
	grep -q "^usage: $tool \[-h\]" "$WORK/help" || fail "$tool --help has no usage"
	"$SONDE" man $tool > "$WORK/man" || fail "man $tool"
	grep -q "^.TH $tool 8" "$WORK/man" || fail "man $tool is no man page"
done
"$SONDE" biolatency 1 2 3 2> "$WORK/err" && fail "three positional arguments are accepted"
grep -q "unexpected argument '3'" "$WORK/err" || fail "$(cat "$WORK/err")"
"$SONDE" opensnoop -p 2> "$WORK/err" && fail "-p without a value is accepted"
grep -q "needs a value" "$WORK/err" || fail "$(cat "$WORK/err")"
"$SONDE" opensnoop -Z 2> "$WORK/err" && fail "-Z is accepted"
grep -q "unknown option '-Z'" "$WORK/err" || fail "$(cat "$WORK/err")"
"$SONDE" opensnoop -p abc 2> "$WORK/err" && fail "-p abc is accepted"
grep -q "abc" "$WORK/err" || fail "-p abc: $(cat "$WORK/err")"
finish
