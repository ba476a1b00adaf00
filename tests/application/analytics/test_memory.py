"""What was asked before is answered from memory: the same rows, and never those of another question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.memory import Memory, RememberingDatabase
from myrunstreak.analytics.statements import Rows, ask

_QUESTION = "SELECT $a AS a, getvariable('chosen') AS chosen, x FROM range($rows) AS t (x)"


class _Counting:
    """A connection that counts the questions it is asked."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()
        self.questions = 0

    def execute(self, query: str, parameters: object = None, /) -> Rows:
        """Run one statement."""
        self.questions += query.startswith("SELECT")
        return self.connection.execute(query, parameters)


_questions = st.tuples(
    st.sampled_from([1, 1.0, True, "1", None]), st.integers(0, 30), st.sampled_from(["'x'", "'y'", None])
)


def _asked(database: Any, question: tuple[Any, int, str | None]) -> list[Any]:
    value, rows, choice = question
    if choice:
        database.execute(f"SET VARIABLE chosen = {choice}")
    return ask(database, _QUESTION, {"a": value, "rows": rows})


@given(st.lists(_questions, max_size=12), st.sampled_from([4, 60, 10_000]))
def test_a_memory_changes_no_answer(
    questions: Sequence[tuple[Any, int, str | None]], most_cells: int
) -> None:
    """Whatever was asked before, whatever a connection chose, however little is remembered."""
    counting, memory = _Counting(), Memory(most_cells)
    for question in questions:
        plain = duckdb.connect()
        counting.connection = duckdb.connect()
        expected, found = _asked(plain, question), _asked(RememberingDatabase(counting, memory), question)
        assert repr(expected) == repr(found)


def test_a_question_is_computed_once() -> None:
    """By all that ask about one version; what one of them does with its rows is its own."""
    counting, memory = _Counting(), Memory()
    for _ in range(3):
        rows = _asked(RememberingDatabase(counting, memory), (1, 2, "'x'"))
        rows[0]["a"] = "changed"
    assert 1 == counting.questions


def test_the_rows_used_longest_ago_make_room() -> None:
    """Room is counted in cells; what is too large alone is not kept."""
    counting, memory = _Counting(), Memory(most_cells=48)

    def computed(value: int, *rows: int) -> int:
        before = counting.questions
        for number in rows:
            _asked(RememberingDatabase(counting, memory), (value, number, None))
        return counting.questions - before

    assert 3 == computed(1, 1, 2, 3)
    assert 0 == computed(1, 3, 2, 1)
    assert 2 == computed(1, 50, 50)
    assert 3 == computed(2, 1, 2, 3)
    assert 0 == computed(1, 1)
    assert 1 == computed(1, 3)
