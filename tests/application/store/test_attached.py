"""The published file as one of several: every view and macro works by the name that it is attached as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.store.stored_numbers import refresh_stored_numbers

from tests.stage.databases import new_database

_RUNS = """
INSERT INTO activities
    (activity_id, start_local, start_date, offset_suspect, distance_km, duration_s, activity_type, content_hash,
     first_seen_at, synced_at)
SELECT i, start, CAST(start AS DATE), false, 5, 1500, 'running', 'x', start, start
FROM (SELECT i, TIMESTAMP '2026-01-01 07:00' + to_days(CAST(i AS INTEGER)) AS start FROM range(?) AS numbers (i))
"""
QUESTIONS = {
    "SELECT length_days FROM {}.streaks_of(1.6)": "days",
    "SELECT length_days FROM {}.main.streaks_of( 1.6 )": "days",
    "SELECT length_days FROM {}.streaks": "days",
    "SELECT runs FROM {}.periods('year')": "days",
    "SELECT runs FROM {}.figures_between(DATE '2026-01-01', DATE '2026-12-31')": "days",
    "SELECT runs FROM {}.yearly": "days",
    "SELECT sum(runs) FROM {}.weekly": "days",
    "SELECT count(*) FROM {}.daily": "days",
    "WITH found AS (FROM {}.streaks_of(0)) SELECT length_days FROM found": "days",
    "SELECT length_days FROM {}.streaks_in('{}.daily', 1.6)": "days",
    "SELECT length_days FROM {}.streaks_in_order('{}.stored_daily_sums', 1.6)": "days",
    "SELECT runs FROM {}.periods_of_days('{}.daily_sums', 'year')": "days",
    "SELECT count(*) FROM {}.daily_sums": "days",
    "SELECT CAST(value / 5 AS INTEGER) FROM {}.best_holders WHERE kind = 'biggest_year'": "days",
    "SELECT CAST(regexp_extract(content, '^\\d+') AS INTEGER) FROM {}.numbers_content": "days",
}


@pytest.fixture
def client(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A plain client whose own database is another one, with two records attached: of 3 and of 5 days."""
    for name, days in (("one", 3), ("two", 5)):
        with new_database(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(_RUNS, [days])
            refresh_stored_numbers(connection)
    opened = duckdb.connect()
    opened.execute("CREATE TABLE daily (date DATE, runs INTEGER, distance_km DOUBLE)")
    opened.execute(f"ATTACH '{tmp_path}/one.duckdb' AS r (READ_ONLY)")
    opened.execute(f"ATTACH '{tmp_path}/two.duckdb' AS \"my runs\" (READ_ONLY)")
    return opened


def value(client: duckdb.DuckDBPyConnection, question: str, *parameters: Any) -> Any:
    """The first value of an answer."""
    return (client.execute(question, list(parameters)).fetchone() or (None,))[0]


@pytest.mark.parametrize("default", ["memory", "r", '"my runs"'])
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered_by_the_file_that_it_names(
    client: duckdb.DuckDBPyConnection, question: str, default: str
) -> None:
    """Under any alias, whatever database is the default."""
    client.execute(f"USE {default}")
    assert (3, 5) == (
        value(client, question.replace("{}", "r")),
        value(client, question.replace("{}", '"my runs"')),
    )


def test_a_parameter_may_stand_for_the_minimum(client: duckdb.DuckDBPyConnection) -> None:
    """As a client binds it."""
    assert 3 == value(client, "SELECT length_days FROM r.streaks_of(?)", 1.6)


def test_two_files_in_one_statement_are_told_apart_or_refused(client: duckdb.DuckDBPyConnection) -> None:
    """Never the figures of one under the name of the other."""
    both = """SELECT a.length_days, b.length_days FROM r.streaks_of(1) AS a, "my runs".streaks_of(1) AS b"""
    with pytest.raises(duckdb.Error):
        client.execute(both)
    said = both.replace("r.streaks_of(1)", "r.streaks_in('r.daily', 1)")
    said = said.replace('"my runs".streaks_of(1)', """"my runs".streaks_in('"my runs".daily', 1)""")
    assert (3, 5) == client.execute(said).fetchone()
    with_view = 'SELECT a.length_days, b.length_days FROM r.streaks_of(1) AS a, "my runs".streaks AS b'
    assert (3, 5) == client.execute(with_view).fetchone()


def test_the_worlds_best_is_told_the_same_by_both_macros(client: duckdb.DuckDBPyConnection) -> None:
    """beyond_human names no other macro, so that it works attached: its paces are held to the other's."""
    wrong = client.execute(
        """
        SELECT km FROM (SELECT unnest([0.1, 0.2, 0.4, 0.8, 1, 1.60934, 3.21869, 5, 10, 15, 20, 30, 50, 100, 7.5]) AS km)
        WHERE NOT r.beyond_human(km, r.world_best_s_per_km(km) * km - 0.001)
            OR r.beyond_human(km, r.world_best_s_per_km(km) * km + 0.001)
        """
    ).fetchall()
    assert [] == wrong
