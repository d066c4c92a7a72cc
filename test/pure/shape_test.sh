#!/bin/bash
# The shape of the source: the include rule of LAYERS, sizes, format, and "no row without a test".
cd "$(dirname "$0")/../.." || exit 1
bad=0
fail() { echo "$*"; bad=1; }

# a layer includes only what LAYERS allows; system headers are not its business
while IFS=: read -r layer may; do
	case $layer in ''|'#'*) continue ;; esac
	for used in $(grep -ho '#include "[a-z]*/' src/"$layer"/* | sed 's/.*"//; s,/,,' | sort -u); do
		[ "$used" = "$layer" ] && continue
		case " $may " in *" $used "*) ;; *) fail "src/$layer includes $used/, which LAYERS does not allow" ;; esac
	done
done < LAYERS

# base and target (the agent) use libc alone; type opens no file
grep -nE '#include <(libelf|elfutils|gelf|zlib)' src/base/*.[ch] src/target/*.[ch] && fail "the agent must not need a library"
grep -nE '\b(open|openat|fopen)\(' src/type/*.c && fail "type opens a file"
# nothing below view and cmd prints or exits
grep -nE '\b(printf|puts|perror|exit)\(' src/{base,target,type,lang,code,trace}/*.c | grep -vE '_printf\(|_exit\(|"[^"]*(printf|exit)\(' && fail "a library layer prints or exits"

for f in src/*/*.[ch]; do
	lines=$(wc -l < "$f")
	[ "$lines" -le 1000 ] || fail "$f has $lines lines; which seam is missing?"
	head -1 "$f" | grep -q SPDX || fail "$f does not begin with its licence"
done

# every message of the compiler has a script that provokes it
for tag in $(sed -nE 's/^(ERROR|WARNING)\(([a-z_0-9]+),.*/\2/p' src/lang/diagnostics.def); do
	ls test/lang/"$tag".*.err >/dev/null 2>&1 || fail "no test/lang/$tag.WHAT.bt with its .err"
done
# every builtin, function and probe type is used by a live or golden test
for row in $(sed -nE 's/^(LOWERED|REWRITTEN|FUNCTION|MAP_FUNCTION|CONSTANT)\(([a-z_0-9]+),.*/\2/p' src/lang/builtins.def src/lang/functions.def) \
	$(sed -nE 's/^PROBE\([a-z]+, *"([A-Za-z]+)".*/\1/p' src/lang/probes.def); do
	grep -rqwE "$row" test --include=*.t --include=*.bt || fail "no test uses '$row'"
done
# every call of the target is in its test
for row in $(sed -nE 's/^CALL\(([a-z_]+),.*/\1/p' src/target/calls.def); do
	grep -rqE "CALL_$row|target_${row}|handle_$row|\"$row\"|\($row[,)]" test/target || fail "no test makes the call '$row'"
done
if command -v clang-format >/dev/null; then
	for f in src/*/*.c; do
		clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || fail "$f is not formatted (make format)"
	done
fi
exit $bad
