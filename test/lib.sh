# SPDX-License-Identifier: Apache-2.0
# For the *_test.sh scripts: `fail TEXT` notes a failure, `finish` ends the test.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
BUILD=${BUILD:-build}
BUILD=$(realpath "$BUILD")
SONDE=$BUILD/sonde
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
bad=0
fail() { echo "FAILED: $*"; bad=1; }
finish() { exit $bad; }
bpf_list() { "$BUILD/helper/bpflist" | sort; }
# nothing that was not in the file $1 is left after at most 3 s
nothing_left() {
	local i
	for i in $(seq 60); do
		[ -z "$(comm -13 "$1" <(bpf_list))" ] && return 0
		sleep 0.05
	done
	comm -13 "$1" <(bpf_list)
	return 1
}
now_ms() { echo $(($(date +%s%N) / 1000000)); }
# wait until the file $1 holds $2
wait_for() {
	local i
	for i in $(seq 200); do
		grep -q "$2" "$1" 2>/dev/null && return 0
		sleep 0.02
	done
	return 1
}
