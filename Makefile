# What people and CI run. `make` alone prints the list. Needs Go; the tests need a browser too.

# Where `make run` listens, and the database it keeps.
ADDR ?= localhost:8080
DB ?= todo.db

# Builds must not depend on who owns the clone, nor differ from one commit to the next.
export GOFLAGS += -buildvcs=false

# The one way a wasm is built: the size budget compares two programs made by it.
WASM = GOOS=js GOARCH=wasm go build -trimpath -ldflags="-s -w"

# One small module instead of a dozen: a page that loads it waits for one answer.
BUNDLE = go tool esbuild --log-level=warning --bundle --minify --format=esm --target=es2022 --external:./wasm_exec.js

# The goal is 1.15 times the floor, and is far; this ceiling keeps what is there from growing unseen.
WASM_CEILING = 1.52

# What starts a wasm in JavaScript, from the Go installation in use; until Go 1.23 it lay in misc.
WASM_EXEC = $(or $(firstword $(wildcard $(addprefix $(shell go env GOROOT)/,lib/wasm/wasm_exec.js misc/wasm/wasm_exec.js))), \
	$(error this Go installation has no wasm_exec.js))

# The race detector needs cgo, which Go turns off where there is no C compiler.
RACE = $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test lint size licenses clean page wasm_exec.js browser test-native test-interop test-browser test-e2e

help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build ## build all and serve the todo page (ADDR=localhost:8080 DB=todo.db)
	build/tidetable serve -addr $(ADDR) -db $(DB)

build: page ## build the server, with page and wasm inside: build/tidetable
	go build -trimpath -o build/tidetable ./cmd/tidetable

test: browser test-native test-interop test-browser test-e2e ## run all tests; finds or installs a browser first

test-native: ## run the tests that need no browser
	$(if $(RACE),,@echo "NO C COMPILER FOUND: the tests run WITHOUT the race detector")
	go test $(RACE) -timeout 10m $$(go list ./... | grep -v -e /e2e -e /interop)

test-interop: ## run the tests against a classic Node server; needs node and npm, installs it once
	cd interop && go test $(RACE) -count=1 -timeout 15m

test-browser: ## run the Go tests that run inside a browser (CHROME=/path/to/chrome)
	tools/wasmtest.sh

test-e2e: build ## run the end-to-end tests: real browser, real server
	chrome=$$(tools/browser.sh) && CHROME=$$chrome go test -count=1 -timeout 15m ./e2e/...

lint: ## check formatting, vet and staticcheck on both platforms, arrows, comments, licences
	@files=$$(gofmt -l .) && { [ -z "$$files" ] || { echo "Not formatted, run gofmt -w on:"; echo "$$files"; exit 1; }; }
	go vet ./...
	GOOS=js GOARCH=wasm go vet $$(tools/jspackages.sh)
	go build -o build/staticcheck honnef.co/go/tools/cmd/staticcheck
	build/staticcheck ./...
	GOOS=js GOARCH=wasm build/staticcheck $$(tools/jspackages.sh)
	go test -count=1 ./internal/archtest/...
	go run ./tools/licenses -check

size: page ## measure what a page downloads; fails when over budget
	$(WASM) -o build/floor.wasm ./tools/size/floor
	go run ./tools/size -ratio $(WASM_CEILING) -wasm web/tidetable/tidetable.wasm -floor build/floor.wasm -js web/tidetable/index.mjs

licenses: ## write THIRD_PARTY_LICENSES anew
	go run ./tools/licenses

clean: ## remove what make has built (no database)
	rm -rf build wasm_exec.js web/tidetable/*

# What the page loads from /tidetable/, to be served or embedded.
page: wasm_exec.js
	mkdir -p web/tidetable
	rm -f web/tidetable/*.mjs web/tidetable/*.d.ts
	cp wasm_exec.js syncjs/*.d.ts web/tidetable/
	$(BUNDLE) syncjs/index.mjs --outfile=web/tidetable/index.mjs
	$(WASM) -o web/tidetable/tidetable.wasm ./wasm

# It must match the compiler, so it is copied anew each time.
wasm_exec.js:
	install -m 644 $(WASM_EXEC) $@

browser:
	@chrome=$$(tools/browser.sh) && echo "Browser for the tests: $$chrome"
