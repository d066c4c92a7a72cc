#!/bin/bash
# test/leak finds what is left, and nothing is left by scripts that fail in the middle.
. "$(dirname "$0")/../lib.sh"
LEAK=test/leak
# something that stays: it must be told, or the test below says nothing
("$SONDE" -q -e 'interval:s:30 { }' & echo $! > "$WORK/pid") 2>/dev/null
before=$("$BUILD/helper/bpflist" | wc -l)
$LEAK bash -c "'$SONDE' -q -e 'interval:s:30 { }' & echo \$! > '$WORK/pid2'" > "$WORK/left" && fail "a running sonde is not noticed"
grep -q '^prog ' "$WORK/left" || fail "a running sonde's program is not listed: $(cat "$WORK/left")"
kill "$(cat "$WORK/pid")" "$(cat "$WORK/pid2")"
sleep 1
# the second probe cannot be attached: the first must not stay
$LEAK "$SONDE" -e 'tracepoint:sched:sched_switch { @ = count(); } profile:hz:99999999 { @p = count(); }' > "$WORK/out" 2>&1 ||
	fail "left by a failed attach: $(cat "$WORK/out")"
grep -q 'error: ' "$WORK/out" || fail "profile:hz:99999999 is accepted"
$LEAK "$SONDE" -e 'BEGIN { printf("%d\n", PID); }' > "$WORK/out" 2>&1 || fail "left by a script in error"
$LEAK "$SONDE" --dry-run -e 'tracepoint:sched:sched_switch { @ = count(); }' > "$WORK/out" 2>&1 || fail "left by --dry-run: $(cat "$WORK/out")"
finish
