"""The club's board on DuckDB, Trino and Spark: ``python -m scripts.bench.engines``, into docs/benchmarks.md.

All of them read the same Iceberg tables on this machine, with the same memory, and have to give the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from myrunstreak.errors import InvalidSettings
from rich.console import Console

from scripts.bench.processes import Figures, spread
from scripts.documents.benchmarks import ENGINES, PAGE, write_page
from scripts.engines.comparing import Answer, board, compare
from scripts.engines.duckdb_engine import open_duckdb
from scripts.engines.emulator import end_on_request, running_emulator
from scripts.engines.engine import Engine, EngineFailed, table
from scripts.engines.errors import EnginesUnavailable
from scripts.engines.invented import Club, make_tables, write_days
from scripts.engines.spark import running_spark
from scripts.engines.trino import running_trino

SIZES: Final = (1_000_000, 10_000_000, 40_000_000)
_QUICK: Final = (200_000,)
_ROUNDS: Final = 3
_MEMORY_GB: Final = 4

T = TypeVar("T")


def measure_sizes(sizes: Sequence[int], rounds: int, console: Console) -> Figures:
    """The figures of every size."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "memory_gb": _MEMORY_GB,
        "rounds": rounds,
        "sizes": [_told(measure_size(runs, rounds, console), console) for runs in sizes],
    }


def _told(size: Figures, console: Console) -> Figures:
    """The figures of a size, said at once: the next one takes a while."""
    medians = ", ".join(f"{one['name']} {one['seconds']['median']:.2f} s" for one in size["engines"])
    console.print(
        f"{size['runs']:,} runs: {medians}; load {size['load_before'][0]} to {size['load_after'][0]}"
    )
    return size


def measure_size(runs: int, rounds: int, console: Console) -> Figures:
    """One lake and three engines over it, each of them started for it.

    Raises:
        EngineFailed: they do not give the same bytes.
    """
    club, load = Club.of_runs(runs), _load()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="myrunstreak-engines-")))
        emulator = stack.enter_context(running_emulator(folder))
        duckdb, started = _timed(stack, lambda: open_duckdb(emulator, folder / "duckdb", _MEMORY_GB))
        with console.status(f"{runs:,} runs: DuckDB writes the days of {club.runners:,} runners"):
            make_tables(duckdb.connection)
            days = write_days(duckdb.connection, club)
        with console.status(f"{runs:,} runs: Trino and Spark start"):
            trino, trino_started = _timed(
                stack, lambda: running_trino(emulator, folder / "trino", _MEMORY_GB)
            )
            spark, spark_started = _timed(
                stack, lambda: running_spark(emulator, folder / "spark", _MEMORY_GB)
            )
        engines: tuple[Engine, ...] = (duckdb, trino, spark)
        answers: list[Sequence[Answer]] = []
        for number in range(rounds + 1):
            with console.status(f"{runs:,} runs: the board, round {number} of {rounds}"):
                compared = compare(board(0), engines)
            if not compared.are_same:
                raise EngineFailed(f"{runs:,} runs: the engines' boards differ")
            answers.append(compared.answers)
        [[files, size]] = trino.ask(
            f'SELECT count(*), sum(file_size_in_bytes) FROM {table("days").rpartition(".")[0]}."days$files"'
        )
    first, *counted = answers
    return {
        "runs": runs,
        "runners": club.runners,
        "days": days,
        "rows": first[0].rows,
        "files": files,
        "bytes": size,
        "load_before": load,
        "load_after": _load(),
        "engines": [
            {
                "name": engine.name,
                "start_seconds": start,
                "first_seconds": first[place].seconds,
                "seconds": spread([each[place].seconds for each in counted]),
                "ratio": spread([each[place].seconds / each[0].seconds for each in counted]),
            }
            for place, (engine, start) in enumerate(
                zip(engines, (started, trino_started, spark_started), strict=True)
            )
        ],
    }


def _timed(stack: ExitStack, make: Callable[[], AbstractContextManager[T]]) -> tuple[T, float]:
    began = time.monotonic()
    return stack.enter_context(make()), time.monotonic() - began


def _load() -> list[float]:
    return [round(one, 2) for one in os.getloadavg()]


def main() -> int:
    """The command line: 0 done, 1 the engines differ, 2 it cannot be done here."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench.engines", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200,000 runs, for a look; nothing is written")
    chosen = parser.parse_args()
    console = Console()
    end_on_request()
    try:
        results = measure_sizes(_QUICK if chosen.quick else SIZES, _ROUNDS, console)
    except (EnginesUnavailable, InvalidSettings) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except EngineFailed as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if chosen.quick:
        console.print_json(json.dumps(results))
        return 0
    ENGINES.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    write_page()
    console.print(f"Written to {os.path.relpath(ENGINES)} and {os.path.relpath(PAGE)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
