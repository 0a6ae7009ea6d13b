#!/usr/bin/env bash
# A newcomer's first run: a fresh clone with empty caches, from the network. Then once more with no network at all.
source "$(dirname "$0")/newcomer.sh"

echo "== cold: empty caches =="
SECONDS=0
make test | tee "$work/cold.log"
cold=$(minutes)

echo "== offline: no link but lo, no module proxy =="
SECONDS=0
GOPROXY=off unshare --net bash -c 'ip link set lo up && ip route && make test' | tee "$work/offline.log"
offline=$(minutes)

for run in cold offline; do
	echo "== $run: suites and their tests =="
	grep -E '^ok      |tests ran:' "$work/$run.log"
done
echo "cold $cold min (at most 60), offline $offline min (at most 20)"
((cold < 60 && offline < 20))
