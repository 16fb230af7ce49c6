#!/usr/bin/env bash
# Runs one test program in a browser; go test -exec calls it, see wasmtest.sh. However the run
# ends, no browser process and no profile stay behind.
set -uo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)

# A Go program for js refuses to start with more than a few KB of environment, and CI machines
# have more; so it gets what it needs, and what the project's own tests hand over.
keep=()
while read -r name; do
	keep+=("$name=${!name}")
done < <(compgen -e | grep -E '^(CHROME|CHROME_FLAGS|LANG|TZ|TIDETABLE_.*)$')

# Job control gives the runner a process group of its own, with all its browser's processes.
set -m
env -i "${keep[@]}" HOME="$scratch" TMPDIR="$scratch" GOROOT="$root/build/goroot" \
	PATH="$root/build/browser:$PATH" \
	timeout -s INT -k 10 20m "$root/build/wasmbrowsertest" "$@" </dev/null &
group=$!
trap 'kill -INT -- -$group' INT TERM HUP QUIT

# go test may be killed without a word to us; whoever is left alone stops.
while kill -0 "$PPID"; do sleep 1; done >/dev/null 2>&1 && kill -INT -- "-$group" &
guard=$!
disown "$guard" # the shell need not tell of its end

# Nobody may be left to read what the shell says, and it must live on to clean up. A signal
# ends the first wait early; the loop waits for the end itself.
trap '' PIPE
wait "$group"
code=$?
while kill -0 "$group" 2>/dev/null; do
	wait "$group"
	code=$?
done

kill -KILL -- "-$group" "-$guard" 2>/dev/null
rm -rf "$scratch" 2>/dev/null || { sleep 1; rm -rf "$scratch"; }
exit "$code"
