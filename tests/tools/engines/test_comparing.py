"""The same bytes or not: what `make engines` compares, over engines that are lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import duckdb
import pytest
from myrunstreak.lake.board import BOARD_COLUMNS, Dialect
from myrunstreak.lake.tables import RUNS, TABLES

from scripts.engines.__main__ import main, totals
from scripts.engines.changing import add_column, commit
from scripts.engines.comparing import board, compare, plain
from scripts.engines.engine import Rows, table, to_csv
from scripts.engines.invented import Club, make_batch, write_club

QUESTION = plain("runs", ("day", "runs"), "SELECT ...")
DAY = date(2026, 11, 27)
THREE = Club(3)


@dataclass
class Told:
    """An engine that gives the answer it was given."""

    name: str
    rows: Rows
    dialect: Dialect = "trino"

    def ask(self, sql: str) -> Rows:
        """Always the same."""
        return self.rows


@dataclass
class Local:
    """DuckDB with a database of its own in place of the lake."""

    connection: duckdb.DuckDBPyConnection
    name: str = "DuckDB"
    dialect: Dialect = "duckdb"

    def ask(self, sql: str) -> Rows:
        """What it says."""
        return self.connection.execute(sql).fetchall()


@pytest.fixture
def club() -> Iterator[Local]:
    """The record of three runners; DuckDB's own tables cannot be partitioned."""
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS lake")
        connection.execute("CREATE SCHEMA lake.myrunstreak")
        for one in TABLES:
            connection.execute(one.definition(table(one.name)).split(" PARTITIONED BY")[0])
        write_club(connection, THREE)
        yield Local(connection)


def test_a_day_is_the_same_as_a_day_and_as_text() -> None:
    """DuckDB gives dates, the others text over the wire."""
    compared = compare(QUESTION, [Told("a", [(DAY, 3)]), Told("b", [["2026-11-27", 3]])])
    assert compared.are_same
    assert [1, 1] == [answer.rows for answer in compared.answers]
    assert 1 == len({answer.digest for answer in compared.answers})


@pytest.mark.parametrize(
    "other",
    [[(DAY, 4)], [(DAY, 3.0)], [(DAY, "3 ")], [(DAY, None)], [], [(DAY, 3), (DAY, 3)]],
    ids=["number", "type", "text", "NULL", "none", "twice"],
)
def test_a_difference_is_seen(other: Rows) -> None:
    """Of any kind."""
    compared = compare(QUESTION, [Told("a", [(DAY, 3)]), Told("b", other)])
    assert not compared.are_same
    assert 2 == len({answer.digest for answer in compared.answers})


def test_the_order_is_part_of_the_answer() -> None:
    """Each engine sorts by itself."""
    one, other = [(DAY, 3), (DAY, 4)], [(DAY, 4), (DAY, 3)]
    assert not compare(QUESTION, [Told("a", one), Told("b", other)]).are_same


def test_engines_that_agree_on_something_else_are_not_right() -> None:
    """Where the answer is known beforehand."""
    known = plain("runs", ("runs",), "SELECT ...", to_csv(("runs",), [(3,)]))
    assert compare(known, [Told("a", [(3,)]), Told("b", [(3,)])]).are_same
    assert not compare(known, [Told("a", [(4,)]), Told("b", [(4,)])]).are_same


def test_every_engine_is_asked_in_its_own_dialect() -> None:
    """About the same tables, by the same rule."""
    texts = set(board(1.6).sql.values())
    assert 3 == len(texts)
    assert all("1.6e0" in text and "JOIN lake.myrunstreak.runners" in text for text in texts)


def test_an_invented_club_has_a_board_and_totals(club: Local) -> None:
    """The first of its runners share nothing, and its questions have answers."""
    [answer] = compare(board(0), [club]).answers
    assert answer.text.startswith(",".join(BOARD_COLUMNS))
    assert 1 == answer.rows
    [answer] = compare(totals(), [club]).answers
    assert 1 == answer.rows


def test_a_column_that_is_added_is_null_before(club: Local) -> None:
    """What is expected of every engine is what DuckDB says."""
    question = add_column(club.connection)
    assert compare(question, [club]).are_same
    assert "shoes,3\r\n" in (question.expected or "")


class Refusing:
    """A connection whose commit is refused."""

    def __init__(self, message: str) -> None:
        self._message = message

    def execute(self, query: str) -> None:
        """Refuse."""
        raise duckdb.TransactionException(self._message)


def test_only_a_conflict_is_tried_again() -> None:
    """Another error of the catalog is not."""
    assert not commit(Refusing("returned a non-200 status code (Conflict_409)"))
    with pytest.raises(duckdb.TransactionException):
        commit(Refusing("returned a non-200 status code (Forbidden_403)"))


def invented(seed: int, ask: str) -> list[tuple[object, ...]]:
    """A question about the invented runs of five runners."""
    with duckdb.connect() as connection:
        make_batch(connection, 0, 4, seed)
        return connection.execute(ask).fetchall()


def test_a_seed_always_gives_the_same_club() -> None:
    """And another one another club."""
    everything = "SELECT bit_xor(hash(invented_runs)) FROM invented_runs"
    assert invented(1, everything) == invented(1, everything)
    assert invented(1, everything) != invented(2, everything)


def test_a_club_of_so_many_runs_has_at_least_as_many() -> None:
    """Each with an id of its own."""
    with duckdb.connect() as connection:
        make_batch(connection, 0, Club.of_runs(50_000).runners - 1, 1)
        question = "SELECT count(*), count(DISTINCT activity_id) FROM invented_runs"
        [(runs, ids)] = connection.execute(question).fetchall()
    assert 50_000 <= runs == ids < 55_000


def test_invented_runs_have_columns_of_the_lake_in_its_types() -> None:
    """So that nothing is cast on the way."""
    kinds = {
        str(name): kind
        for name, kind in invented(1, "SELECT column_name, column_type FROM (DESCRIBE invented_runs)")
    }
    assert kinds.items() <= RUNS.columns.items()
    assert [(26,)] == invented(1, "SELECT DISTINCT len(runner_id) FROM invented_runs")


@pytest.mark.parametrize("wrong", ["0", "many", "-5", "1e6", "999999999999"])
def test_a_wrong_number_of_runs_is_refused(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what is accepted."""
    with pytest.raises(SystemExit) as ended:
        main([f"--runs={wrong}"])
    assert 2 == ended.value.code
    assert f"{wrong!r}: expected a number from 1000 to 100000000" in capsys.readouterr().err
