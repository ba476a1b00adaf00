"""The API's paths: each asks the engine one question; types make validation and document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from myrunstreak.analytics import best_models, models, period_models, run_models
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.gap_models import Gap, Gaps
from myrunstreak.analytics.goal_models import Goal, Goals
from myrunstreak.analytics.layers.models import Layers
from myrunstreak.api.parameters import (
    DEFAULT_LIMIT,
    AsOf,
    Cursor,
    DayPath,
    Days,
    Distance,
    GoalText,
    Km,
    Limit,
    Minimum,
    Race,
    RunPath,
    Since,
    Sort,
    SortOfList,
    SortOfRecords,
    Treadmill,
    Types,
    UnitOfGaps,
    UnitOfSplits,
    Until,
    WeekStartDay,
    Year,
    YearPath,
)
from myrunstreak.api.paths import VERSION
from myrunstreak.api.representation import columns_of
from myrunstreak.api.router import Router

# Answers that are lists, and the columns of their CSV.
LISTS: Final = {
    f"{VERSION}/streaks": columns_of(models.ListedStreak),
    f"{VERSION}/gaps": columns_of(Gap),
    f"{VERSION}/runs": columns_of(run_models.Run),
    f"{VERSION}/runs/<activity_id>/splits": columns_of(run_models.Split),
    f"{VERSION}/stats/year": columns_of(period_models.Period),
    f"{VERSION}/stats/month": columns_of(period_models.Period),
    f"{VERSION}/stats/week": columns_of(period_models.Period),
    f"{VERSION}/goals": columns_of(Goal),
    f"{VERSION}/records": columns_of(best_models.Record),
    f"{VERSION}/best-efforts": columns_of(best_models.BestEffort),
    f"{VERSION}/calendar/<year>": columns_of(models.CalendarDay),
    f"{VERSION}/days": columns_of(models.DayFigures),
}


@dataclass(frozen=True)
class Asked:
    """What every route is given.

    Attributes:
        engine: answers about the open record.
        as_csv: whether the answer will be CSV.
    """

    engine: Engine
    as_csv: bool = False

    def rows(self, limit: str | None) -> int | None:
        """The items of a page; None: all. A file of CSV is whole unless the question says otherwise."""
        if limit is None:
            return None if self.as_csv else DEFAULT_LIMIT
        return None if limit == "all" else int(limit)


ROUTES: Final = Router(VERSION)
_get: Final = ROUTES.get


@_get("/status", "get_status", "streak", "Streak, state and freshness, and nothing else")
def status(asked: Asked) -> models.Status:
    return asked.engine.status()


@_get("/streak", "get_streak", "streak", "The streak today, or at the end of a day")
def streak(asked: Asked, minimum: Minimum = None, as_of: AsOf = None) -> models.StreakAnswer:
    return asked.engine.streak(minimum=minimum, as_of=as_of)


@_get("/streaks", "list_streaks", "streak", "All streaks, longest or newest first")
def streaks(
    asked: Asked,
    minimum: Minimum = None,
    sort: SortOfList = "longest",
    limit: Limit = None,
    cursor: Cursor = None,
) -> models.Streaks:
    return asked.engine.streaks(minimum=minimum, sort=sort, limit=asked.rows(limit), cursor=cursor)


@_get("/gaps", "list_gaps", "streak", "Stretches without a run day, and what there was instead")
def gaps(
    asked: Asked,
    unit: UnitOfGaps = "day",
    minimum: Minimum = None,
    since: Since = None,
    until: Until = None,
    week_start: WeekStartDay = None,
    sort: SortOfList = "newest",
    limit: Limit = None,
    cursor: Cursor = None,
) -> Gaps:
    return asked.engine.gaps(
        unit=unit,
        minimum=minimum,
        since=since,
        until=until,
        week_start=week_start,
        sort=sort,
        limit=asked.rows(limit),
        cursor=cursor,
    )


@_get("/days", "list_days", "streak", "Every day of a range, those without a run too")
def days(asked: Asked, since: Since = None, until: Until = None, minimum: Minimum = None) -> models.DaySeries:
    return asked.engine.days(since=since, until=until, minimum=minimum)


@_get("/days/<day>", "get_day", "streak", "What counted on a day, and why")
def day(asked: Asked, day: DayPath, minimum: Minimum = None) -> models.Day:
    return asked.engine.day(day, minimum=minimum)


@_get("/calendar/<year>", "get_calendar", "streak", "Every day of a year")
def calendar(asked: Asked, year: YearPath, minimum: Minimum = None) -> models.Calendar:
    return asked.engine.calendar(year, minimum=minimum)


@_get("/layers", "list_layers", "streak", "The layered streaks, each in its running period")
def layers(asked: Asked, as_of: AsOf = None) -> Layers:
    return asked.engine.layers(as_of=as_of)


@_get("/stats/year", "list_years", "statistics", "Years with a run, newest first")
def years(asked: Asked) -> period_models.Periods:
    return asked.engine.stats("year")


@_get("/stats/month", "list_months", "statistics", "Months with a run, newest first")
def months(asked: Asked) -> period_models.Periods:
    return asked.engine.stats("month")


@_get("/stats/week", "list_weeks", "statistics", "Weeks with a run, newest first")
def weeks(asked: Asked, week_start: WeekStartDay = None) -> period_models.Periods:
    return asked.engine.stats("week", week_start=week_start)


@_get("/stats/trailing", "get_trailing_days", "statistics", "The last N days, including today")
def trailing(asked: Asked, days: Days = 30, as_of: AsOf = None) -> period_models.Trailing:
    return asked.engine.trailing(days, as_of=as_of)


@_get("/compare", "compare_years", "statistics", "Two years, to the same day of the year")
def compare(asked: Asked, first: Year, second: Year, as_of: AsOf = None) -> period_models.Comparison:
    return asked.engine.compare(first, second, as_of=as_of)


@_get(
    "/goals",
    "list_goals",
    "statistics",
    "How far this year and this month are to be, and what each day left needs",
)
def goals(asked: Asked, goal_year: GoalText = None, goal_month: GoalText = None, as_of: AsOf = None) -> Goals:
    return asked.engine.goals(goal_year=goal_year, goal_month=goal_month, as_of=as_of)


@_get("/eddington", "get_eddington", "statistics", "Eddington numbers in km and miles")
def eddington(asked: Asked) -> period_models.Eddington:
    return asked.engine.eddington()


@_get("/records", "list_records", "records", "Personal bests, each with the previous ones")
def records(
    asked: Asked, minimum: Minimum = None, week_start: WeekStartDay = None, sort: SortOfRecords = "kind"
) -> best_models.Records:
    return asked.engine.records(minimum=minimum, week_start=week_start, sort=sort)


@_get("/best-efforts", "list_best_efforts", "records", "The fastest stretch over each distance")
def best_efforts(asked: Asked, distance: Distance = None) -> best_models.BestEfforts:
    return asked.engine.best_efforts(distance=distance)


@_get("/runs", "list_runs", "runs", "Runs, filtered and sorted")
def runs(
    asked: Asked,
    since: Since = None,
    until: Until = None,
    min_km: Km = None,
    max_km: Km = None,
    race: Race = None,
    treadmill: Treadmill = None,
    types: Types = None,
    sort: Sort = "-start",
    limit: Limit = None,
    cursor: Cursor = None,
) -> run_models.Runs:
    return asked.engine.runs(
        since=since,
        until=until,
        min_km=min_km,
        max_km=max_km,
        race=race,
        treadmill=treadmill,
        types=types,
        sort=sort,
        limit=asked.rows(limit),
        cursor=cursor,
    )


@_get("/runs/<activity_id>", "get_run", "runs", "One run")
def run(asked: Asked, activity_id: RunPath) -> run_models.RunAnswer:
    return asked.engine.run(activity_id)


@_get("/runs/<activity_id>/splits", "list_splits", "runs", "A run's splits")
def splits(asked: Asked, activity_id: RunPath, unit: UnitOfSplits = "km") -> run_models.Splits:
    return asked.engine.splits(activity_id, unit)
