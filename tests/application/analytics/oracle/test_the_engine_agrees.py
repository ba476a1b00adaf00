"""The engine against the oracle on ten thousand histories, and the laws that hold between numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Tuning
from myrunstreak.store.schema.migrations import migrate

from tests.application.analytics.oracle import oracle
from tests.application.analytics.oracle.histories import MINIMA, History, history, store
from tests.application.analytics.oracle.oracle import DAY, Run

HISTORIES = 10_000
PARTS = 20
# Every history is asked about its streak; every third about its past and all its streaks, too, and every twentieth
# about everything else.
MORE = 3
EVERYTHING = 20


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """One database for all."""
    with duckdb.connect(config={"threads": 1}) as opened:
        migrate(opened, "the oracle's tests")
        yield opened


def same(expected: Any, found: Any) -> bool:
    """Equal, numbers within what the order of a sum may change."""
    if isinstance(expected, dict):
        return set(expected) <= set(found) and all(same(value, found[key]) for key, value in expected.items())
    if isinstance(expected, list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-7)
    return expected == found


def asked(connection: duckdb.DuckDBPyConnection, told: History) -> Engine:
    """The engine over a history."""
    settings = Tuning(
        runner_timezone=told.zone,
        streak_min_distance=told.minimum,
        week_start=told.week_start,  # type: ignore[arg-type]
    )
    return Engine(
        connection, now=told.now, settings=settings, freshness=Freshness(data_as_of=told.data_as_of)
    )


def check_streak(answers: Engine, told: History) -> date:
    """Today's streak; today."""
    expected = oracle.streak(told.runs, told.now, told.zone, MINIMA[told.minimum], None, told.data_as_of)
    assert same(expected, answers.streak().model_dump())
    return expected["today"]


def check_streaks(answers: Engine, told: History, today: date) -> None:
    """The streak of a day in the past, and all of them."""
    minimum = MINIMA[told.minimum]
    past = today - timedelta(days=len(told.runs) % 9)
    assert same(
        oracle.streak(told.runs, told.now, told.zone, minimum, past, told.data_as_of),
        answers.streak(as_of=past).model_dump(),
    )
    found = [item.model_dump() for item in answers.streaks(limit=1000).items]
    assert same(oracle.all_streaks(told.runs, told.now, told.zone, minimum, told.data_as_of), found)


def check_everything_else(answers: Engine, told: History, today: date) -> None:
    """Periods, windows, comparisons, Eddington, records, days, the calendar."""
    minimum = MINIMA[told.minimum]
    for unit in ("year", "month", "week"):
        found = {item.period: item.model_dump() for item in answers.stats(unit).items}
        assert same(oracle.periods(told.runs, unit, told.week_start), found)
        assert sorted(found, reverse=True) == list(found), "newest first"
        for item in found.values():
            assert item["period"] == oracle.label(item["start_date"], unit, told.week_start)
            assert item["period"] == oracle.label(item["end_date"], unit, told.week_start)
            assert item["period"] != oracle.label(item["end_date"] + DAY, unit, told.week_start)
            assert item["period"] != oracle.label(item["start_date"] - DAY, unit, told.week_start)
    for days in (7, 30, 90, 365):
        window = answers.trailing(days).model_dump()
        assert same(oracle.between(told.runs, today - (days - 1) * DAY, today), window)
        assert (today - (days - 1) * DAY, today) == (window["from_"], window["to"])
    for unit, km in (("km", 1.0), ("mi", oracle.MILE)):
        number = getattr(answers.eddington(), unit)
        assert oracle.eddington(told.runs, km) == (number.number, number.days_to_next)
    check_records(answers, told, minimum)
    calendar = answers.calendar(today.year).days
    run_days = oracle.run_days(told.runs, minimum)
    assert [date(today.year, 1, 1) + number * DAY for number in range(len(calendar))] == [
        d.date for d in calendar
    ]
    assert date(today.year, 12, 31) == calendar[-1].date
    for day in calendar:
        of_day = oracle.on(told.runs, day.date)
        expected = (len(of_day), oracle.km_of(of_day), day.date in run_days)
        assert same(expected, (day.runs, day.distance_km, day.is_run_day))
        assert state_of_day(told, day.date, run_days) == day.state
    for day in (today, today - DAY, told.runs[0].day if told.runs else today):
        one, of_day = answers.day(day), oracle.on(told.runs, day)
        assert (day in run_days) == one.is_run_day
        assert state_of_day(told, day, run_days) == one.state
        assert same(oracle.km_of(of_day), one.distance_km)
        assert {run.id for run in told.runs if run.day == day} == {run.activity_id for run in one.runs}
        counting = {run.id for run in of_day if minimum == 0 or (run.km or 0) > 0}
        assert counting == {run.activity_id for run in one.runs if run.counts}
    check_comparison(answers, told, today)


def state_of_day(told: History, day: date, run_days: set[date]) -> str:
    """A day without enough runs is only known to be one when it had ended by data_as_of."""
    if day in run_days:
        return "run_day"
    return "no_run_day" if oracle.had_ended(told.runs, day, told.zone, told.data_as_of) else "unknown"


def check_records(answers: Engine, told: History, minimum: float) -> None:
    """Holder, value and all earlier holders of every record."""
    expected = oracle.records(told.runs, minimum, told.week_start, told.zone, told.data_as_of)
    found = {item.kind: item for item in answers.records().items}
    assert set(expected) == set(found)
    for kind, holders in expected.items():
        item = found[kind]
        told_holders = [
            (
                one.activity_id
                if kind == "longest_run"
                else one.date
                if kind == "biggest_day"
                else one.period,
                one.value,
            )
            for one in (*item.history, item)
        ]
        assert same(holders, told_holders), kind


def check_comparison(answers: Engine, told: History, today: date) -> None:
    """Two years to the same day, the last of February where there is none."""
    for first, second in ((today.year - 1, today.year), (today.year - 2, today.year - 1)):
        cut = today.year in (first, second)
        found = answers.compare(first, second).items
        for year, one in zip((first, second), found, strict=True):
            last = date(year, 12, 31)
            if cut:
                day = today.day if not (today.month == 2 and today.day == 29) else 28 + (year % 4 == 0)
                last = date(year, today.month, day)
            assert (year, last) == (one.year, one.to)
            assert same(oracle.between(told.runs, date(year, 1, 1), last), one.model_dump())


@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_agrees_with_counting(connection: duckdb.DuckDBPyConnection, part: int) -> None:
    """On histories with every oddity that a record may hold."""
    for seed in range(part, HISTORIES, PARTS):
        told = history(seed)
        store(connection, told.runs)
        answers = asked(connection, told)
        try:
            today = check_streak(answers, told)
            if seed // PARTS % MORE == 0:
                check_streaks(answers, told, today)
            if seed // PARTS % EVERYTHING == 0:
                check_everything_else(answers, told, today)
        except AssertionError as error:
            raise AssertionError(f"history({seed}): {error}") from error


def test_the_histories_hold_what_they_are_made_for() -> None:
    """Guards the generator: each oddity comes often, each state, each zone."""
    many = [history(seed) for seed in range(2000)]
    runs = [run for one in many for run in one.runs]
    assert min(sum(not one.runs for one in many), sum(len(one.runs) == 1 for one in many)) > 20
    for oddity in (
        sum(run.km is None for run in runs),
        sum(run.km == 0 for run in runs),
        sum(run.seconds == 0 for run in runs),
        sum(run.deleted for run in runs),
        sum(run.suspect for run in runs),
        sum(run.start.hour == 23 for run in runs),
        sum(oracle.beyond_human(run) for run in runs),
        sum(run.day == date(2024, 2, 29) for run in runs),
    ):
        assert oddity > 50
    states = [
        oracle.streak(one.runs, one.now, one.zone, MINIMA[one.minimum], None, one.data_as_of)["state"]
        for one in many
    ]
    assert min(states.count(state) for state in ("done_today", "at_risk", "broken", "unknown")) > 100


def test_eleven_years_without_a_gap_are_one_streak(connection: duckdb.DuckDBPyConnection) -> None:
    """No cap anywhere: 4,018 days, and each period's sum is what its days make."""
    last = date(2026, 5, 10)
    runs = [
        Run(number, datetime.combine(last - number * DAY, datetime.min.time().replace(hour=7)), 5.0, 1500.0)
        for number in range(4018)
    ]
    store(connection, runs)
    answers = Engine(
        connection, now=datetime(2026, 5, 10, 20, tzinfo=UTC), settings=Tuning(runner_timezone="UTC")
    )
    streak = answers.streak()
    assert streak.current == streak.longest
    assert streak.current is not None
    assert (4018, "done_today", 20090.0) == (
        streak.current.length_days,
        streak.state,
        streak.current.distance_km,
    )
    for unit in ("year", "month", "week"):
        items = answers.stats(unit).items
        assert (4018, 20090.0) == (sum(item.days for item in items), sum(item.distance_km for item in items))
    years = range(2015, 2027)
    assert 4018 == sum(day.is_run_day for year in years for day in answers.calendar(year).days)
    assert 4018 == answers.trailing(4018).runs
    assert "longest_break" not in {item.kind for item in answers.records().items}


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_sums_of_parts_are_the_whole(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Days, weeks of both kinds, months, years, calendar cells and a window over everything."""
    told = history(seed)
    store(connection, told.runs)
    answers = asked(connection, told)
    whole = oracle.figures(oracle.live(told.runs))
    for unit, week_start in (("year", None), ("month", None), ("week", "monday"), ("week", "sunday")):
        items = answers.stats(unit, week_start=week_start).items  # type: ignore[arg-type]
        for name in ("runs", "days", "distance_km", "duration_s"):
            assert same(float(whole[name]), float(sum(getattr(item, name) for item in items)))
    years = {run.day.year for run in told.runs}
    cells = [day for year in years for day in answers.calendar(year).days]
    assert same(whole["distance_km"] + 0.0, sum(day.distance_km for day in cells) + 0.0)
    everything = answers.trailing(36_525, as_of=date(2030, 1, 1))
    assert (whole["runs"], whole["days"]) == (everything.runs, everything.days)


@pytest.mark.parametrize("seed", range(1, 300, 11))
def test_the_order_in_which_runs_came_does_not_matter(
    connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    """Shuffled, the same figures."""
    told = history(seed)
    found: list[Any] = []
    for turn in (0, 1):
        runs = list(told.runs)
        random.Random(turn).shuffle(runs)
        store(connection, runs)
        answers = asked(connection, told)
        found.append(
            (
                answers.streak().model_dump(),
                [one.model_dump() for one in answers.streaks().items],
                {one.kind: one.model_dump() for one in answers.records().items},
                [one.model_dump() for one in answers.stats("week").items],
            )
        )
    assert same(found[0], found[1])


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/Amsterdam", date(2026, 3, 29)),
        ("Europe/Amsterdam", date(2026, 10, 25)),
        ("America/St_Johns", date(2026, 11, 1)),
        ("America/Havana", date(2026, 3, 8)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Pacific/Kiritimati", date(2026, 5, 10)),
        ("Pacific/Pago_Pago", date(2026, 5, 10)),
        (None, date(2026, 5, 10)),
    ],
)
def test_the_streak_a_minute_before_and_after_midnight(
    connection: duckdb.DuckDBPyConnection, zone: str | None, day: date
) -> None:
    """At 23:59 yesterday's run still keeps it; at 00:01, without one today, the day before was the last."""
    runs = [
        Run(number, datetime.combine(day - number * DAY, datetime.min.time()), 5.0, 1500.0, 0)
        for number in (1, 2)
    ]
    store(connection, runs)
    end = oracle.today_of([], datetime.combine(day, datetime.min.time().replace(hour=12), UTC), zone or "UTC")
    noon = datetime.combine(day, datetime.min.time().replace(hour=12), UTC)
    # The instant at which the day ends there: noon in UTC and what was left of the day, or of the one that it was then.
    midnight = noon + timedelta(seconds=end[1]) - (end[0] - day)
    for moment, expected in (
        (midnight - timedelta(minutes=1), "at_risk"),
        (midnight + timedelta(minutes=1), "broken"),
    ):
        answers = Engine(connection, now=moment, settings=Tuning(runner_timezone=zone))
        streak = answers.streak()
        assert expected == streak.state
        assert same(oracle.streak(runs, moment, zone, 0.0, None), streak.model_dump())
