"""The board's statement on DuckDB: held to plain Python and to the laws that a board obeys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, cast

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.lake.board import BOARD_COLUMNS, Dialect, board_sql

DAY = timedelta(days=1)
FIRST = date(2024, 2, 26)  # a leap day comes soon
TABLES = {"days": "days", "runners": "runners"}


@dataclass(frozen=True)
class Member:
    """A runner of the club: what is shared, and the km of each day with a run."""

    name: str
    sharing: str
    days: dict[date, float]


def ask_board(members: Sequence[Member], minimum_km: float = 0) -> list[tuple[Any, ...]]:
    """The board as DuckDB gives it."""
    with duckdb.connect() as database:
        database.execute("CREATE TABLE days (runner_id VARCHAR, day DATE, km DOUBLE, runs BIGINT)")
        database.execute("CREATE TABLE runners (runner_id VARCHAR, version VARCHAR, sharing VARCHAR)")
        for member in members:
            database.execute("INSERT INTO runners VALUES (?, 'v', ?)", [member.name, member.sharing])
            for day, km in member.days.items():
                database.execute("INSERT INTO days VALUES (?, ?, ?, 1)", [member.name, day, km])
        answer = database.execute(board_sql("duckdb", minimum_km, TABLES))
        assert BOARD_COLUMNS == tuple(column[0] for column in answer.description or ())
        return answer.fetchall()


def expect_board(members: Sequence[Member], minimum_km: float = 0) -> list[tuple[Any, ...]]:
    """The same by walking through each member's days."""
    board: list[tuple[Any, ...]] = []
    for member in members:
        ran = sorted(day for day, km in member.days.items() if km >= minimum_km - 1e-9)
        if member.sharing == "none" or not ran:
            continue
        streaks = [[ran[0]]]
        for before, day in pairwise(ran):
            if day - before > DAY:
                streaks.append([])
            streaks[-1].append(day)
        last, longest = streaks[-1], max(streaks, key=len)  # max keeps the first of equals
        metres = sum(int(member.days[day] * 1000 + 0.5) for day in ran)
        board.append(
            (
                member.name,
                *(last[0], last[-1], len(last)),
                *(longest[0], longest[-1], len(longest)),
                len(ran),
                metres if member.sharing == "distances" else None,
            )
        )
    return sorted(board, key=lambda row: (-row[3], row[0]))


def in_a_row(*lengths: int, km: float = 5.0) -> dict[date, float]:
    """Streaks of these lengths with a day's rest between two of them."""
    days: dict[date, float] = {}
    day = FIRST
    for length in lengths:
        for _ in range(length):
            days[day] = km
            day += DAY
        day += DAY
    return days


distances = st.sampled_from([0.0, 0.1, 0.3, 0.7, 0.1 + 0.7, 0.8, 1.6, 4.9995, 5.0, 42.195]) | st.floats(0, 50)
histories = st.dictionaries(st.integers(0, 40).map(lambda number: FIRST + number * DAY), distances)
clubs = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.sampled_from(["none", "days", "distances"]), histories).map(
        lambda parts: Member(*parts)
    ),
    unique_by=lambda member: member.name,
    max_size=5,
)
minimums = st.sampled_from([0.0, 1e-5, 0.8, 1.6, 1.60934, 5.0])


@given(clubs, minimums)
def test_the_board_is_what_walking_through_the_days_gives(club: list[Member], minimum_km: float) -> None:
    """All columns and the order, for any club."""
    assert expect_board(club, minimum_km) == ask_board(club, minimum_km)


@given(clubs, minimums)
def test_what_is_not_shared_changes_nothing(club: list[Member], minimum_km: float) -> None:
    """A member that shares nothing might as well not be there, and distances leave no trace in the days."""
    shared = [member for member in club if member.sharing != "none"]
    assert ask_board(shared, minimum_km) == ask_board(club, minimum_km)
    days_only = [Member(member.name, "days", member.days) for member in shared]
    assert [row[:-1] for row in ask_board(shared, minimum_km)] == [
        row[:-1] for row in ask_board(days_only, minimum_km)
    ]
    assert {None} >= {row[-1] for row in ask_board(days_only, minimum_km)}


@given(histories, histories)
def test_the_days_of_one_member_change_nothing_for_another(
    ours: dict[date, float], theirs: dict[date, float]
) -> None:
    """Neighbours in the table do not lengthen each other's streaks."""
    alone = ask_board([Member("a", "distances", ours)])
    both = ask_board([Member("a", "distances", ours), Member("b", "distances", theirs)])
    assert alone == [row for row in both if row[0] == "a"]


def test_an_empty_club_has_an_empty_board() -> None:
    """And so has one whose members never ran."""
    assert [] == ask_board([])
    assert [] == ask_board([Member("a", "distances", {})])


def test_one_day_is_a_streak_of_one() -> None:
    """It is the last and the longest."""
    day = (FIRST, FIRST, 1)
    assert [("a", *day, *day, 1, 5000)] == ask_board([Member("a", "distances", {FIRST: 5.0})])


def test_the_earliest_of_equal_streaks_is_the_longest() -> None:
    """The last one is as long, and later."""
    [row] = ask_board([Member("a", "days", in_a_row(3, 1, 3))])
    assert (FIRST + 6 * DAY, FIRST + 8 * DAY, 3, FIRST, FIRST + 2 * DAY, 3, 7, None) == row[1:]


def test_equal_members_stand_in_the_order_of_their_ids() -> None:
    """So that every engine gives the same bytes."""
    club = [Member(name, "days", in_a_row(length)) for name, length in [("b", 2), ("c", 3), ("a", 2)]]
    assert ["c", "a", "b"] == [row[0] for row in ask_board(club)]


def test_a_day_below_the_minimum_ends_a_streak() -> None:
    """With any run counting it does not."""
    member = Member("a", "distances", {**in_a_row(5), FIRST + 2 * DAY: 1.5})
    assert [2] == [row[3] for row in ask_board([member], 1.6)]
    assert [5] == [row[3] for row in ask_board([member])]
    assert [20_000] == [row[-1] for row in ask_board([member], 1.6)]


def test_a_sum_of_binary_fractions_reaches_the_minimum() -> None:
    """0.1 and 0.7 are 0.8, though not in binary."""
    assert 0.1 + 0.7 < 0.8
    assert [1] == [row[3] for row in ask_board([Member("a", "days", {FIRST: 0.1 + 0.7})], 0.8)]
    assert [] == ask_board([Member("a", "days", {FIRST: 0.79999})], 0.8)


def test_the_dialects_differ_in_one_expression() -> None:
    """Everything else is the same text."""
    one, two, three = (
        board_sql(cast("Dialect", dialect), 1.6, TABLES).splitlines()
        for dialect in ("duckdb", "trino", "spark")
    )
    assert 1 == len({(a, b, c) for a, b, c in zip(one, two, three, strict=True) if len({a, b, c}) > 1})


@pytest.mark.parametrize(("minimum_km", "literal"), [(0, "0.0e0"), (1.6, "1.6e0"), (1e-5, "1e-05")])
def test_the_minimum_is_written_as_a_double(minimum_km: float, literal: str) -> None:
    """A decimal would be compared in another arithmetic by each engine."""
    assert f">= {literal} - 1e-9" in board_sql("trino", minimum_km, TABLES)


def test_the_board_asks_the_tables_that_it_is_told() -> None:
    """An engine has names of its own for the lake."""
    sql = board_sql("spark", 0, {"days": "lake.club.days", "runners": "lake.club.runners"})
    assert "FROM lake.club.days AS d" in sql
    assert "JOIN lake.club.runners AS r" in sql
