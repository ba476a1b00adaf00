"""`export`: what a person types, and what is there afterwards: the whole file or nothing."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from .conftest import Runner, a_run

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)


def days_of(text: str) -> list[str]:
    """The days of an export to CSV."""
    return [row["start_date"] for row in csv.DictReader(io.StringIO(text))]


def test_days_are_chosen_before_files_and_beside_them(synced: Runner) -> None:
    """--to is the last day where it reads as one, and the file otherwise; both may be given, in any order."""
    last, first = str(YESTERDAY - timedelta(days=3)), str(YESTERDAY - timedelta(days=6))
    shown = synced.types("export", "--format", "csv", "--from", first, "--to", last)
    assert (0, "") == (shown.code, shown.err)
    assert [str(YESTERDAY - timedelta(days=days)) for days in (6, 5, 4, 3)] == days_of(shown.out)
    for words in (
        ["--to", last, "--to", "a.csv"],
        ["--to", "b.csv", "--to", last],
        ["--out", "c.csv", "--to", last],
        ["-o", "d.txt", "--to", last, "--format", "csv"],
    ):
        done = synced.types("export", "--from", first, *words)
        assert (0, "") == (done.code, done.out)
        assert "4 runs in " in done.err
    assert (
        shown.out == synced.types("export", "--from", first, "--to", last, "--to", "-", "--format", "csv").out
    )
    for name in ("a.csv", "b.csv", "c.csv", "d.txt"):
        assert shown.out == (synced.folder / name).read_text()


def test_a_year_is_that_year(synced: Runner) -> None:
    """Years in order make the whole; without runs there is a heading, and a word about it."""
    whole = synced.types("export", "--format", "csv").out
    years = sorted({day[:4] for day in days_of(whole)})
    parts = [synced.types("export", "--format", "csv", "--year", year).out for year in years]
    heading = whole.splitlines(keepends=True)[0]
    assert whole == heading + "".join(part.removeprefix(heading) for part in parts)
    empty = synced.types("export", "--format", "csv", "--year", "1999")
    assert (0, heading, "No runs match.\n") == (empty.code, empty.out, empty.err)


def test_columns_are_those_asked_for_in_every_table(synced: Runner) -> None:
    """In their order; without a choice, every one."""
    asked = "start_local,distance_km,duration"
    rows = list(csv.reader(io.StringIO(synced.types("export", "--format", "csv", "--columns", asked).out)))
    assert asked.split(",") == rows[0]
    lines = synced.types("export", "--format", "ndjson", "--columns", asked).out.splitlines()
    assert [asked.split(",")] * 40 == [list(json.loads(line)) for line in lines]
    features = json.loads(synced.types("export", "--format", "geojson", "--columns", asked).out)["features"]
    assert [asked.split(",")] * 40 == [list(one["properties"]) for one in features]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "The format is missing"),
        (["--to", "runs.dat"], "The format is missing"),
        (["--to", "folder"], "The format is missing"),
        (["--format", "xlsx"], "xlsx needs a file"),
        (["--format", "csv", "--to", "runs.xlsx"], "runs.xlsx is named as xlsx"),
        (["--format", "csv", "--to", "folder"], "folder is a folder: name a file in it"),
        (["--to", "folder/", "--format", "ics"], "folder is a folder"),
        (["--to", "a.csv", "--to", "b.csv"], "one file and one last day"),
        (["--to", "a.csv", "--out", "b.csv"], "one file and one last day"),
        (["--to", "2024-01-01", "--to", "2024-01-02", "--format", "csv"], "one file and one last day"),
        (["--to", "01/03/2024", "--format", "csv"], "'01/03/2024'"),
        (["--to", "2024", "--format", "csv"], "'2024'"),
        (["--format", "csv", "--year", "2024", "--from", "2024-01-01"], "--year"),
        (["--format", "csv", "--year", "24"], "year is 24"),
        (["--format", "csv", "--from", "2024-01-02", "--to", "2024-01-01"], "from is 2024-01-02"),
        (["--format", "csv", "--type", "a;b"], "type is 'a;b'"),
        (["--format", "csv", "--columns", "distnace_km"], "did you mean distance_km?"),
        (["--format", "csv", "--units", "mi"], "distance_mi"),
        (["--to", "runs.gpx", "--columns", "notes"], "--columns is for csv"),
        (["--to", "runs.ics", "--bom"], "--bom needs --format csv"),
    ],
    ids=" ".join,
)
def test_what_does_not_fit_is_said_and_nothing_is_written(
    synced: Runner, words: list[str], said: str
) -> None:
    """Exit 2, and no file."""
    (synced.folder / "folder").mkdir()
    before = sorted(synced.folder.rglob("*"))
    outcome = synced.types("export", *words)
    assert (2, "") == (outcome.code, outcome.out)
    assert said in outcome.err
    assert before == sorted(synced.folder.rglob("*"))


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, f"runs.{kind}") for kind in ("csv", "xlsx", "parquet", "geojson", "gpx", "ics")]
    + [("gpx", "tracks/")],
)
def test_where_it_cannot_be_written_nothing_stays(synced: Runner, kind: str, name: str) -> None:
    """One line that says so, exit 1."""
    outcome = synced.types("export", "--format", kind, "--to", f"nowhere/below/{name}")
    assert (1, "") == (outcome.code, outcome.out)
    assert "Cannot write nowhere/below/" in outcome.err
    assert 1 == len(outcome.err.splitlines())
    assert not (synced.folder / "nowhere").exists()


def test_a_pipe_gets_utf_8_on_every_machine(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the machine's own encoding is another, which cannot hold a note."""
    synced.simulator.add(a_run(100, notes="Ünï 🏃"))
    assert synced.types("sync").code in {0, 4}
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    piped = synced.runs("export", "--format", "csv", "--columns", "notes")
    assert (0, "") == (piped.code, piped.err)
    assert "Ünï 🏃" in piped.out.splitlines()


@pytest.mark.parametrize("kind", ["gpx", "geojson"])
def test_damaged_recordings_are_named_with_what_heals_them(synced: Runner, kind: str) -> None:
    """One line with the file and a command that makes it again; no file is left."""
    [recordings] = (synced.folder / "data" / "recordings").rglob("*.parquet")
    recordings.write_bytes(b"not Parquet")
    refused = synced.types("export", "--to", f"tracks.{kind}")
    assert (1, "") == (refused.code, refused.out)
    assert f"{recordings} are damaged" in refused.err
    assert not (synced.folder / f"tracks.{kind}").exists()
    assert 0 == synced.types("rebuild", "--to", "again/runs.duckdb").code
    [made] = (synced.folder / "again" / "recordings").rglob("*.parquet")
    recordings.write_bytes(made.read_bytes())
    assert 0 == synced.types("export", "--to", f"tracks.{kind}").code
