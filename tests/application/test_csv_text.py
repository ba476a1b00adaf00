"""CSV reads back as what was written, in every program, and starts nothing in a spreadsheet."""

from __future__ import annotations

import csv
import io
import math
import tempfile
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.csv_text import BOM, CsvWriter, LineEnd

# What a note may hold, and above all what makes a reader count wrong.
notes = st.text(
    st.one_of(st.sampled_from("\r\n\",;=+-@\t' x"), st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=12,
)
tables = st.lists(st.tuples(st.integers(), notes, notes), max_size=8)
line_ends = st.sampled_from(["\n", "\r\n"])


def written(rows: list[tuple[object, ...]], line_end: LineEnd = "\n", *, bom: bool = False) -> str:
    """A table of these rows."""
    text = io.StringIO()
    CsvWriter(text, ["id", "notes", "place"], line_end=line_end, bom=bom).rows(rows)
    return text.getvalue()


def shown(text: str) -> str:
    """A text as its cell holds it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def by_rfc_4180(text: str) -> list[list[str]]:
    """Rows by the letter: outside quotes a comma ends a cell and CR, LF or CRLF ends a row, as pandas sees it."""
    rows, row, cell, quoted, at = list[list[str]](), list[str](), "", False, 0
    while at < len(text):
        sign = text[at]
        at += 1
        if quoted:
            if sign != '"':
                cell += sign
            elif text[at : at + 1] == '"':
                cell, at = cell + '"', at + 1
            else:
                quoted = False
        elif sign == '"':
            quoted = True
        elif sign == ",":
            row, cell = [*row, cell], ""
        elif sign in "\r\n":
            at += sign == "\r" and text[at : at + 1] == "\n"
            rows, row, cell = [*rows, [*row, cell]], [], ""
        else:
            cell += sign
    return rows


@given(tables, line_ends)
def test_any_note_reads_back_row_for_row(rows: list[tuple[int, str, str]], line_end: LineEnd) -> None:
    """By Python's module, by the letter of RFC 4180 and by DuckDB."""
    text = written(list(rows), line_end)
    expected = [[str(number), shown(note), shown(place)] for number, note, place in rows]
    assert expected == list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert expected == by_rfc_4180(text)[1:]
    assert expected == by_duckdb(text)


def by_duckdb(text: str) -> list[list[str]]:
    """Rows as DuckDB reads a file, every column as text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        file.write_text(text, encoding="utf-8", newline="")
        read = "read_csv(?, header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"')"
        rows = duckdb.sql(
            f"SELECT coalesce(id, ''), coalesce(notes, ''), coalesce(place, '') FROM {read}",
            params=[str(file)],
        )
        return [list(row) for row in rows.fetchall()]


@given(notes)
def test_no_cell_begins_as_a_formula_does(note: str) -> None:
    """Whatever the runner, or a device, has written."""
    cell = list(csv.reader(io.StringIO(written([(1, note, "")]), newline="")))[1][1]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell in (note, f"'{note}")


@pytest.mark.parametrize("number", [-1, -5.25, 3, 0.0, -1e-9])
def test_a_number_stays_a_number(number: float) -> None:
    """A temperature below zero is no formula."""
    row = list(csv.reader(io.StringIO(written([(number, "", None)]))))[1]
    assert math.isclose(number, float(row[0]))
    assert ["", ""] == row[1:]


def test_a_bare_carriage_return_is_quoted() -> None:
    """pandas takes an unquoted one for the end of a row."""
    assert 'id,notes,place\n1,"a\rb",true\n' == written([(1, "a\rb", True)])


def test_excel_knows_it_for_utf_8_where_that_is_wanted() -> None:
    """The mark comes first, once."""
    assert f"{BOM}id,notes,place\r\n" == written([], "\r\n", bom=True)
    assert not written([]).startswith(BOM)
