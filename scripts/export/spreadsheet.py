"""Runs as a workbook for Excel, LibreOffice, Numbers and Google Sheets: dates are dates, times times, texts texts."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]
from myrunstreak.errors import InvalidSettings
from xlsxwriter.exceptions import FileCreateError  # pyright: ignore[reportMissingTypeStubs]

from scripts.export.selection import TIMES, columns_of_runs
from scripts.export.source import Source

# What one sheet holds, heading included.
_ROWS: Final = 1_048_576
# Beyond this many digits a spreadsheet rounds.
_EXACT: Final = 10**15
_DAY_S: Final = 86_400
# The first day that a spreadsheet counts.
_FIRST: Final = date(1900, 1, 1)
# What XML cannot hold, and what no cell shows.
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_FORMATS: Final = {
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm:ss",
    "time": "[h]:mm:ss",
    "pace": "[m]:ss",
    "distance": "0.00",
    "whole": "0",
}
_WIDTHS: Final = {"notes": 40, "what": 24, "is": 60}


def write_sheet(source: Source, file: Path, warn: Callable[[str], None]) -> int:
    """Write a row a run under a heading that stays in sight, and a sheet that says what it is; how many runs there are.

    Args:
        warn: is told what a sheet cannot hold.

    Raises:
        InvalidSettings: there are more runs than rows.
        OSError: the file cannot be written.
    """
    count = source.selection.count(source.connection)
    if count >= _ROWS:
        raise InvalidSettings(
            f"A sheet holds {_ROWS - 1:,} runs, and there are {count:,}: choose fewer with --year, or --format csv."
        )
    columns = list(source.columns or _columns_for_a_reader(columns_of_runs(source.connection)))
    with tempfile.TemporaryDirectory() as folder:
        book: Any = xlsxwriter.Workbook(str(file), {"constant_memory": True, "tmpdir": folder})
        # The same record makes the same bytes.
        made_at = source.data_as_of.replace(tzinfo=None) if source.data_as_of else datetime(2000, 1, 1)  # noqa: DTZ001
        book.set_properties({"title": "Runs", "created": made_at})
        sheet = _Sheet(book, "runs", columns)
        for row in source.selection.rows(source.connection, columns, clocks=False):
            sheet.write_row(row)
            source.advance(1)
        sheet.finish()
        _write_about(book, source, count)
        try:
            book.close()
        except FileCreateError as error:
            [reason] = error.args
            raise reason from error
    if sheet.cut:
        warn(
            f"Texts of {sheet.cut:,} cells are longer than a cell can hold and were cut; --format csv has all of them."
        )
    return count


def _columns_for_a_reader(columns: Sequence[str]) -> list[str]:
    """The columns of a run, with its time and pace as a clock shows them after its seconds."""
    at = columns.index("duration_s") + 1
    return [*columns[:at], "duration", "pace_per_km", *columns[at:]]


def _write_about(book: Any, source: Source, count: int) -> None:
    selection = source.selection
    rows: list[tuple[str, Any]] = [
        ("runs", count),
        ("from", selection.since),
        ("to", selection.until),
        ("complete as of, UTC", source.data_as_of.replace(tzinfo=None) if source.data_as_of else None),
        ("..._local", "the clock on the watch, where the run was"),
        ("..._utc", "UTC"),
        ("..._km, ..._m, ..._s", "kilometres, metres, seconds"),
        ("duration, pace_per_km", "hours:minutes:seconds, minutes:seconds for a kilometre"),
        ("every column", "docs/data-model.md of MyRunStreak"),
    ]
    sheet = _Sheet(book, "about", ["what", "is"])
    for name, value in rows:
        sheet.write_row((name, value))


class _Sheet:
    """A sheet that is filled from the top.

    Attributes:
        cut: how many texts were too long.
    """

    def __init__(self, book: Any, name: str, columns: Sequence[str]) -> None:
        self._sheet = book.add_worksheet(name)
        self._formats = {kind: book.add_format({"num_format": form}) for kind, form in _FORMATS.items()}
        self._italic = book.add_format({"italic": True})
        self._columns = columns
        self._rows = 0
        self.cut = 0
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, _width(column))
        heading = book.add_format({"bold": True})
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, column, heading)
        self._sheet.freeze_panes(1, 0)

    def write_row(self, values: Sequence[Any]) -> None:
        """Write the next row; None and an empty text are empty cells."""
        self._rows += 1
        for place, (column, value) in enumerate(zip(self._columns, values, strict=True)):
            if value is not None:
                self._write(place, column, value)

    def finish(self) -> None:
        """Let the heading filter the rows."""
        self._sheet.autofilter(0, 0, self._rows, len(self._columns) - 1)

    def _write(self, place: int, column: str, value: Any) -> None:
        sheet, row = self._sheet, self._rows
        if isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif isinstance(value, date) and _day_of(value) >= _FIRST:
            kind = "moment" if isinstance(value, datetime) else "day"
            sheet.write_datetime(row, place, value, self._formats[kind])
        elif isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < _EXACT:
            number = value / _DAY_S if column in TIMES else value
            sheet.write_number(row, place, number, self._number_format(column, value))
        elif not isinstance(value, float):
            self._write_text(place, str(value))

    def _number_format(self, column: str, value: float) -> Any:
        if column in TIMES:
            return self._formats["time" if column == "duration" else "pace"]
        if column.startswith("distance_"):
            return self._formats["distance"]
        return self._formats["whole"] if isinstance(value, int) else None

    def _write_text(self, place: int, text: str) -> None:
        text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        if not text:
            return
        if text.startswith("<r>") and text.endswith("</r>"):
            # The library takes such a text for its own markup, unless it makes the markup itself.
            failed = self._sheet.write_rich_string(self._rows, place, text[:1], self._italic, text[1:])
        else:
            failed = self._sheet.write_string(self._rows, place, text)
        self.cut += failed != 0


def _day_of(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _width(column: str) -> int:
    """As wide as its heading with the arrow of the filter, and as what most cells hold."""
    usual = 20 if column.endswith(("_local", "_utc")) else 10
    return _WIDTHS.get(column, max(len(column) + 4, usual))
