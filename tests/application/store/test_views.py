"""The periods and the streaks, against cases worked out by hand and against plain counting."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myrunstreak.store.database import RunDatabase

from tests.stage.drafts import Run, Shelf, open_database, rows, run
from tests.stage.examples import examples

MILE_KM = 1.60934


def on(
    activity_id: int,
    day: str | date,
    distance: float | None = 5.0,
    duration: float | None = 1500.0,
    **more: Any,
) -> Run:
    """A run on a day."""
    return run(
        activity_id, startDateTimeLocal=f"{day}T18:00:00+02:00", distance=distance, duration=duration, **more
    )


def stored(shelf: Shelf, *records: Run) -> RunDatabase:
    """A database with these runs."""
    database = open_database()
    database.apply([shelf.page(0, *records)])
    return database


def test_a_day_adds_up_its_runs(shelf: Shelf) -> None:
    """Distance and time of all; pace is total time over total distance of the runs that have a duration."""
    database = stored(
        shelf,
        on(1, "2026-03-01", 5.0, 1500.0, elevationGain=10),
        on(2, "2026-03-01", 3.0, 0.0),
        on(3, "2026-03-01", 5.0, 2000.0),
        on(4, "2026-03-02", None, None),
        on(5, "2026-03-03", 0.0, 60.0),
    )
    assert [
        (date(2026, 3, 1), 3, 13.0, 3500.0, 350.0, 5.0, 10.0),
        (date(2026, 3, 2), 1, 0.0, 0.0, None, None, None),
        (date(2026, 3, 3), 1, 0.0, 60.0, None, 0.0, None),
    ] == rows(database, "SELECT * FROM daily ORDER BY date")


def test_deleted_runs_count_nowhere(shelf: Shelf) -> None:
    """Views read the live runs alone."""
    database = stored(shelf, on(1, "2026-03-01"), on(2, "2026-03-02"))
    database.apply([shelf.vanished(1, 2)])
    for view in ("daily", "weekly", "monthly", "yearly", "streaks"):
        assert [(1,)] == rows(database, f"SELECT runs FROM {view}")


@pytest.mark.parametrize(
    ("day", "week", "monday"),
    [
        ("2024-12-30", "2025-W01", "2024-12-30"),
        ("2025-01-05", "2025-W01", "2024-12-30"),
        ("2021-01-03", "2020-W53", "2020-12-28"),
        ("2021-01-04", "2021-W01", "2021-01-04"),
        ("2023-01-01", "2022-W52", "2022-12-26"),
        ("2024-02-29", "2024-W09", "2024-02-26"),
    ],
)
def test_weeks_are_iso_weeks(shelf: Shelf, day: str, week: str, monday: str) -> None:
    """Monday to Sunday, named by the year that holds the Thursday, also around New Year."""
    database = stored(shelf, on(1, day))
    assert [(week, date.fromisoformat(monday), 1)] == rows(
        database, "SELECT week, start_date, days FROM weekly"
    )
    year, number, _ = date.fromisoformat(day).isocalendar()
    assert f"{year}-W{number:02d}" == week


def test_months_and_years_add_up_their_days(shelf: Shelf) -> None:
    """Runs and days are told apart; periods without a run are not there."""
    database = stored(
        shelf,
        on(1, "2024-02-29", 5.0),
        on(2, "2024-02-29", 4.0),
        on(3, "2024-04-01", 6.0),
        on(4, "2025-01-01", 1.0),
    )
    columns = "start_date, runs, days, distance_km, longest_run_km"
    assert [
        ("2024-02", date(2024, 2, 1), 2, 1, 9.0, 5.0),
        ("2024-04", date(2024, 4, 1), 1, 1, 6.0, 6.0),
        ("2025-01", date(2025, 1, 1), 1, 1, 1.0, 1.0),
    ] == rows(database, f"SELECT month, {columns} FROM monthly ORDER BY month")
    assert [("2024", date(2024, 1, 1), 3, 2, 15.0, 6.0), ("2025", date(2025, 1, 1), 1, 1, 1.0, 1.0)] == rows(
        database, f"SELECT year, {columns} FROM yearly ORDER BY year"
    )


def test_a_streak_counts_both_ends_and_every_run(shelf: Shelf) -> None:
    """Over leap day and New Year; a day with two runs is one day; a gap of one day ends it."""
    days = ["2023-12-31", "2024-01-01", "2024-01-03", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-01"]
    database = stored(shelf, *(on(number, day) for number, day in enumerate(days)))
    assert [
        (date(2023, 12, 31), date(2024, 1, 1), 2, 2, 10.0),
        (date(2024, 1, 3), date(2024, 1, 3), 1, 1, 5.0),
        (date(2024, 2, 28), date(2024, 3, 1), 3, 4, 20.0),
    ] == rows(
        database,
        "SELECT start_date, end_date, length_days, runs, distance_km FROM streaks ORDER BY start_date",
    )


def test_any_recorded_run_counts_without_a_minimum(shelf: Shelf) -> None:
    """0 km, no distance at all: the runner was out."""
    database = stored(shelf, on(1, "2026-03-01", 0.0), on(2, "2026-03-02", None))
    assert [(2,)] == rows(database, "SELECT length_days FROM streaks")
    assert [] == rows(database, "SELECT * FROM streaks_of(0.1)")


@pytest.mark.parametrize(
    ("parts", "minimum", "counts"),
    [
        ([1.60934], MILE_KM, True),
        ([1.60933], MILE_KM, False),
        ([0.1, 0.7], 0.8, True),  # adds up to 0.7999999999999999 in binary
        ([0.7, 0.1], 0.8, True),
        ([0.9, 0.70934], MILE_KM, True),
        ([1.1, 1.1, 1.1, 1.7], 5.0, True),
        ([4.99999], 5.0, False),
        ([4.999996], 5.0, False),  # compared unrounded
        ([2.5, 2.49999], 5.0, False),
    ],
)
def test_a_day_that_adds_up_to_the_minimum_counts(
    shelf: Shelf, parts: list[float], minimum: float, counts: bool
) -> None:
    """Exactly the minimum is enough, whatever binary fractions make of the sum; a centimetre less is not."""
    assert counts == (sum(Decimal(str(part)) for part in parts) >= Decimal(str(minimum)))
    database = stored(shelf, *(on(number, "2026-03-01", part) for number, part in enumerate(parts)))
    assert counts == bool(rows(database, "SELECT * FROM streaks_of(?)", [minimum]))


def streaks_by_counting(
    runs: list[tuple[date, float]], minimum_km: float
) -> set[tuple[date, date, int, int, float]]:
    """The definition, day by day."""
    found: set[tuple[date, date, int, int, float]] = set()
    by_day: dict[date, list[float]] = {}
    for day, distance in runs:
        by_day.setdefault(day, []).append(distance)
    run_days = {
        day
        for day, parts in by_day.items()
        if sum(Decimal(str(p)) for p in parts) >= Decimal(str(minimum_km))
    }
    for day in run_days:
        if day - timedelta(days=1) in run_days:
            continue
        end = day
        while end + timedelta(days=1) in run_days:
            end += timedelta(days=1)
        days = [day + timedelta(days=number) for number in range((end - day).days + 1)]
        total = sum(sum(by_day[one]) for one in days)
        found.add((day, end, len(days), sum(len(by_day[one]) for one in days), round(total, 6)))
    return found


_days = st.integers(0, 25).map(lambda number: date(2024, 2, 20) + timedelta(days=number))


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """One archive for all examples of a module."""
    return Shelf(tmp_path_factory.mktemp("drawer"))


@examples(10)
@given(
    runs=st.lists(
        st.tuples(_days, st.sampled_from([0.0, 0.1, 0.7, 0.8, 0.80467, 1.60934, 5.0])), max_size=40
    ),
    minimum=st.sampled_from([0.0, 0.8, MILE_KM, 5.0]),
)
@example(runs=[], minimum=0.0)
@example(runs=[(date(2024, 2, 28), 0.1), (date(2024, 2, 29), 5.0), (date(2024, 2, 28), 0.7)], minimum=0.8)
def test_streaks_are_the_maximal_sets_of_consecutive_run_days(
    drawer: Shelf, runs: list[tuple[date, float]], minimum: float
) -> None:
    """In any order of input, for every minimum: as counted day by day."""
    database = stored(drawer, *(on(number, day, distance) for number, (day, distance) in enumerate(runs)))
    columns = "start_date, end_date, length_days, runs, round(distance_km, 6)"
    assert streaks_by_counting(runs, minimum) == set(
        rows(database, f"SELECT {columns} FROM streaks_of(?)", [minimum])
    )
    assert streaks_by_counting(runs, 0.0) == set(rows(database, f"SELECT {columns} FROM streaks"))
