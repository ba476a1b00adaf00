"""``python -m scripts.engines``: DuckDB, Trino and Spark asked the same of one lake, byte for byte."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from myrunstreak.errors import InvalidSettings
from rich.console import Console
from rich.table import Table

from scripts.engines.changing import add_column, write_at_once
from scripts.engines.comparing import Comparison, Question, board, compare, plain
from scripts.engines.duckdb_engine import open_duckdb
from scripts.engines.emulator import end_on_request, running_emulator
from scripts.engines.engine import Engine, EngineFailed, table
from scripts.engines.errors import EnginesUnavailable
from scripts.engines.invented import Club, make_tables, write_club
from scripts.engines.spark import running_spark
from scripts.engines.trino import running_trino

_LEAST_RUNS: Final = 1000
_MOST_RUNS: Final = 100_000_000


def run(club: Club, memory_gb: int, console: Console) -> list[Comparison]:
    """Write the club, ask all the questions; what each engine answered.

    Raises:
        EnginesUnavailable, InvalidSettings: something is missing here.
        EngineFailed: an engine refused a question.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="myrunstreak-engines-")))
        emulator = stack.enter_context(running_emulator(folder))
        duckdb = stack.enter_context(open_duckdb(emulator, folder / "duckdb", memory_gb))
        other = stack.enter_context(open_duckdb(emulator, folder / "other", memory_gb))
        with console.status(f"DuckDB writes the runs of {club.runners:,} runners"):
            make_tables(duckdb.connection)
            runs = write_club(duckdb.connection, club)
        console.print(
            f"{runs:,} runs of {club.runners:,} invented runners (seed {club.seed}) are in the tables."
        )
        with console.status("Trino and Spark start"):
            trino = stack.enter_context(running_trino(emulator, folder / "trino", memory_gb))
            spark = stack.enter_context(running_spark(emulator, folder / "spark", memory_gb))
        engines: Sequence[Engine] = (duckdb, trino, spark)

        def ask(question: Question) -> Comparison:
            with console.status(question.name):
                return compare(question, engines)

        compared = [ask(question) for question in (board(0), board(1.6), totals())]
        compared.append(ask(add_column(duckdb.connection)))
        question, refused = write_at_once(duckdb.connection, other.connection)
        if not refused:
            raise EngineFailed(
                "two writers at once: the catalog accepted both commits, and one should have been refused (409)"
            )
        console.print(f"Two writers at once: {refused} commit was refused (409) and tried again.")
        return [*compared, ask(question), ask(board(0))]


def totals() -> Question:
    """What all runs come to: rows, runners, days and whole metres."""
    return plain(
        "all runs",
        ("runs", "runners", "first", "last", "races", "metres"),
        "SELECT count(*), count(DISTINCT runner_id), min(start_date), max(start_date), "
        "count(CASE WHEN is_race THEN 1 END), "
        f"CAST(sum(CAST(floor(distance_km * 1000 + 0.5) AS BIGINT)) AS BIGINT) FROM {table('runs')}",
    )


def show(compared: Sequence[Comparison], console: Console) -> None:
    """The table: the seconds of each answer and what it was, once where all are the same."""
    names = [answer.engine for answer in compared[0].answers]
    shown = Table(title=f"Seconds of {', '.join(names)}", title_justify="left")
    shown.add_column("question")
    for name in ("rows", *(name.partition(" ")[0] for name in names)):
        shown.add_column(name, justify="right")
    shown.add_column("SHA-256 of the answer")
    for one in compared:
        digests = [answer.digest for answer in one.answers]
        shown.add_row(
            one.question.name,
            f"{one.answers[0].rows:,}",
            *(f"{answer.seconds:.2f}" for answer in one.answers),
            f"{digests[0]}, same" if one.are_same else f"DIFFERENT: {' '.join(digests)}",
        )
    console.print(shown)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: 0 all the same, 1 not the same, 2 it cannot be done here."""
    parser = argparse.ArgumentParser(prog="python -m scripts.engines", description=__doc__)
    parser.add_argument("--runs", type=_runs, default=200_000, help="at least so many (200,000)")
    parser.add_argument(
        "--memory-gb", type=int, default=2, choices=range(1, 65), metavar="GB", help="of each engine (2)"
    )
    chosen = parser.parse_args(arguments)
    console = Console()
    end_on_request()
    try:
        compared = run(Club.of_runs(chosen.runs), chosen.memory_gb, console)
    except (EnginesUnavailable, InvalidSettings) as error:
        print(f"engines: {error}", file=sys.stderr)
        return 2
    except EngineFailed as error:
        print(f"engines: {error}", file=sys.stderr)
        return 1
    show(compared, console)
    different = [one.question.name for one in compared if not one.are_same]
    if different:
        print(f"engines: the answers differ: {'; '.join(different)}", file=sys.stderr)
    return 1 if different else 0


def _runs(text: str) -> int:
    if not text.isdecimal() or not _LEAST_RUNS <= int(text) <= _MOST_RUNS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected a number from {_LEAST_RUNS} to {_MOST_RUNS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
