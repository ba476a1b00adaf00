"""D: what importing the Lambda's handler costs, and whether it pulls in what a sync may not need."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
from collections import defaultdict
from typing import Final

from scripts.bench.processes import Figures, measure

HANDLER: Final = "myrunstreak.handlers.sync"
# Wanted only where S3 or Secrets Manager is used, or the invocation is traced, or never.
UNWANTED: Final = ("boto3", "botocore.session", "aws_xray_sdk.core", "numpy", "pandas", "pyarrow")
_LINE: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")


def measure_imports(rounds: int) -> Figures:
    """Medians over fresh interpreters, in milliseconds; the parts are packages with all that they alone import."""
    walls, parts = list[float](), defaultdict[str, list[float]](list)
    measure("scripts.bench.imports:once")  # files into the page cache, bytecode onto the disk
    for _ in range(rounds):
        walls.append(measure("scripts.bench.imports:once")["seconds"] * 1000)
        for package, own_ms in _own_times().items():
            parts[package].append(own_ms)
    heaviest = sorted(((statistics.median(ms), package) for package, ms in parts.items()), reverse=True)
    return {
        "handler": HANDLER,
        "rounds": rounds,
        "median_ms": statistics.median(walls),
        "heaviest": [{"package": package, "own_ms": ms} for ms, package in heaviest[:10]],
        "unwanted": measure("scripts.bench.imports:once")["unwanted"],
    }


def once() -> Figures:
    """In its own process: import the handler; the seconds, and which unwanted modules came along."""
    import importlib
    import time

    before = set(sys.modules)
    started = time.perf_counter()
    importlib.import_module(HANDLER)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "unwanted": [name for name in UNWANTED if name in set(sys.modules) - before]}


def _own_times() -> dict[str, float]:
    """Milliseconds that the modules of each top-level package took themselves."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {HANDLER}"],
        capture_output=True,
        text=True,
        check=True,
    )
    own = defaultdict[str, float](float)
    for line in done.stderr.splitlines():
        if match := _LINE.match(line):
            own[match[4].partition(".")[0]] += int(match[1]) / 1000
    return own
