"""How the streak stands at an instant: the rule of section "What the numbers mean", from facts alone.

The browser's script has the same rule (``static/page.js``), and the engine answers by it in SQL; one table of generated
cases holds the three together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from myrunstreak.contract.freshness import LATE_AFTER
from myrunstreak.page.facts import Facts

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """The streak at an instant.

    Attributes:
        today: the runner's present day.
        state: ``done_today``, ``at_risk``, ``broken`` or ``unknown``.
        days: its length; where the state is unknown, as of the day ``as_of``.
        since: its first day; None without a streak.
        as_of: the day that the length is of.
        needed_km: what today still lacks of the minimum; 0 where it is done, or any run counts.
        seconds_left: until the runner's midnight.
        is_stale: no complete sync for 26 hours.
    """

    today: date
    state: str
    days: int
    since: date | None
    as_of: date
    needed_km: float
    seconds_left: int
    is_stale: bool


def find_standing(facts: Facts, now: datetime) -> Standing:
    """How the streak stands at an aware instant."""
    today = _find_day(facts, now)
    ran_today, ran_yesterday = facts.is_run_day(today), facts.is_run_day(today - _DAY)
    stood_on = None
    if facts.data_as_of and facts.data_as_of.astimezone(facts.zone).date() < today:
        stood_on = _find_day(facts, facts.data_as_of)
    as_of, last = today, today if ran_today else today - _DAY
    if ran_today:
        state = "done_today"
    elif ran_yesterday:
        state = "at_risk"
    elif stood_on is None:
        state = "broken"
    else:
        state, as_of = "unknown", stood_on
        last = stood_on if facts.is_run_day(stood_on) else stood_on - _DAY
    days = _count_back(facts, last)
    needed = 0.0
    if state != "done_today" and facts.minimum_km:
        needed = max(0.0, facts.minimum_km - (facts.km_on(today) or 0.0))
    midnight = datetime.combine(today + _DAY, time(), facts.zone).astimezone(UTC)
    return Standing(
        today=today,
        state=state,
        days=days,
        since=last - _DAY * (days - 1) if days else None,
        as_of=as_of,
        needed_km=needed,
        seconds_left=max(0, int((midnight - now.astimezone(UTC)) / timedelta(seconds=1))),
        is_stale=facts.last_success_at is None or now - facts.last_success_at > LATE_AFTER,
    )


def _find_day(facts: Facts, instant: datetime) -> date:
    """The runner's day; a run dated a day ahead means that it has begun for them."""
    day = instant.astimezone(facts.zone).date()
    return day + _DAY if facts.km_on(day + _DAY) is not None else day


def _count_back(facts: Facts, last: date) -> int:
    """Run days in a row up to a day."""
    days = 0
    while facts.is_run_day(last - days * _DAY):
        days += 1
    reaches_back = facts.first_day is not None and last - days * _DAY == facts.first_day - _DAY
    return days + facts.carried if reaches_back else days
