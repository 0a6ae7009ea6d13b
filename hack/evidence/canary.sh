#!/usr/bin/env bash
# Releases under constant load and faults: the specs that an expression selects.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=
specs=${1:?an expression that selects specs}

make --silent images
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with cert-manager,metrics-server,prometheus
eval "$(bin/testbed env)"
go test -v -tags soak -timeout 150m ./test/e2e -ginkgo.focus "$specs" -ginkgo.fail-on-empty -ginkgo.no-color
