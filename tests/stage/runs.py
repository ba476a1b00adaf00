"""Small records for the engine's tests: runs put straight into the table of activities."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import chain

import duckdb
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.tuning import Tuning

from tests.stage.databases import new_database

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stored:
    """A run as it is stored."""

    activity_id: int
    start_local: datetime
    distance_km: float | None = 5.0
    duration_s: float | None = 1500.0
    utc_offset_minutes: int | None = 0
    offset_suspect: bool = False
    is_race: bool | None = None
    is_treadmill: bool | None = None
    deleted: bool = False


_INSERT = """
INSERT INTO activities (
    activity_id, start_local, start_date, distance_km, duration_s, utc_offset_minutes, offset_suspect, is_race,
    is_treadmill, deleted_at, content_hash, first_seen_at, synced_at
)
VALUES {}
"""
_ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'x', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01')"


def on(day: str, activity_id: int = 1, **fields: object) -> Stored:
    """A run at seven in the morning."""
    return Stored(activity_id, datetime.fromisoformat(f"{day}T07:00:00"), **fields)  # type: ignore[arg-type]


def opened(runs: Iterable[Stored] = (), file: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A database, in memory unless a file is named, that holds these runs."""
    connection = new_database(file)
    put(runs, connection)
    return connection


def put(runs: Iterable[Stored], connection: duckdb.DuckDBPyConnection) -> None:
    """Store runs as they are."""
    rows: list[Sequence[object]] = [
        (
            run.activity_id, run.start_local, run.start_local.date(), run.distance_km, run.duration_s,
            run.utc_offset_minutes, run.offset_suspect, run.is_race, run.is_treadmill,
            datetime(2026, 1, 2) if run.deleted else None,  # noqa: DTZ001 - stored as naive UTC
        )
        for run in runs
    ]  # fmt: skip
    # One statement for many rows: with executemany each row is a transaction.
    for first in range(0, len(rows), 500):
        some = rows[first : first + 500]
        connection.execute(_INSERT.format(", ".join([_ROW] * len(some))), list(chain.from_iterable(some)))


def answers(
    *runs: Stored,
    now: datetime = NOON,
    zone: str | None = "UTC",
    minimum: str = "any",
    week_start: str = "monday",
) -> Engine:
    """What is answered about these runs."""
    settings = Tuning(runner_timezone=zone, streak_min_distance=minimum, week_start=week_start)  # type: ignore[arg-type]
    return Engine(opened(runs), now=now, settings=settings)


def day(text: str) -> date:
    """A calendar day."""
    return date.fromisoformat(text)
