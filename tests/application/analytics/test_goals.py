"""Goals: how a year and a month stand, day by day, written from docs/numbers.md alone."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.goal_models import Goal, Goals
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning
from myrunstreak.errors import InvalidQuestion

from tests.stage.examples import examples
from tests.stage.runs import on, opened

DAY = timedelta(days=1)


def goals(
    runs: dict[date, float],
    today: date,
    *,
    year: str | None = None,
    month: str | None = None,
    synced: date | None = None,
    as_of: date | None = None,
    settings: Tuning | None = None,
) -> Goals:
    """The goals at noon of a day, about so many km on these days."""
    record = opened(on(str(day), number + 1, distance_km=km) for number, (day, km) in enumerate(runs.items()))
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    known = noon if synced is None else datetime(synced.year, synced.month, synced.day, 12, tzinfo=UTC)
    engine = Engine(
        record,
        now=noon,
        settings=settings or Tuning(runner_timezone="UTC"),
        freshness=Freshness(data_as_of=known),
    )
    return engine.goals(goal_year=year, goal_month=month, as_of=as_of)


def test_the_example_of_the_document() -> None:
    """365 km on the morning of 11 January."""
    year, _ = goals({date(2026, 1, 1): 12.0, date(2026, 1, 10): 8.0}, date(2026, 1, 11), year="365").items
    assert (10, 355, 10.0, 10.0) == (year.days_gone, year.days_left, year.even_km, year.ahead_km)
    assert pytest.approx(345 / 355) == year.needed_km_per_day
    assert (pytest.approx(20 / 10 * 365), pytest.approx(20 + 20 / 30 * 355)) == (
        year.projected_km, year.projected_recent_km,
    )  # fmt: skip


@examples(40)
@given(
    today=st.dates(date(2023, 12, 28), date(2026, 1, 4)),
    ago=st.dictionaries(st.integers(0, 420), st.sampled_from([0.5, 3.0, 10.0]), max_size=20),
    goal=st.sampled_from([1, 20, 1000]),
)
def test_a_goal_stands_as_counting_says(today: date, ago: dict[int, float], goal: int) -> None:
    """Over the turns of months and years and a leap year, whether today has its run or not."""
    runs = {today - days * DAY: km for days, km in ago.items()}
    answer = goals(runs, today, year=str(goal), month=str(goal))
    for item in answer.items:
        of_year = item.period == "year"
        period = [today.replace(month=1, day=1) if of_year else today.replace(day=1)]
        length = 366 if calendar.isleap(today.year) else 365
        length = length if of_year else calendar.monthrange(today.year, today.month)[1]
        period += [period[0] + number * DAY for number in range(1, length)]
        gone = [day for day in period if day < today or (day == today and today in runs)]
        done = sum(km for day, km in runs.items() if day in period)
        assert (period[0], period[-1], length) == (item.start_date, item.end_date, item.days)
        assert (len(gone), length - len(gone)) == (item.days_gone, item.days_left)
        assert pytest.approx(done) == item.done_km
        assert pytest.approx(goal * len(gone) / length) == item.even_km
        reached = next(
            (day for day in period if sum(runs.get(one, 0) for one in period if one <= day) >= goal), None
        )
        assert reached == item.reached_on
        if reached:
            assert 0.0 == item.needed_km_per_day
        elif item.days_left:
            assert item.needed_km_per_day is not None
            assert pytest.approx(goal) == done + item.needed_km_per_day * item.days_left
        else:
            assert item.needed_km_per_day is None
        assert (item.projected_km is None) == (not gone)


def both(answer: Goals) -> list[tuple[float | None, str]]:
    """Goal and source of the year and of the month."""
    return [(item.goal_km, item.source) for item in answer.items]


def test_a_goal_is_asked_for_or_set_or_what_was_run_before() -> None:
    """In this order; where nothing was run before there is none."""
    before = {date(2025, 7, 1): 30.0, date(2026, 4, 30): 4.0}
    today = date(2026, 5, 10)
    assert [(30.0, "previous"), (4.0, "previous")] == both(goals(before, today))
    both_set = Tuning(runner_timezone="UTC", goal_year="1000mi", goal_month="150")
    assert [(1609.34, "setting"), (150.0, "setting")] == both(goals(before, today, settings=both_set))
    assert [(5.0, "asked"), (150.0, "setting")] == both(goals(before, today, year="5", settings=both_set))
    year, month = goals({}, today).items
    assert [(None, "previous")] * 2 == both(goals({}, today))
    assert {None} == {year.even_km, year.ahead_km, month.needed_km_per_day, month.reached_on}


def test_days_that_are_not_known_are_not_gone() -> None:
    """Three days without a sync: the line stands where the record does, and what is left is still from today."""
    runs = {date(2026, 5, 1): 5.0, date(2026, 5, 6): 5.0}
    answer = goals(runs, date(2026, 5, 10), month="31", synced=date(2026, 5, 7))
    month: Goal = answer.items[1]
    assert (date(2026, 5, 7), 6, 22, 4.0) == (answer.as_of, month.days_gone, month.days_left, month.ahead_km)
    assert pytest.approx(21 / 22) == month.needed_km_per_day


def test_the_end_of_a_day_in_the_past_may_be_asked_for() -> None:
    """That day is over; runs after it do not count."""
    runs = {date(2026, 4, 10): 7.0, date(2026, 4, 20): 5.0}
    month = goals(runs, date(2026, 5, 10), month="30", as_of=date(2026, 4, 15)).items[1]
    assert (15, 15, 7.0, -8.0) == (month.days_gone, month.days_left, month.done_km, month.ahead_km)


@pytest.mark.parametrize("text", ["0", "0mi", "-5", "far", "", "100001", "nan", "1e3"])
def test_what_is_no_goal_is_refused(text: str) -> None:
    """With the name, the value and what is accepted."""
    with pytest.raises(InvalidQuestion, match=r"goal_month is .*accepted: a distance such as 2000"):
        goals({}, date(2026, 5, 10), month=text)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_day_of_no_record_is_refused(day: date) -> None:
    """At the ends of the calendar there is no year before or after."""
    with pytest.raises(InvalidQuestion, match="year is"):
        goals({}, date(2026, 5, 10), as_of=day)
