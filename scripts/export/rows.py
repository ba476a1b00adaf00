"""Runs as rows: CSV, NDJSON and Parquet."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from myrunstreak.csv_text import CsvWriter

from scripts.export.selection import columns_of_runs
from scripts.export.source import Source

_PORTION: Final = 500


def write_csv(source: Source, text: TextIO, *, bom: bool = False) -> int:
    """A heading, and a row a run; how many runs there are."""
    columns = columns_of(source)
    table = CsvWriter(text, columns, line_end="\n", bom=bom)
    count = 0
    for portion in _portions(source, columns):
        table.rows(portion)
        count += len(portion)
    return count


def write_ndjson(source: Source, text: TextIO) -> int:
    """An object a line; how many runs there are."""
    columns = columns_of(source)
    count = 0
    for portion in _portions(source, columns):
        text.writelines(json_line(dict(zip(columns, row, strict=True))) + "\n" for row in portion)
        count += len(portion)
    return count


def write_parquet(source: Source, file: Path) -> int:
    """One Parquet file; how many runs there are."""
    file.touch()  # where that fails it is an OSError, which DuckDB's own errors are not
    rows = source.selection.statement(columns_of(source))
    [(count,)] = source.connection.execute(
        f"COPY ({rows}) TO $file (FORMAT parquet, USE_TMP_FILE false)",
        {"file": str(file), **source.selection.parameters},
    ).fetchall()
    return int(count)


def columns_of(source: Source) -> list[str]:
    """The columns that were asked for, or every one."""
    return list(source.columns or columns_of_runs(source.connection))


def json_line(value: dict[str, Any]) -> str:
    """A value as JSON on one line; days and times as in ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=lambda other: other.isoformat())


def _portions(source: Source, columns: list[str]) -> Iterator[list[tuple[Any, ...]]]:
    rows = source.selection.rows(source.connection, columns)
    while portion := list(itertools.islice(rows, _PORTION)):
        yield portion
        source.advance(len(portion))
