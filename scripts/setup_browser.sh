#!/bin/sh
# Finds a Chromium for the tests of the page, and installs Debian's where it may. Without one these tests are left out,
# and one line says so. Safe to run again.
set -eu

find_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    return 1
}

find_browser > /dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "setup: installing Debian's chromium for the tests of the page"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; } > /dev/null 2>&1 || true
fi
find_browser > /dev/null ||
    echo "setup: no Chromium here, so the tests of the page in a browser are left out; install it (Debian: apt-get install chromium)"
