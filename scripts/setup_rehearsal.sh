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

works "$venv/bin/python" || rm -rf "$venv"
if [ -x "$venv/bin/python" ]; then
    python=$venv/bin/python
else
    python=$(find_python)
    "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 12))' ||
        echo "rehearsal: no Python 3.12 here; the function is rehearsed on $("$python" -V), which proves the wiring, not the runtime" >&2
fi
# The other environment's uv, so that none comes into this one.
PATH=$(cd "${VENV:-.venv}/bin" && pwd):$PATH VENV=$venv PYTHON=$python FOREIGN=1 \
    scripts/setup_venv.sh tests/whole/rehearsal/requirements.txt
