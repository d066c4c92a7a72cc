#!/bin/bash
# Without rights: one line that names what is missing, and the command that grants it.
. "$(dirname "$0")/../lib.sh"
install -m 755 "$SONDE" "$WORK/sonde"
chmod 755 "$WORK"
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all "$WORK/sonde" -e 'BEGIN { exit(); }' \
	> "$WORK/out" 2> "$WORK/err"
[ $? = 1 ] || fail "exit status was not 1"
grep -q 'missing capabilities: cap_bpf' "$WORK/err" || fail "does not name cap_bpf: $(cat "$WORK/err")"
grep -q 'setcap cap_bpf,cap_perfmon' "$WORK/err" || fail "does not say how to grant them"
[ "$(wc -l < "$WORK/err")" -le 2 ] || fail "more than the line and its hint"
# with exactly what the hint says, it works
if command -v setcap >/dev/null && setcap cap_bpf,cap_perfmon,cap_dac_read_search+ep "$WORK/sonde" 2>/dev/null; then
	setpriv --reuid 65534 --regid 65534 --clear-groups "$WORK/sonde" -e \
		'tracepoint:sched:sched_switch { @ = count(); } interval:ms:100 { exit(); }' > "$WORK/out" 2>&1 ||
		fail "with the capabilities: $(cat "$WORK/out")"
	grep -q '^@: [1-9]' "$WORK/out" || fail "counted nothing: $(cat "$WORK/out")"
else
	echo "setcap does not work here: the grant was not tried"
fi
finish
