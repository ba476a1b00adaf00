"""How a question is put to the database: SQL, bound parameters, rows by name.

A long statement lies in ``sql/``, a short one stands where it runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Protocol

from myrunstreak.statements import read_statement


class Rows(Protocol):
    """The result of a statement."""

    @property
    def description(self) -> Sequence[Sequence[Any]] | None:
        """One entry a column; its first part is the name."""
        ...

    def fetchall(self) -> Sequence[Sequence[Any]]:
        """The rows left."""
        ...


class Database(Protocol):
    """A connection to the runs' database."""

    def execute(self, query: str, parameters: object = None, /) -> Rows:
        """Run one statement."""
        ...


statement: Final = partial(read_statement, "myrunstreak.analytics")


def ask(database: Database, query: str, parameters: Mapping[str, object] | None = None) -> list[Any]:
    """The rows of a statement, each a dictionary by column name."""
    result = database.execute(query, parameters)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
