"""Statements that a connection plans once answer as those that it plans each time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.contract.tuning import Tuning
from myrunstreak.store.prepared import PreparedConnection, find_types

from tests.stage.examples import examples
from tests.stage.runs import NOON, on, opened

TYPED = "SELECT CAST($value AS {}) AS value"
VALUES = {
    "VARCHAR": st.text(max_size=20),
    "DOUBLE": st.floats(),
    "BIGINT": st.integers(-(2**63), 2**63 - 1),
    "DATE": st.dates(date(1, 1, 1)),
    "BOOLEAN": st.booleans(),
    "VARCHAR[]": st.lists(st.text(max_size=5), max_size=3),
    "DATE[]": st.lists(st.dates(date(1, 1, 1)), max_size=3),
}


@pytest.fixture(scope="module")
def connection() -> Iterator[PreparedConnection]:
    """One for all."""
    with duckdb.connect() as plain:
        yield PreparedConnection(plain)


@examples(150)
@given(
    st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind] | st.none()))
)
@example(("VARCHAR", "it's -- $value; '' \\' \0"))
@example(("DOUBLE", math.inf))
@example(("BIGINT", -(2**63)))
def test_a_value_arrives_as_it_was_given(connection: PreparedConnection, asked: tuple[str, Any]) -> None:
    """Quotes and comments in a text stay a value, as if bound; they never become a part of the statement."""
    kind, value = asked
    query = TYPED.format(kind)
    [(found,)] = connection.execute(query, {"value": value}).fetchall()
    [(bound,)] = connection.connection.execute(query, {"value": value}).fetchall()
    assert repr(bound) == repr(found)


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("SELECT 1", {}),
        ("SELECT CAST($a AS DATE), CAST($b AS VARCHAR[])", {"a": "DATE", "b": "VARCHAR[]"}),
        ("-- of $a and $c\nSELECT CAST($a AS DATE)", {"a": "DATE"}),
        ("SELECT $a", None),
        ("SELECT CAST($a AS DATE), $a", None),
        ("SELECT CAST($a AS DATE), CAST($a AS DATE)", None),
    ],
)
def test_only_parameters_that_stand_once_and_have_a_type_are_prepared(
    query: str, types: dict[str, str] | None
) -> None:
    """DuckDB would plan any other statement each time, and refuse a value that it cannot convert."""
    assert types == find_types(query)


def test_a_plan_is_made_once(connection: PreparedConnection) -> None:
    """The same statement with other values is the same plan; what cannot be prepared runs all the same."""
    before = len(connection._names)
    for value in (1, 2, 3):
        assert [(value,)] == connection.execute("SELECT CAST($a AS INTEGER) AS once", {"a": value}).fetchall()
        assert [(value, value)] == connection.execute("SELECT $a, $a", {"a": value}).fetchall()
    assert before + 1 == len(connection._names)


def test_what_a_connection_chooses_is_part_of_a_plan() -> None:
    """DuckDB puts a variable's value into the plan: another choice is another plan."""
    with opened([on("2026-05-09", 1), on("2026-05-10", 2)]) as plain:
        plain.execute("UPDATE activities SET activity_type = if(activity_id = 2, 'cycling', 'running')")
        prepared = PreparedConnection(plain)
        for _ in range(2):
            for labels, days in ((["running"], 1), (["cycling"], 1), (None, 2)):
                prepared.execute(choice_for_connection(labels))
                assert [(days,)] == prepared.execute("SELECT count(*) FROM daily").fetchall()


def test_a_connection_remembers_so_many_plans_only() -> None:
    """A user's own statements would fill the memory."""
    with duckdb.connect() as plain:
        prepared = PreparedConnection(plain)
        for number in range(250):
            assert [(number,)] == prepared.execute(f"SELECT {number}").fetchall()
        assert len(prepared._names) == 100


def test_an_error_is_that_of_the_statement(connection: PreparedConnection) -> None:
    """And the connection goes on."""
    for _ in range(2):
        with pytest.raises(duckdb.Error, match="no_such_table"):
            connection.execute("SELECT * FROM no_such_table")
    assert [(1,)] == connection.execute("SELECT 1").fetchall()


class _Noting:
    """A connection that takes down what it is asked."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self.asked: list[str] = []

    def execute(self, query: str, parameters: Any = None, /) -> duckdb.DuckDBPyConnection:
        """Run one statement."""
        self.asked.append(query)
        return self._connection.execute(query, parameters)


def test_every_question_is_written_to_be_prepared() -> None:
    """Each parameter stands once, with its type, in every question about a record. Layered streaks are left out."""
    with opened([on("2026-05-08", 1), on("2026-05-09", 2), on("2026-05-10", 3)]) as plain:
        noting = _Noting(plain)
        for settings in (Tuning(runner_timezone="UTC", streak_min_distance="mile"), Tuning()):
            engine = Engine(noting, now=NOON, settings=settings)
            engine.status()
            engine.streak(as_of=date(2026, 5, 9))
            engine.streaks()
            engine.day(date(2026, 5, 9))
            engine.calendar(2026)
            engine.compare(2025, 2026)
            engine.trailing()
            engine.stats("week", week_start="sunday")
            engine.eddington()
            engine.records()
            engine.best_efforts(distance="5km")
            engine.runs(types="running", sort="pace")
            engine.run(1)
            engine.splits(1)
            engine._count_waiting([date(2026, 5, 9)])
        assert len(set(noting.asked)) > 20
        assert [] == [query for query in noting.asked if find_types(query) is None]


def test_prepared_and_plain_connections_answer_alike() -> None:
    """Day by day, so that every value changes."""
    with opened([on(f"2026-05-{day:02}", day, distance_km=day / 3) for day in (1, 2, 3, 5, 8, 9)]) as plain:
        prepared = PreparedConnection(plain)
        for day in range(1, 12):
            now = datetime(2026, 5, day, 12, tzinfo=UTC)
            answers = [
                [
                    engine.streak(minimum="mile").model_dump(),
                    engine.streaks(limit=1).model_dump(),
                    engine.records().model_dump(),
                    engine.days(since=date(2026, 5, 1), until=date(2026, 5, day)).model_dump(),
                    engine.runs(until=date(2026, 5, day), sort="-distance", limit=2).model_dump(),
                ]
                for engine in (
                    Engine(one, now=now, settings=Tuning(runner_timezone="UTC")) for one in (plain, prepared)
                )
            ]
            assert answers[0] == answers[1]
