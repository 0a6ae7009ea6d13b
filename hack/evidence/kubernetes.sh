#!/usr/bin/env bash
# Runs cases of Kubernetes' own end-to-end suite on the test bed. The list is parts/kubernetes/e2e/cases.txt.
set -euo pipefail
cd "$(dirname "$0")/../.."

cases=$(grep -v -e '^#' -e '^$' hack/testbed/parts/kubernetes/e2e/cases.txt)
wanted=$(wc -l <<<"$cases")
out=bin/kubernetes-e2e
mkdir -p "$out"

# focus matches these cases and no others: their names hold characters that a pattern would read as its own.
focus() {
	sed 's/[][().*+?{}|^$\\]/\\&/g' <<<"$cases" | paste --serial --delimiters='|' |
		sed 's/.*/^Kubernetes e2e suite (&)$/'
}

# reference prints the newest reference by which the suite knows an image.
reference() { "$suite" --list-images | grep "/$1:" | sort --version-sort | tail --lines=1; }

suite=$(bin/testbed build kubernetes-e2e)/e2e.test
trap 'bin/testbed down || exit 1' EXIT
bin/testbed up --nodes 2
eval "$(bin/testbed env)"
bin/testbed load-image pause --as "$(reference pause)"
bin/testbed load-image busybox --as "$(reference busybox)"
bin/testbed load-image agnhost --as "$(reference agnhost)"
bin/testbed load-image agnhost --as "$(reference glibc-dns-testing)" # the same tools

code=0
"$suite" --kubeconfig="$KUBECONFIG" --provider=skeleton --report-dir="$out" \
	--ginkgo.no-color --ginkgo.focus="$(focus)" 2>&1 |
	tee "$out/log" |
	grep --line-buffered -E '^(PASS|FAIL) \[|^[0-9]+ passed, ' || code=$?

ran=$(grep -c -E '^(PASS|FAIL) \[' "$out/log") || true
if [ "$code" -ne 0 ]; then
	echo "the whole output is in $out/log"
elif [ "$ran" -lt "$wanted" ]; then
	echo "only $ran of $wanted cases ran"
	code=1
fi
exit "$code"
