"""The engine against the oracle on a thousand histories, and the laws that hold between numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import settings
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning
from myrunstreak.store.schema.migrations import migrate
from myrunstreak.store.stored_numbers import refresh_stored_numbers

from tests.application.analytics.oracle import oracle
from tests.application.analytics.oracle.histories import MINIMA, History, history, store
from tests.application.analytics.oracle.oracle import DAY, Run

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


def histories_in_a_run() -> int:
    """Ten thousand in the soak."""
    return {"quick": 200, "soak": 10_000}.get(settings.get_current_profile_name(), 1_000)


def same(expected: Any, found: Any) -> bool:
    """Equal, numbers within what the order of a sum may change."""
    if isinstance(expected, dict):
        return set(expected) <= set(found) and all(same(value, found[key]) for key, value in expected.items())
    if isinstance(expected, list | tuple):
        return len(expected) == len(found) and all(map(same, expected, found))
    if isinstance(expected, float) and isinstance(found, int | float):
        return math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-7)
    return expected == found


def make_engine(connection: duckdb.DuckDBPyConnection, case: History) -> Engine:
    """The engine over a history."""
    settings = Tuning(
        runner_timezone=case.zone,
        streak_min_distance=case.minimum,
        week_start=case.week_start,  # type: ignore[arg-type]
    )
    return Engine(
        connection, now=case.now, settings=settings, freshness=Freshness(data_as_of=case.data_as_of)
    )


def check_streak(engine: Engine, case: History) -> date:
    """Today's streak; today."""
    expected = oracle.streak(case.runs, case.now, case.zone, MINIMA[case.minimum], None, case.data_as_of)
    assert same(expected, engine.streak().model_dump())
    return expected["today"]


def check_streaks(engine: Engine, case: History, today: date) -> None:
    """The streak of a day in the past, and all of them."""
    minimum = MINIMA[case.minimum]
    past = today - timedelta(days=len(case.runs) % 9)
    assert same(
        oracle.streak(case.runs, case.now, case.zone, minimum, past, case.data_as_of),
        engine.streak(as_of=past).model_dump(),
    )
    found = [item.model_dump() for item in engine.streaks(limit=1000).items]
    assert same(oracle.all_streaks(case.runs, case.now, case.zone, minimum, case.data_as_of), found)


def check_everything_else(engine: Engine, case: History, today: date) -> None:
    """Periods, windows, comparisons, Eddington, records, days, the calendar."""
    minimum = MINIMA[case.minimum]
    for unit in ("year", "month", "week"):
        found = {item.period: item.model_dump() for item in engine.stats(unit).items}
        assert same(oracle.periods(case.runs, unit, case.week_start), found)
        assert sorted(found, reverse=True) == list(found), "newest first"
        for item in found.values():
            assert item["period"] == oracle.label(item["start_date"], unit, case.week_start)
            assert item["period"] == oracle.label(item["end_date"], unit, case.week_start)
            assert item["period"] != oracle.label(item["end_date"] + DAY, unit, case.week_start)
            assert item["period"] != oracle.label(item["start_date"] - DAY, unit, case.week_start)
    for days in (7, 30, 90, 365):
        window = engine.trailing(days).model_dump()
        assert same(oracle.between(case.runs, today - (days - 1) * DAY, today), window)
        assert (today - (days - 1) * DAY, today) == (window["from_"], window["to"])
    for unit, km in (("km", 1.0), ("mi", oracle.MILE)):
        number = getattr(engine.eddington(), unit)
        assert oracle.eddington(case.runs, km) == (number.number, number.days_to_next)
    check_records(engine, case, minimum)
    for since, until in ((date.min, date.max), (today - timedelta(days=20), today - timedelta(days=3))):
        missed = oracle.gaps(case.runs, case.now, case.zone, minimum, case.data_as_of, since, until)
        gaps = engine.gaps(since=since, until=until, limit=None)
        assert same(missed, [gap.model_dump() for gap in gaps.items])
        assert (len(missed), sum(gap["length"] for gap in missed)) == (gaps.gaps, gaps.missed)
    calendar = engine.calendar(today.year).days
    run_days = oracle.run_days(case.runs, minimum)
    assert [date(today.year, 1, 1) + number * DAY for number in range(len(calendar))] == [
        d.date for d in calendar
    ]
    assert date(today.year, 12, 31) == calendar[-1].date
    for day in calendar:
        of_day = oracle.on(case.runs, day.date)
        expected = (len(of_day), oracle.km_of(of_day), day.date in run_days)
        assert same(expected, (day.runs, day.distance_km, day.is_run_day))
        assert state_of_day(case, day.date, run_days) == day.state
    for day in (today, today - DAY, case.runs[0].day if case.runs else today):
        one, of_day = engine.day(day), oracle.on(case.runs, day)
        assert (day in run_days) == one.is_run_day
        assert state_of_day(case, day, run_days) == one.state
        assert same(oracle.km_of(of_day), one.distance_km)
        assert {run.id for run in case.runs if run.day == day} == {run.activity_id for run in one.runs}
        counting = {run.id for run in of_day if minimum == 0 or (run.km or 0) > 0}
        assert counting == {run.activity_id for run in one.runs if run.counts}
    check_comparison(engine, case, today)


def state_of_day(case: History, day: date, run_days: set[date]) -> str:
    """A day without enough runs is only known to be one when it had ended by data_as_of."""
    if day in run_days:
        return "run_day"
    return "no_run_day" if oracle.had_ended(case.runs, day, case.zone, case.data_as_of) else "unknown"


def check_records(engine: Engine, case: History, minimum: float) -> None:
    """Holder, value and all earlier holders of every record."""
    expected = oracle.records(case.runs, minimum, case.week_start, case.zone, case.data_as_of)
    found = {item.kind: item for item in engine.records().items}
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


def check_comparison(engine: Engine, case: History, today: date) -> None:
    """Two years to the same day, the last of February where there is none."""
    for first, second in ((today.year - 1, today.year), (today.year - 2, today.year - 1)):
        cut = today.year in (first, second)
        found = engine.compare(first, second).items
        for year, one in zip((first, second), found, strict=True):
            last = date(year, 12, 31)
            if cut:
                day = today.day if not (today.month == 2 and today.day == 29) else 28 + (year % 4 == 0)
                last = date(year, today.month, day)
            assert (year, last) == (one.year, one.to)
            assert same(oracle.between(case.runs, date(year, 1, 1), last), one.model_dump())


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(PARTS))
def test_the_engine_agrees_with_counting(connection: duckdb.DuckDBPyConnection, part: int) -> None:
    """On histories with every oddity that a record may hold."""
    for seed in range(part, histories_in_a_run(), PARTS):
        case = history(seed)
        store(connection, case.runs)
        if seed // PARTS % 2:
            # As published. The others are computed, beside stored numbers of another history.
            refresh_stored_numbers(connection)
        engine = make_engine(connection, case)
        try:
            today = check_streak(engine, case)
            if seed // PARTS % MORE == 0:
                check_streaks(engine, case, today)
            if seed // PARTS % EVERYTHING == 0:
                check_everything_else(engine, case, today)
        except AssertionError as error:
            raise AssertionError(f"history({seed}): {error}") from error


def test_the_histories_hold_what_they_are_made_for() -> None:
    """Guards the generator: each oddity comes often, each state, each zone."""
    many = [history(seed) for seed in range(800)]
    runs = [run for one in many for run in one.runs]
    assert min(sum(not one.runs for one in many), sum(len(one.runs) == 1 for one in many)) > 8
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
        assert oddity > 20
    states = [
        oracle.streak(one.runs, one.now, one.zone, MINIMA[one.minimum], None, one.data_as_of)["state"]
        for one in many
    ]
    assert min(states.count(state) for state in ("done_today", "at_risk", "broken", "unknown")) > 40


def test_eleven_years_without_a_gap_are_one_streak(connection: duckdb.DuckDBPyConnection) -> None:
    """No cap anywhere: 4,018 days, and each period's sum is what its days make."""
    last = date(2026, 5, 10)
    runs = [
        Run(number, datetime.combine(last - number * DAY, datetime.min.time().replace(hour=7)), 5.0, 1500.0)
        for number in range(4018)
    ]
    store(connection, runs)
    engine = Engine(
        connection, now=datetime(2026, 5, 10, 20, tzinfo=UTC), settings=Tuning(runner_timezone="UTC")
    )
    streak = engine.streak()
    assert streak.current == streak.longest
    assert streak.current is not None
    assert (4018, "done_today", 20090.0) == (
        streak.current.length_days,
        streak.state,
        streak.current.distance_km,
    )
    for unit in ("year", "month", "week"):
        items = engine.stats(unit).items
        assert (4018, 20090.0) == (sum(item.days for item in items), sum(item.distance_km for item in items))
    years = range(2015, 2027)
    assert 4018 == sum(day.is_run_day for year in years for day in engine.calendar(year).days)
    assert 4018 == engine.trailing(4018).runs
    assert "longest_break" not in {item.kind for item in engine.records().items}


@pytest.mark.parametrize("seed", range(0, 400, 7))
def test_sums_of_parts_are_the_whole(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Days, weeks of both kinds, months, years, calendar cells and a window over everything."""
    case = history(seed)
    store(connection, case.runs)
    engine = make_engine(connection, case)
    whole = oracle.figures(oracle.live(case.runs))
    for unit, week_start in (("year", None), ("month", None), ("week", "monday"), ("week", "sunday")):
        items = engine.stats(unit, week_start=week_start).items  # type: ignore[arg-type]
        for name in ("runs", "days", "distance_km", "duration_s"):
            assert same(float(whole[name]), float(sum(getattr(item, name) for item in items)))
    years = {run.day.year for run in case.runs}
    cells = [day for year in years for day in engine.calendar(year).days]
    assert same(whole["distance_km"] + 0.0, sum(day.distance_km for day in cells) + 0.0)
    everything = engine.trailing(36_525, as_of=date(2030, 1, 1))
    assert (whole["runs"], whole["days"]) == (everything.runs, everything.days)


@pytest.mark.parametrize("seed", range(1, 300, 11))
def test_the_order_in_which_runs_came_does_not_matter(
    connection: duckdb.DuckDBPyConnection, seed: int
) -> None:
    """Shuffled, the same figures."""
    case = history(seed)
    found: list[Any] = []
    for turn in (0, 1):
        runs = list(case.runs)
        random.Random(turn).shuffle(runs)
        store(connection, runs)
        engine = make_engine(connection, case)
        found.append(
            (
                engine.streak().model_dump(),
                [one.model_dump() for one in engine.streaks().items],
                {one.kind: one.model_dump() for one in engine.records().items},
                [one.model_dump() for one in engine.stats("week").items],
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
        engine = Engine(connection, now=moment, settings=Tuning(runner_timezone=zone))
        streak = engine.streak()
        assert expected == streak.state
        assert same(oracle.streak(runs, moment, zone, 0.0, None), streak.model_dump())
