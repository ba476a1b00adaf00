"""Rows that were asked for before: a published record does not change, so no question about it is computed twice.

The present instant is no part of a statement: what depends on it, such as today's date, is a parameter.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from myrunstreak.analytics.statements import Database, Rows

# Cells of all rows together: 20 MB of numbers and dates, more where the cells are texts. A question with more than a
# quarter of them is computed each time.
_MOST_CELLS: Final = 200_000


@dataclass(frozen=True)
class _Known:
    """The result of a statement, for every asker anew."""

    description: Sequence[Sequence[Any]]
    rows: Sequence[Sequence[Any]]

    @property
    def cells(self) -> int:
        return len(self.description) * (len(self.rows) + 1)

    def fetchall(self) -> Sequence[Sequence[Any]]:
        return self.rows


class Memory:
    """What was asked about one version of a record. The rows used longest ago make room for others."""

    def __init__(self, most_cells: int = _MOST_CELLS) -> None:
        self._most_cells = most_cells
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._cells = 0
        self._lock = threading.Lock()

    def find(self, question: str) -> _Known | None:
        """The rows of a question, where they are known."""
        with self._lock:
            known = self._known.get(question)
            if known is not None:
                self._known.move_to_end(question)
            return known

    def keep(self, question: str, known: _Known) -> None:
        """Remember rows, unless they are too many."""
        if known.cells > self._most_cells // 4:
            return
        with self._lock:
            if question in self._known:
                return
            self._known[question] = known
            self._cells += known.cells
            while self._cells > self._most_cells:
                _, oldest = self._known.popitem(last=False)
                self._cells -= oldest.cells


class RememberingDatabase:
    """A connection that asks a record only what the memory does not know.

    Args:
        database: a connection to the version of the record that the memory is of.
    """

    def __init__(self, database: Database, memory: Memory) -> None:
        self._database = database
        self._memory = memory
        self._choices: list[str] = []
        self._pending: list[str] = []

    def execute(self, query: str, parameters: object = None, /) -> Rows:
        """Run one statement, or give the rows that it gave before."""
        if query.startswith("SET "):
            # What a connection chooses is part of every later question, and waits until one is really asked.
            self._choices.append(query)
            self._pending.append(query)
            return _Known((), ())
        # A statement's text is longer than most rows: 128 bits of it stand for the question.
        asked = repr((self._choices, query, parameters)).encode("utf-8", "surrogatepass")
        question = hashlib.blake2b(asked, digest_size=16).hexdigest()
        known = self._memory.find(question)
        if known is None:
            while self._pending:
                self._database.execute(self._pending.pop(0))
            result = self._database.execute(query, parameters)
            known = _Known(result.description or (), result.fetchall())
            self._memory.keep(question, known)
        return known
