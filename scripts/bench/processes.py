"""Runs one contestant in a process of its own and reads what it measured.

A contestant is a function ``module:name`` of JSON arguments; what it returns is JSON, too. Peak memory is the
high-water mark of that process alone (``VmHWM``): what Python, DuckDB and the contestant ever held at once.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

Figures = dict[str, Any]

_ROOT: Final = Path(__file__).resolve().parents[2]


class ContestantFailed(RuntimeError):
    """A contestant's process ended with an error; the message carries its last lines."""


def measure(contestant: str, *, environment: dict[str, str] | None = None, **arguments: Any) -> Figures:
    """Run a contestant once; its figures and ``peak_mb``."""
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench.processes", contestant, json.dumps(arguments)],
        cwd=_ROOT,
        env={**os.environ, "PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'lambda_src'}", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ContestantFailed(f"{contestant}: " + "\n".join(done.stderr.splitlines()[-8:]))
    return json.loads(done.stdout.splitlines()[-1])


def alternately(rounds: int, contestants: Sequence[Callable[[], Figures]]) -> list[list[Figures]]:
    """Every contestant once a round, so that all of them meet the same noise; the figures of each."""
    figures: list[list[Figures]] = [[] for _ in contestants]
    for _ in range(rounds):
        for own, contestant in zip(figures, contestants, strict=True):
            own.append(contestant())
    return figures


def median(figures: Sequence[Figures], name: str) -> float:
    """The median of one figure."""
    return statistics.median(one[name] for one in figures)


@contextmanager
def stopwatch(figures: Figures, name: str = "seconds") -> Generator[None]:
    """Note the wall time of the block and, as ``cpu_<name>``, the processor time of all its threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    figures[name] = time.perf_counter() - wall
    figures[f"cpu_{name}"] = time.process_time() - cpu


def peak_mb() -> float:
    """The most memory that this process ever held, in MB of 2**20 bytes."""
    try:
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def _main(contestant: str, arguments: str) -> None:
    module, _, name = contestant.partition(":")
    figures: Figures = getattr(importlib.import_module(module), name)(**json.loads(arguments))
    print(json.dumps({**figures, "peak_mb": peak_mb()}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
