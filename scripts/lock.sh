#!/bin/sh
# Compiles the hashed requirements files from the two pyproject.toml files. Each later file keeps to the
# versions of the earlier ones, so that the tests run what the Lambda ships.
set -eu
venv=${VENV:-.venv}
uv=$(command -v uv || echo "$venv/bin/uv")
compile() {
    # Our own metadata is made with the venv's hatchling: no build environment is fetched.
    "$uv" pip compile -q --python "$venv/bin/python" --no-build-isolation --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
        --python-version 3.11 "$@"
}
compile lambda_src/pyproject.toml -o lambda_src/requirements.txt
compile lambda_src/pyproject.toml --extra lake -c lambda_src/requirements.txt -o lambda_src/requirements-lake.txt
compile pyproject.toml --all-extras --group build -c lambda_src/requirements.txt -o requirements.txt
compile --group dev -c requirements.txt -c lambda_src/requirements-lake.txt -o tests/requirements.txt
for side in dlt frames runtime; do
    compile --group "bench-$side" -c requirements.txt -c tests/requirements.txt -o "scripts/bench/requirements-$side.txt"
done
compile --group engines -o scripts/engines/requirements.txt
compile --group rehearsal -o tests/whole/rehearsal/requirements.txt
