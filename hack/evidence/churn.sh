#!/usr/bin/env bash
# Counts what is lost under load while many things change, and what is lost when the order of the xDS server is taken out.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=

make --silent images
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with cert-manager,prometheus
eval "$(bin/testbed env --assets)"

echo "== control: an Envoy under load, in order and with the order taken out =="
go test -count=1 -v ./test/envoy/order

echo "== churn: a row for each run of changes =="
eval "$(bin/testbed env)"
go test -v -tags soak -timeout 50m ./test/e2e -ginkgo.focus 'churn costs' -ginkgo.fail-on-empty -ginkgo.no-color
