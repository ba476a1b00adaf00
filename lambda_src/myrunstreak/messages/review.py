"""What a week or a year came to, asked of the engine once: the figures that its message shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from myrunstreak.analytics.best_models import Record
from myrunstreak.analytics.period_models import Figures
from myrunstreak.page.facts import Facts
from myrunstreak.page.numbers import Numbers
from myrunstreak.page.questions import PageEngine

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Some days, what they came to, and the same of as many days before.

    Attributes:
        run_days: those that count.
        longest: the most run days in a row within it.
        broken: personal bests set in it that had been held by an earlier run.
    """

    first: date
    last: date
    figures: Figures
    run_days: int
    before: Figures
    longest: int
    broken: list[Record]

    @property
    def days(self) -> list[date]:
        """Each of its days."""
        return days_between(self.first, self.last)


def review(engine: PageEngine, numbers: Numbers, first: date, last: date, first_before: date) -> Span:
    """What the days from the first to the last came to, beside those from ``first_before`` to the day before."""
    facts = numbers.facts
    run_days = [day for day in days_between(first, last) if facts.is_run_day(day)]
    return Span(
        first=first,
        last=last,
        figures=engine.sums(first, last),
        run_days=len(run_days),
        before=engine.sums(first_before, first - _DAY),
        longest=_longest(facts, first, last),
        broken=_broken(numbers.records.items, first, last),
    )


def days_between(first: date, last: date) -> list[date]:
    """Each day from the first to the last."""
    return [first + _DAY * place for place in range((last - first).days + 1)]


def _longest(facts: Facts, first: date, last: date) -> int:
    """The most run days in a row within a range."""
    most = length = 0
    for day in days_between(first, last):
        length = length + 1 if facts.is_run_day(day) else 0
        most = max(most, length)
    return most


def _broken(records: Sequence[Record], first: date, last: date) -> list[Record]:
    """Bests of runs, days and weeks set in a range.

    What grows by itself, such as the year's sum, is left out; so is what only follows from a longer effort's pace.
    """
    found: list[Record] = []
    for one in records:
        day = one.date or (_monday(one.period) if one.kind == "biggest_week" else None)
        if day and first <= day <= last and one.history and one.source != "bound":
            found.append(one)
    return found


def _monday(period: str | None) -> date | None:
    """The Monday of a week such as ``2026-W35``."""
    year, _, week = (period or "").partition("-W")
    return date.fromisocalendar(int(year), int(week), 1) if week else None
