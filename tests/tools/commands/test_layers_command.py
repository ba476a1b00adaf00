"""The command that shows layered streaks: what a runner reads, on a terminal, in a pipe and as JSON."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from myrunstreak.store.schema.migrations import migrate
from typer.testing import CliRunner

from scripts.cli import app
from tests.stage.layer_runs import Run, insert
from tests.stage.terminal import Terminal, type_on, without_colours

STREAKS = """
[[streak]]
name = "mile a day"
preset = "mile-a-day"
[[streak]]
name = "fifty a month"
inside = "mile a day"
period = "month"
distance = "50 mi"
"""
LAST = date(2026, 5, 20)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a record: a run of 5 km on every day up to the 20th of May, 2026."""
    for name in ("STREAK_MIN_DISTANCE", "UNITS", "WEEK_START"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUCKDB_PATH", str(tmp_path / "runs.duckdb"))
    monkeypatch.setenv("RUNNER_TIMEZONE", "UTC")
    with duckdb.connect(str(tmp_path / "runs.duckdb")) as connection:
        migrate(connection, "test")
        start = datetime(2026, 5, 20, 8)  # noqa: DTZ001 - a wall clock
        insert(connection, [Run(ago + 1, start - timedelta(days=ago), 5.0, 1800.0) for ago in range(60)])
    return tmp_path


def types(*options: str) -> tuple[int, str]:
    """The exit code of the command, and everything that it prints."""
    result = CliRunner().invoke(app, ["layers", *options])
    return result.exit_code, result.output


def shown(*options: str) -> str:
    """What the command prints."""
    code, text = types(*options)
    assert 0 == code, text
    return text


def test_without_a_file_the_runners_own_day_is_shown(folder: Path) -> None:
    """And where one's own streaks would be written."""
    said = shown("--as-of", str(LAST))
    assert "daily: done; 60 days since 2026-03-22; longest 60 days to 2026-05-20" in said
    assert f"{folder}/streaks.toml" in said


def test_what_is_missing_is_said_in_the_runners_unit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """May's 100 km are 62.14 miles: what 70 still lack is rounded up, so that it suffices."""
    monkeypatch.setenv("UNITS", "mi")
    (folder / "streaks.toml").write_text(STREAKS.replace("50 mi", "70 mi"))
    said = shown("--as-of", str(LAST))
    assert "fifty a month: at risk" in said
    assert "20 runs, 62.14 mi; 7.87 mi to go, 12 days left, including today" in said


def test_json_is_the_body_of_the_api(folder: Path) -> None:
    """Unrounded, in km and seconds."""
    (folder / "streaks.toml").write_text(STREAKS)
    answer = json.loads(shown("--as-of", str(LAST), "--json"))
    assert ["mile a day", "fifty a month"] == [item["name"] for item in answer["items"]]
    assert "data_as_of" in answer
    assert "done" == answer["items"][1]["state"]
    assert 100.0 == pytest.approx(answer["items"][1]["period"]["distance_km"])


def test_a_day_is_explained_run_by_run(folder: Path) -> None:
    """Each definition says what it makes of it."""
    (folder / "streaks.toml").write_text(STREAKS)
    said = shown("--explain", str(LAST))
    assert "2026-05-20 08:00  5.00 km  counts  [1]" in said
    assert "20 of 20 runs count, on 20 days, 100 km" in said


def test_a_terminal_gets_a_block_for_each_streak(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the definition under the name; no line is wider than the terminal."""
    (folder / "streaks.toml").write_text(STREAKS)
    terminal = Terminal()
    assert 0 == type_on(terminal, ["layers", "--as-of", str(LAST)], monkeypatch)
    said = without_colours(terminal.text)
    assert "\n  this period" in said
    assert max(map(len, said.splitlines())) <= 80


def test_a_mistake_in_the_file_names_the_file(folder: Path) -> None:
    """One line, with the path and the streak."""
    (folder / "streaks.toml").write_text(
        STREAKS.replace("month", "fortnight", 1).replace('"month"', '"fortnight"')
    )
    code, text = types()
    assert 2 == code
    assert re.search(r"streaks\.toml, streak '.*': period is 'fortnight'; accepted: day", text)
    (folder / "streaks.toml").write_bytes(b"\xff\xfe")
    code, text = types()
    assert (2, True) == (code, "streaks.toml: is no TOML" in text)


def test_two_questions_at_once_are_refused(folder: Path) -> None:
    """A day explained is explained as it is now."""
    code, text = types("--explain", str(LAST), "--as-of", str(LAST))
    assert (2, True) == (code, "--explain and --as-of" in text)
