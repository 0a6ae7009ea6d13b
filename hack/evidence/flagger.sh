#!/usr/bin/env bash
# Runs the same releases under weft and under Flagger on the test bed. An argument selects a part, such as "nothing wrong".
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=

make --silent images
bin/testbed build flagger >/dev/null
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with prometheus
eval "$(bin/testbed env)"
go test -v -tags soak -timeout 150m ./test/e2e -ginkgo.focus "beside Flagger.*${1:-}" -ginkgo.fail-on-empty -ginkgo.no-color
