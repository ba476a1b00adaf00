"""The record of an invented club, written into the lake's tables batch by batch, as the lake writer does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from myrunstreak.lake.catalog import NAMESPACE
from myrunstreak.lake.tables import TABLES
from myrunstreak.statements import read_statement

from scripts.engines.engine import CATALOG, table

DAYS: Final = 1200
# What the statement of the invented runs gives: 888 in the mean.
_RUNS_EACH: Final = 870
# Of ten members, so many share nothing; as many more share days alone.
_SHARE: Final = "CASE WHEN runner % 10 < 2 THEN 'none' WHEN runner % 10 < 4 THEN 'days' ELSE 'distances' END"
_BATCH: Final = 1000


@dataclass(frozen=True)
class Club:
    """How many runners there are, and the seed of everything about them."""

    runners: int
    seed: int = 1

    @classmethod
    def of_runs(cls, runs: int) -> Club:
        """A club with at least so many runs."""
        return cls(-(-runs // _RUNS_EACH))

    def batches(self, size: int) -> Iterator[tuple[int, int]]:
        """The first and the last runner of each."""
        for first in range(0, self.runners, size):
            yield first, min(first + size, self.runners) - 1


def make_tables(connection: Any) -> None:
    """Make the lake's tables, empty."""
    connection.execute(f"CREATE SCHEMA {CATALOG}.{NAMESPACE}")
    for made in TABLES:
        connection.execute(made.definition(table(made.name)))


def write_club(connection: Any, club: Club) -> int:
    """Write all of it into empty tables, so many runners in one commit a table; the number of runs."""
    for first, last in club.batches(_BATCH):
        make_batch(connection, first, last, club.seed)
        connection.execute(
            f"INSERT INTO {table('runs')} BY NAME FROM invented_runs ORDER BY runner_id, start_date"
        )
        connection.execute(
            f"INSERT INTO {table('days')} BY NAME {_statement('invented_days', invented_runs='invented_runs')}"
        )
    write_runners(connection, club)
    return _count(connection, "runs")


def write_days(connection: Any, club: Club) -> int:
    """Write what the board reads, days and runners, in few commits; the number of days."""
    runs = f"({_statement('invented_runs')})"
    for first, last in club.batches(10 * _BATCH):
        connection.execute(
            f"INSERT INTO {table('days')} BY NAME {_statement('invented_days', invented_runs=runs)}",
            {"first": first, "last": last, "days": DAYS, "seed": club.seed},
        )
    write_runners(connection, club)
    return _count(connection, "days")


def write_runners(connection: Any, club: Club) -> None:
    """Write who they are and what each of them shares."""
    connection.execute(
        f"INSERT INTO {table('runners')} BY NAME SELECT runner_id, '1' AS version, {_SHARE} AS sharing "
        "FROM (SELECT runner, substr(md5(concat($seed, '/', runner)), 1, 26) AS runner_id "
        "FROM range(CAST($runners AS BIGINT)) AS runners (runner)) ORDER BY runner_id",
        {"seed": club.seed, "runners": club.runners},
    )


def make_batch(connection: Any, first: int, last: int, seed: int) -> None:
    """Make the temporary table ``invented_runs`` of the runners from ``first`` to ``last``."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE invented_runs AS {_statement('invented_runs')}",
        {"first": first, "last": last, "days": DAYS, "seed": seed},
    )


def _count(connection: Any, name: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table(name)}").fetchone()[0]


def _statement(name: str, **parts: str) -> str:
    return read_statement("scripts.engines", name, **parts)
