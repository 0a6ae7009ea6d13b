#!/usr/bin/env bash
# The demo in a fresh clone with empty caches, once more on the same cluster, then with a new one.
source "$(dirname "$0")/newcomer.sh"
trap 'make demo-down; finish' EXIT

echo "== cold: empty caches =="
SECONDS=0
make demo
cold=$(minutes)

echo "== again: on the cluster that is up =="
make demo

echo "== warm: a new cluster =="
make demo-down
SECONDS=0
make demo
echo "cold $cold min (at most 20), warm $(minutes) min (at most 5)"
((cold < 20 && $(minutes) < 5))
