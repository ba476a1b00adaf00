#!/bin/sh
# Builds .rehearsal-venv: the AWS emulator and Lambda's runtime client, apart from everything else, since the
# functions that the emulator runs see what is installed beside it. With Python 3.12, the function's own,
# where the machine has it; otherwise with another one, and says so. Safe to run again.
set -eu

venv=.rehearsal-venv
works() { "$1" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12), (3, 13)))' >/dev/null 2>&1; }

find_python() {
    for version in 3.12 3.13 3.11; do
        for candidate in "python$version" $(pyenv root 2>/dev/null | sed "s|\$|/versions/$version.*/bin/python|"); do
            if works "$candidate" && "$candidate" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$version')"; then
                "$candidate" -c 'import sys; print(sys.executable)'
                return
            fi
        done
    done
    works python3 && { python3 -c 'import sys; print(sys.executable)'; return; }
    echo "rehearsal: no Python 3.11, 3.12 or 3.13 found; install 3.12 (pyenv install 3.12)" >&2
    exit 1
}

uv=$(command -v uv || echo "${VENV:-.venv}/bin/uv")
if ! works "$venv/bin/python"; then
    rm -rf "$venv"
    python=$(find_python)
    "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' ||
        echo "rehearsal: no Python 3.12 here; the function is rehearsed on $("$python" -V), which proves the wiring, not the runtime" >&2
    if [ -x "$uv" ]; then "$uv" venv -q --python "$python" "$venv"; else "$python" -m venv "$venv"; fi
fi

if [ -x "$uv" ]; then
    "$uv" pip install -q --python "$venv/bin/python" --require-hashes -r tests/whole/rehearsal/requirements.txt
else
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r tests/whole/rehearsal/requirements.txt
fi
