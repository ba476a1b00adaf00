"""Answers the question about goals: how far a year and a month are, and what each day left needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from myrunstreak.analytics.bounds import check_year, parse_goal
from myrunstreak.analytics.goal_models import Goal, GoalPeriod, Goals, GoalSource
from myrunstreak.analytics.record import OpenRecord
from myrunstreak.contract.tuning import parse_goal_km

_DAY: Final = timedelta(days=1)
# Days of the recent average.
_RECENT: Final = 30


@dataclass(frozen=True)
class _Present:
    """Where the runner stands.

    Attributes:
        today: their present day.
        first_left: the first day that can still be run: today, or the day after once today has a run or is over.
        as_of: the day up to which the runs are known.
        last_gone: the last day that counts as gone: as_of once it has a run or is over, else the day before.
    """

    today: date
    first_left: date
    as_of: date
    last_gone: date


class GoalEngine(OpenRecord):
    """Answers questions about goals."""

    def goals(
        self, *, goal_year: str | None = None, goal_month: str | None = None, as_of: date | None = None
    ) -> Goals:
        """The goals of the running year and month: what is asked for, else the settings, else what was run before."""
        if as_of is not None:
            check_year(as_of.year)
        present = self._find_present(as_of)
        asked: dict[GoalPeriod, str | None] = {"year": goal_year, "month": goal_month}
        items = [self._measure(period, text, present) for period, text in asked.items()]
        return Goals(data_as_of=self.data_as_of, today=present.today, as_of=present.as_of, items=items)

    def _find_present(self, as_of: date | None) -> _Present:
        today = self._today(as_of)
        stands = today.stood_on or today.day

        def is_gone(day: date) -> bool:
            return as_of is not None or self._figures(day, day)["runs"] > 0

        return _Present(
            today=today.day,
            first_left=today.day + _DAY if is_gone(today.day) else today.day,
            as_of=stands,
            last_gone=stands if is_gone(stands) else stands - _DAY,
        )

    def _measure(self, period: GoalPeriod, asked: str | None, present: _Present) -> Goal:
        first, last = _bounds(period, present.today)
        goal, source = self._choose(period, asked, first)
        done = self._km(first, min(last, present.today))
        days = (last - first).days + 1
        gone = max(0, (present.last_gone - first).days + 1)
        left = (last - present.first_left).days + 1
        recent = self._km(present.last_gone - (_RECENT - 1) * _DAY, present.last_gone) / _RECENT
        even = None if goal is None else goal * gone / days
        return Goal(
            period=period,
            start_date=first,
            end_date=last,
            goal_km=goal,
            source=source,
            done_km=done,
            reached_on=self._find_reached(goal, first, min(last, present.today)),
            days=days,
            days_gone=gone,
            days_left=left,
            even_km=even,
            ahead_km=None if even is None else done - even,
            needed_km_per_day=_share_out(goal, done, left),
            projected_km=done * days / gone if gone else None,
            projected_recent_km=done + recent * (days - gone),
        )

    def _choose(self, period: GoalPeriod, asked: str | None, first: date) -> tuple[float | None, GoalSource]:
        if asked is not None:
            return parse_goal(f"goal_{period}", asked), "asked"
        chosen = self._settings.goal_year if period == "year" else self._settings.goal_month
        if chosen is not None:
            return parse_goal_km(chosen), "setting"
        before = _bounds(period, first - _DAY)
        return self._km(*before) or None, "previous"

    def _find_reached(self, goal: float | None, first: date, last: date) -> date | None:
        if goal is None:
            return None
        [row] = self._ask(self._statement("goal_reached"), first_day=first, last_day=last, goal_km=goal)
        return row["reached_on"]

    def _km(self, first: date, last: date) -> float:
        return self._figures(first, last)["distance_km"]


def _bounds(period: GoalPeriod, day: date) -> tuple[date, date]:
    """First and last day of the year or month around a day."""
    if period == "year":
        return date(day.year, 1, 1), date(day.year, 12, 31)
    first = day.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1) - _DAY


def _share_out(goal: float | None, done: float, days: int) -> float | None:
    """The km that each day needs."""
    if goal is None:
        return None
    missing = goal - done
    if missing <= 1e-9:
        return 0.0
    return missing / days if days > 0 else None
