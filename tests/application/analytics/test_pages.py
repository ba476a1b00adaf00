"""Lists page by cursor: nothing is repeated, nothing is hidden, nothing is cut without saying so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.analytics.bounds import PAGE_LIMIT
from myrunstreak.analytics.cursors import make_cursor
from myrunstreak.analytics.engine import Engine, RunOrder
from myrunstreak.analytics.models import ListOrder
from myrunstreak.contract.tuning import Tuning
from myrunstreak.errors import InvalidQuestion

from tests.stage.examples import examples
from tests.stage.runs import NOON, Stored, answers, on, opened

ORDERS = get_args(RunOrder)
_START = datetime(2026, 1, 1, 7)  # noqa: DTZ001 - a wall clock

# Few values, so that equals meet at the edges of pages.
_runs = st.lists(
    st.builds(
        lambda minutes, km, seconds, race, treadmill: (minutes, km, seconds, race, treadmill),
        st.integers(0, 6),
        st.sampled_from([None, 0.0, 1.60934, 5.0, 5.0, 12.5]),
        st.sampled_from([None, 0.0, 1500.0, 1501.5]),
        st.sampled_from([None, True, False]),
        st.sampled_from([None, True, False]),
    ),
    max_size=12,
)


def stored(drawn: list[tuple[int, float | None, float | None, bool | None, bool | None]]) -> list[Stored]:
    """Drawn runs with ids of every sign and size."""
    ids = [-(2**63), 2**63 - 1, *range(-3, 9)]
    return [
        Stored(
            ids[number],
            _START + timedelta(hours=11 * one[0]),
            one[1],
            one[2],
            is_race=one[3],
            is_treadmill=one[4],
        )
        for number, one in enumerate(drawn)
    ]


def all_pages(question: Callable[..., Any], limit: int) -> list[Any]:
    """The items of every page in a row."""
    items, cursor = list[Any](), None
    for _ in range(100):
        page = question(limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        items += page.items
        cursor = page.next_cursor
        if cursor is None:
            return items
        assert len(page.items) == limit, "a page that is not the last one is full"
    raise AssertionError("the pages do not end")


@examples(20)
@given(_runs, st.sampled_from(ORDERS), st.integers(1, 5))
def test_the_pages_in_a_row_are_the_whole_list(drawn: Any, order: RunOrder, limit: int) -> None:
    """In every order, at every size of a page; what has no value comes last in both directions."""
    runs = stored(drawn)
    asked = answers(*runs)
    items = all_pages(lambda **page: asked.runs(sort=order, **page), limit)
    assert sorted(run.activity_id for run in runs) == sorted(item.activity_id for item in items)
    keys = [
        {
            "start": item.start_local,
            "distance": item.distance_km,
            "duration": item.duration_s,
            "pace": item.pace_s_per_km,
        }[order.removeprefix("-")]
        for item in items
    ]
    known = [key for key in keys if key is not None]
    assert known == sorted(known, reverse=order.startswith("-"))
    assert known == keys[: len(known)]


@examples(10)
@given(st.sets(st.integers(0, 40)), st.sampled_from(get_args(ListOrder)), st.integers(1, 4))
def test_the_pages_of_streaks_are_all_streaks(days: set[int], sort: ListOrder, limit: int) -> None:
    """Longest first, the newest of equals first, or newest first; each once."""
    asked = answers(*(on(str((_START + timedelta(days=one)).date()), one + 1) for one in days))
    items = all_pages(lambda **page: asked.streaks(sort=sort, **page), limit)
    keys = [(item.length_days if sort == "longest" else 0, item.start_date) for item in items]
    assert keys == sorted(set(keys), reverse=True)
    assert len(days) == sum(item.length_days for item in items)


@examples(10)
@given(st.sets(st.integers(0, 120)), st.sampled_from(get_args(ListOrder)), st.integers(1, 4))
def test_the_pages_of_gaps_are_all_gaps(days: set[int], sort: ListOrder, limit: int) -> None:
    """In either order, each once."""
    asked = answers(*(on(str((_START + timedelta(days=one)).date()), one + 1) for one in days))
    items = all_pages(lambda **page: asked.gaps(sort=sort, **page), limit)
    keys = [((gap.length if sort == "longest" else 0), gap.start_date) for gap in items]
    assert keys == sorted(set(keys), reverse=True)
    assert asked.gaps().gaps == len(items)


def test_a_run_that_comes_between_two_pages_hides_no_other() -> None:
    """A cursor says where the page ended, not how many rows there were."""
    connection = opened([on(f"2026-05-0{one}", one) for one in (2, 4, 6, 8)])
    asked = Engine(connection, now=NOON, settings=Tuning())
    first = asked.runs(limit=2)
    connection.execute(
        "INSERT INTO activities SELECT * REPLACE (99 AS activity_id, TIMESTAMP '2026-05-09 07:00:00' AS start_local)"
        " FROM activities LIMIT 1"
    )
    second = asked.runs(limit=2, cursor=first.next_cursor)
    assert [8, 6, 4, 2] == [item.activity_id for item in (*first.items, *second.items)]


@pytest.mark.parametrize("limit", [0, -1, PAGE_LIMIT + 1])
def test_a_page_has_bounds(limit: int) -> None:
    """From one row to a thousand; the message says so."""
    for question in (answers().runs, answers().streaks, answers().gaps):
        with pytest.raises(InvalidQuestion, match=f"limit is {limit}.*1 to 1000"):
            question(limit=limit)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "é",
        "A" * 500,
        make_cursor("streaks", [1, "yesterday"]),
        make_cursor("streaks newest", [1, "2026-01-01"]),
        make_cursor("streaks", [True, "2026-01-01"]),
        make_cursor("gaps day newest", [1, "yesterday"]),
        make_cursor("gaps week newest", [1, "2026-01-01"]),
        make_cursor("runs-distance", [1.0, 1]),
        make_cursor("runs-start", ["1", 1]),
        make_cursor("runs-start", [1.0, 2**80]),
        make_cursor("runs-start", [float("nan"), 1]),
    ],
)
def test_a_cursor_of_something_else_is_refused(cursor: str) -> None:
    """Made up, damaged, of another list or of another order: one line, and no engine's error."""
    asked = answers(on("2026-05-01"))
    for question in (asked.runs, asked.streaks, asked.gaps):
        with pytest.raises(InvalidQuestion, match="cursor"):
            question(cursor=cursor)


def test_filters_leave_out_what_does_not_fit() -> None:
    """Each alone; both ends of a range count; a flag that Smashrun does not give is no."""
    asked = answers(
        on("2026-05-01", 1, distance_km=3.0, is_race=True),
        on("2026-05-02", 2, distance_km=5.0, is_treadmill=True),
        on("2026-05-03", 3, distance_km=8.0),
        on("2026-05-04", 4, distance_km=None),
    )

    def found(**filters: Any) -> list[int]:
        return [item.activity_id for item in asked.runs(**filters).items]

    day = datetime(2026, 5, 2).date()  # noqa: DTZ001
    assert [4, 3, 2, 1] == found()
    assert [4, 3, 2] == found(since=day)
    assert [2, 1] == found(until=day)
    assert [3, 2] == found(min_km=5.0)
    assert [2, 1] == found(max_km=5.0)
    assert [1] == found(race=True)
    assert [4, 3, 2] == found(race=False)
    assert [2] == found(treadmill=True)
    assert [4, 3, 1] == found(treadmill=False)


def test_an_unknown_order_is_refused() -> None:
    """With the orders that there are."""
    with pytest.raises(InvalidQuestion, match=r"'speed'.*-pace"):
        answers().runs(sort="speed")  # type: ignore[arg-type]


@pytest.mark.parametrize("km", [float("nan"), float("inf"), float("-inf")])
def test_a_distance_that_is_no_number_is_refused(km: float) -> None:
    """The engine would take it for larger than everything."""
    with pytest.raises(InvalidQuestion, match="min_km"):
        answers().runs(min_km=km)
