"""The API's paths: each asks the engine one question; types make validation and document."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final, Literal

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Router

from myrunstreak.analytics.answering import Answers
from myrunstreak.analytics.answers import (
    BestEffort,
    BestEfforts,
    Calendar,
    CalendarDay,
    Comparison,
    Day,
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
from myrunstreak.analytics.layers import Layers
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

Ask = Callable[[], AbstractContextManager[Answers]]

VERSION: Final = "/v1"
STATUS: Final = f"{VERSION}/status"
DOCUMENT: Final = f"{VERSION}/openapi.json"
DEFAULT_LIMIT: Final = 100


def _columns(item: Any) -> list[str]:
    return [name for name in item.model_fields if name != "history"]


# Answers that are lists, and the columns of their CSV.
LISTS: Final = {
    f"{VERSION}/streaks": _columns(ListedStreak),
    f"{VERSION}/runs": _columns(Run),
    f"{VERSION}/runs/<activity_id>/splits": _columns(Split),
    f"{VERSION}/stats/year": _columns(Period),
    f"{VERSION}/stats/month": _columns(Period),
    f"{VERSION}/stats/week": _columns(Period),
    f"{VERSION}/records": _columns(Record),
    f"{VERSION}/best-efforts": _columns(BestEffort),
    f"{VERSION}/calendar/<year>": _columns(CalendarDay),
}


def make_resolver(ask: Ask) -> APIGatewayHttpResolver:
    """Powertools' resolver with every path; ``ask`` opens the record for one answer."""
    app = APIGatewayHttpResolver(enable_validation=True)
    app.include_router(_streaks(ask))
    app.include_router(_statistics(ask))
    app.include_router(_records(ask))
    app.include_router(_runs(ask))
    return app


def _streaks(ask: Ask) -> Router:
    router = Router()

    @router.get(STATUS, tags=["streak"], summary="Streak, state and freshness, and nothing else")
    def status() -> Status:
        with ask() as answers:
            return answers.status()

    @router.get(f"{VERSION}/streak", tags=["streak"], summary="The streak today, or at the end of a day")
    def streak(minimum: Minimum = None, as_of: AsOf = None) -> StreakAnswer:
        with ask() as answers:
            return answers.streak(minimum=minimum, as_of=as_of)

    @router.get(f"{VERSION}/streaks", tags=["streak"], summary="All streaks, longest first")
    def streaks(minimum: Minimum = None, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Streaks:
        with ask() as answers:
            return answers.streaks(minimum=minimum, limit=limit, cursor=cursor)

    @router.get(f"{VERSION}/days/<day>", tags=["streak"], summary="What counted on a day, and why")
    def day_of(day: DayPath, minimum: Minimum = None) -> Day:
        with ask() as answers:
            return answers.day(day, minimum=minimum)

    @router.get(f"{VERSION}/calendar/<year>", tags=["streak"], summary="Every day of a year")
    def calendar(year: YearPath, minimum: Minimum = None) -> Calendar:
        with ask() as answers:
            return answers.calendar(year, minimum=minimum)

    @router.get(
        f"{VERSION}/layers", tags=["streak"], summary="The layered streaks, each in its running period"
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

    @router.get(f"{VERSION}/stats/year", tags=["statistics"], summary="Years with a run, newest first")
    def years() -> Periods:
        return periods("year")

    @router.get(f"{VERSION}/stats/month", tags=["statistics"], summary="Months with a run, newest first")
    def months() -> Periods:
        return periods("month")

    @router.get(f"{VERSION}/stats/week", tags=["statistics"], summary="Weeks with a run, newest first")
    def weeks(week_start: WeekStartDay = None) -> Periods:
        with ask() as answers:
            return answers.stats("week", week_start=week_start)

    @router.get(f"{VERSION}/stats/trailing", tags=["statistics"], summary="The days up to and with today")
    def trailing(days: Days = 30, as_of: AsOf = None) -> Trailing:
        with ask() as answers:
            return answers.trailing(days, as_of=as_of)

    @router.get(f"{VERSION}/compare", tags=["statistics"], summary="Two years, to the same day of the year")
    def compare(first: Year, second: Year, as_of: AsOf = None) -> Comparison:
        with ask() as answers:
            return answers.compare(first, second, as_of=as_of)

    @router.get(f"{VERSION}/eddington", tags=["statistics"], summary="Eddington numbers in km and miles")
    def eddington() -> Eddington:
        with ask() as answers:
            return answers.eddington()

    return router


def _records(ask: Ask) -> Router:
    router = Router()

    @router.get(f"{VERSION}/records", tags=["records"], summary="Every record with its earlier holders")
    def records(minimum: Minimum = None, week_start: WeekStartDay = None) -> Records:
        with ask() as answers:
            return answers.records(minimum=minimum, week_start=week_start)

    @router.get(f"{VERSION}/best-efforts", tags=["records"], summary="The fastest stretch over each distance")
    def best_efforts(distance: Distance = None) -> BestEfforts:
        with ask() as answers:
            return answers.best_efforts(distance=distance)

    return router


def _runs(ask: Ask) -> Router:
    router = Router()

    @router.get(f"{VERSION}/runs", tags=["runs"], summary="Runs that fit, in an order")
    def runs(
        since: Since = None,
        until: Until = None,
        min_km: Km = None,
        max_km: Km = None,
        race: Race = None,
        treadmill: Treadmill = None,
        types: Types = None,
        sort: Sort = "-start",
        limit: Limit = DEFAULT_LIMIT,
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
                limit=limit,
                cursor=cursor,
            )

    @router.get(f"{VERSION}/runs/<activity_id>", tags=["runs"], summary="One run")
    def run(activity_id: RunPath) -> RunAnswer:
        with ask() as answers:
            return answers.run(activity_id)

    @router.get(f"{VERSION}/runs/<activity_id>/splits", tags=["runs"], summary="A run's splits")
    def splits(activity_id: RunPath, unit: UnitOfSplits = "km") -> Splits:
        with ask() as answers:
            return answers.splits(activity_id, unit)

    return router
