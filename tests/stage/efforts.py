"""Seeded sets of best efforts, and what the records over distances are by counting, from docs/numbers.md alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import duckdb
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.tuning import Tuning

from tests.stage.runs import on, opened, put

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
METRES = {
    "400m": 400.0, "1/2mi": 804.67, "1km": 1000.0, "1mi": 1609.34, "2mi": 3218.69, "5km": 5000.0, "10km": 10_000.0,
    "15km": 15_000.0, "10mi": 16_093.44, "20km": 20_000.0, "half-marathon": 21_097.5, "30km": 30_000.0,
    "marathon": 42_195.0, "50km": 50_000.0,
}  # fmt: skip
DISTANCES = list(METRES)


@dataclass(frozen=True)
class Effort:
    """A run's best effort over a distance."""

    activity_id: int
    day: date
    distance: str
    seconds: float
    source: str = "recording"
    flagged: bool = False

    @property
    def pace(self) -> float:
        """Seconds a metre."""
        return self.seconds / METRES[self.distance]


ARRIVING = [
    Effort(1, date(2026, 5, 1), "1km", 310.0),
    Effort(2, date(2026, 5, 2), "1km", 301.0),
    Effort(3, date(2026, 5, 3), "5km", 1265.0, "average"),
]


@dataclass(frozen=True)
class Shown:
    """What a distance's record is: its time, whose it is, the best measured where that is a bound, earlier holders."""

    seconds: Any  # a number, or one that is equal to its neighbours
    activity_id: int
    source: str
    bounded_by: str | None
    measured: float | None
    earlier: tuple[float, ...]


def some_efforts(seed: int) -> list[Effort]:
    """Runs on different days, some with a recording, some by their average, some flagged, many as fast as another."""
    chance = random.Random(seed)
    efforts: list[Effort] = []
    for number in range(1, chance.randrange(2, 14)):
        day = date(2026, 1, 1) + timedelta(days=number)
        longest = chance.randrange(len(DISTANCES))
        pace = chance.choice([0.25, 0.27, 0.3, 0.31, chance.uniform(0.22, 0.4)])
        if chance.random() < 0.45:
            name = DISTANCES[longest]
            efforts.append(
                Effort(number, day, name, pace * METRES[name], "average", flagged=chance.random() < 0.15)
            )
            continue
        # Nearly always slower over more, now and then not: two quick halves around a slow middle.
        for name in DISTANCES[: longest + 1]:
            seconds = pace * METRES[name] * chance.choice([1, 1, chance.uniform(0.97, 1.1)])
            if chance.random() < 0.1:
                efforts.append(Effort(number, day, name, seconds * 0.4, flagged=True))
            if chance.random() < 0.95:
                efforts.append(Effort(number, day, name, seconds))
    return efforts


def counted_out(efforts: Sequence[Effort]) -> dict[str, Shown]:
    """The record of each distance that has one."""
    counting = [one for one in efforts if not one.flagged]
    found: dict[str, Shown] = {}
    for distance in DISTANCES:
        holders: list[Effort] = []
        for one in sorted(counting, key=lambda one: (one.day, one.activity_id)):
            if one.distance == distance and (not holders or one.seconds < holders[-1].seconds - 1e-9):
                holders.append(one)
        bound = _bound(counting, distance)
        held = holders[-1] if holders else None
        if bound and (held is None or bound.pace * METRES[distance] < held.seconds - 1e-6):
            found[distance] = Shown(
                bound.pace * METRES[distance],
                bound.activity_id,
                "bound",
                bound.distance,
                held.seconds if held else None,
                tuple(one.seconds for one in holders),
            )
        elif held:
            found[distance] = Shown(
                held.seconds,
                held.activity_id,
                held.source,
                None,
                None,
                tuple(one.seconds for one in holders[:-1]),
            )
    return found


def _bound(counting: Sequence[Effort], distance: str) -> Effort | None:
    """The longer effort of the quickest pace, by a run whose recording does not say what it did over the distance."""
    told = {one.activity_id for one in counting if one.distance == distance and one.source == "recording"}
    longer = [
        one for one in counting if METRES[one.distance] > METRES[distance] and one.activity_id not in told
    ]
    return min(
        longer,
        key=lambda one: (
            round(one.pace * METRES[distance], 6),
            one.day,
            one.activity_id,
            METRES[one.distance],
        ),
        default=None,
    )


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    return opened()


def stored(efforts: Sequence[Effort], file: str | None = None) -> duckdb.DuckDBPyConnection:
    """A database with the runs of these efforts: in a file, or the one in memory that every call fills anew."""
    connection = opened((), file) if file else _shared()
    for table in ("activities", "best_efforts", "details_queue"):
        connection.execute(f"DELETE FROM {table}")
    put({one.activity_id: on(str(one.day), one.activity_id) for one in efforts}.values(), connection)
    if efforts:
        rows = ", ".join(
            f"({one.activity_id}, '{one.distance}', {METRES[one.distance]!r}, {one.seconds!r}, "
            f"{'0.0' if one.source == 'recording' else 'NULL'}, '{one.source}', {one.flagged}, 'x')"
            for one in efforts
        )
        connection.execute(f"INSERT INTO best_efforts VALUES {rows}")
    return connection


def asked(efforts: Sequence[Effort], **tuning: object) -> Engine:
    """The engine over these efforts."""
    return Engine(stored(efforts), now=NOW, settings=Tuning(runner_timezone="UTC", **tuning))  # type: ignore[arg-type]
