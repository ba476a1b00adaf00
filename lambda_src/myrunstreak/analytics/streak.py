"""The streak as it stands today: how long it is, whether it is safe, and the longest there was.

What a run day and a streak are is defined once, in the database: the macro ``streaks_of(minimum_km)``.
This module only asks where today lies in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

State = Literal["done_today", "at_risk", "broken"]

_DAY: Final = timedelta(days=1)

# One row: the offset of the latest run whose offset can be true.
_LATEST_OFFSET: Final = """
SELECT utc_offset_minutes
FROM runs
WHERE utc_offset_minutes IS NOT NULL AND NOT offset_suspect
ORDER BY start_local DESC, activity_id DESC
LIMIT 1
"""

# One row: whether anything was run on a day.
_RAN_ON: Final = "SELECT count(*) > 0 FROM daily WHERE date = ?"

# At most one row: the streak that reaches today or yesterday.
_CURRENT: Final = """
SELECT start_date, least(end_date, $today) AS end_date
FROM streaks_of($minimum_km)
WHERE start_date <= $today AND end_date >= $yesterday
ORDER BY start_date DESC
LIMIT 1
"""

# At most one row: the longest streak, the newest of equals.
_LONGEST: Final = """
SELECT start_date, end_date
FROM streaks_of($minimum_km)
ORDER BY length_days DESC, start_date DESC
LIMIT 1
"""

# One row: what was run within a streak.
_WITHIN: Final = """
SELECT CAST(coalesce(sum(runs), 0) AS BIGINT), coalesce(sum(distance_km), 0.0)
FROM daily
WHERE date BETWEEN ? AND ?
"""

_RUN_ON: Final = "SELECT coalesce(sum(distance_km), 0.0) FROM daily WHERE date = ?"


class Rows(Protocol):
    """The result of a statement."""

    def fetchone(self) -> Sequence[Any] | None:
        """The next row, None after the last."""
        ...


class Database(Protocol):
    """Whatever runs SQL on the runs' database."""

    def execute(self, query: str, parameters: object = None, /) -> Rows:
        """Run one statement."""
        ...


@dataclass(frozen=True)
class Streak:
    """Consecutive run days; both ends count."""

    start_date: date
    end_date: date
    runs: int
    distance_km: float

    @property
    def length_days(self) -> int:
        """Days, both ends counted."""
        return (self.end_date - self.start_date).days + 1


@dataclass(frozen=True)
class StreakReport:
    """The streak on one day.

    Attributes:
        today: the runner's present date; a run dated one day ahead means that it is tomorrow there already.
        state: ``done_today``; ``at_risk``: yesterday was a run day, today is not yet; ``broken``.
        current: the living streak, None when it is broken.
        longest: the longest streak ever, the newest of equals; None without any run day.
        km_left: what today still needs; 0 when any run will do or today is done.
        hours_left: until the runner's midnight, where the state is ``at_risk``; otherwise 0.
        minimum_km: what a day needs to count.
    """

    today: date
    state: State
    current: Streak | None
    longest: Streak | None
    km_left: float
    hours_left: float
    minimum_km: float

    @property
    def length_days(self) -> int:
        """Length of the living streak; 0 when it is broken."""
        return self.current.length_days if self.current else 0


def streak_report(
    database: Database, *, now: datetime, timezone_name: str | None, minimum_km: float
) -> StreakReport:
    """The streak at an instant.

    Args:
        database: a connection to the runs' database.
        now: the present instant, aware.
        timezone_name: IANA zone that decides "today"; None: the UTC offset of the latest run.
        minimum_km: what the runs of a day have to add up to; 0 where any run counts.
    """
    zone = ZoneInfo(timezone_name) if timezone_name else _latest_offset(database)
    today = now.astimezone(zone).date()
    if _value(database, _RAN_ON, [today + _DAY]):
        today += _DAY
    bounds: dict[str, object] = {"minimum_km": minimum_km, "today": today, "yesterday": today - _DAY}
    current = _streak(database, _CURRENT, bounds)
    state: State = "broken"
    km_left = hours_left = 0.0
    if current:
        state = "done_today" if current.end_date == today else "at_risk"
    if state == "at_risk":
        km_left = max(0.0, minimum_km - float(_value(database, _RUN_ON, [today])))
        midnight = datetime.combine(today + _DAY, time(), zone)
        hours_left = (midnight.astimezone(UTC) - now.astimezone(UTC)) / timedelta(hours=1)
    longest = _streak(database, _LONGEST, {"minimum_km": minimum_km})
    return StreakReport(today, state, current, longest, km_left, hours_left, minimum_km)


def _latest_offset(database: Database) -> tzinfo:
    minutes = _value(database, _LATEST_OFFSET)
    return timezone(timedelta(minutes=minutes or 0))


def _streak(database: Database, sql: str, parameters: Mapping[str, object]) -> Streak | None:
    row = database.execute(sql, parameters).fetchone()
    if row is None:
        return None
    first, last = row
    within = database.execute(_WITHIN, [first, last]).fetchone() or (0, 0.0)
    return Streak(first, last, int(within[0]), float(within[1]))


def _value(database: Database, sql: str, parameters: list[object] | None = None) -> Any:
    row = database.execute(sql, parameters).fetchone()
    return row[0] if row else None
