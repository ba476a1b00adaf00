"""The API's paths: each asks the engine one question; types make validation and document.

What belongs to one request travels in the resolver's context: `request`, and `engine`, which opens the record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from myrunstreak.analytics import models
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.layers.models import Layers
from myrunstreak.api.parameters import (
    DEFAULT_LIMIT,
    AsOf,
    Cursor,
    DayPath,
    Days,
    Distance,
    Km,
    Limit,
    Minimum,
    Race,
    RunPath,
    Since,
    Sort,
    Treadmill,
    Types,
    UnitOfSplits,
    Until,
    WeekStartDay,
    Year,
    YearPath,
)
from myrunstreak.api.representation import columns_of
from myrunstreak.api.request import Request

VERSION: Final = "/v1"
STATUS: Final = f"{VERSION}/status"
DOCUMENT: Final = f"{VERSION}/openapi.json"

# Answers that are lists, and the columns of their CSV.
LISTS: Final = {
    f"{VERSION}/streaks": columns_of(models.ListedStreak),
    f"{VERSION}/runs": columns_of(models.Run),
    f"{VERSION}/runs/<activity_id>/splits": columns_of(models.Split),
    f"{VERSION}/stats/year": columns_of(models.Period),
    f"{VERSION}/stats/month": columns_of(models.Period),
    f"{VERSION}/stats/week": columns_of(models.Period),
    f"{VERSION}/records": columns_of(models.Record),
    f"{VERSION}/best-efforts": columns_of(models.BestEffort),
    f"{VERSION}/calendar/<year>": columns_of(models.CalendarDay),
    f"{VERSION}/days": columns_of(models.DayFigures),
}


# Registers a function under a path, with its id, its tag and its summary.
_Get = Callable[[str, str, str, str], Callable[[Callable[..., Any]], Callable[..., Any]]]
_Engine = Callable[[], Engine]
_Rows = Callable[[str | None], int | None]


def make_resolver() -> APIGatewayHttpResolver:
    """Powertools' resolver with every path."""
    app = APIGatewayHttpResolver(enable_validation=True)
    context = cast("dict[str, Any]", cast("Any", app).context)

    def get(
        path: str, operation_id: str, tag: str, summary: str
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return app.get(f"{VERSION}{path}", operation_id=operation_id, tags=[tag], summary=summary)

    def engine() -> Engine:
        return context["engine"]()

    def rows(limit: str | None) -> int | None:
        """The items of a page; None: all. A file of CSV is whole unless the question says otherwise."""
        if limit is None:
            request: Request = context["request"]
            return None if request.asks_for_csv() else DEFAULT_LIMIT
        return None if limit == "all" else int(limit)

    _add_streaks(get, engine, rows)
    _add_statistics(get, engine)
    _add_records(get, engine)
    _add_runs(get, engine, rows)
    return app


def _add_streaks(get: _Get, engine: _Engine, rows: _Rows) -> None:
    @get("/status", "get_status", "streak", "Streak, state and freshness, and nothing else")
    def status() -> models.Status:
        return engine().status()

    @get("/streak", "get_streak", "streak", "The streak today, or at the end of a day")
    def streak(minimum: Minimum = None, as_of: AsOf = None) -> models.StreakAnswer:
        return engine().streak(minimum=minimum, as_of=as_of)

    @get("/streaks", "list_streaks", "streak", "All streaks, longest first")
    def streaks(minimum: Minimum = None, limit: Limit = None, cursor: Cursor = None) -> models.Streaks:
        return engine().streaks(minimum=minimum, limit=rows(limit), cursor=cursor)

    @get("/days", "list_days", "streak", "Every day of a range, those without a run too")
    def days(since: Since = None, until: Until = None, minimum: Minimum = None) -> models.DaySeries:
        return engine().days(since=since, until=until, minimum=minimum)

    @get("/days/<day>", "get_day", "streak", "What counted on a day, and why")
    def day_of(day: DayPath, minimum: Minimum = None) -> models.Day:
        return engine().day(day, minimum=minimum)

    @get("/calendar/<year>", "get_calendar", "streak", "Every day of a year")
    def calendar(year: YearPath, minimum: Minimum = None) -> models.Calendar:
        return engine().calendar(year, minimum=minimum)

    @get("/layers", "list_layers", "streak", "The layered streaks, each in its running period")
    def layers(as_of: AsOf = None) -> Layers:
        return engine().layers(as_of=as_of)


def _add_statistics(get: _Get, engine: _Engine) -> None:
    @get("/stats/year", "list_years", "statistics", "Years with a run, newest first")
    def years() -> models.Periods:
        return engine().stats("year")

    @get("/stats/month", "list_months", "statistics", "Months with a run, newest first")
    def months() -> models.Periods:
        return engine().stats("month")

    @get("/stats/week", "list_weeks", "statistics", "Weeks with a run, newest first")
    def weeks(week_start: WeekStartDay = None) -> models.Periods:
        return engine().stats("week", week_start=week_start)

    @get("/stats/trailing", "get_trailing_days", "statistics", "The last N days, including today")
    def trailing(days: Days = 30, as_of: AsOf = None) -> models.Trailing:
        return engine().trailing(days, as_of=as_of)

    @get("/compare", "compare_years", "statistics", "Two years, to the same day of the year")
    def compare(first: Year, second: Year, as_of: AsOf = None) -> models.Comparison:
        return engine().compare(first, second, as_of=as_of)

    @get("/eddington", "get_eddington", "statistics", "Eddington numbers in km and miles")
    def eddington() -> models.Eddington:
        return engine().eddington()


def _add_records(get: _Get, engine: _Engine) -> None:
    @get("/records", "list_records", "records", "Personal bests, each with the previous ones")
    def records(minimum: Minimum = None, week_start: WeekStartDay = None) -> models.Records:
        return engine().records(minimum=minimum, week_start=week_start)

    @get("/best-efforts", "list_best_efforts", "records", "The fastest stretch over each distance")
    def best_efforts(distance: Distance = None) -> models.BestEfforts:
        return engine().best_efforts(distance=distance)


def _add_runs(get: _Get, engine: _Engine, rows: _Rows) -> None:
    @get("/runs", "list_runs", "runs", "Runs, filtered and sorted")
    def runs(
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
    ) -> models.Runs:
        return engine().runs(
            since=since,
            until=until,
            min_km=min_km,
            max_km=max_km,
            race=race,
            treadmill=treadmill,
            types=types,
            sort=sort,
            limit=rows(limit),
            cursor=cursor,
        )

    @get("/runs/<activity_id>", "get_run", "runs", "One run")
    def run(activity_id: RunPath) -> models.RunAnswer:
        return engine().run(activity_id)

    @get("/runs/<activity_id>/splits", "list_splits", "runs", "A run's splits")
    def splits(activity_id: RunPath, unit: UnitOfSplits = "km") -> models.Splits:
        return engine().splits(activity_id, unit)
