"""Statements of the runner's own, put to the published record: their rows, their values, and their errors in one line."""

from __future__ import annotations

import json
import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.errors import InvalidQuestion

from scripts.display.terminal import plain

if TYPE_CHECKING:
    import duckdb

_REFUSALS: Final = (
    "disabled by configuration",
    "disabled through configuration",
    "configuration has been locked",
)
_CHUNK: Final = 1_000


def run_statement(
    connection: duckdb.DuckDBPyConnection, statement: str, counted_labels: Sequence[str] | None
) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    """Run a statement; its columns and its rows. To be used within `statement_errors`.

    Args:
        connection: the published record's, which allows reading alone.
        counted_labels: the activities that count; None: all.

    Raises:
        InvalidQuestion: the statement asks nothing.
    """
    connection.execute(choice_for_connection(counted_labels))
    connection.execute(statement)
    names = _distinct([column[0] for column in connection.description or ()])
    if not names:
        raise InvalidQuestion('That asks nothing. Try: `myrunstreak sql "FROM streaks"`')
    return names, _rows(connection)


@contextmanager
def statement_errors() -> Generator[None]:
    """Turn the engine's errors into `InvalidQuestion`, each in one line."""
    import duckdb

    try:
        yield
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


def json_value(value: Any) -> Any:
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
            return {str(key): json_value(item) for key, item in items}
        case list() | tuple():
            return [json_value(item) for item in cast("Sequence[object]", value)]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return value_text(value)


def value_text(value: object) -> str:
    """A value of the engine as text: nothing for NULL, JSON for what has parts."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list | tuple):
        return json.dumps(json_value(cast("object", value)), ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
