#!/bin/bash
# Ctrl-C and kill -9 at any moment: the prompt comes back soon, and nothing stays attached.
. "$(dirname "$0")/../lib.sh"
ten=
for call in openat read write close newfstat mmap munmap brk futex poll; do
	ten+="tracepoint:syscalls:sys_enter_$call { @$call[comm] = count(); } "
done
bpf_list > "$WORK/before"

# with ten tracepoints attached, maps are printed and the process ends long before detaching would
"$SONDE" -e "$ten" > "$WORK/out" 2>&1 &
pid=$!
wait_for "$WORK/out" 'Attached 10 probes' || fail "ten probes were not attached"
sleep 0.2
start=$(now_ms)
kill -INT $pid
wait $pid || fail "exit status $? after SIGINT"
took=$(($(now_ms) - start))
[ $took -lt 500 ] || fail "SIGINT took $took ms with ten tracepoints"
grep -q '^@read\[' "$WORK/out" || fail "the maps were not printed"
nothing_left "$WORK/before" || fail "left after SIGINT"

# into a pipe
bash -c "exec '$SONDE' -e '$ten' > >(cat > '$WORK/piped')" &
pid=$!
wait_for "$WORK/piped" 'Attached 10' || sleep 0.3
kill -INT $pid
wait $pid
for i in $(seq 50); do grep -q '^@read\[' "$WORK/piped" && break; sleep 0.02; done
grep -q '^@read\[' "$WORK/piped" || fail "the maps did not come through the pipe"

# at twenty moments from the very start on: always an end, never a leftover
for i in $(seq 20); do
	"$SONDE" -e "$ten" > "$WORK/out" 2>&1 &
	pid=$!
	sleep "0.0$(printf %02d $i)"
	kill -INT $pid
	wait $pid
	status=$?
	# a signal before the handler is in place ends the process by itself: 130
	[ $status = 0 ] || [ $status = 130 ] || fail "SIGINT after $i ms: status $status: $(cat "$WORK/out")"
done
nothing_left "$WORK/before" || fail "left after twenty SIGINTs"

for i in $(seq 20); do
	"$SONDE" --target "$([ $((i % 2)) = 0 ] && echo child || echo direct)" -e "$ten" > "$WORK/out" 2>&1 &
	pid=$!
	sleep "0.0$(printf %02d $((RANDOM % 60)))"
	kill -9 $pid
	wait $pid 2>/dev/null
done
nothing_left "$WORK/before" || fail "left after twenty kill -9"

# a reader that goes away ends the trace quietly
timeout 10 "$SONDE" -q -e 'interval:ms:10 { printf("tick\n"); }' 2> "$WORK/err" | head -3 > "$WORK/out"
[ "$(grep -c tick "$WORK/out")" -ge 2 ] || fail "head saw no lines"
[ -s "$WORK/err" ] && fail "head -3 made it say: $(cat "$WORK/err")"
finish
