"""What a reminder has to do, written from the rule alone: plain days and kilometres, no code of the project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from tests.stage.runs import Stored

_DAY: Final = timedelta(days=1)
MINIMA_KM: Final = {"any": 0.0, "mile": 1.60934, "1km": 1.0, "5km": 5.0}

Outcome = Literal["silent", "open", "unseen"]


@dataclass(frozen=True)
class Evening:
    """One delivery of a reminder, and what is true then.

    Attributes:
        known: the runs that the record holds before Smashrun is looked at.
        known_at: up to when it was Smashrun's; None: never.
        arrived: runs that a look finds.
        is_up: whether Smashrun answers.
        scheduled, now: when the reminder was meant for, and when it is delivered.
    """

    name: str
    zone: str
    minimum: str
    known: tuple[Stored, ...]
    known_at: datetime | None
    arrived: tuple[Stored, ...]
    is_up: bool
    scheduled: datetime
    now: datetime


def expected(evening: Evening) -> Outcome:
    """What has to happen."""
    zone, minimum = ZoneInfo(evening.zone), MINIMA_KM[evening.minimum]
    local = evening.now.astimezone(zone).date()
    if local != evening.scheduled.astimezone(zone).date():
        return "silent"  # nothing after midnight
    sums: dict[date, float] = {}
    for run in (*evening.known, *(evening.arrived if evening.is_up else ())):
        day = run.start_local.date()
        sums[day] = sums.get(day, 0.0) + (run.distance_km or 0.0)

    def counts(day: date) -> bool:
        return day in sums and sums[day] >= minimum - 1e-9

    def day_at(instant: datetime) -> date:
        # A run dated a day ahead means that it is that day where the runner is.
        day = instant.astimezone(zone).date()
        return day + _DAY if day + _DAY in sums else day

    today = day_at(evening.now)
    if counts(today):
        return "silent"
    if evening.is_up:
        return "open" if counts(today - _DAY) else "silent"
    if counts(today - _DAY):
        return "unseen"
    if evening.known_at is None or evening.known_at.astimezone(zone).date() >= today:
        return "silent"  # there was no streak any more when Smashrun was last seen
    then = day_at(evening.known_at)
    return "unseen" if counts(then) or counts(then - _DAY) else "silent"


def streak_through(evening: Evening, day: date) -> int:
    """Run days in a row up to a day, of all runs that a look finds."""
    zone_minimum = MINIMA_KM[evening.minimum]
    sums: dict[date, float] = {}
    for run in (*evening.known, *(evening.arrived if evening.is_up else ())):
        sums[run.start_local.date()] = sums.get(run.start_local.date(), 0.0) + (run.distance_km or 0.0)
    length = 0
    while (at := day - length * _DAY) in sums and sums[at] >= zone_minimum - 1e-9:
        length += 1
    return length
