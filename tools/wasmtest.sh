#!/usr/bin/env bash
# Runs Go tests inside a real browser. Without arguments: every package with tests for the
# browser alone. With arguments: what they say, as for go test, as in
#   tools/wasmtest.sh -v -run TestStore ./idbstore
# $CHROME names the browser, $CHROME_FLAGS adds flags to it.
set -euo pipefail
cd "$(dirname "$0")/.."

CHROME=$(tools/browser.sh)
export CHROME

if [ $# -eq 0 ]; then
	mapfile -t packages < <(tools/jspackages.sh --tests)
	if [ ${#packages[@]} -eq 0 ]; then
		echo "wasmtest: found no package with tests for the browser, which cannot be right" >&2
		exit 1
	fi
	set -- "${packages[@]}"
fi

# The runner reads wasm_exec.js where Go kept it until 1.23 and looks for its browser on the
# PATH, under this name first: so it gets a GOROOT with that one file, and that one name.
make -s wasm_exec.js
mkdir -p build/goroot/misc/wasm build/browser
cp wasm_exec.js build/goroot/misc/wasm/
ln -sf ../../tools/headless.sh build/browser/headless_shell
go build -o build/wasmbrowsertest github.com/agnivade/wasmbrowsertest

GOOS=js GOARCH=wasm exec go test -count=1 -p 1 -timeout 5m -exec "'$PWD/tools/wasmexec.sh'" "$@"
