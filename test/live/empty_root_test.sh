#!/bin/bash
# The binary needs nothing but /proc and /sys: it runs in a root that holds only itself.
. "$(dirname "$0")/../lib.sh"
mkdir -p "$WORK/root/proc" "$WORK/root/sys"
cp "$SONDE" "$WORK/root/sonde"
unshare --mount --propagation private bash -c "
	mount --bind /proc '$WORK/root/proc' && mount --rbind /sys '$WORK/root/sys' && exec chroot '$WORK/root' /sonde -e \
	'tracepoint:sched:sched_switch { @ = count(); } interval:ms:200 { printf(\"%s\n\", ((struct task_struct *)curtask)->comm); exit(); }'
" > "$WORK/out" 2>&1 || fail "exit status $?"
grep -q '^Attached 2 probes' "$WORK/out" || fail "$(cat "$WORK/out")"
grep -q '^@: [1-9]' "$WORK/out" || fail "counted nothing: $(cat "$WORK/out")"
[ "$(find "$WORK/root" -maxdepth 1 | wc -l)" = 4 ] || fail "it left something behind"
finish
