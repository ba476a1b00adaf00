#!/bin/sh
# Builds $VENV (.venv) from the hashed requirements files given as arguments: through uv where the machine has it
# or the venv can get it, through pip otherwise. Safe to run again; a broken venv is made anew.
# PYTHON names the interpreter: a path, a command, or a version such as 3.13. FOREIGN=1 leaves our own two packages out.
set -eu

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
if ! supported "$venv/bin/python"; then
    rm -rf "$venv"
    python=$(find_python)
    echo "setup: making $venv with $("$python" -V)"
    if ! "$python" -m venv "$venv" 2>/dev/null; then
        rm -rf "$venv"
        if command -v uv >/dev/null 2>&1; then
            uv venv -q --python "$python" "$venv"
        else
            echo "setup: this Python has no venv module; install it (Debian: python3-venv) or uv" >&2
            exit 1
        fi
    fi
fi

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
    "$venv/bin/python" -m pip install -q --disable-pip-version-check 'uv>=0.9' >/dev/null 2>&1 || true
    [ -x "$venv/bin/uv" ] && uv="$venv/bin/uv"
fi

if [ -n "$uv" ]; then
    install() { "$uv" pip install -q --python "$venv/bin/python" "$@"; }
else
    install() { "$venv/bin/python" -m pip install -q --disable-pip-version-check "$@"; }
fi

for file in "$@"; do
    install --require-hashes -r "$file" || {
        echo "setup: $file could not be installed; the lines above say why. Packages come from the network: connect, or" \
            "name your proxy in HTTPS_PROXY and its certificate in SSL_CERT_FILE. Then run the same command again." >&2
        exit 1
    }
done
if [ -z "${FOREIGN:-}" ]; then
    install --no-deps --no-build-isolation -e lambda_src -e .
fi
