"""Workbooks: what stands in a cell is what the record holds, as the kind of value that a person calculates with."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myrunstreak.errors import InvalidSettings

from scripts.export.rows import write_csv
from scripts.export.spreadsheet import write_sheet
from tests.stage.examples import examples
from tests.stage.runs import Stored, on, opened

from .sources import source_of

_ROW = [
    "activity_id",
    "start_local",
    "start_date",
    "distance_km",
    "duration_s",
    "duration",
    "pace_per_km",
    "notes",
]
WORDS = [
    "=1+1",
    "+31 6",
    "-1",
    "@SUM(A1)",
    "https://example.org",
    "internal:Sheet2!A1",
    "{=1}",
    "007",
    "1e5",
    "2024-03-01",
    "true",
    "<r><t>x</t></r>",
    "_x0041_",
    "\x01a\x08b\ufffe",
    "one\r\ntwo\rthree\tfour",
    "  kept  ",
    "Ünï 🏃 & <b>",
]


def some(number: int) -> list[Stored]:
    """So many runs, one a day."""
    return [
        on(f"2024-03-{day:02}", day, duration_s=3000.0 + day, distance_km=day / 7)
        for day in range(1, number + 1)
    ]


def note(connection: duckdb.DuckDBPyConnection, text: str, number: int = 1) -> None:
    """Give a run a note."""
    connection.execute("UPDATE activities SET notes = ? WHERE activity_id = ?", [text, number])


def written(
    connection: duckdb.DuckDBPyConnection, file: Path, columns: list[str] | None = None
) -> tuple[list[tuple[Any, ...]], list[str]]:
    """The rows of the workbook's first sheet, heading included, and what its writer said."""
    said: list[str] = []
    source = source_of(connection, columns=columns)
    count = write_sheet(source, file, said.append)
    book = openpyxl.load_workbook(file)
    assert ["runs", "about"] == book.sheetnames
    rows = list(book["runs"].iter_rows(values_only=True))
    assert count == len(rows) - 1
    return rows, said


def cell_text(text: str) -> str | None:
    """What a cell shows of a text: line breaks as line feeds, nothing that XML cannot hold."""
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", re.sub("\r\n?", "\n", text))
    return kept or None


def unescaped(cell: object) -> object:
    """As Excel reads a text: openpyxl leaves its escape for a text that looks like an escape."""
    return re.sub("_x005F(?=_x[0-9A-Fa-f]{4}_)", "", cell) if isinstance(cell, str) else cell


def test_values_are_of_their_kind(tmp_path: Path) -> None:
    """Dates and times on the watch's clock, durations that add up, numbers with all digits, ids without an exponent."""
    runs = [
        on("2024-03-01", 1, distance_km=5.12345, duration_s=1650.5),
        on("2024-03-02", 2_900_000_001, distance_km=None, duration_s=None),
        on("2024-03-03", 9_007_199_254_740_993, distance_km=0.0, duration_s=360_000.0),
    ]
    with opened(runs) as connection:
        rows, said = written(connection, tmp_path / "runs.xlsx", _ROW)
    days = [(run.start_local, run.start_local.replace(hour=0)) for run in runs]
    assert [
        tuple(_ROW),
        (1, *days[0], 5.12345, 1650.5, timedelta(seconds=1651), timedelta(seconds=322), None),
        (2_900_000_001, *days[1], None, None, None, None, None),
        (
            "9007199254740993",
            *days[2],
            0,
            360_000,
            timedelta(hours=100),
            None,
            None,
        ),
    ] == rows
    assert [] == said


def test_formats_show_dates_clocks_and_whole_ids(tmp_path: Path) -> None:
    """The heading stays in sight and filters; without a choice every column is there, and the clocks beside."""
    with opened(some(1)) as connection:
        rows, _ = written(connection, tmp_path / "runs.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "runs.xlsx")["runs"]
    form = {name: sheet.cell(2, place).number_format for place, name in enumerate(rows[0], 1)}
    assert {
        "activity_id": "0",
        "start_local": "yyyy-mm-dd hh:mm:ss",
        "start_date": "yyyy-mm-dd",
        "distance_km": "0.00",
        "duration": "[h]:mm:ss",
        "pace_per_km": "[m]:ss",
    }.items() <= form.items()
    assert ("A2", f"A1:{sheet.cell(2, len(rows[0])).coordinate}") == (
        sheet.freeze_panes,
        sheet.auto_filter.ref,
    )
    at = rows[0].index("duration_s")
    assert ("duration", "pace_per_km") == rows[0][at + 1 : at + 3]


@examples(60)
@given(text=st.text(max_size=40) | st.sampled_from(WORDS))
@example("<r></r>")
@example("\x01")
@example("=" + "x" * 40_000)
def test_a_text_is_a_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """No formula, no link, no number; what one cell cannot hold is cut, and said."""
    with opened(some(1)) as connection:
        note(connection, text)
        rows, said = written(
            connection, tmp_path_factory.mktemp("book") / "runs.xlsx", ["activity_id", "notes"]
        )
    expected = cell_text(text)
    assert (expected and expected[:32_767]) == unescaped(rows[1][1])
    assert (1 if len(text) > 32_767 else 0) == len(said)


def test_links_and_formulas_are_in_no_part_of_the_file(tmp_path: Path) -> None:
    """Neither as a relation of the sheet nor as an element of a cell."""
    with opened(some(len(WORDS))) as connection:
        for number, text in enumerate(WORDS, 1):
            note(connection, text, number)
        written(connection, tmp_path / "runs.xlsx", ["notes"])
    shutil.unpack_archive(tmp_path / "runs.xlsx", tmp_path / "parts", "zip")
    sheet = (tmp_path / "parts" / "xl" / "worksheets" / "sheet1.xml").read_text(encoding="utf-8")
    assert not re.search("<f[ >]|<hyperlink", sheet)
    assert not (tmp_path / "parts" / "xl" / "worksheets" / "_rels").exists()


def test_what_no_spreadsheet_counts_is_empty_or_text(tmp_path: Path) -> None:
    """Not a number, and days before 1900."""
    with opened([on("2024-03-01", distance_km=float("nan"))]) as connection:
        connection.execute("UPDATE activities SET created_utc = TIMESTAMP '0001-01-01 00:00:00'")
        rows, _ = written(connection, tmp_path / "runs.xlsx", ["distance_km", "created_utc", "calories"])
    assert (None, "0001-01-01 00:00:00", None) == rows[1]


def test_the_same_record_makes_the_same_bytes(tmp_path: Path) -> None:
    """At any time, in any folder."""
    files = [tmp_path / "a.xlsx", tmp_path / "b.xlsx"]
    with opened(some(2)) as connection:
        for file in files:
            write_sheet(source_of(connection), file, lambda line: None)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_more_runs_than_rows_are_refused(tmp_path: Path) -> None:
    """Before anything is written, with what to do."""
    with opened(some(1)) as connection:
        connection.execute(
            "INSERT INTO activities SELECT a.* REPLACE (2 + n AS activity_id) FROM activities AS a, "
            "range(1048575) AS numbers(n)"
        )
        with pytest.raises(InvalidSettings, match=r"1,048,575 runs, and there are 1,048,576.*--year"):
            write_sheet(source_of(connection), tmp_path / "runs.xlsx", lambda line: None)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="needs LibreOffice: apt-get install libreoffice-calc"
)
def test_libreoffice_reads_what_was_written(tmp_path: Path) -> None:
    """The workbook and the CSV, cell by cell, as its own CSV shows them."""
    runs = some(len(WORDS))
    columns = ["activity_id", "start_local", "start_date", "duration", "distance_km", "notes"]
    with opened(runs) as connection:
        for number, text in enumerate(WORDS, 1):
            note(connection, text, number)
        write_sheet(source_of(connection, columns=columns), tmp_path / "book.xlsx", lambda line: None)
        with (tmp_path / "table.csv").open("w", encoding="utf-8", newline="") as text_file:
            write_csv(source_of(connection, columns=columns), text_file)
    # Commas, quotes, UTF-8, from row 1; cells as they are shown.
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"
    for name, read in (("book.xlsx", []), ("table.csv", ["--infilter=CSV:44,34,76,1"])):
        command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", *read]
        subprocess.run(
            [*command, "--convert-to", form, "--outdir", str(tmp_path / "shown"), str(tmp_path / name)],
            check=True,
            capture_output=True,
            timeout=120,
        )
        shown = tmp_path / "shown" / name.replace(".xlsx", ".csv")
        with shown.open(encoding="utf-8", newline="") as text_file:
            rows = list(csv.reader(text_file))
        assert columns == rows[0]
        for row, run, word in zip(rows[1:], runs, WORDS, strict=True):
            start = run.start_local
            assert [str(run.activity_id), f"{start:%Y-%m-%d %H:%M:%S}", f"{start:%Y-%m-%d}"] == row[:3]
            assert run.distance_km == pytest.approx(float(row[4]), abs=0.006)
            if name == "book.xlsx":
                assert f"0:50:{run.activity_id:02}" == row[3]
                assert (cell_text(word) or "") == re.sub("\r\n?", "\n", row[5])
        if name == "table.csv":
            assert "'=1+1" == rows[1][5]
