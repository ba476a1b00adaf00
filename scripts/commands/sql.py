"""`myrunstreak sql`: a question to the published database, which it cannot change and cannot leave."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, TextIO, cast

import typer
from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.csv_text import CsvWriter
from myrunstreak.errors import InvalidQuestion
from myrunstreak.measures import counted
from rich.table import Table
from rich.text import Text

from scripts.commands.command import Bom, Csv, Json, Settings, at_most_one, command
from scripts.display.terminal import data_output, plain, standard_output
from scripts.record.reading import open_record

if TYPE_CHECKING:
    import duckdb

_REFUSALS: Final = (
    "disabled by configuration",
    "disabled through configuration",
    "configuration has been locked",
)
_TSV_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_CHUNK: Final = 1_000


@command()
def sql(
    settings: Settings,
    statement: Annotated[str, typer.Argument(metavar="SQL", help='For example "FROM streaks".')],
    as_json: Json = False,
    as_csv: Csv = False,
    bom: Bom = False,
) -> None:
    """Query the database in SQL, read only."""
    import duckdb

    at_most_one(json=as_json, csv=as_csv)
    if bom and not as_csv:
        raise InvalidQuestion("--bom needs --csv.")
    with open_record(settings) as connection:
        connection.execute(choice_for_connection(settings.counted_labels))
        try:
            connection.execute(statement)
            names = _distinct([column[0] for column in connection.description or ()])
            if not names:
                raise InvalidQuestion('That asks nothing. Try: myrunstreak sql "FROM streaks"')
            rows = _rows(connection)
            if as_json:
                _print_json(names, rows)
            elif as_csv:
                CsvWriter(data_output(), names, line_end="\n", bom=bom).rows(_cells(row) for row in rows)
            elif sys.stdout.isatty():
                _print_table(names, list(rows))
            else:
                _print_tsv(names, rows, sys.stdout)
        except duckdb.Error as error:
            raise InvalidQuestion(_explain(error)) from error


def _explain(error: duckdb.Error) -> str:
    """An engine's error in one line, with the next step where it is one of ours."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    first = plain(lines[0] if lines else type(error).__name__)
    if "read-only mode" in first:
        return "The database is open for reading only: this statement would change it."
    if any(words in first for words in _REFUSALS):
        return f"Not allowed here: {first}. The statement sees the database only."
    hint = next((line for line in lines[1:] if line.startswith(("Did you mean", "Candidate bindings"))), "")
    return f"{first} {plain(hint)}".strip()


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := connection.fetchmany(_CHUNK):
        yield from chunk


def _distinct(names: Sequence[str]) -> list[str]:
    """Column names, repeated ones numbered, so that a JSON object keeps them all."""
    taken: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in taken:
            number += 1
            candidate = f"{name}_{number}"
        taken.append(candidate)
    return taken


def _print_json(names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    print("[", end="")
    separator = "\n"
    for row in rows:
        record = dict(zip(names, (_json_value(value) for value in row), strict=True))
        print(f"{separator}  {json.dumps(record)}", end="")
        separator = ",\n"
    print("]" if separator == "\n" else "\n]")


def _print_tsv(names: list[str], rows: Iterator[tuple[Any, ...]], to: TextIO) -> None:
    escapes = str.maketrans(_TSV_ESCAPES)
    to.write("\t".join(name.translate(escapes) for name in names) + "\n")
    to.writelines("\t".join(_text(value).translate(escapes) for value in row) + "\n" for row in rows)


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
    return f"{value:.10g}" if isinstance(value, float) else _text(value)


def _cells(row: Sequence[object]) -> list[object]:
    """The cells of a CSV row: numbers as they are, everything else as text."""
    return [value if isinstance(value, int | float | Decimal) else _text(value) for value in row]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(_json_value(cast("object", value)), ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)


def _json_value(value: Any) -> Any:
    """A value of the engine as JSON: ISO dates, seconds for intervals, null for what JSON has no number for."""
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case float() if not math.isfinite(value):
            return None
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case dict():
            items = cast("dict[object, object]", value).items()
            return {str(key): _json_value(item) for key, item in items}
        case list() | tuple():
            return [_json_value(item) for item in cast("Sequence[object]", value)]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return _text(value)
