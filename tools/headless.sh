#!/bin/sh
# Starts $CHROME as the test runner's browser: what it asks for, then what keeps a test machine
# quiet, then $CHROME_FLAGS (of two values for one flag Chromium takes the last).
# shellcheck disable=SC2086
exec "$CHROME" "$@" --disable-gpu --disable-component-update --disable-dev-shm-usage ${CHROME_FLAGS:-}
