"""The API's paths: each asks the engine one question; types make validation and document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, Literal

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Router

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.layers.models import Layers
from myrunstreak.analytics.models import (
    BestEffort,
    BestEfforts,
    Calendar,
    CalendarDay,
    Comparison,
    Day,
    DayFigures,
    DaySeries,
    Eddington,
    ListedStreak,
    Period,
    Periods,
    Record,
    Records,
    Run,
    RunAnswer,
    Runs,
    Split,
    Splits,
    Status,
    StreakAnswer,
    Streaks,
    Trailing,
)
from myrunstreak.api.parameters import (
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

Ask = Callable[[], AbstractContextManager[Engine]]

VERSION: Final = "/v1"
STATUS: Final = f"{VERSION}/status"
DOCUMENT: Final = f"{VERSION}/openapi.json"

# The items of a page, from what the question says of it; None: all there are.
RowsOf = Callable[[str | None], int | None]


# Answers that are lists, and the columns of their CSV.
LISTS: Final = {
    f"{VERSION}/streaks": columns_of(ListedStreak),
    f"{VERSION}/runs": columns_of(Run),
    f"{VERSION}/runs/<activity_id>/splits": columns_of(Split),
    f"{VERSION}/stats/year": columns_of(Period),
    f"{VERSION}/stats/month": columns_of(Period),
    f"{VERSION}/stats/week": columns_of(Period),
    f"{VERSION}/records": columns_of(Record),
    f"{VERSION}/best-efforts": columns_of(BestEffort),
    f"{VERSION}/calendar/<year>": columns_of(CalendarDay),
    f"{VERSION}/days": columns_of(DayFigures),
}


def make_resolver(ask: Ask, rows_of: RowsOf) -> APIGatewayHttpResolver:
    """Powertools' resolver with every path; ``ask`` opens the record for one answer, ``rows_of`` reads a limit."""
    app = APIGatewayHttpResolver(enable_validation=True)
    app.include_router(_streaks(ask, rows_of))
    app.include_router(_statistics(ask))
    app.include_router(_records(ask))
    app.include_router(_runs(ask, rows_of))
    return app


def _streaks(ask: Ask, rows_of: RowsOf) -> Router:
    router = Router()

    @router.get(
        STATUS,
        operation_id="get_status",
        tags=["streak"],
        summary="Streak, state and freshness, and nothing else",
    )
    def status() -> Status:
        with ask() as answers:
            return answers.status()

    @router.get(
        f"{VERSION}/streak",
        operation_id="get_streak",
        tags=["streak"],
        summary="The streak today, or at the end of a day",
    )
    def streak(minimum: Minimum = None, as_of: AsOf = None) -> StreakAnswer:
        with ask() as answers:
            return answers.streak(minimum=minimum, as_of=as_of)

    @router.get(
        f"{VERSION}/streaks",
        operation_id="list_streaks",
        tags=["streak"],
        summary="All streaks, longest first",
    )
    def streaks(minimum: Minimum = None, limit: Limit = None, cursor: Cursor = None) -> Streaks:
        with ask() as answers:
            return answers.streaks(minimum=minimum, limit=rows_of(limit), cursor=cursor)

    @router.get(
        f"{VERSION}/days",
        operation_id="list_days",
        tags=["streak"],
        summary="Every day of a range, those without a run too",
    )
    def days(since: Since = None, until: Until = None, minimum: Minimum = None) -> DaySeries:
        with ask() as answers:
            return answers.days(since=since, until=until, minimum=minimum)

    @router.get(
        f"{VERSION}/days/<day>",
        operation_id="get_day",
        tags=["streak"],
        summary="What counted on a day, and why",
    )
    def day_of(day: DayPath, minimum: Minimum = None) -> Day:
        with ask() as answers:
            return answers.day(day, minimum=minimum)

    @router.get(
        f"{VERSION}/calendar/<year>",
        operation_id="get_calendar",
        tags=["streak"],
        summary="Every day of a year",
    )
    def calendar(year: YearPath, minimum: Minimum = None) -> Calendar:
        with ask() as answers:
            return answers.calendar(year, minimum=minimum)

    @router.get(
        f"{VERSION}/layers",
        operation_id="list_layers",
        tags=["streak"],
        summary="The layered streaks, each in its running period",
    )
    def layers(as_of: AsOf = None) -> Layers:
        with ask() as answers:
            return answers.layers(as_of=as_of)

    return router


def _statistics(ask: Ask) -> Router:
    router = Router()

    def periods(unit: Literal["year", "month"]) -> Periods:
        with ask() as answers:
            return answers.stats(unit)

    @router.get(
        f"{VERSION}/stats/year",
        operation_id="list_years",
        tags=["statistics"],
        summary="Years with a run, newest first",
    )
    def years() -> Periods:
        return periods("year")

    @router.get(
        f"{VERSION}/stats/month",
        operation_id="list_months",
        tags=["statistics"],
        summary="Months with a run, newest first",
    )
    def months() -> Periods:
        return periods("month")

    @router.get(
        f"{VERSION}/stats/week",
        operation_id="list_weeks",
        tags=["statistics"],
        summary="Weeks with a run, newest first",
    )
    def weeks(week_start: WeekStartDay = None) -> Periods:
        with ask() as answers:
            return answers.stats("week", week_start=week_start)

    @router.get(
        f"{VERSION}/stats/trailing",
        operation_id="get_trailing_days",
        tags=["statistics"],
        summary="The days up to and with today",
    )
    def trailing(days: Days = 30, as_of: AsOf = None) -> Trailing:
        with ask() as answers:
            return answers.trailing(days, as_of=as_of)

    @router.get(
        f"{VERSION}/compare",
        operation_id="compare_years",
        tags=["statistics"],
        summary="Two years, to the same day of the year",
    )
    def compare(first: Year, second: Year, as_of: AsOf = None) -> Comparison:
        with ask() as answers:
            return answers.compare(first, second, as_of=as_of)

    @router.get(
        f"{VERSION}/eddington",
        operation_id="get_eddington",
        tags=["statistics"],
        summary="Eddington numbers in km and miles",
    )
    def eddington() -> Eddington:
        with ask() as answers:
            return answers.eddington()

    return router


def _records(ask: Ask) -> Router:
    router = Router()

    @router.get(
        f"{VERSION}/records",
        operation_id="list_records",
        tags=["records"],
        summary="Every record with its earlier holders",
    )
    def records(minimum: Minimum = None, week_start: WeekStartDay = None) -> Records:
        with ask() as answers:
            return answers.records(minimum=minimum, week_start=week_start)

    @router.get(
        f"{VERSION}/best-efforts",
        operation_id="list_best_efforts",
        tags=["records"],
        summary="The fastest stretch over each distance",
    )
    def best_efforts(distance: Distance = None) -> BestEfforts:
        with ask() as answers:
            return answers.best_efforts(distance=distance)

    return router


def _runs(ask: Ask, rows_of: RowsOf) -> Router:
    router = Router()

    @router.get(
        f"{VERSION}/runs", operation_id="list_runs", tags=["runs"], summary="Runs that fit, in an order"
    )
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
    ) -> Runs:
        with ask() as answers:
            return answers.runs(
                since=since,
                until=until,
                min_km=min_km,
                max_km=max_km,
                race=race,
                treadmill=treadmill,
                types=types,
                sort=sort,
                limit=rows_of(limit),
                cursor=cursor,
            )

    @router.get(f"{VERSION}/runs/<activity_id>", operation_id="get_run", tags=["runs"], summary="One run")
    def run(activity_id: RunPath) -> RunAnswer:
        with ask() as answers:
            return answers.run(activity_id)

    @router.get(
        f"{VERSION}/runs/<activity_id>/splits",
        operation_id="list_splits",
        tags=["runs"],
        summary="A run's splits",
    )
    def splits(activity_id: RunPath, unit: UnitOfSplits = "km") -> Splits:
        with ask() as answers:
            return answers.splits(activity_id, unit)

    return router
