#!/usr/bin/env bash
# Prints the path of a Chromium or Chrome that starts; all other words go to stderr. It takes
# $CHROME when that is set, else the first one on the PATH. As root on Debian or Ubuntu it
# installs one when there is none.
set -euo pipefail

say() { echo "browser: $*" >&2; }

# A package may leave a script of the right name that only says "install something else".
starts() {
	local version
	version=$(timeout 30 "$1" --version </dev/null 2>/dev/null) && [[ $version == *[Cc]hrom* ]]
}

find_browser() {
	local name path
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		path=$(type -P "$name") || continue
		if starts "$path"; then
			echo "$path"
			return
		fi
		say "$path does not start, looking further"
	done
	return 1
}

advice='install Chromium or Google Chrome so that "chromium" or "google-chrome" is on the PATH,
or name the program, as in: make test CHROME=/path/to/chrome'

if [ -n "${CHROME:-}" ]; then
	if path=$(type -P "$CHROME") && starts "$path"; then
		realpath -s "$path"
		exit
	fi
	say "CHROME is $CHROME, but that does not start as a browser; $advice"
	exit 1
fi

find_browser && exit

is_debian() { grep -qsE '^ID(_LIKE)?=.*(debian|ubuntu)' /etc/os-release && type -P apt-get >/dev/null; }

if [ "$(id -u)" = 0 ] && is_debian; then
	say "none found; installing the package chromium, since this is root on Debian or Ubuntu"
	export DEBIAN_FRONTEND=noninteractive
	if { apt-get update && apt-get install -y --no-install-recommends chromium; } </dev/null >&2; then
		find_browser && exit
	fi
	say "that did not give a browser that starts; $advice"
	exit 1
fi

say "the tests need a browser and found none; $advice"
exit 1
