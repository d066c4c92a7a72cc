#!/bin/bash
# -f json: one valid object a line, also for hostile bytes.
. "$(dirname "$0")/../lib.sh"
"$SONDE" -f json -e 'BEGIN { printf("a\"b\\\x01\n"); print(1); print("x"); @c[1, "k"] = count(); @h = hist(5); @s = stats(3);
	@l = lhist(3, 0, 10, 1); @x = 5; @str["q\"uote"] = "v"; time("%H:%M:%S\n"); exit(); }' > "$WORK/out" 2> "$WORK/err" ||
	fail "exit status $?: $(cat "$WORK/err")"
python3 - "$WORK/out" <<'P' || fail "not as it should be: $(cat "$WORK/out")"
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1], 'rb')]
assert all(set(r) >= {'type', 'data'} for r in rows), rows
types = [r['type'] for r in rows]
assert types[0] == 'attached_probes' and rows[0]['data'] == {'probes': 1}, rows[0]
assert 'printf' in types and 'time' in types and 'map' in types and 'hist' in types, types
maps = {k: v for r in rows if r['type'] in ('map', 'hist', 'stats', 'lhist') for k, v in r['data'].items()}
assert maps['@x'] == 5 and maps['@c'] == {'1,k': 1} and maps['@str'] == {'q"uote': 'v'}, maps
assert [r for r in rows if r['type'] == 'printf'][0]['data'] == 'a"b\\\x01\n', rows
P
finish
