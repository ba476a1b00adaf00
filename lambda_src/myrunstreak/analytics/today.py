"""The runner's present day: what "today" is where they are, and how much of it is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from myrunstreak.analytics.question import Database, ask

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Today:
    """A day of the runner's.

    Attributes:
        day: the calendar day.
        seconds_left: whole seconds until its midnight; 0 for the end of a day.
        until: the last day whose runs exist for the question; None: all do.
    """

    day: date
    seconds_left: int
    until: date | None = None


def today_of(database: Database, *, now: datetime, timezone_name: str | None, as_of: date | None) -> Today:
    """The runner's present day, or the end of a day that is asked for.

    Without a zone the UTC offset of the latest run decides. A run that is dated a day ahead means that the
    runner is already there.

    Args:
        now: the present instant, aware.
        timezone_name: an IANA zone, or None.
        as_of: the day at whose end the question is asked, with the runs up to then.
    """
    if as_of is not None:
        return Today(as_of, 0, as_of)
    utc_day = now.astimezone(UTC).date()
    # Wherever on earth: today is at most a day from UTC's, and so is a run that is dated a day ahead of it.
    around = {"first_day": utc_day - _DAY, "last_day": utc_day + 2 * _DAY}
    [presence] = ask(database, "presence", around)
    zone: tzinfo = (
        ZoneInfo(timezone_name)
        if timezone_name
        else timezone(timedelta(minutes=presence["utc_offset_minutes"] or 0))
    )
    day = now.astimezone(zone).date()
    if day + _DAY in (presence["days"] or ()):
        day += _DAY
    midnight = datetime.combine(day + _DAY, time(), zone)
    left = midnight.astimezone(UTC) - now.astimezone(UTC)
    return Today(day, max(0, int(left / timedelta(seconds=1))))
