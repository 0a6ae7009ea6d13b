#!/usr/bin/env bash
# A newcomer's first run: a fresh clone with empty caches, from the network. Then once more with no network at all.
source "$(dirname "$0")/newcomer.sh"

echo "== cold: empty caches =="
SECONDS=0
make test
cold=$(minutes)

echo "== offline: no link but lo, no module proxy =="
SECONDS=0
GOPROXY=off unshare --net bash -c 'ip link set lo up && ip route && make test'
echo "cold $cold min (at most 60), offline $(minutes) min (at most 20)"
((cold < 60 && $(minutes) < 20))
