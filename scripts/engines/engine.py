"""What the three engines have in common: a question in SQL, and its answer as CSV."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, Protocol

from myrunstreak.csv_text import CsvWriter
from myrunstreak.lake.board import Dialect
from myrunstreak.lake.catalog import NAMESPACE

# Every engine is told to call the catalog so.
CATALOG: Final = "lake"

Rows = Sequence[Sequence[object]]


class EngineFailed(RuntimeError):
    """An engine answered a question with an error; the message names the engine."""


class Engine(Protocol):
    """An engine that reads the lake."""

    @property
    def name(self) -> str:
        """With its version."""
        ...

    @property
    def dialect(self) -> Dialect:
        """What it speaks."""
        ...

    def ask(self, sql: str) -> Rows:
        """The rows of an answer.

        Raises:
            EngineFailed: the engine refused the question.
        """
        ...


def table(name: str) -> str:
    """A table of the lake as every engine calls it."""
    return f"{CATALOG}.{NAMESPACE}.{name}"


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """The bytes that answers are compared by: a day as ISO 8601, whether an engine gives it as a day or as text."""
    text = io.StringIO()
    CsvWriter(text, columns).rows(
        [value.isoformat() if isinstance(value, date) else value for value in row] for row in rows
    )
    return text.getvalue()
