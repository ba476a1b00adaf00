"""The command that shows records: bounds as bounds, and how much is behind them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from myrunstreak.analytics.best_models import Coverage
from myrunstreak.analytics.coverage import coverage_text
from typer.testing import CliRunner

from scripts.cli import app
from tests.stage.efforts import ARRIVING, stored


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a record whose recordings have only begun to arrive: two of three runs have theirs."""
    monkeypatch.delenv("UNITS", raising=False)
    monkeypatch.delenv("DETAIL_REQUESTS_PER_SYNC", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUCKDB_PATH", str(tmp_path / "runs.duckdb"))
    monkeypatch.setenv("RUNNER_TIMEZONE", "UTC")
    with stored(ARRIVING, str(tmp_path / "runs.duckdb")) as connection:
        connection.execute("UPDATE activities SET has_details = true")
        connection.execute("UPDATE activities SET details_at = now() WHERE activity_id < 3")
        connection.execute(
            "INSERT INTO details_queue BY NAME "
            "SELECT 3 AS activity_id, TIMESTAMP '2026-06-01' AS enqueued_at, 0 AS attempts"
        )
    return tmp_path


def shown(*options: str) -> list[str]:
    """The lines that the command prints, blanks in a row as one."""
    result = CliRunner().invoke(app, ["records", "--units", "km", *options])
    assert 0 == result.exit_code, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_a_bound_is_shown_as_what_it_is_at_most(folder: Path) -> None:
    """With the run and day of the longer effort, and how much is behind it all."""
    lines = shown()
    assert "fastest 1km at most 4:13 2026-05-03 3 pace of 5km 2" in lines
    assert "fastest 400m at most 1:41 2026-05-03 3 pace of 5km" in lines
    assert "fastest 5km 21:05 2026-05-03 3 average" in lines
    assert lines[-1].startswith("from 2 of 3 recordings; the rest by about ")


def test_the_history_begins_with_what_was_measured(folder: Path) -> None:
    """The bound held nothing before, and the best so far is the first below it."""
    lines = shown("--history")
    place = next(number for number, line in enumerate(lines) if line.startswith("fastest 1km"))
    assert ["5:01 2026-05-02 2", "5:10 2026-05-01 1"] == lines[place + 1 : place + 3]
    assert lines[place + 3].startswith("fastest 1mi")


def test_one_distance_shows_the_bound_and_what_was_measured(folder: Path) -> None:
    """The fastest first."""
    lines = shown("--distance", "1km")
    assert [
        "at most 4:13 4:13 /km 2026-05-03 3 pace of 5km",
        "5:01 5:01 /km 2026-05-02 2 recording after 0:00",
        "5:10 5:10 /km 2026-05-01 1 recording after 0:00",
    ] == lines[2:5]
    assert lines[-1].startswith("from 2 of 3 recordings; the rest by about ")


def test_json_says_how_much_is_behind_it(folder: Path) -> None:
    """In numbers."""
    for options in ([], ["--distance", "1km"]):
        told = json.loads("".join(shown(*options, "--json")))["coverage"]
        assert {"recordings": 2, "of": 3, "pending": 1} == {
            name: told[name] for name in ("recordings", "of", "pending")
        }
        assert date.fromisoformat(told["complete_about"])


@pytest.mark.parametrize(
    ("here", "pending", "day", "words"),
    [
        (160, 4279, date(2026, 12, 18), "from 160 of 4,439 recordings; the rest by about 2026-12-18"),
        (1, 4279, date(2027, 1, 8), "from 1 of 4,280 recordings; the rest by about 2027-01-08"),
        (160, 10, None, "from 160 of 170 recordings; details are off"),
        (4439, 0, None, "from all 4,439 recordings"),
        (1, 0, None, "from the one recording"),
        (0, 0, None, ""),
    ],
)
def test_coverage_in_words(here: int, pending: int, day: date | None, words: str) -> None:
    """How many recordings the bests rest on, and when the rest will be there."""
    if not pending and here > 1:
        fewer = Coverage(recordings=here - 2, of=here, pending=0, complete_about=None)
        said = coverage_text(fewer)
        assert "from 4,437 of 4,439 recordings; no more can be fetched" == said
        some = fewer.model_copy(update={"recordings": here - 9, "pending": 7})
        said = coverage_text(some)
        assert "from 4,430 of 4,439 recordings; details are off; 2 cannot be fetched" == said
    coverage = Coverage(recordings=here, of=here + pending, pending=pending, complete_about=day)
    assert words == coverage_text(coverage)
