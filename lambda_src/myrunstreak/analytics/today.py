"""The runner's present day: which day it is where they are, what is left of it, and which days the record covers.

The rules are plain functions of instants, a zone and days with a run; ``find_today`` asks the record for those.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from myrunstreak.analytics.models import State
from myrunstreak.analytics.statements import Database, ask

_DAY: Final = timedelta(days=1)
# One row at most: the UTC offset of the latest run whose offset can be true.
_LATEST_OFFSET: Final = """
SELECT utc_offset_minutes
FROM run_measures
WHERE NOT offset_suspect AND utc_offset_minutes IS NOT NULL
ORDER BY start_local DESC, activity_id DESC
LIMIT 1
"""


@dataclass(frozen=True)
class Place:
    """Where the runner is: their clock.

    Attributes:
        zone: its clock.
        name: the zone in words.
        is_set: whether the runner has set it; otherwise the UTC offset of the latest run stands in for it.
    """

    zone: tzinfo
    name: str
    is_set: bool


@dataclass(frozen=True)
class Today:
    """A calendar day of the runner's.

    Attributes:
        day: the calendar day.
        seconds_left: whole seconds until its midnight; 0 for the end of a day.
        place: the clock behind it.
        until: the last day whose runs count for the question; None: all do.
        unknown_from: the first day that had not ended by ``data_as_of``: it and all later days may have runs that the
            record lacks; None: no sync was complete yet, and the record is taken as it is.
        stood_on: the runner's present day at ``data_as_of``, where yesterday had not ended by then; else None.
    """

    day: date
    seconds_left: int
    place: Place
    until: date | None = None
    unknown_from: date | None = None
    stood_on: date | None = None


def find_day(instant: datetime, zone: tzinfo, run_days: Collection[date]) -> date:
    """The runner's present day at an instant; a run dated a day ahead means that the next day has begun for them."""
    day = instant.astimezone(zone).date()
    return day + _DAY if day + _DAY in run_days else day


def decide_state(*, ran_today: bool, ran_yesterday: bool, yesterday_is_known: bool) -> State:
    """The state of a streak.

    Args:
        ran_today, ran_yesterday: whether the record knows these days as run days.
        yesterday_is_known: whether yesterday had ended by ``data_as_of``.
    """
    if ran_today:
        return "done_today"
    if ran_yesterday:
        return "at_risk"
    return "broken" if yesterday_is_known else "unknown"


def find_today(
    database: Database,
    nearby_days: str,
    *,
    now: datetime,
    timezone_name: str | None,
    as_of: date | None,
    data_as_of: datetime | None,
) -> Today:
    """The runner's present day, or the end of an earlier day.

    Args:
        nearby_days: the statement ``sql/nearby_days.sql``.
        now: the present instant, aware.
        timezone_name: an IANA zone, or None: the UTC offset of the latest run decides.
        as_of: answer as of the end of this day.
        data_as_of: up to when the record is known, aware; None before the first complete sync.
    """
    first, last = _nearby_days(now)
    then_first, then_last = _nearby_days(data_as_of or now)
    rows = ask(
        database,
        nearby_days,
        {"first_day": first, "last_day": last, "then_first": then_first, "then_last": then_last},
    )
    run_days = {row["date"] for row in rows}
    place = _find_place(database, timezone_name)
    day = as_of or find_day(now, place.zone, run_days)
    unknown_from = stood_on = None
    if data_as_of is not None:
        unknown_from = data_as_of.astimezone(place.zone).date()
        if unknown_from < day:
            stood_on = find_day(data_as_of, place.zone, run_days)
    if as_of is not None:
        return Today(as_of, 0, place, as_of, unknown_from, stood_on)
    midnight = datetime.combine(day + _DAY, time(), place.zone)
    left = midnight.astimezone(UTC) - now.astimezone(UTC)
    seconds_left = max(0, int(left / timedelta(seconds=1)))
    return Today(day, seconds_left, place, None, unknown_from, stood_on)


def _nearby_days(instant: datetime) -> tuple[date, date]:
    """The days that may be the runner's at an instant, wherever on earth, and a day ahead of them."""
    utc_day = instant.astimezone(UTC).date()
    return utc_day - _DAY, utc_day + 2 * _DAY


def _find_place(database: Database, timezone_name: str | None) -> Place:
    if timezone_name:
        return Place(ZoneInfo(timezone_name), timezone_name, is_set=True)
    [latest] = ask(database, _LATEST_OFFSET) or [None]
    zone = timezone(timedelta(minutes=latest["utc_offset_minutes"] if latest else 0))
    source = "from the latest run" if latest else "no run says otherwise"
    return Place(zone, f"{zone.tzname(None)}, {source}", is_set=False)
