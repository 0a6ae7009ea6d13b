# Sourced by the scripts beside it: a clean clone in a folder that is removed at the end, with empty caches. The shell is
# in the clone afterwards.
set -euo pipefail

work=$(mktemp -d)
finish() {
	chmod -R u+w "$work"
	rm -rf "$work"
}
trap finish EXIT

git clone --quiet "$(git rev-parse --show-toplevel)" "$work/weft"
cd "$work/weft"
export GOPATH=$work/gopath GOCACHE=$work/gocache XDG_CACHE_HOME=$work/cache
unset GOMODCACHE

minutes() { echo $((SECONDS / 60)); }
