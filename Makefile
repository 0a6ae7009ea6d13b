# `make help` lists what you can do. `make check` and `make test` are all of CI.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# No C compiler is needed anywhere.
export CGO_ENABLED := 0

# The modules that are checked. Those in hack/testbed/parts pull in whole programs of others and would take very long.
MODULES := $(patsubst %/go.mod,%,$(patsubst go.mod,.,$(wildcard go.mod hack/*/go.mod examples/*/go.mod test/*/go.mod)))

# The product's module graph may grow only on purpose: raise this number in the same commit.
MODULE_LIMIT := 200

GENERATED := 'api/**/zz_generated.deepcopy.go' config/crd config/rbac/generated internal/protocol

TOOLS_MOD := $(CURDIR)/hack/tools/go.mod
TOOL := go tool -modfile=$(TOOLS_MOD)
TESTBED := bin/testbed
DEMO := bin/demo
IMAGES := bin/images
DEMO_FLAGS := $(if $(CLUSTER),--cluster=$(CLUSTER)) $(if $(IMAGE),--image=$(IMAGE)) \
	$(if $(OPERATOR_IMAGE),--operator-image=$(OPERATOR_IMAGE)) $(if $(AGENT_IMAGE),--agent-image=$(AGENT_IMAGE))

##@ Product

.PHONY: build
build: ## Build the product's programs into bin/
	@echo "build: ./cmd/... into bin/"
	@go build -trimpath -o bin/ ./cmd/...

.PHONY: generate
generate: ## Write deep copies, CRDs and roles from markers, and Go from the protocols
	@echo "generate: deep copies in api/, CRDs and roles in config, protocols in internal/protocol"
	@$(TOOL) controller-gen object paths=./api/... crd output:crd:artifacts:config=config/crd
	@$(TOOL) controller-gen rbac:roleName=weft-controller paths=./controllers output:rbac:artifacts:config=config/rbac/generated/controller
	@$(TOOL) controller-gen rbac:roleName=weft-signer paths=./internal/token output:rbac:artifacts:config=config/rbac/generated/signer
	@$(TOOL) controller-gen rbac:roleName=weft-reviewer paths=./internal/review output:rbac:artifacts:config=config/rbac/generated/reviewer
	@command -v protoc >/dev/null || { echo "generate: protoc is missing: install the Debian package protobuf-compiler"; exit 1; }
	@go build -modfile=$(TOOLS_MOD) -o bin/ google.golang.org/protobuf/cmd/protoc-gen-go google.golang.org/grpc/cmd/protoc-gen-go-grpc
	@for proto in internal/protocol/*/*.proto; do \
		protoc --plugin=bin/protoc-gen-go --plugin=bin/protoc-gen-go-grpc -I$$(dirname $$proto) \
			--go_out=$$(dirname $$proto) --go_opt=paths=source_relative \
			--go-grpc_out=$$(dirname $$proto) --go-grpc_opt=paths=source_relative $$proto; \
	done

.PHONY: golden
golden: ## Write the golden files again; read the diff before you commit it
	@echo "golden: tests run with GOLDEN=write"
	@GOLDEN=write go test -count=1 ./internal/... ./webhook/...
	@GOLDEN=write go test -count=1 -run TestGoldenRoles ./test/envtest

.PHONY: images
images: $(IMAGES) $(TESTBED) ## Build the container images and their SBOMs into dist/, without a daemon
	@$(IMAGES) build --envoy "$$($(TESTBED) build envoy)/envoy"

##@ Checks

.PHONY: check
check: check-format check-vet check-static check-vulnerabilities check-modules check-generated check-rules ## Everything that needs no test run

.PHONY: check-format
check-format:
	@echo "check: gofmt"
	@bad=$$(gofmt -l .); \
	test -z "$$bad" || { printf '%s: gofmt: run gofmt -w on this file\n' $$bad; exit 1; }

.PHONY: check-vet
check-vet:
	@for module in $(MODULES); do echo "check: go vet $$module"; go vet -C $$module -tags soak ./...; done

.PHONY: check-static
check-static:
	@for module in $(MODULES); do echo "check: staticcheck $$module"; (cd $$module && $(TOOL) staticcheck -tags soak ./...); done

# The database is on the network. Its date is known only if it was reached. A finding fails the check.
.PHONY: check-vulnerabilities
check-vulnerabilities:
	@if ! timeout 60 $(TOOL) govulncheck -version | grep '^DB updated' >/dev/null; then \
		echo "govulncheck: no vulnerability database reachable, not run"; \
		exit 0; \
	fi; \
	for module in $(MODULES); do echo "check: govulncheck $$module"; (cd $$module && $(TOOL) govulncheck ./...); done

.PHONY: check-modules
check-modules:
	@for module in $(MODULES); do \
		echo "check: go mod tidy, go mod verify $$module"; \
		go -C $$module mod tidy -diff; \
		go -C $$module mod verify >/dev/null; \
	done
	@modules=$$(go list -m all | wc -l); \
	echo "product module graph: $$modules modules (limit $(MODULE_LIMIT))"; \
	test "$$modules" -le $(MODULE_LIMIT)

.PHONY: check-generated
check-generated: generate
	@echo "check: generated files are up to date"
	@git diff --exit-code -- $(GENERATED) && \
	test -z "$$(git ls-files --others --exclude-standard -- $(GENERATED))" || \
	{ echo "generated files changed: add them to git"; exit 1; }

.PHONY: check-rules
check-rules: tools
	@bin/check

##@ Tests

.PHONY: test
test: check tools $(TESTBED) ## All checks, then every test suite with its own test bed
	@bin/suites all

.PHONY: test-unit
test-unit: tools ## The tests that need no cluster
	@bin/suites unit

.PHONY: e2e
e2e: tools $(TESTBED) ## The end-to-end tests, on a running test bed
	@bin/suites e2e

.PHONY: testbed-up
testbed-up: $(TESTBED) ## Start the one-machine Kubernetes
	@$(TESTBED) up --nodes 2 --with cert-manager,metrics-server,prometheus

.PHONY: testbed-down
testbed-down: $(TESTBED) ## Stop it and leave nothing behind
	@$(TESTBED) down

.PHONY: evidence
evidence: tools $(TESTBED) ## Long runs with a report: TARGET=name; without TARGET, list the reports
	@bin/evidence $(if $(TARGET),run $(TARGET),status)

##@ Benchmarks

# One package after the other, so that they do not slow each other down.
.PHONY: bench
bench: ## Print the benchmarks that docs/benchmarks.md explains
	@go test -p 1 -count=1 -run '^$$' -bench '^Benchmark(Handler|World|ChangeToLastAck|FirstSync|Gather|Sign|Ledger)$$' -benchtime 1s \
		./webhook ./internal/translate/xds ./internal/xdsserver ./internal/agentserver ./internal/fleet ./internal/rollout
	@go test -p 1 -count=1 -run '^$$' -bench '^Benchmark(FalseAlarms|Detection|Pass|EqualVersions|SecondsToRollback|ChosenEdges|BesideChecks)$$' \
		-benchtime 1x ./internal/eprocess ./internal/rollout

# Its module needs all of Istio. It is in a folder that MODULES does not find, so that checks stay quick, and is vetted here.
.PHONY: bench-peers
bench-peers: export GOFLAGS := -mod=mod
bench-peers: $(TESTBED) ## Measure weft beside Istio and write docs/benchmarks-peers.md; needs root; PEERS_FLAGS=-clients=10,100 is quicker
	@echo "bench-peers: go vet; Istio takes some minutes the first time"
	@cd test/bench/peers && go vet ./... && go test . && \
		ENVOY="$${ENVOY:-$$($(CURDIR)/$(TESTBED) build envoy)/envoy}" go run . -write $(CURDIR)/docs $(PEERS_FLAGS)

##@ Demo

.PHONY: demo
demo: $(DEMO) $(TESTBED) ## Show weft on a cluster; your own one with CLUSTER=current IMAGE=name
	@$(DEMO) $(DEMO_FLAGS)

.PHONY: demo-down
demo-down: $(DEMO) $(TESTBED) ## Take the demo away
	@$(DEMO) down $(DEMO_FLAGS)

##@ Rest

.PHONY: tools
tools:
	@go build -C hack/tools -o $(CURDIR)/bin/ ./check ./suites ./evidence

# Built each time; go build itself knows when nothing changed.
.PHONY: $(TESTBED) $(DEMO) $(IMAGES)
$(TESTBED) $(DEMO) $(IMAGES):
	@go build -C hack/$(@F) -o $(CURDIR)/$@ .

.PHONY: clean
clean: ## Remove what the build wrote into this folder
	@rm -rf bin dist

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
