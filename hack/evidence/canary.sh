#!/usr/bin/env bash
# Releases under constant load and faults: two shops at a time, and at the end what concerns the operator.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CGO_ENABLED=0 GOFLAGS=

make --silent images
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2 --with cert-manager,metrics-server,prometheus
eval "$(bin/testbed env)"
go build -o bin/ginkgo github.com/onsi/ginkgo/v2/ginkgo
bin/ginkgo run --procs=2 --tags=soak --focus="canary course" --fail-on-empty --no-color --timeout=60m ./test/e2e
