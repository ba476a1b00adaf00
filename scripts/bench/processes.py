"""Runs contestants in processes of their own, in turn, and compares what they measured.

A contestant is a function ``module:name`` of JSON arguments; what it returns is JSON, too. Peak memory is the
high-water mark of that process alone (``VmHWM``): what Python, DuckDB and the contestant ever held at once.
"""

from __future__ import annotations

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

from scripts.bench.environments import Environment

Figures = dict[str, Any]

_CHILD: Final = Path(__file__).with_name("child.py")


class ContestantFailed(RuntimeError):
    """A contestant's process ended with an error; the message carries its last lines."""


def measure(
    contestant: str, *, on: Environment, environment: dict[str, str] | None = None, **arguments: Any
) -> Figures:
    """Run a contestant once; its figures and ``peak_mb``."""
    done = run_child(on, [contestant, json.dumps(arguments)], environment)
    if done.returncode:
        raise ContestantFailed(f"{contestant}: " + "\n".join(done.stderr.splitlines()[-8:]))
    return json.loads(done.stdout.splitlines()[-1])


def run_child(
    on: Environment,
    arguments: Sequence[str],
    environment: dict[str, str] | None = None,
    options: Sequence[str] = (),
) -> subprocess.CompletedProcess[str]:
    """Start ``child.py`` in an environment and wait for it."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [on.python, *on.options, *options, str(_CHILD), json.dumps(on.paths), *arguments],
        env={**inherited, **(environment or {})},
        preexec_fn=on.limits.join if on.limits else None,
        capture_output=True,
        text=True,
        check=False,
    )


def alternately(rounds: int, contestants: Sequence[Callable[[], Figures]]) -> list[list[Figures]]:
    """Every contestant once a round, so that all of them meet the same noise; the figures of each.

    A round before the first is not counted: it fills the page cache and compiles what is not compiled yet.
    """
    figures: list[list[Figures]] = [[] for _ in contestants]
    for number in range(rounds + 1):
        for own, contestant in zip(figures, contestants, strict=True):
            found = contestant()
            if number:
                own.append(found)
    return figures


def median(figures: Sequence[Figures], name: str) -> float:
    """The median of one figure."""
    return statistics.median(one[name] for one in figures)


def medians(figures: Sequence[Figures], *names: str) -> Figures:
    """The medians of some figures, of all numbers unless named."""
    chosen = names or [name for name, value in figures[0].items() if isinstance(value, int | float)]
    return {name: median(figures, name) for name in chosen}


def ratio(theirs: Sequence[Figures], ours: Sequence[Figures], name: str = "seconds") -> Figures:
    """How many times as much theirs is: the median, least and greatest of the rounds' own ratios."""
    return spread([one[name] / other[name] for one, other in zip(theirs, ours, strict=True)])


def spread(values: Sequence[float]) -> Figures:
    """The median of some values, the least and the greatest."""
    return {"median": statistics.median(values), "least": min(values), "greatest": max(values)}


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
