#!/usr/bin/env bash
# Prints the packages that have code for the browser alone: Go files that are built for
# js/wasm and not natively. With --tests it looks at test files only, which gives the packages
# whose tests need a browser. So no list of them has to be kept anywhere.
set -euo pipefail
cd "$(dirname "$0")/.."

code='{{range .GoFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}'
tests='{{range .TestGoFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}{{range .XTestGoFiles}}{{$.ImportPath}}/{{.}}{{"\n"}}{{end}}'
format=$code$tests
[ "${1:-}" = --tests ] && format=$tests

# -find leaves imports alone: some packages cannot be built for js, which is fine here.
files() { go list -find -f "$format" ./... | sed '/^$/d' | LC_ALL=C sort; }
native=$(files)
browser=$(GOOS=js GOARCH=wasm files)
LC_ALL=C comm -13 <(echo "$native") <(echo "$browser") | sed 's|/[^/]*$||' | LC_ALL=C sort -u
