"""`myrunstreak sql`: a question to the published database, which it cannot change and cannot leave."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Annotated, Any, Final, TextIO

import typer
from myrunstreak.csv_text import CsvWriter
from myrunstreak.errors import InvalidQuestion
from myrunstreak.measures import counted

from scripts.commands.command import Bom, Csv, Json, Settings, at_most_one, command
from scripts.display.labelled import show_labelled
from scripts.display.tables import Column, Rows
from scripts.display.terminal import data_output, plain, standard_output
from scripts.record.reading import open_record
from scripts.record.statements import json_value, run_statement, statement_errors, value_text

_TSV_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
# Most rows of a table on a terminal, and most characters of a cell in it.
_MOST_ROWS: Final = 1_000
_CELL: Final = 40


@command(
    examples=(
        'myrunstreak sql "FROM streaks ORDER BY length_days DESC LIMIT 5"',
        'myrunstreak sql "FROM yearly" --csv > years.csv',
    ),
    long=True,
)
def sql(
    settings: Settings,
    statement: Annotated[str, typer.Argument(metavar="SQL", help='For example "FROM streaks".')],
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
    blocks: Annotated[
        bool, typer.Option("--blocks", help="Print one record a block, a line a column.")
    ] = False,
) -> None:
    """Query the database in SQL, read only."""
    at_most_one(json=as_json, csv=as_csv, blocks=blocks)
    if bom and not as_csv:
        raise InvalidQuestion("--bom needs --csv.")
    with open_record(settings) as connection, statement_errors():
        names, rows = run_statement(connection, statement, settings.counted_labels)
        if as_json:
            _print_json(names, rows)
        elif as_csv:
            CsvWriter(data_output(), names, line_end="\n", bom=bom).rows(_cells(row) for row in rows)
        elif blocks:
            _print_blocks(names, rows)
        elif sys.stdout.isatty():
            _print_table(names, rows)
        else:
            _print_tsv(names, rows, sys.stdout)


def _print_json(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    print("[", end="")
    separator = "\n"
    for row in rows:
        record = dict(zip(names, (json_value(value) for value in row), strict=True))
        print(f"{separator}  {json.dumps(record)}", end="")
        separator = ",\n"
    print("]" if separator == "\n" else "\n]")


def _print_tsv(names: list[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    escapes = str.maketrans(_TSV_ESCAPES)
    to.write("\t".join(name.translate(escapes) for name in names) + "\n")
    to.writelines("\t".join(value_text(value).translate(escapes) for value in row) + "\n" for row in rows)


def _print_table(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    out = standard_output()
    shown = list(islice(rows, _MOST_ROWS))
    columns = [
        Column(name, right=all(isinstance(row[place], int | float | Decimal | None) for row in shown))
        for place, name in enumerate(map(plain, names))
    ]
    table = Rows(columns, [[_cut(_shown(value)) for value in row] for row in shown])
    if len(shown) == 1 and not table.fits(out.width):
        _print_blocks(names, iter(shown))
        return
    table.show(out, "--blocks shows one record a block")
    if next(rows, None) is None:
        out.print(counted(len(shown), "row"), style="dim")
    else:
        out.print(
            f"the first {len(shown):,} rows; --csv has all, LIMIT and OFFSET choose others", style="dim"
        )


def _print_blocks(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    out = standard_output()
    for number, row in enumerate(rows):
        if number:
            out.print()
        for name, value in zip(names, row, strict=True):
            show_labelled(out, name, _shown(value), width=max(map(len, names)) + 2)


def _cut(text: str) -> str:
    """A cell's text, in one line and not much of it: a table shows what is there, a block shows it whole."""
    line = " ".join(text.split())
    return line if len(line) <= _CELL else f"{line[: _CELL - 3]}..."


def _shown(value: object) -> str:
    """A value to look at: without the last digits, in which sums of fractions are not exact."""
    return f"{value:.10g}" if isinstance(value, float) else value_text(value)


def _cells(row: Sequence[object]) -> list[object]:
    """The cells of a CSV row: numbers as they are, everything else as text."""
    return [value if isinstance(value, int | float | Decimal) else value_text(value) for value in row]
