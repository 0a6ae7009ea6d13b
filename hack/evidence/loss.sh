#!/usr/bin/env bash
# Counts what is lost under load during the specs that an expression selects, such as zero.loss or churn, and what is lost
# when the order of the xDS server is taken out.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=
specs=${1:?an expression that selects specs}

make --silent images
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with cert-manager,metrics-server,prometheus
eval "$(bin/testbed env --assets)"

echo "== control: an Envoy under load, in order and with the order taken out =="
go test -count=1 -v ./test/envoy/order

echo "== $specs: a row for each event =="
eval "$(bin/testbed env)"
go test -v -tags soak -timeout 50m ./test/e2e -ginkgo.focus "$specs" -ginkgo.fail-on-empty -ginkgo.no-color
