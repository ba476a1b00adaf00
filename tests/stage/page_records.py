"""Three records for the page: empty, one run, twelve thousand runs; and one of a plain streak."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tests.stage.runs import Stored

TODAY: Final = date(2026, 11, 26)
NOW: Final = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


def a_streak(days: int, *, ends: date = TODAY, km: float = 6.5) -> list[Stored]:
    """A run every morning up to a day."""
    return [
        Stored(number, _at(ends - (days - 1 - number) * _DAY, 7, 12), distance_km=km + number % 5)
        for number in range(days)
    ]


def one_run() -> list[Stored]:
    """A single one, yesterday."""
    return [Stored(1, _at(TODAY - _DAY, 18, 5), distance_km=5.25, duration_s=1575.0)]


def many_runs(count: int = 12_000, seed: int = 3) -> list[Stored]:
    """A life of running: thirty years, some days with two or three runs, some without, and a long streak at the end."""
    chance = random.Random(seed)
    runs: list[Stored] = []
    day = TODAY
    while len(runs) < count:
        age = (TODAY - day).days
        times = 1 if age < 1200 else chance.choice([0, 1, 1, 1, 2, 3])
        for part in range(times):
            km = round(chance.uniform(1.7, 18.0), 5)
            start = _at(day, 6 + 5 * part, chance.randint(0, 59))
            runs.append(
                Stored(len(runs), start, distance_km=km, duration_s=round(km * chance.uniform(280, 380)))
            )
        day -= _DAY
    return runs[:count]


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute)  # noqa: DTZ001 - as the watch says
