"""Only running counts as running, unless the runner says otherwise; and a pace is of runs with time and distance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.activity_types import expand_labels
from myrunstreak.contract.tuning import Tuning
from myrunstreak.errors import InvalidQuestion
from myrunstreak.store.copies.compaction import rewrite
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.schema.migrations import migrate
from pydantic import ValidationError

from tests.stage.runs import Stored, on, opened

NOW = datetime(2026, 5, 10, 12, tzinfo=UTC)


def asked(runs: list[Stored], labels: list[str | None], types: str = "running") -> Engine:
    """What is answered about activities with these labels."""
    connection = opened(runs)
    for run, label in zip(runs, labels, strict=True):
        connection.execute(
            "UPDATE activities SET activity_type = ? WHERE activity_id = ?", [label, run.activity_id]
        )
    return Engine(connection, now=NOW, settings=Tuning(runner_timezone="UTC", activity_types=types))


@pytest.mark.parametrize(
    ("label", "counts"),
    [
        ("running", True), ("Running", True), ("trail_running", True), ("Treadmill", True), ("TRAIL", True),
        ("track", True), ("unknown", True), ("", True), (None, True), ("walking", False), ("hike", False),
        ("cycling", False), ("swimming", False), ("trail walk", False),
    ],
)  # fmt: skip
def test_a_label_is_running_or_is_not(label: str | None, counts: bool) -> None:
    """Whether in capitals or not; a label that is missing is a run's."""
    assert counts == (asked([on("2026-05-10")], [label]).streak().state == "done_today")


def test_a_ride_is_in_no_number() -> None:
    """A day of a ride carries no streak, its 42.5 km are no longest run and in no sum; lists show it."""
    runs = [on("2026-05-08", 1), on("2026-05-09", 2, distance_km=42.5), on("2026-05-10", 3)]
    answers = asked(runs, ["running", "cycling", "running"])
    streak = answers.streak()
    assert streak.current is not None
    assert 1 == streak.current.length_days
    assert 10.0 == answers.trailing(30).distance_km == answers.stats("year").items[0].distance_km
    assert 5.0 == next(item.value for item in answers.records().items if item.kind == "longest_run")
    assert not next(day for day in answers.calendar(2026).days if day.date == date(2026, 5, 9)).is_run_day
    day = answers.day(date(2026, 5, 9))
    assert [(False, "cycling")] == [(run.counts, run.activity_type) for run in day.runs]
    assert "cycling (42.5 km) does not count: ACTIVITY_TYPES is running." in day.reason
    assert [3, 2, 1] == [run.activity_id for run in answers.runs().items]
    assert [2] == [run.activity_id for run in answers.runs(types="Cycling").items]
    assert [3, 1] == [run.activity_id for run in answers.runs(types="running").items]


@pytest.mark.parametrize(
    ("types", "length"),
    [("any", 3), ("running", 1), ("Running, cycling", 3), ("walking,any", 3), ("walking", 0)],
)
def test_the_runner_says_which_types_count(types: str, length: int) -> None:
    """By the setting, at once, whatever the sync has written into the file."""
    runs = [on("2026-05-08", 1), on("2026-05-09", 2), on("2026-05-10", 3)]
    current = asked(runs, ["running", "cycling", "running"], types).streak().current
    assert length == (current.length_days if current else 0)


def test_types_that_are_no_labels_are_refused() -> None:
    """In settings and in questions."""
    for text in ("running,", "a'b", "x" * 60):
        with pytest.raises(ValidationError):
            Tuning(activity_types=text)
        with pytest.raises(InvalidQuestion, match="type is"):
            asked([], []).runs(types=text)


def test_what_the_sync_was_told_stays_in_the_file(tmp_path: Path) -> None:
    """People's SQL counts it, writing it again changes nothing, and a rewrite of the file keeps it."""
    with duckdb.connect(str(tmp_path / "old.duckdb")) as connection:
        migrate(connection, "a test")
        database = RunDatabase(connection)
        assert not database.choose_activity_types(expand_labels("running"))
        assert database.choose_activity_types(expand_labels("walking"))
        assert not database.choose_activity_types(expand_labels("walking"))
    rewrite(tmp_path / "old.duckdb", tmp_path / "new.duckdb")
    with duckdb.connect(str(tmp_path / "new.duckdb"), read_only=True) as connection:
        assert (["walking"],) == connection.execute("SELECT activity_types()").fetchone()


def test_a_session_without_a_distance_is_in_no_pace() -> None:
    """0 km in an hour beside 10 km in 3,000 s: 300 s a km for the day, the periods, the window and the comparison."""
    run = on("2026-05-10", 1, distance_km=10.0, duration_s=3000.0)
    gym = replace(run, activity_id=2, distance_km=0.0, duration_s=3600.0)
    answers = asked([run, gym], ["running", "running"])
    paces = [item.pace_s_per_km for unit in ("year", "month", "week") for item in answers.stats(unit).items]  # type: ignore[arg-type]
    paces += [answers.trailing(7).pace_s_per_km, answers.compare(2025, 2026).items[1].pace_s_per_km]
    connection = answers._database  # pyright: ignore[reportPrivateUsage]
    for view in ("daily", "weekly", "monthly", "yearly", "periods('month')"):
        paces += [row[0] for row in connection.execute(f"SELECT pace_s_per_km FROM {view}").fetchall()]
    assert [300.0] * 10 == paces


def test_the_end_of_a_streak_is_told_with_its_reason() -> None:
    """The last streak before the current one, the day that ended it, and what was recorded on that day."""
    runs = [
        on("2026-05-06", 1),
        on("2026-05-07", 2),
        on("2026-05-08", 3, distance_km=3.2),
        on("2026-05-10", 4),
    ]
    previous = asked(runs, ["running", "running", "walking", "running"]).streak().previous
    assert previous is not None
    assert (2, date(2026, 5, 8)) == (previous.length_days, previous.ended_by)
    assert (
        "No run on this day. walking (3.2 km) does not count: ACTIVITY_TYPES is running." == previous.reason
    )
    assert asked(runs[:2], ["running"] * 2).streak().previous == previous.model_copy(
        update={"reason": "No run on this day."}
    )
