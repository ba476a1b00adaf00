"""`myrunstreak sql`: every way to print an answer, and everything a statement may not do."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from .conftest import Runner

ONE_OF_EACH = (
    "SELECT DATE '2024-02-29' AS day, 1.5 AS km, NULL AS nothing, 'a\tb' AS text, [1, 2] AS list, true AS yes"
)


def test_a_pipe_gets_tab_separated_text(synced: Runner) -> None:
    """In a pipe: a header and a line a row, nothing drawn, tabs within values escaped."""
    outcome = synced.runs("sql", ONE_OF_EACH)
    assert 0 == outcome.code
    assert "day\tkm\tnothing\ttext\tlist\tyes\n2024-02-29\t1.5\t\ta\\tb\t[1, 2]\ttrue\n" == outcome.out


def test_json_is_a_list_of_objects(synced: Runner) -> None:
    """Dates are ISO text, NULL is null, repeated names are numbered."""
    [row] = synced.types("sql", f"{ONE_OF_EACH}, 2 AS km", "--json").json
    expected = {"day": "2024-02-29", "km": 1.5, "nothing": None, "text": "a\tb", "list": [1, 2], "yes": True}
    assert expected | {"km_2": 2} == row


def test_json_of_no_rows_is_an_empty_list(synced: Runner) -> None:
    """Nothing found is still JSON."""
    assert [] == synced.types("sql", "SELECT 1 WHERE false", "--json").json


def test_numbers_that_json_does_not_know_are_null(synced: Runner) -> None:
    """Infinity and NaN would make the document unreadable elsewhere."""
    assert [{"a": None, "b": None}] == synced.types(
        "sql", "SELECT 'nan'::DOUBLE AS a, 'inf'::DOUBLE AS b", "--json"
    ).json


def test_csv_is_csv(synced: Runner) -> None:
    """--csv prints what every spreadsheet reads."""
    text = synced.types("sql", "SELECT 'a,\"b\"' AS x, 1 AS y", "--csv").out
    assert [["x", "y"], ['a,"b"', "1"]] == list(csv.reader(io.StringIO(text)))


def test_the_views_of_the_record_are_there(synced: Runner) -> None:
    """The streak of 40 days is a row of the view `streaks`."""
    [row] = synced.types("sql", "FROM streaks", "--json").json
    assert (40, 40) == (row["length_days"], row["runs"])


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("", "asks nothing"),
        ("SELEC 1", "syntax error"),
        ("FROM no_such_table", "does not exist"),
        ("DELETE FROM activities", "open for reading only"),
        ("CREATE TABLE mine (a INT)", "open for reading only"),
        ("DROP VIEW runs", "open for reading only"),
        ("FROM read_text('{folder}/data/tokens.json')", "Not allowed here"),
        ("COPY runs TO '{folder}/stolen.csv'", "Not allowed here"),
        ("ATTACH '{folder}/other.duckdb' AS other", "Not allowed here"),
        ("INSTALL httpfs", "Not allowed here"),
        ("LOAD httpfs", "Not allowed here"),
        ("SET enable_external_access = true", "Not allowed here"),
    ],
)
def test_what_is_not_a_question_is_refused_in_one_line(synced: Runner, statement: str, said: str) -> None:
    """Errors, changes, other files and extensions: exit 2, one line, nothing touched."""
    before = synced.database.read_bytes()
    outcome = synced.types("sql", statement.format(folder=synced.folder))
    assert (2, "", 1) == (outcome.code, outcome.out, outcome.err.strip().count("\n") + 1)
    assert said.lower() in outcome.err.lower()
    assert before == synced.database.read_bytes()
    assert not list(synced.folder.glob("*.csv")) + list(synced.folder.glob("other*"))


def test_without_a_record_it_says_what_to_do(runner: Runner) -> None:
    """No database yet: exit 2 and the command that makes one."""
    outcome = runner.types("sql", "FROM runs")
    assert (2, True) == (outcome.code, "myrunstreak sync" in outcome.err)


def test_a_damaged_record_is_named_and_left_alone(synced: Runner) -> None:
    """A file that is no database: exit 1, one line with the command that restores it."""
    synced.database.write_bytes(b"not a database")
    outcome = synced.types("sql", "FROM runs")
    assert (1, True) == (outcome.code, "myrunstreak restore" in outcome.err)
    assert b"not a database" == synced.database.read_bytes()


def test_one_form_of_output_at_a_time(synced: Runner) -> None:
    """--json and --csv together are wrong usage."""
    assert 2 == synced.types("sql", "FROM runs", "--json", "--csv").code


def test_who_reads_only_the_beginning_sees_no_complaint(synced: Runner) -> None:
    """`| head` closes the pipe early: no stack trace."""
    process = synced.starts("sql", "SELECT * FROM range(2000000)")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert "" == process.stderr.read()
    process.wait(timeout=30)


# -- rebuild


CONTENT = (
    "SELECT (SELECT md5(string_agg(a::VARCHAR, '|' ORDER BY activity_id)) FROM activities a) AS runs,"
    " (SELECT md5(string_agg(s::VARCHAR, '|' ORDER BY activity_id, unit, split_number)) FROM splits s) AS splits,"
    " (SELECT md5(string_agg(q::VARCHAR, '|' ORDER BY record_hash)) FROM quarantine q) AS quarantine"
)


def test_rebuild_gives_the_same_rows_without_a_network(
    synced: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the archive alone, in a new file: the same runs, splits and quarantine."""
    expected = synced.types("sql", CONTENT, "--json").json
    asked = len(synced.simulator.requests)
    outcome = synced.types("rebuild", "--to", "again/runs.duckdb", "--json")
    assert (0, 40) == (outcome.code, outcome.json["rows"]["activities"])
    assert asked == len(synced.simulator.requests)
    assert list((synced.folder / "again" / "recordings").rglob("*.parquet"))
    monkeypatch.setenv("DUCKDB_PATH", "again/runs.duckdb")
    assert expected == synced.types("sql", CONTENT, "--json").json
    assert ["recordings", "runs.duckdb"] == sorted(
        path.name for path in (synced.folder / "again").iterdir() if not path.name.endswith(".lock")
    )


def test_rebuild_does_not_overwrite_unless_told(synced: Runner) -> None:
    """An existing file stays as it is; --force replaces it whole."""
    target = synced.folder / "kept.txt"
    target.write_text("mine")
    outcome = synced.types("rebuild", "--to", str(target))
    assert (2, "mine") == (outcome.code, target.read_text())
    assert "--force" in outcome.err
    assert 0 == synced.types("rebuild", "--to", str(target), "--force").code
    assert b"DUCK" == target.read_bytes()[8:12]


def test_a_record_that_is_gone_can_be_rebuilt_in_its_place(synced: Runner) -> None:
    """The damaged file moved away, `rebuild --to` its place: the next sync finds nothing new."""
    synced.database.rename(synced.database.with_name("damaged"))
    assert 0 == synced.types("rebuild", "--to", str(synced.database)).code
    assert (0, 0) == tuple(synced.types("sync", "--json").json[name] for name in ("runs_new", "runs_updated"))


def test_rebuild_without_an_archive_names_the_setting(runner: Runner) -> None:
    """Nothing to build from: exit 2, and nothing is written."""
    outcome = runner.types("rebuild", "--to", "new.duckdb")
    assert (2, True) == (outcome.code, "RAW_ARCHIVE" in outcome.err)
    assert not Path("new.duckdb").exists()


def test_rebuild_takes_the_only_source_there_is(synced: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive of another Smashrun than the configured one is rebuilt all the same, and the source is named."""
    monkeypatch.setenv("SMASHRUN_API_URL", "https://smashrun.invalid/v1")
    outcome = synced.types("rebuild", "--to", "new.duckdb", "--json")
    assert (0, "loopback") == (outcome.code, outcome.json["source"])
