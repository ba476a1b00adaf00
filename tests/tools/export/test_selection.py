"""Which runs and columns an export holds: every live run once, in one year, under the names that were asked for."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.errors import InvalidQuestion
from myrunstreak.measures import duration

from scripts.export.rows import write_csv
from scripts.export.selection import Selection, choose_columns
from tests.stage.examples import examples
from tests.stage.runs import Stored, on, opened

from .sources import EVERY_RUN, source_of

_starts = st.builds(
    datetime.combine,
    st.dates(date(2023, 12, 29), date(2026, 1, 3)),
    st.times().map(lambda one: one.replace(microsecond=0)),
)
_runs = st.lists(
    st.builds(
        lambda start, km, seconds, race, gone: (start, km, seconds, race, gone),
        _starts,
        st.none() | st.just(0.0) | st.floats(1e-5, 100),
        st.none() | st.just(0.0) | st.floats(1e-3, 400_000),
        st.none() | st.booleans(),
        st.booleans(),
    ),
    max_size=12,
).map(
    lambda rows: [
        Stored(number, start, km, seconds, is_race=race, deleted=gone)
        for number, (start, km, seconds, race, gone) in enumerate(rows, 1)
    ]
)


def rows_of(
    connection: duckdb.DuckDBPyConnection, selection: Selection = EVERY_RUN, columns: str | None = None
) -> list[dict[str, str]]:
    """The rows of an export to CSV."""
    text = io.StringIO(newline="")
    chosen = choose_columns(columns, connection) if columns else None
    count = write_csv(source_of(connection, selection, chosen), text)
    rows = list(csv.DictReader(io.StringIO(text.getvalue(), newline="")))
    assert count == len(rows) == selection.count(connection)
    return rows


def ids(rows: list[dict[str, str]]) -> list[int]:
    """The runs of an export."""
    return [int(row["activity_id"]) for row in rows]


@examples(40)
@given(runs=_runs, cut=st.dates(date(2023, 12, 28), date(2026, 1, 4)))
def test_every_live_run_is_in_one_year_and_on_one_side_of_a_day(runs: list[Stored], cut: date) -> None:
    """Years in order make the whole, and so do the days to a date and those after it; deleted runs are in neither."""
    live = sorted((run.start_local, run.activity_id) for run in runs if not run.deleted)
    with opened(runs) as connection:
        whole = rows_of(connection)
        assert [number for _, number in live] == ids(whole)
        years = [
            Selection.of(since=None, until=None, year=year, types=None, race=None)
            for year in range(2023, 2027)
        ]
        assert whole == [row for year in years for row in rows_of(connection, year)]
        before, after = Selection(until=cut), Selection(since=cut + timedelta(days=1))
        assert whole == rows_of(connection, before) + rows_of(connection, after)
        races, others = rows_of(connection, Selection(race=True)), rows_of(connection, Selection(race=False))
        assert sorted(ids(whole)) == sorted(ids(races) + ids(others))


@examples(40)
@given(runs=_runs)
def test_clocks_are_those_of_every_other_display(runs: list[Stored]) -> None:
    """Whole seconds, halves up, with the hour; a pace where there are time and distance."""
    columns = "pace_per_km,activity_id,duration,pace_per_mi"
    with opened(runs) as connection:
        found = {int(row["activity_id"]): row for row in rows_of(connection, columns=columns)}
    for run in runs:
        if run.deleted:
            continue
        row = found[run.activity_id]
        assert columns.split(",") == list(row)
        assert row["duration"] == ("" if run.duration_s is None else with_hour(duration(run.duration_s)))
        if run.duration_s and run.distance_km:
            assert row["pace_per_km"] == with_hour(duration(run.duration_s / run.distance_km))
        else:
            assert ("", "") == (row["pace_per_km"], row["pace_per_mi"])


def with_hour(clock: str) -> str:
    """``0:27:31`` for ``27:31``: a spreadsheet reads two numbers as hours and minutes."""
    return clock if clock.count(":") == 2 else f"0:{clock.zfill(5)}"


def test_miles_are_those_of_the_record() -> None:
    """Smashrun's mile."""
    with opened([on("2024-03-01", distance_km=16.0934, duration_s=3000.0)]) as connection:
        [row] = rows_of(connection, columns="distance_mi, PACE_PER_MI")
    assert {"distance_mi": "10.0", "pace_per_mi": "0:05:00"} == row


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("distnace_km", "did you mean distance_km?"),
        ("activity_id,,zzz", "'zzz'; there are: activity_id, start_local"),
        ("content_hash", "'content_hash'"),
        (" , ", "columns is empty"),
    ],
)
def test_a_column_that_does_not_exist_is_named_beside_those_that_do(asked: str, said: str) -> None:
    """The program's own book-keeping is not among them."""
    with opened() as connection, pytest.raises(InvalidQuestion) as refused:
        choose_columns(asked, connection)
    assert said in str(refused.value)
    assert "pace_per_mi." in str(refused.value)


def test_days_and_a_year_exclude_each_other() -> None:
    """And the first day comes first."""
    day = date(2024, 1, 1)
    for since, until, year in ((day, None, 2024), (None, day, 2024), (day, date(2023, 12, 31), None)):
        with pytest.raises(InvalidQuestion):
            Selection.of(since=since, until=until, year=year, types=None, race=None)
