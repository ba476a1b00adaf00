"""Every number of the page, asked of the engine: the same answers that the API and the command line give."""

from __future__ import annotations

from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from myrunstreak.analytics.best_models import Records
from myrunstreak.analytics.layers.models import LayerState
from myrunstreak.analytics.models import ListedStreak, StreakAnswer
from myrunstreak.analytics.period_models import Figures, Period
from myrunstreak.errors import MyRunStreakError
from myrunstreak.page.facts import Facts
from myrunstreak.page.milestones import Milestone, next_milestones
from myrunstreak.page.questions import ClosestCalls, PageEngine
from myrunstreak.page.standing import Standing, find_standing

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class SoFar:
    """A running month or year, beside last year's: to the same day, and as a whole.

    Attributes:
        first, last: the days that ``km`` is of.
    """

    first: date
    last: date
    km: float
    before_km: float
    whole_before_km: float


@dataclass(frozen=True)
class DayThen:
    """This day of the year in an earlier year, and the day of the streak that it was."""

    date: date
    km: float
    day_of_streak: int


@dataclass(frozen=True)
class Numbers:
    """The numbers of the page at the instant at which it is rendered."""

    facts: Facts
    standing: Standing
    streak: StreakAnswer
    streaks: list[ListedStreak]
    milestone: Milestone | None
    month: SoFar
    year: SoFar
    layers: list[LayerState]
    layers_problem: str
    months: dict[date, Period]
    years: dict[int, Period]
    records: Records
    calls: ClosestCalls
    calls_since: date | None
    on_this_day: list[DayThen]

    @property
    def today(self) -> date:
        """The runner's present day."""
        return self.standing.today


def gather_numbers(engine: PageEngine, version: str, now: datetime) -> Numbers:
    """Ask everything once."""
    facts = engine.facts(version)
    standing = find_standing(facts, now)
    streak = engine.streak()
    today = standing.today
    first = today.replace(day=1)
    months = {one.start_date: one for one in engine.stats("month").items}
    years = {one.start_date.year: one for one in engine.stats("year").items}
    layers, problem = find_layers(engine)
    calls_since = streak.current.start_date if streak.current else facts.first_day
    return Numbers(
        facts=facts,
        standing=standing,
        streak=streak,
        streaks=sorted(engine.streaks(limit=None).items, key=lambda one: one.start_date),
        milestone=next_milestones(standing.since, standing.days)[0] if standing.since else None,
        month=_so_far(engine, first, today, _kilometres(months.get(_a_year_before(first)))),
        year=_so_far(engine, date(today.year, 1, 1), today, _kilometres(years.get(today.year - 1))),
        layers=layers,
        layers_problem=problem,
        months=months,
        years=years,
        records=engine.records(),
        calls=engine.closest_calls(calls_since or today, max(today, facts.last_run_day or today)),
        calls_since=calls_since,
        on_this_day=_find_this_day(facts, today),
    )


def find_layers(engine: PageEngine) -> tuple[list[LayerState], str]:
    """The runner's own streaks; what is wrong with their definitions keeps nothing else back."""
    if not engine.has_own_layers:
        return [], ""
    try:
        return engine.layers().items, ""
    except MyRunStreakError as error:
        return [], str(error)


def _so_far(engine: PageEngine, first: date, last: date, whole_before_km: float) -> SoFar:
    return SoFar(
        first=first,
        last=last,
        km=engine.sums(first, last).distance_km,
        before_km=engine.sums(_a_year_before(first), _a_year_before(last)).distance_km,
        whole_before_km=whole_before_km,
    )


def _a_year_before(day: date) -> date:
    """The same day of the year before; 29 February's is the 28th."""
    return day.replace(year=max(1, day.year - 1), day=28 if (day.month, day.day) == (2, 29) else day.day)


def _kilometres(period: Figures | None) -> float:
    return period.distance_km if period else 0.0


def _find_this_day(facts: Facts, today: date) -> list[DayThen]:
    """The same day of earlier years, the newest first; years without a run on it are left out."""
    if facts.first_day is None:
        return []
    starts = dict(facts.streaks())
    found: list[DayThen] = []
    for year in range(today.year - 1, facts.first_day.year - 1, -1):
        if (today.month, today.day) == (2, 29) and not isleap(year):
            continue
        day = today.replace(year=year)
        km = facts.km_on(day)
        if km is not None:
            found.append(DayThen(day, km, _day_of_streak(starts, day)))
    return found


def _day_of_streak(starts: dict[date, int], day: date) -> int:
    for start, length in starts.items():
        if start <= day < start + length * _DAY:
            return (day - start).days + 1
    return 0
