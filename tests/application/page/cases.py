"""Cases of how a streak stands, from a seed: zones, clock changes, midnights, the date line, and what is known."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from myrunstreak.analytics.models import StreakAnswer
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning
from myrunstreak.page.facts import Facts
from myrunstreak.page.questions import PageEngine

from tests.stage.databases import new_database
from tests.stage.runs import Stored, put

_DAY: Final = timedelta(days=1)
# Days on which some clock changes: 23 and 25 hours, half an hour, at midnight; and plain ones.
_ZONES: Final = {
    "Europe/Amsterdam": ("2026-03-29", "2026-10-25", "2026-07-01"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "America/St_Johns": ("2026-03-08", "2006-10-29"),
    "Africa/Cairo": ("2026-04-24", "2026-10-30"),
    "Asia/Beirut": ("2026-03-29", "2026-10-25"),
    "America/Sao_Paulo": ("2018-11-04", "2018-02-18"),
    "Pacific/Apia": ("2011-12-29", "2026-06-01"),
    "Pacific/Kiritimati": ("2026-12-31",),
    "Pacific/Pago_Pago": ("2026-01-01",),
    "Asia/Kathmandu": ("2026-02-28", "2024-02-29"),
    "UTC": ("2026-12-31", "2000-02-29"),
}
_MINIMA: Final = ("any", "mile", "5km", "2.5")


@dataclass(frozen=True)
class Case:
    """One case: the facts, the instant, and the engine's answer."""

    name: str
    facts: Facts
    now: datetime
    answer: StreakAnswer


def make_cases(count: int, seed: int = 11) -> list[Case]:
    """So many cases, each answered by the engine over a real database."""
    chance = random.Random(seed)
    connection = new_database()
    cases: list[Case] = []
    for number in range(count):
        zone = chance.choice(list(_ZONES))
        day = date.fromisoformat(chance.choice(_ZONES[zone])) + chance.randint(-1, 1) * _DAY
        now = _instant_on(chance, day, zone)
        is_set = chance.random() < 0.8
        minimum = chance.choice(_MINIMA)
        runs = _runs_before(chance, day, zone)
        data_as_of = chance.choice(
            [now, now - timedelta(hours=chance.uniform(0, 30)), now - timedelta(hours=chance.uniform(0, 240)), None]
        )  # fmt: skip
        settings = Tuning(runner_timezone=zone if is_set else None, streak_min_distance=minimum)
        connection.execute("DELETE FROM activities")
        put(runs, connection)
        freshness = Freshness(data_as_of=data_as_of, last_success_at=data_as_of)
        engine = PageEngine(connection, now=now, settings=settings, freshness=freshness)
        name = f"{number} {zone if is_set else 'offset'} {now:%Y-%m-%dT%H:%M:%S} {minimum}"
        cases.append(Case(name, engine.facts("v"), now, engine.streak()))
    return cases


def _instant_on(chance: random.Random, day: date, zone: str) -> datetime:
    """An instant of a day, often within seconds of its midnight or of its change of the clock."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    jump = chance.choice([0, 0, 3600, 7200, 10800, 86_400, 82_800, 90_000])
    near = chance.choice([0, -1, 1, chance.randint(-1800, 1800), chance.randint(0, 86_400)])
    return midnight + timedelta(seconds=jump + near)


def _runs_before(chance: random.Random, day: date, zone: str) -> list[Stored]:
    """Runs of the last weeks, mostly every day; some too short, some days off, some dated ahead."""
    runs: list[Stored] = []
    keeps = chance.choice([1.0, 1.0, 0.97, 0.8, 0.4, 0.0])
    lasts = chance.choice([0, 0, 1, 1, 2, 3, 9])
    for back in range(lasts, chance.choice([1, 8, 40, 90])):
        if chance.random() < keeps:
            runs.append(_run(chance, len(runs), day - back * _DAY, zone))
    if chance.random() < 0.25:
        runs.append(_run(chance, len(runs), day + chance.choice([1, 1, 1, 2, 30]) * _DAY, zone))
    return runs


def _run(chance: random.Random, number: int, day: date, zone: str) -> Stored:
    start = datetime(day.year, day.month, day.day, chance.randint(0, 23), chance.randint(0, 59))  # noqa: DTZ001
    edges = [1.60934, 1.6093, 1.609344, 2.5, 2.4999, 2.49999, 5.0, 4.996, chance.uniform(0.0, 12.0), None]
    km = chance.uniform(5.0, 12.0) if chance.random() < 0.85 else chance.choice(edges)
    offset = start.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta(0)
    return Stored(number, start, distance_km=km, utc_offset_minutes=int(offset.total_seconds() // 60))
