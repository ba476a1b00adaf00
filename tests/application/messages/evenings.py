"""Evenings from a seed: zones, clocks that change at the reminder and at midnight, travel, late deliveries, outages."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tests.application.messages.oracle import Evening
from tests.stage.runs import Stored

_DAY: Final = timedelta(days=1)
# Days on which a clock changes: at night, at half past six in the evening (long ago), at midnight, by half an hour;
# a day that never was; and plain ones.
_DAYS: Final = {
    "Europe/Amsterdam": ("2026-03-29", "2026-10-25", "2026-07-01", "2026-12-31", "2027-01-01"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "America/Juneau": ("1945-08-14",),
    "Europe/Warsaw": ("1945-10-31",),
    "Africa/Cairo": ("2026-04-24", "2026-10-29"),
    "Asia/Beirut": ("2026-03-29", "2026-10-24"),
    "America/Sao_Paulo": ("2018-11-04", "2018-02-17"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Pacific/Apia": ("2011-12-29", "2011-12-31"),
    "Pacific/Kiritimati": ("2026-12-31",),
    "Pacific/Pago_Pago": ("2026-01-01",),
    "Asia/Kathmandu": ("2028-02-29",),
}
_TIMES: Final = (time(18, 30), time(21, 30), time(23, 55), time(0, 15))


def make_evenings(count: int, seed: int = 12) -> list[Evening]:
    """So many evenings."""
    chance = random.Random(seed)
    return [_make_evening(chance, number) for number in range(count)]


def _make_evening(chance: random.Random, number: int) -> Evening:
    zone = chance.choice(list(_DAYS))
    day = date.fromisoformat(chance.choice(_DAYS[zone])) + chance.choice([-1, 0, 0, 0, 1]) * _DAY
    scheduled = datetime.combine(day, chance.choice(_TIMES), ZoneInfo(zone)).astimezone(UTC)
    # At once, a little late, an hour late, and so late that midnight may have passed.
    late = chance.choice([0, 0, 0, 2, 90, 3600, chance.randint(0, 20_000), 6 * 3600])
    minimum = chance.choice(["any", "any", "mile", "5km"])
    runs = _runs_before(chance, day)
    today = _runs_on(chance, day, minimum)
    known = chance.choice([(), today[:1], today])
    arrived = tuple(run for run in today if run not in known)
    if chance.random() < 0.12:  # dated ahead: travel, or a wrong watch
        runs.append(_run(chance, 900, day + chance.choice([1, 1, 2, 30]) * _DAY, 6.0))
    back = chance.choice([0.2, 2, 11, 26, 60, 240])
    return Evening(
        name=f"{number} {zone} {scheduled:%Y-%m-%dT%H:%M} +{late} s {minimum}",
        zone=zone,
        minimum=minimum,
        known=(*runs, *known),
        known_at=chance.choice([scheduled - timedelta(hours=back)] * 9 + [None]),
        arrived=arrived,
        is_up=chance.random() < 0.6,
        scheduled=scheduled,
        now=scheduled + timedelta(seconds=late),
    )


def _runs_before(chance: random.Random, day: date) -> list[Stored]:
    """Mostly a run on every day before; sometimes a gap, short days, days off, or nothing at all."""
    keeps = chance.choice([1.0, 1.0, 1.0, 0.9, 0.5, 0.0])
    first = chance.choice([1, 1, 1, 1, 2, 3, 6])
    return [
        _run(chance, back, day - back * _DAY, chance.choice([1.7, 1.60934, 5.0, 6.5, 9.0, 9.0, 1.2]))
        for back in range(first, chance.choice([2, 5, 30, 120]))
        if chance.random() < keeps
    ]


def _runs_on(chance: random.Random, day: date, minimum: str) -> tuple[Stored, ...]:
    """Nothing, one run, one that is too short, two that are enough together, or one without a distance."""
    parts = chance.choice(
        [(), (), (), (8.0,), (1.0,), (0.9, 0.8), (2.5, 2.5), (1.60934,), (1.6093,), (None,)]
    )
    return tuple(_run(chance, 1000 + at, day, km) for at, km in enumerate(parts))


def _run(chance: random.Random, number: int, day: date, km: float | None) -> Stored:
    start = datetime(day.year, day.month, day.day, chance.randint(0, 23), chance.randint(0, 59))  # noqa: DTZ001
    return Stored(number, start, distance_km=km)
