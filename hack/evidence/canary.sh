#!/usr/bin/env bash
# Releases under constant load and faults, one shop after the other, and at the end what concerns the operator.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=

make --silent images
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with cert-manager,metrics-server,prometheus
eval "$(bin/testbed env)"
go test -v -tags soak -timeout 150m ./test/e2e -ginkgo.focus "canary course" -ginkgo.fail-on-empty -ginkgo.no-color
