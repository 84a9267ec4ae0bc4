# Everything a developer does here. CI runs .ci/run, which calls these targets.

GOFUMPT  := go run mvdan.cc/gofumpt@v0.12.0
LINT     := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULN     := go run golang.org/x/vuln/cmd/govulncheck@v1.8.0
OPENAPI  := go run github.com/getkin/kin-openapi/cmd/validate@v0.152.0
FUZZTIME ?= 20s
BENCH    ?= .
PKGS     ?= ./...

.PHONY: help check format vet lint vuln openapi test faults tools fuzz bench run

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

check: format vet lint vuln openapi ## formatting, vet, linters, known vulnerabilities, the API's document

format:
	@out=$$($(GOFUMPT) -l .) || exit 1; \
	if [ -n "$$out" ]; then echo "not formatted (gofumpt -w):"; echo "$$out"; exit 1; fi
	@echo "gofumpt: ok"

vet:
	go vet $(PKGS)

lint:
	$(LINT) run $(PKGS)

vuln:
	@VULN="$(VULN)" .ci/vuln $(PKGS)

openapi:
	@OPENAPI="$(OPENAPI)" .ci/openapi

test: tools ## all tests with the race detector; installs the brokers they need
	go test -race -timeout 25m $(TESTFLAGS) $(PKGS)

faults: tools ## the fault tests with outages of full length: 10 min broker, 1 h InfluxDB
	JZ_FAULTS=long go test -race -count=1 -timeout 3h -v -run '^TestFault' ./cmd/correctiond

tools:
	@.ci/tools

fuzz: ## every fuzz target for FUZZTIME (20s) each
	@FUZZTIME=$(FUZZTIME) .ci/fuzz

bench: ## Go benchmarks; BENCH=regexp selects
	go test -run '^$$' -bench '$(BENCH)' -benchmem $(PKGS)

run: ## the demonstration, everything embedded
	go run ./cmd/correctiond demo
