"""The invented runner's life: what happens on a date, decided by the seed and that date alone.

Home is an island group that does not exist, in open sea; the trips lead to others like it. The calendar below
is fixed, so that the history of tomorrow is that of today and one day more.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

# The longest streak: 1,173 days, ended by one missed day. The current one follows another missed day.
LONGEST_STREAK = (date(2017, 3, 1), date(2020, 5, 16))
CURRENT_STREAK_START = date(2025, 3, 1)
TREADMILL_WINTER = (date(2021, 12, 1), date(2022, 2, 28))
# Runs of these months were imported together, much later: low dates, high ids.
LATE_IMPORT = (date(2015, 4, 1), date(2015, 5, 31), datetime(2016, 3, 14, 20, 15, tzinfo=UTC))
# One evening in June 2019 Smashrun fetched everything of these months again.
MASS_RESYNC = (date(2018, 11, 1), date(2019, 4, 30), datetime(2019, 6, 15, 21, 4, tzinfo=UTC))
MAPMYRUN_UNTIL = date(2015, 12, 31)

Oddity = Literal[
    "unknown_words", "zero_duration", "zero_distance", "wrong_offset", "null_calories", "last_minute",
    "dst_night", "exact_mile", "no_id", "no_start", "unreadable_start",
]  # fmt: skip
ODDITIES: dict[date, Oddity] = {
    date(2017, 7, 20): "wrong_offset",
    date(2018, 1, 9): "zero_duration",
    date(2018, 10, 28): "dst_night",
    date(2019, 9, 3): "unknown_words",
    date(2020, 2, 29): "exact_mile",
    date(2021, 8, 14): "last_minute",
    date(2022, 6, 6): "no_id",
    date(2022, 10, 2): "zero_distance",
    date(2023, 3, 22): "no_start",
    date(2023, 12, 31): "last_minute",
    date(2024, 5, 5): "unreadable_start",
    date(2025, 8, 19): "unknown_words",
    date(2026, 1, 17): "null_calories",
    date(2026, 4, 11): "zero_duration",
}


@dataclass(frozen=True)
class Place:
    """Where runs start: degrees, names, and the offset from UTC in minutes (None: home, with summer time)."""

    city: str
    state: str
    country: str
    country_code: str
    latitude: float
    longitude: float
    offset_minutes: int | None = None


HOME = (
    Place("Port Example", "North Sound", "Sample Isles", "XA", 47.2104, -17.9046),
    Place("Westhaven", "North Sound", "Sample Isles", "XA", 47.1893, -17.9391),
    Place("Lower Mole", "South Sound", "Sample Isles", "XA", 47.1421, -17.8714),
)
_ABROAD = (
    Place("Trade Wind Bay", "Leeward", "Farther Cays", "XB", 24.6032, -58.3127, -300),
    Place("Albatross Point", "Outer Reef", "Ocean Territory", "XC", 31.4178, 158.2265, 540),
    Place("Coral Landing", "Middle Atoll", "Monsoon Banks", "XD", -7.9021, 78.6504, 330),
    Place("Fogport", "West Shelf", "Cold Current Rocks", "XE", 38.7711, -141.2089, -480),
    Place("Evenside", "Still Water", "Doldrum Islands", "XF", 2.3305, -27.5518, 0),
)


def dice(seed: int, day: date, what: str) -> random.Random:
    """A source of chance for one purpose on one date; the same on every machine."""
    return random.Random(f"{seed}:{what}:{day.isoformat()}")


def runs_on(seed: int, day: date) -> bool:
    """Whether the runner runs at all that day."""
    if LONGEST_STREAK[0] <= day <= LONGEST_STREAK[1]:
        return True
    if day == LONGEST_STREAK[1] + timedelta(days=1) or _misses(day):
        return False
    if day >= CURRENT_STREAK_START:
        return True
    rest = 0.27 if day < LONGEST_STREAK[0] else 0.02
    return dice(seed, day, "rest").random() >= rest


def _misses(day: date) -> bool:
    """The last day of February 2025 and of every third year after: the longest streak stays the longest."""
    return (
        day.year >= 2025
        and (day.year - 2025) % 3 == 0
        and day.month == 2
        and (day + timedelta(days=1)).day == 1
    )


def place_on(seed: int, day: date) -> Place:
    """Where the runner is: at home, or on one of two trips a year."""
    for first, last, place in _trips(seed, day.year):
        if first <= day <= last:
            return place
    return dice(seed, day, "place").choices(HOME, weights=(8, 2, 1))[0]


@lru_cache(maxsize=256)
def _trips(seed: int, year: int) -> tuple[tuple[date, date, Place], ...]:
    rng = random.Random(f"{seed}:trips:{year}")
    trips: list[tuple[date, date, Place]] = []
    for earliest in (60, 220):
        first = date(year, 1, 1) + timedelta(days=earliest + rng.randrange(80))
        trips.append((first, first + timedelta(days=rng.randint(5, 13)), rng.choice(_ABROAD)))
    return tuple(trips)


def offset_minutes(place: Place, wall: datetime) -> int:
    """The offset at a wall time; home is UTC+1, +2 between the last Sundays of March and October."""
    if place.offset_minutes is not None:
        return place.offset_minutes
    begin = datetime.combine(_last_sunday(wall.year, 3), time(2))
    end = datetime.combine(_last_sunday(wall.year, 10), time(3))
    return 120 if begin <= wall < end else 60


@lru_cache(maxsize=256)
def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)
