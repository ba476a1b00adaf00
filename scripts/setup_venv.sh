#!/bin/sh
# Builds $VENV (.venv) from the hashed requirements files given as arguments: through uv where the machine has it
# or the venv can get it, through pip otherwise, or where uv fails. Safe to run again; a broken venv is made anew.
# PYTHON names the interpreter: a path, a command, or a version such as 3.13. FOREIGN=1 leaves our own package out.
set -eu
# uv trusts the certificates of this machine, as pip does: behind a proxy its own list is not enough. Two names: new and old.
export UV_SYSTEM_CERTS=true UV_NATIVE_TLS=true

say() { echo "setup: $*"; }
supported() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    case ${PYTHON:-} in
    [0-9]*) named="python$PYTHON $(pyenv root 2>/dev/null | sed "s|\$|/versions/$PYTHON.*/bin/python|")" ;;
    *) named=${PYTHON:-} ;;
    esac
    for candidate in $named; do
        if supported "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    if [ -n "$named" ]; then
        echo "setup: there is no Python $PYTHON here, or it is older than 3.11; install it, or name another" >&2
        exit 1
    fi
    for candidate in python3.12 python3.13 python3.11 python3.14 python3 python; do
        if supported "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "setup: no Python 3.11 or newer found; install one, or name it: make setup PYTHON=/path/to/python" >&2
    exit 1
}

venv=${VENV:-.venv}
began=$(date +%s)
if ! supported "$venv/bin/python"; then
    rm -rf "$venv"
    python=$(find_python)
    say "making $venv with $("$python" -V)"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        if command -v uv >/dev/null 2>&1; then
            uv venv -q --python "$python" "$venv"
        else
            say "this Python has no venv module; install it (Debian: python3-venv) or uv" >&2
            exit 1
        fi
    fi
fi

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    if [ ! -x "$venv/bin/uv" ]; then
        say "fetching uv, which installs faster than pip"
        "$venv/bin/python" -m pip install -q --disable-pip-version-check 'uv>=0.9' >/dev/null 2>&1 || true
    fi
    [ -x "$venv/bin/uv" ] && uv="$venv/bin/uv"
fi

with_uv() { "$uv" pip install -q --python "$venv/bin/python" "$@"; }
with_pip() { "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"; }
install() {
    if [ -n "$uv" ]; then
        with_uv "$@" && return
        "$venv/bin/python" -m pip --version >/dev/null 2>&1 || return
        say "uv could not do it; pip tries the same" >&2
        uv=
    fi
    with_pip "$@"
}

# Pulumi asks pip which plugins the program needs, and uv makes environments without it.
if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    "$venv/bin/python" -m ensurepip >/dev/null 2>&1 || with_uv pip
fi

# A line now and then: the first time everything comes through the network.
watch() {
    trap 'kill $!; exit' TERM
    while :; do
        sleep 15 >/dev/null 2>&1 &
        wait $!
        say "still at it, $(($(date +%s) - began)) s"
    done
}
watch &
watching=$!
trap 'kill $watching 2>/dev/null || true' EXIT

for file in "$@"; do
    say "installing $(grep -c '^[A-Za-z0-9].*==' "$file") packages of $file with $(if [ -n "$uv" ]; then echo uv; else echo pip; fi)"
    install --require-hashes -r "$file" || {
        echo "setup: $file could not be installed; the lines above say why. Packages come from the network: connect, or" \
            "name your proxy in HTTPS_PROXY and its certificate in SSL_CERT_FILE. Then run the same command again." >&2
        exit 1
    }
done
if [ -z "${FOREIGN:-}" ]; then
    say "putting myrunstreak itself into $venv"
    install --no-deps --no-build-isolation -e .
fi
say "done in $(($(date +%s) - began)) s"
