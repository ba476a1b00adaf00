"""A contestant's process: takes only the folders of modules that it is given, runs one function, prints its figures."""

import json
import sys
from importlib import import_module


def main(paths: str, contestant: str, arguments: str) -> None:
    """Run ``module:name`` with JSON arguments; what it returns is printed as JSON, with the peak of its memory."""
    # Before this file's own folder, where Python put it: a module of the bench must not stand for a library.
    sys.path[:] = [*json.loads(paths), *(path for path in sys.path if not path.endswith("/scripts/bench"))]
    module, _, name = contestant.partition(":")
    figures = getattr(import_module(module), name)(**json.loads(arguments))
    peak_mb = import_module("scripts.bench.processes").peak_mb()
    print(json.dumps({**figures, "peak_mb": peak_mb}))


if __name__ == "__main__":
    main(*sys.argv[1:])
