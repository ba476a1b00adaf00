"""The same question to every engine, and whether the answers are the same bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from myrunstreak.lake.board import BOARD_COLUMNS, Dialect, board_sql

from scripts.engines.engine import Engine, table, to_csv


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        name: for people.
        columns: of the answer.
        sql: for each dialect.
        expected: the answer as CSV, where it is known beforehand.
    """

    name: str
    columns: Sequence[str]
    sql: Mapping[Dialect, str]
    expected: str | None = None


@dataclass(frozen=True)
class Answer:
    """An engine's answer as CSV, and how long it took; the first time an engine also warms up."""

    engine: str
    text: str
    seconds: float

    @property
    def digest(self) -> str:
        """Enough of its SHA-256 to see a difference."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    @property
    def rows(self) -> int:
        """Without the heading."""
        return self.text.count("\n") - 1


@dataclass(frozen=True)
class Comparison:
    """The answers to a question."""

    question: Question
    answers: Sequence[Answer]

    @property
    def are_same(self) -> bool:
        """Whether all are the same bytes, and those that were expected."""
        texts = {answer.text for answer in self.answers}
        return len(texts) == 1 and texts <= {self.question.expected or self.answers[0].text}


def compare(question: Question, engines: Sequence[Engine]) -> Comparison:
    """Ask every engine in turn."""
    answers: list[Answer] = []
    for engine in engines:
        began = time.monotonic()
        text = to_csv(question.columns, engine.ask(question.sql[engine.dialect]))
        answers.append(Answer(engine.name, text, time.monotonic() - began))
    return Comparison(question, answers)


def board(minimum_km: float) -> Question:
    """The club's board."""
    rule = f"{minimum_km:g} km a day" if minimum_km else "any run"
    tables = {name: table(name) for name in ("days", "runners")}
    dialects: tuple[Dialect, ...] = ("duckdb", "trino", "spark")
    return Question(
        f"board, {rule}",
        BOARD_COLUMNS,
        {dialect: board_sql(dialect, minimum_km, tables) for dialect in dialects},
    )


def plain(name: str, columns: Sequence[str], sql: str, expected: str | None = None) -> Question:
    """A question that every dialect says alike."""
    return Question(name, columns, {"duckdb": sql, "trino": sql, "spark": sql}, expected)
