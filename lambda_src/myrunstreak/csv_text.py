"""CSV as every program reads it back: RFC 4180, UTF-8, and no cell that a spreadsheet would run.

A text that a spreadsheet would take for a formula gets an apostrophe in front of it; numbers stay numbers.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from typing import Final, Literal, Protocol

BOM: Final = "\ufeff"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_RFC_4180: Final = "\r\n"

LineEnd = Literal["\r\n", "\n"]


class Text(Protocol):
    """Where the lines go."""

    def write(self, text: str, /) -> object: ...


class CsvWriter:
    """Writes a heading and rows.

    Args:
        to: a text file, opened with ``newline=""`` where that matters.
        line_end: what ends a row; within a cell every line break is kept as it is.
        bom: begin with the mark by which Excel knows UTF-8.
    """

    def __init__(
        self, to: Text, columns: Sequence[str], *, line_end: LineEnd = "\r\n", bom: bool = False
    ) -> None:
        # With this line end the module quotes a cell for a bare carriage return as well as for a line feed.
        self._writer = csv.writer(_Lines(to, line_end), lineterminator=_RFC_4180)
        if bom:
            to.write(BOM)
        self._writer.writerow([_cell(name) for name in columns])

    def rows(self, rows: Iterable[Iterable[object]]) -> None:
        """Write rows: None is an empty cell, a bool `true` or `false`."""
        self._writer.writerows([_cell(value) for value in row] for row in rows)


class _Lines:
    def __init__(self, to: Text, line_end: LineEnd) -> None:
        self._to = to
        self._end = line_end

    def write(self, line: str) -> object:
        return self._to.write(line.removesuffix(_RFC_4180) + self._end)


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value
