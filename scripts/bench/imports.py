"""What importing the sync's handler costs, and whether it pulls in what a sync may not need."""

from __future__ import annotations

import re
import statistics
import sys
from collections import defaultdict
from typing import Any, Final

from scripts.bench.environments import Environment, Sides
from scripts.bench.processes import Figures, alternately, measure, medians, ratio, run_child

HANDLER: Final = "myrunstreak.handlers.sync"
# What every version of the handler needs: the least that its import can cost.
_LEAST: Final = "duckdb,pydantic"
# Wanted only where S3 or Secrets Manager is used, or the invocation is traced, or never.
UNWANTED: Final = ("boto3", "botocore.session", "aws_xray_sdk.core", "numpy", "pandas", "pyarrow")
_LINE: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")


def measure_imports(rounds: int, sides: Sides) -> Figures:
    """Milliseconds in fresh interpreters; the parts are packages with all that they alone import."""
    handler, least = alternately(
        rounds, [lambda names=names: _import(sides.ours, names) for names in (HANDLER, _LEAST)]
    )
    parts = defaultdict[str, list[float]](list)
    for _ in range(rounds):
        for package, own_ms in _own_times(sides.ours).items():
            parts[package].append(own_ms)
    heaviest = sorted(((statistics.median(ms), package) for package, ms in parts.items()), reverse=True)
    return {
        "handler": HANDLER,
        "rounds": rounds,
        **medians(handler, "seconds", "cpu_seconds", "modules"),
        "least_seconds": medians(least, "seconds")["seconds"],
        "of_least": ratio(handler, least),
        "heaviest": [{"package": package, "own_ms": ms} for ms, package in heaviest[:10]],
        "unwanted": handler[0]["unwanted"],
    }


def _import(on: Environment, names: str) -> Figures:
    return measure("scripts.bench.imports:once", on=on, names=names)


def once(names: str) -> Figures:
    """In its own process: import modules; the seconds, and which unwanted ones came along."""
    import importlib

    from scripts.bench.processes import stopwatch

    figures: dict[str, Any] = {}
    before = set(sys.modules)
    with stopwatch(figures):
        for name in names.split(","):
            importlib.import_module(name)
    new = set(sys.modules) - before
    return figures | {"modules": len(new), "unwanted": [name for name in UNWANTED if name in new]}


def _own_times(on: Environment) -> dict[str, float]:
    """Milliseconds that the modules of each top-level package took themselves."""
    arguments = ["scripts.bench.imports:once", f'{{"names": "{HANDLER}"}}']
    done = run_child(on, arguments, options=["-X", "importtime"])
    own = defaultdict[str, float](float)
    for line in done.stderr.splitlines():
        if match := _LINE.match(line):
            own[match[4].partition(".")[0]] += int(match[1]) / 1000
    return own
