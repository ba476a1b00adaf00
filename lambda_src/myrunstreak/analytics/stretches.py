"""Gaps by counting: what lies between the streaks, in days or in whole weeks, as far as the record is known.

Plain functions of days. A unit, a day or a week, has a number: units that follow each other have numbers that do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

_WEEK: Final = 7


@dataclass(frozen=True)
class Grid:
    """The days or the weeks of the calendar, numbered.

    Attributes:
        length: days of a unit.
        shift: by how many days a week begins before Monday.
    """

    length: int = 1
    shift: int = 0

    @classmethod
    def weeks(cls, shift: int) -> Grid:
        """Weeks that begin so many days before Monday."""
        return cls(_WEEK, shift)

    def number(self, ordinal: int) -> int:
        """The unit of a day; 1 January of the year 1, a Monday, has the ordinal 1."""
        return (ordinal - 1 + self.shift) // self.length

    def first_day(self, number: int) -> date:
        """The first day of a unit."""
        return date.fromordinal(number * self.length - self.shift + 1)

    def last_day(self, number: int) -> date:
        """The last day of a unit."""
        return date.fromordinal((number + 1) * self.length - self.shift)


@dataclass(frozen=True)
class Stretch:
    """A gap, or the part of it in the range that is asked for.

    Attributes:
        length: missed units.
        is_open: whether no run day is known to have ended it.
        streak_before: units with a run day in a row, up to the gap.
        streak_after: the same behind it; None where it is open.
    """

    start_date: date
    end_date: date
    length: int
    is_open: bool
    streak_before: int
    streak_after: int | None


@dataclass(frozen=True)
class Stretches:
    """The gaps of a range, oldest first.

    Attributes:
        first, last: the days of the range that are known, from the first run day on; None where there are none.
        units: how many units these days are.
    """

    first: date | None
    last: date | None
    units: int
    gaps: Sequence[Stretch]


def find_stretches(
    streaks: Sequence[tuple[date, date]],
    grid: Grid,
    *,
    today: date,
    unknown_from: date,
    since: date | None = None,
    until: date | None = None,
) -> Stretches:
    """The gaps between streaks of run days.

    Args:
        streaks: first and last day of each, oldest first, with a day at least between two.
        today: the runner's present day; what is dated later ends no gap and makes none.
        unknown_from: the first day that may still become a run day, at most today.
        since, until: only whole units from the first day to the last.
    """
    rows = _in_units(streaks, grid)
    open_from = grid.number(unknown_from.toordinal())
    known_to = open_from
    for first, last in rows:
        if first <= open_from <= last:
            known_to = min(last, grid.number(today.toordinal())) + 1
    low = rows[0][0] if rows else known_to
    high = known_to
    if since is not None:
        low = max(low, grid.number(since.toordinal() - 1) + 1)
    if until is not None:
        high = min(high, grid.number(until.toordinal() + 1))
    if low >= high:
        return Stretches(None, None, 0, [])
    gaps = list(_between(rows, grid, open_from, low, high))
    return Stretches(grid.first_day(low), grid.last_day(high - 1), high - low, gaps)


def _in_units(streaks: Sequence[tuple[date, date]], grid: Grid) -> list[tuple[int, int]]:
    """First and last number of the units with a run day in a row: weeks may join what days part."""
    rows: list[tuple[int, int]] = []
    for start, end in streaks:
        first, last = grid.number(start.toordinal()), grid.number(end.toordinal())
        if rows and first <= rows[-1][1] + 1:
            rows[-1] = (rows[-1][0], last)
        else:
            rows.append((first, last))
    return rows


def _between(
    rows: Sequence[tuple[int, int]], grid: Grid, open_from: int, low: int, high: int
) -> Iterator[Stretch]:
    for (begin, end), following in zip(rows, [*rows[1:], None], strict=True):
        # What is dated after the last known day is no known end.
        ended_by = following if following and following[0] <= open_from else None
        first = max(end + 1, low)
        behind = min(ended_by[0] if ended_by else open_from, high)
        if first < behind:
            yield Stretch(
                start_date=grid.first_day(first),
                end_date=grid.last_day(behind - 1),
                length=behind - first,
                is_open=ended_by is None,
                streak_before=end - begin + 1,
                streak_after=ended_by[1] - ended_by[0] + 1 if ended_by else None,
            )
