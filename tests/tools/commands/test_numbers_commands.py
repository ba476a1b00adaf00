"""The commands that tell numbers: the API's answers as JSON, plain text in a pipe, exports that lose nothing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.contract.settings import Settings
from myrunstreak.measures import distance, duration, pace, time_left
from myrunstreak.store.published import PublishedDatabase

from .conftest import Runner, a_run

# A command, and the API's path that answers the same.
SAME = [
    (["streak"], "/v1/streak"),
    (["streak", "--min", "mile"], "/v1/streak?min=mile"),
    (["streak", "--as-of", "2026-01-01"], "/v1/streak?as_of=2026-01-01"),
    (["streak", "--explain", "2026-01-01"], "/v1/days/2026-01-01"),
    (["records", "--recent"], "/v1/records?sort=newest"),
    (["gaps"], "/v1/gaps?limit=20"),
    (["gaps", "--week", "--longest", "--min", "5.2"], "/v1/gaps?unit=week&sort=longest&min=5.2&limit=20"),
    (["layers"], "/v1/layers"),
    (["stats"], "/v1/stats/year"),
    (["stats", "--month"], "/v1/stats/month"),
    (["stats", "--week"], "/v1/stats/week"),
    (["stats", "--trailing", "7"], "/v1/stats/trailing?days=7"),
    (["compare", "2025", "2026"], "/v1/compare?first=2025&second=2026"),
    (["goals"], "/v1/goals"),
    (["goals", "--year", "1200mi", "--month", "100"], "/v1/goals?goal_year=1200mi&goal_month=100"),
    (["eddington"], "/v1/eddington"),
    (["records"], "/v1/records"),
    (["records", "--distance", "5km"], "/v1/best-efforts?distance=5km"),
    (["calendar", "2026"], "/v1/calendar/2026"),
    (["runs", "--limit", "2", "--sort", "distance"], "/v1/runs?limit=2&sort=distance"),
    (["runs", "--limit", "all"], "/v1/runs?limit=all"),
    (["days", "--from", "2026-01-01", "--to", "2026-03-01"], "/v1/days?from=2026-01-01&to=2026-03-01"),
]


def told(runner: Runner, path: str) -> dict[str, Any]:
    """What the API answers about the runner's record."""
    settings = Settings(duckdb_path=str(runner.database), runner_timezone="UTC")
    published = PublishedDatabase(settings)
    api = Api(settings, published, ApiKeys(None), without_keys=True)
    place, _, query = path.partition("?")
    reply = api.answer(
        {"rawPath": place, "rawQueryString": query, "requestContext": {"http": {"method": "GET"}}}
    )
    published.close()
    assert 200 == reply["statusCode"], reply["body"]
    return json.loads(reply["body"])


def timeless(answer: dict[str, Any]) -> dict[str, Any]:
    """Without the seconds that go by between two questions."""
    text = json.dumps({name: value for name, value in answer.items() if name != "seconds_left_today"})
    return json.loads(text, object_hook=lambda one: {k: v for k, v in one.items() if "seconds_left" not in k})


@pytest.mark.parametrize(
    ("words", "path"), SAME, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_json_is_the_apis_own_answer(synced: Runner, words: list[str], path: str) -> None:
    """One engine, one set of models: the same figures to the last digit."""
    outcome = synced.types(*words, "--json")
    assert 0 == outcome.code, outcome.err
    assert timeless(told(synced, path)) == timeless(outcome.json)


@pytest.mark.parametrize("words", [words for words, _ in SAME], ids=" ".join)
@pytest.mark.parametrize("units", [[], ["--units", "mi"]], ids=["km", "mi"])
def test_text_in_a_pipe_is_plain(synced: Runner, words: list[str], units: list[str]) -> None:
    """No escape codes, no box drawing, something on every page; miles where they are asked for."""
    if units and words[0] in {"gaps", "layers", "eddington"}:
        words, units = words, []
    outcome = synced.types(*words, *units)
    assert (0, "") == (outcome.code, outcome.err)
    assert outcome.out.strip()
    assert not set(outcome.out) & set("\x1b─│┃━■")
    if units and words[0] in {"stats", "runs", "compare"}:
        assert " mi" in outcome.out
        assert " km" not in outcome.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["streak", "--min", "far"], "--min: 'far' makes no run day"),
        (["streak", "--explain", "2026-01-01", "--as-of", "2026-01-01"], "--explain and --as-of"),
        (["records", "--distance", "7km"], "distance is '7km'"),
        (["runs", "--limit", "0"], "limit is 0"),
        (["days", "--from", "2026-01-02", "--to", "2026-01-01"], "from is 2026-01-02"),
        (["runs", "--cursor", "x"], "cursor is 'x'"),
        (["calendar", "1066"], "year is 1066"),
        (["stats", "--trailing", "0"], "days is 0"),
        (["export", "--format", "parquet"], "--to FILE"),
    ],
)
def test_what_cannot_be_understood_is_one_line_and_exit_2(
    synced: Runner, words: list[str], said: str
) -> None:
    """On standard error, with what is accepted."""
    outcome = synced.types(*words)
    assert (2, "") == (outcome.code, outcome.out)
    assert said in outcome.err
    assert 1 == len(outcome.err.strip().splitlines())


@pytest.mark.parametrize(
    ("words", "path"),
    [
        (["runs", "--csv"], "/v1/runs?limit=all"),
        (["runs", "--csv", "--limit", "4"], "/v1/runs?limit=4"),
        (["days", "--csv"], "/v1/days"),
    ],
)
def test_csv_holds_what_json_does(synced: Runner, words: list[str], path: str) -> None:
    """All of it, unless a limit is given."""
    rows = list(csv.DictReader(io.StringIO(synced.types(*words).out)))
    items = told(synced, path)["items"]
    assert len(items) == len(rows) > 2
    for item, row in zip(items, rows, strict=True):
        cells = {name: "" if value is None else str(value) for name, value in item.items()}
        assert cells == {
            name: cell.capitalize() if cell in {"true", "false"} else cell for name, cell in row.items()
        }


def test_statistics_of_two_kinds_are_wrong_usage(synced: Runner) -> None:
    """One at a time."""
    assert 2 == synced.types("stats", "--year", "--month").code
    assert 2 == synced.types("stats", "--as-of", "2026-01-01").code


def test_exports_hold_every_run(synced: Runner, tmp_path: Path) -> None:
    """As many rows as there are live runs, and the same kilometres, in every form."""
    with duckdb.connect(str(synced.database), read_only=True) as connection:
        row = connection.execute("SELECT count(*), sum(distance_km) FROM runs").fetchone()
    assert row
    folder = tmp_path / "exports"
    folder.mkdir()
    files = {kind: folder / f"runs.{kind}" for kind in ("csv", "ndjson", "parquet", "geojson")}
    for kind, file in files.items():
        outcome = synced.types("export", "--format", kind, "--to", str(file))
        assert (0, "") == (outcome.code, outcome.out), outcome.err
    found = {
        "csv": [
            float(one["distance_km"] or 0) for one in csv.DictReader(io.StringIO(files["csv"].read_text()))
        ],
        "ndjson": [json.loads(line)["distance_km"] or 0 for line in files["ndjson"].read_text().splitlines()],
        "parquet": [
            one[0] or 0 for one in duckdb.sql(f"SELECT distance_km FROM '{files['parquet']}'").fetchall()
        ],
        "geojson": [
            one["properties"]["distance_km"] or 0
            for one in json.loads(files["geojson"].read_text())["features"]
        ],
    }
    for kind, distances in found.items():
        assert (row[0], pytest.approx(row[1])) == (len(distances), sum(distances)), kind
    assert sorted(files.values()) == sorted(folder.iterdir()), "nothing half-done stays behind"


def test_an_export_replaces_nothing_unasked(synced: Runner, tmp_path: Path) -> None:
    """Neither a file that is there nor, where it fails, with half of one."""
    folder = tmp_path / "exports"
    folder.mkdir()
    file = folder / "runs.csv"
    file.write_text("mine")
    assert 2 == synced.types("export", "--format", "csv", "--to", str(file)).code
    assert "mine" == file.read_text()
    assert 0 == synced.types("export", "--format", "csv", "--to", str(file), "--force").code
    assert file.read_text().startswith("activity_id,")
    nowhere = folder / "nowhere" / "runs.csv"
    assert 1 == synced.types("export", "--format", "csv", "--to", str(nowhere)).code
    assert [file] == list(folder.iterdir())


@pytest.mark.parametrize("command", ["streak", "stats", "records", "calendar", "runs", "eddington", "layers"])
def test_without_a_record_the_next_step_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """One line that names the command to run."""
    from typer.testing import CliRunner

    from scripts.cli import app

    monkeypatch.chdir(tmp_path)
    for name in ("DUCKDB_PATH", "TOKENS_SECRET", "SYNC_STATE_SECRET"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(app, [command])
    assert 2 == result.exit_code
    assert "myrunstreak sync" in result.stderr


def test_measures_carry() -> None:
    """Sixty seconds are a minute, sixty minutes an hour, in every form."""
    assert ("5:00 /km", "6:00 /km", "4:59 /km") == (pace(299.5, "km"), pace(359.6, "km"), pace(299.4, "km"))
    assert ("1:00:00", "0:00", "59:59", "-0:30") == (
        duration(3599.5),
        duration(0.4),
        duration(3599.4),
        duration(-30),
    )
    assert "8:03 /mi" == pace(300, "mi")
    assert ("1.00 mi", "1,234.50 km", "-") == (
        distance(1.60934, "mi"),
        distance(1234.5, "km"),
        distance(None, "km"),
    )
    assert ("7 h 05 min", "59 min") == (time_left(7 * 3600 + 359), time_left(3599))


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a\rb", "a\nb", 'a"b,c', "Ünï"]


def test_csv_of_the_command_starts_nothing_and_reads_back(runner: Runner) -> None:
    """`export` and `sql --csv` write the notes of runs as the API does: row for row, without formulas."""
    for number, note in enumerate(FORMULAS):
        runner.simulator.add(a_run(100 + number, notes=note))
    assert runner.types("sync").code in {0, 4}
    exported = runner.types("export", "--format", "csv").out
    asked = runner.types(
        "sql", "SELECT activity_id, -1.5 AS below, notes FROM runs ORDER BY activity_id", "--csv"
    ).out
    for text in (exported, asked):
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        found = {int(row["activity_id"]): row["notes"] for row in rows}
        for number, note in enumerate(FORMULAS):
            expected = f"'{note}" if note[0] in "=+-@\t\r" else note
            assert expected == found[3_000_000_000 - 100 - number]
    assert {"-1.5"} == {row["below"] for row in csv.DictReader(io.StringIO(asked, newline=""))}
    marked = runner.types("export", "--format", "csv", "--bom").out
    assert marked == "\ufeff" + exported
    assert runner.types("sql", "SELECT 1", "--csv", "--excel").out.startswith("\ufeff")
    assert 2 == runner.types("export", "--format", "ndjson", "--bom").code
    assert 2 == runner.types("sql", "SELECT 1", "--bom").code
