"""The streak as it stands on a day: its state, its length, and the longest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import StreakAnswer
from myrunstreak.contract.tuning import Tuning
from myrunstreak.store.schema.migrations import migrate

from tests.stage.examples import examples

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
TODAY = NOON.date()
Run = tuple[date, float]
Report = Callable[..., StreakAnswer]


def database(*runs: Run, offset: int = 0) -> duckdb.DuckDBPyConnection:
    """A database that holds these runs: day and distance in km."""
    connection = duckdb.connect()
    migrate(connection, "memory")
    numbers = count(1)
    for day, km in runs:
        connection.execute(
            """
            INSERT INTO activities
            (activity_id, start_local, start_date, utc_offset_minutes, offset_suspect, distance_km, duration_s,
             content_hash, first_seen_at, synced_at)
            VALUES (?, ?, ?, ?, false, ?, 1800, 'x', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01')
            """,
            [next(numbers), datetime(day.year, day.month, day.day, 7), day, offset, km],  # noqa: DTZ001
        )
    return connection


def report(*runs: Run, now: datetime = NOON, zone: str | None = "UTC", minimum: str = "any") -> StreakAnswer:
    """The streak of these runs."""
    return Engine(database(*runs), now=now, settings=Tuning(runner_timezone=zone)).streak(minimum=minimum)


def length(streak: StreakAnswer) -> int:
    """Days of the living streak."""
    return streak.current.length_days if streak.current else 0


def days(*ago: int, km: float = 5.0) -> list[Run]:
    """One run on each of these days before today."""
    return [(TODAY - timedelta(days=one), km) for one in ago]


def test_a_run_today_makes_the_streak_done() -> None:
    """With a run today, both ends count and nothing is needed any more."""
    streak = report(*days(0, 1, 2))
    assert ("done_today", 3, 0.0) == (streak.state, length(streak), streak.needed_today_km)


def test_a_run_yesterday_keeps_the_streak_until_midnight() -> None:
    """Without a run today the length still counts, and the answer says how many hours are left."""
    streak = report(*days(1, 2))
    assert ("at_risk", 2, 12 * 3600) == (streak.state, length(streak), streak.seconds_left_today)


def test_the_day_before_yesterday_is_too_long_ago() -> None:
    """A whole day without a run breaks the streak; the longest stays."""
    streak = report(*days(2, 3))
    assert ("broken", 0, None) == (streak.state, length(streak), streak.current)
    assert streak.longest is not None
    assert 2 == streak.longest.length_days


def test_nobody_has_run_yet() -> None:
    """An empty record has neither a current nor a longest streak."""
    streak = report()
    assert ("broken", None, None) == (streak.state, streak.current, streak.longest)


def test_of_two_longest_streaks_the_newest_counts() -> None:
    """Ties for the longest go to the newest."""
    longest = report(*days(3, 4, 5, 20, 21, 22)).longest
    assert longest is not None
    assert TODAY - timedelta(days=5) == longest.start_date


def test_a_run_dated_tomorrow_means_that_it_is_tomorrow_there() -> None:
    """A runner who has crossed the date line is already on the next day."""
    streak = report((TODAY + timedelta(days=1), 5.0), *days(0, 1))
    assert ("done_today", 3, TODAY + timedelta(days=1)) == (streak.state, length(streak), streak.today)


def test_a_run_dated_next_week_changes_nothing() -> None:
    """A watch with a wrong date neither keeps a streak nor lengthens it."""
    streak = report((TODAY + timedelta(days=7), 5.0), *days(2, 3))
    assert "broken" == streak.state


def test_the_time_zone_decides_what_today_is() -> None:
    """At noon in UTC it is past midnight in Kiritimati: yesterday's run is only yesterday's."""
    at_home = report(*days(0), zone="UTC")
    far_away = report(*days(0), zone="Pacific/Kiritimati")
    assert ("done_today", "at_risk") == (at_home.state, far_away.state)


def test_without_a_time_zone_the_latest_run_decides() -> None:
    """The UTC offset of the latest run stands in for the zone: at +14:00 it is tomorrow already."""
    connection = database(*days(0), offset=14 * 60)
    streak = Engine(connection, now=NOON, settings=Tuning()).streak()
    assert (TODAY + timedelta(days=1), "at_risk") == (streak.today, streak.state)


def test_a_night_without_an_hour_has_fewer_hours_left() -> None:
    """When the clocks go forward tonight, the runner's midnight is an hour nearer."""
    spring = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # 00:30 on the 29th in Amsterdam
    streak = report((date(2026, 3, 28), 5.0), now=spring, zone="Europe/Amsterdam")
    assert ("at_risk", 22.5 * 3600) == (streak.state, streak.seconds_left_today)


def test_a_day_below_the_minimum_is_no_run_day() -> None:
    """The runs of a day are added up and held against the minimum; what is still needed is said."""
    half_done = report((TODAY, 0.6), *days(1, 2, km=1.61), minimum="mile")
    assert ("at_risk", 2) == (half_done.state, length(half_done))
    assert 1.00934 == pytest.approx(half_done.needed_today_km)
    twice = report((TODAY, 0.81), (TODAY, 0.81), *days(1, km=1.61), minimum="mile")
    assert ("done_today", 2) == (twice.state, length(twice))


def test_an_exact_mile_counts_as_a_mile() -> None:
    """Smashrun's mile has five decimals: a run of exactly that is a mile."""
    assert 1 == length(report((TODAY, 1.60934), minimum="mile"))


@examples(12)
@given(st.sets(st.integers(0, 40), max_size=30), st.randoms())
def test_the_streak_does_not_depend_on_the_order_of_the_runs(ago: set[int], shuffled: object) -> None:
    """However the runs come in, the current streak is that of counting back day by day."""
    order = list(ago)
    shuffled.shuffle(order)  # type: ignore[attr-defined]
    expected, day = 0, 0 if 0 in ago else 1
    while day in ago:
        expected, day = expected + 1, day + 1
    assert expected == length(report(*days(*order)))
