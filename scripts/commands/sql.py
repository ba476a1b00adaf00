"""`myrunstreak sql`: a question to the published database, which it cannot change and cannot leave."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, TextIO

import typer
from myrunstreak.csv_text import CsvWriter
from myrunstreak.errors import InvalidQuestion
from myrunstreak.measures import counted
from rich.table import Table
from rich.text import Text

from scripts.commands.command import Bom, Csv, Json, Settings, at_most_one, command
from scripts.display.terminal import data_output, plain, standard_output
from scripts.record.reading import open_record
from scripts.record.statements import json_value, run_statement, statement_errors, value_text

_TSV_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


@command()
def sql(
    settings: Settings,
    statement: Annotated[str, typer.Argument(metavar="SQL", help='For example "FROM streaks".')],
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
) -> None:
    """Query the database in SQL, read only."""
    at_most_one(json=as_json, csv=as_csv)
    if bom and not as_csv:
        raise InvalidQuestion("--bom needs --csv.")
    with open_record(settings) as connection, statement_errors():
        names, rows = run_statement(connection, statement, settings.counted_labels)
        if as_json:
            _print_json(names, rows)
        elif as_csv:
            CsvWriter(data_output(), names, line_end="\n", bom=bom).rows(_cells(row) for row in rows)
        elif sys.stdout.isatty():
            _print_table(names, list(rows))
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


def _print_table(names: list[str], rows: list[tuple[Any, ...]]) -> None:
    out = standard_output()
    table = Table(header_style="bold")
    for index, name in enumerate(names):
        numeric = all(isinstance(row[index], int | float | Decimal | None) for row in rows)
        table.add_column(Text(plain(name)), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(plain(_shown(value))) for value in row))
    out.print(table, soft_wrap=False)
    out.print(counted(len(rows), "row"), style="dim")


def _shown(value: object) -> str:
    """A value to look at: without the last digits, in which sums of fractions are not exact."""
    return f"{value:.10g}" if isinstance(value, float) else value_text(value)


def _cells(row: Sequence[object]) -> list[object]:
    """The cells of a CSV row: numbers as they are, everything else as text."""
    return [value if isinstance(value, int | float | Decimal) else value_text(value) for value in row]
