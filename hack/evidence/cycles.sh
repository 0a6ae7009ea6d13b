#!/usr/bin/env bash
# Starts and ends the test bed 20 times and kills something at random in between. `testbed down` compares the host with
# what it was before; this script looks for itself too. SEED=n repeats a run.
set -euo pipefail

RANDOM=${SEED:=$RANDOM}
echo "seed $SEED"
bed=bin/testbed
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# look prints what a bed leaves when it is not cleaned.
look() {
	ip -brief link | grep weft || true
	find /sys/fs/cgroup -maxdepth 2 -name 'weft-testbed*'
	grep --files-with-matches --null-data '^WEFT_TESTBED=' /proc/[0-9]*/environ 2>/dev/null || true
	grep weft-testbed /proc/self/mountinfo || true
}

fail() {
	echo "cycle $1: $2"
	tail -n 30 "$log"
	exit 1
}

for cycle in {1..20}; do
	kind=$((cycle % 4))
	$bed up --nodes 2 >"$log" 2>&1 &
	up=$!
	case $kind in
	0) # the start itself, at a random moment
		sleep "$((RANDOM % 20)).$((RANDOM % 10))"
		what="up, killed: $(tail -n 1 "$log")"
		kill -KILL $up 2>/dev/null || true
		wait $up 2>/dev/null || true
		;;
	1) # an interrupted start
		sleep "$((RANDOM % 15)).$((RANDOM % 10))"
		what="up, interrupted: $(tail -n 1 "$log")"
		kill -TERM $up 2>/dev/null || true
		wait $up || true
		;;
	2) # a component of a running bed
		wait $up || fail "$cycle" "up failed"
		components=(etcd kube-apiserver containerd kubelet kube-proxy kube-router)
		victim=${components[RANDOM % ${#components[@]}]}
		what="killed $victim"
		$bed fault kill "$victim" >"$log" 2>&1 || fail "$cycle" "could not kill $victim"
		;;
	3) # a whole node
		wait $up || fail "$cycle" "up failed"
		node=n$((RANDOM % 2 + 1))
		what="killed node $node"
		pkill -KILL --full "^/proc/self/exe init .* $node\$" || fail "$cycle" "could not kill node $node"
		;;
	esac
	$bed down >"$log" 2>&1 || fail "$cycle" "down failed after: $what"
	left=$(look)
	[[ -z $left ]] || fail "$cycle" "left behind after: $what: $left"
	echo "cycle $cycle: clean after: $what"
done
echo "20 cycles, 0 leftovers, 0 failures"
