"""Milestones of a streak: a week, a month, fifty days, every hundred days, and every year to the day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, NamedTuple

_FIRST: Final = (7, 30, 50)


class Milestone(NamedTuple):
    """A milestone: the day of the streak, its date, and its name."""

    days: int
    date: date
    name: str


def next_milestones(since: date, days: int, count: int = 1) -> list[Milestone]:
    """The milestones beyond the day ``days`` of a streak that began on ``since``, the nearest first."""
    found: list[Milestone] = []
    reached = days
    while len(found) < count:
        milestone = min(_next_number(since, reached), _next_anniversary(since, reached))
        found.append(milestone)
        reached = milestone.days
    return found


def _next_number(since: date, reached: int) -> Milestone:
    number = next((one for one in _FIRST if one > reached), (reached // 100 + 1) * 100)
    return Milestone(number, since + timedelta(days=number - 1), f"Day {number:,}")


def _next_anniversary(since: date, reached: int) -> Milestone:
    # The day on which so many years are full; 29 February's is on 28 February, the day before 1 March.
    years = max(1, reached // 366)
    while True:
        leap = since.month == 2 and since.day == 29
        begins_again = (
            date(since.year + years, 3, 1) if leap else date(since.year + years, since.month, since.day)
        )
        last = begins_again - timedelta(days=1)
        number = (last - since).days + 1
        if number > reached:
            return Milestone(number, last, "1 year" if years == 1 else f"{years} years")
        years += 1
