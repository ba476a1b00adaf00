"""Stored days and bests are what their views say, after any change; of other runs they are never believed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.activity_types import choice_for_database
from myrunstreak.contract.tuning import Tuning
from myrunstreak.store.copies.compaction import rewrite
from myrunstreak.store.stored_numbers import refresh_stored_numbers

from tests.application.store.histories import publish
from tests.stage.databases import new_database
from tests.stage.drafts import Shelf, run
from tests.stage.efforts import asked, some_efforts
from tests.stage.examples import examples
from tests.stage.runs import NOON, Stored, on, opened, put

FIRST = date(2026, 1, 1)

_runs = st.builds(
    lambda activity_id, day, hour, km, seconds: Stored(
        activity_id,
        datetime.combine(FIRST + timedelta(days=day), datetime.min.time()).replace(hour=hour),
        km,
        seconds,
    ),
    st.integers(1, 12),
    st.integers(0, 20),
    st.sampled_from([6, 19]),
    st.sampled_from([None, 0.0, 0.1, 0.7, 5.0, 10.02, 12.3]),
    st.sampled_from([None, 0.0, 60.0, 1500.0, 3601.5]),
)
_effort_rows = st.tuples(
    st.integers(1, 12),
    st.sampled_from([("1km", 1000.0), ("5km", 5000.0)]),
    st.sampled_from([200.0, 250.5, 1400.0]),
)
# What a sync may do between two publications.
_changes = st.lists(
    st.one_of(
        st.tuples(st.just("run"), _runs),
        st.tuples(st.just("delete"), st.integers(1, 12)),
        st.tuples(st.just("effort"), _effort_rows),
    ),
    min_size=1,
    max_size=6,
)


def _change(connection: duckdb.DuckDBPyConnection, kind: str, what: Any) -> None:
    match kind:
        case "run":
            connection.execute("DELETE FROM activities WHERE activity_id = ?", [what.activity_id])
            put([what], connection)
        case "delete":
            connection.execute("UPDATE activities SET deleted_at = now() WHERE activity_id = ?", [what])
        case _:
            activity_id, (distance, metres), seconds = what
            connection.execute(
                "DELETE FROM best_efforts WHERE activity_id = ? AND distance = ?", [activity_id, distance]
            )
            connection.execute(
                "INSERT INTO best_efforts VALUES (?, ?, ?, ?, 0.0, 'recording', false, 'x')",
                [activity_id, distance, metres, seconds],
            )


def _rounded(value: Any) -> Any:
    """Sums in another order differ in their last digit."""
    match value:
        case float():
            return round(value, 9)
        case dict():
            return {key: _rounded(one) for key, one in value.items()}
        case list() | tuple():
            return [_rounded(one) for one in value]
        case _:
            return value


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return connection.execute(query).fetchall()


def _check(connection: duckdb.DuckDBPyConnection) -> None:
    """The tables hold what the views say, days in their order."""
    days = _rows(connection, "SELECT * FROM stored_daily_sums")
    assert days == _rows(connection, "SELECT * FROM daily_sums ORDER BY date")
    stored, defined = (
        sorted(map(repr, _rounded(_rows(connection, f"SELECT * FROM {name}"))))
        for name in ("stored_best_holders", "best_holders")
    )
    assert stored == defined


def _everything(engine: Engine) -> list[Any]:
    return [
        _rounded(one.model_dump())
        for one in (
            engine.status(),
            engine.streak(),
            engine.streaks(),
            engine.streaks(minimum="5km"),
            engine.streak(as_of=FIRST + timedelta(days=9)),
            *(engine.stats(unit) for unit in ("year", "month", "week")),
            engine.stats("week", week_start="sunday"),
            engine.records(),
            engine.records(minimum="mile", week_start="sunday"),
            engine.best_efforts(),
            engine.best_efforts(distance="5km"),
            engine.eddington(),
            engine.calendar(2026),
        )
    ]


@examples(25)
@given(publications=st.lists(_changes, min_size=1, max_size=4))
def test_after_any_changes_the_tables_are_what_the_views_say(
    publications: list[list[tuple[str, Any]]],
) -> None:
    """Runs that come, change and go on any day, efforts that come late: refreshed, and asked with and without them."""
    with new_database() as connection:
        for changes in publications:
            for kind, what in changes:
                _change(connection, kind, what)
            computed = _everything(Engine(connection, now=NOON, settings=Tuning()))
            refresh_stored_numbers(connection)
            _check(connection)
            engine = Engine(connection, now=NOON, settings=Tuning())
            assert engine._standing["are_stored"]
            assert computed == _everything(engine)


@pytest.mark.parametrize("seed", range(40))
def test_best_efforts_and_their_bounds_are_stored(seed: int) -> None:
    """Recordings and averages, flagged ones, ties, bounds by longer efforts."""
    engine = asked(some_efforts(seed))
    computed = engine.records(), engine.best_efforts()
    connection = engine._database
    assert isinstance(connection, duckdb.DuckDBPyConnection)
    refresh_stored_numbers(connection)
    again = Engine(connection, now=engine._now, settings=engine._settings)
    assert again._standing["are_stored"]
    assert computed == (again.records(), again.best_efforts())


@pytest.mark.parametrize(
    "change_by_hand",
    [
        "DELETE FROM activities WHERE activity_id = 2",
        "UPDATE activities SET deleted_at = now() WHERE activity_id = 2",
        "UPDATE activities SET start_date = DATE '2026-02-02' WHERE activity_id = 2",
        "UPDATE activities SET distance_km = 42.0 WHERE activity_id = 2",
        "UPDATE activities SET duration_s = 1.0 WHERE activity_id = 2",
        "UPDATE activities SET elevation_gain_m = 1000 WHERE activity_id = 2",
        "UPDATE activities SET activity_type = 'cycling' WHERE activity_id = 2",
        "INSERT INTO best_efforts VALUES (1, '1km', 1000, 200, 0, 'recording', false, 'x')",
        "UPDATE best_efforts SET elapsed_s = 250 WHERE activity_id = 2",
        "UPDATE best_efforts SET flagged = true WHERE activity_id = 2",
        choice_for_database(["cycling"]),
    ],
)
def test_tables_of_other_runs_are_not_believed(change_by_hand: str) -> None:
    """After a change by hand the answers are those of the changed runs; the next publication stores them."""
    with opened([on("2026-05-08", 1), on("2026-05-09", 2), on("2026-05-10", 3)]) as connection:
        connection.execute("UPDATE activities SET activity_type = 'running'")
        connection.execute(
            "INSERT INTO best_efforts VALUES (2, '1km', 1000, 300, 0, 'recording', false, 'x')"
        )
        refresh_stored_numbers(connection)
        # The choice of the file, not of the connection.
        unchosen = Tuning(activity_types="any") if "MACRO" in change_by_hand else Tuning()
        assert (
            unchosen.counted_labels is None
            or Engine(connection, now=NOON, settings=unchosen)._standing["are_stored"]
        )
        connection.execute("RESET VARIABLE activity_types")
        connection.execute(change_by_hand)
        assert not Engine(connection, now=NOON, settings=unchosen)._standing["are_stored"]
        connection.execute("RESET VARIABLE activity_types")
        refresh_stored_numbers(connection)
        _check(connection)


def test_another_choice_of_activities_is_computed() -> None:
    """One connection counts rides too; the file's own choice is answered from the tables as before."""
    with opened([on("2026-05-09", 1), on("2026-05-10", 2)]) as connection:
        connection.execute("UPDATE activities SET activity_type = 'cycling' WHERE activity_id = 2")
        refresh_stored_numbers(connection)
        for types, are_stored, days in (("running", True, 1), ("any", False, 2), ("running", True, 1)):
            engine = Engine(connection, now=NOON, settings=Tuning(activity_types=types))
            assert are_stored == engine._standing["are_stored"]
            streak = engine.streak().longest
            assert streak is not None
            assert days == streak.length_days


def test_every_publication_stores_them(tmp_path: Path) -> None:
    """The published file has them, a rewritten one too, and a day without news writes nothing."""
    shelf = Shelf(tmp_path / "shelf")
    path = tmp_path / "runs.duckdb"
    for number in range(3):
        runs = [
            run(one, startDateTimeLocal=f"2026-10-0{9 - one}T07:00:00+02:00") for one in range(1, 3 + number)
        ]
        publish(path, shelf.page(number, *runs))
        with duckdb.connect(str(path), read_only=True) as connection:
            assert Engine(connection, now=NOON, settings=Tuning())._standing["are_stored"]
            connection.execute("RESET VARIABLE activity_types")
            _check(connection)
    rewrite(path, tmp_path / "rewritten.duckdb")
    with duckdb.connect(str(tmp_path / "rewritten.duckdb"), read_only=True) as connection:
        assert Engine(connection, now=NOON, settings=Tuning())._standing["are_stored"]
        _check(connection)


def test_streaks_of_ordered_days_need_no_sorting() -> None:
    """More days than one group of rows holds, read by several threads, some taken out and others appended."""
    with new_database() as connection:
        connection.execute("SET threads = 4")
        connection.execute(
            """
            INSERT INTO stored_daily_sums
            SELECT DATE '0001-01-01' + CAST(n + n // 97 AS INTEGER), 1 + n % 2, n % 7, 60, 60, n % 7, n % 7, NULL
            FROM range(400_000) AS numbers (n)
            ORDER BY n
            """
        )
        [[last]] = _rows(
            connection, "SELECT date FROM stored_daily_sums ORDER BY date LIMIT 1 OFFSET 300_000"
        )
        connection.execute("DELETE FROM stored_daily_sums WHERE date >= ?", [last])
        for gap in (0, 1, 3):
            connection.execute(
                "INSERT INTO stored_daily_sums VALUES (CAST(? AS DATE) + CAST(? AS INTEGER), 1, 5, 60, 60, 5, 5, NULL)",
                [last, gap],
            )
        for minimum in (0, 1, 5, 6.5):
            ordered, sorting = (
                _rows(
                    connection, f"SELECT * FROM {macro}('stored_daily_sums', {minimum}) ORDER BY start_date"
                )
                for macro in ("streaks_in_order", "streaks_in")
            )
            assert ordered == sorting
            assert len(ordered) > 3000 or minimum == 6.5
