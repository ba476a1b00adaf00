"""Keeps days and personal bests as tables, so that a question reads them instead of all runs.

The views ``daily_sums`` and ``best_holders`` define them. A reader compares ``numbers_content`` with what the tables
were made from, and asks the views where they differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from myrunstreak.store.transactions import transaction

if TYPE_CHECKING:
    import duckdb

NUMBERS_FACT: Final = "numbers_of"

# The first month whose runs or best efforts are not those of its stored row.
_FIRST_CHANGED_MONTH: Final = """
SELECT min(coalesce(known.month, stored.month))
FROM contents AS known FULL JOIN stored_content AS stored ON known.month = stored.month
WHERE known IS DISTINCT FROM stored
"""
# A best from before the periods that changed remains one; a later run has to beat it.
_HOLDERS: Final = """
CREATE OR REPLACE TEMP TABLE holders AS
WITH candidates AS (
    SELECT * EXCLUDE (bounded_by)
    FROM stored_best_holders
    WHERE bounded_by IS NULL
        AND best_period(place, week_starts_early, date) < best_period(place, week_starts_early, CAST($first AS DATE))
    UNION ALL
    SELECT * FROM best_candidates_of('stored_daily_sums', CAST($first AS DATE))
)
SELECT *, NULL AS bounded_by FROM bests_among('candidates')
UNION ALL
SELECT * FROM best_bounds
"""


def refresh_stored_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the tables up to the runs and best efforts in the database.

    From the first month that changed on every row is written anew: a day's sync writes the last few days, and the days
    stay in their order.
    """
    content = _value(connection, "SELECT content FROM numbers_content")
    if content == _value(connection, f"SELECT max(value) FROM file_facts WHERE name = '{NUMBERS_FACT}'"):
        return
    connection.execute("CREATE OR REPLACE TEMP TABLE contents AS SELECT * FROM content_by_month")
    first = _value(connection, _FIRST_CHANGED_MONTH)
    with transaction(connection):
        if first is not None:
            for table, column, source in (
                ("stored_daily_sums", "date", "daily_sums"),
                ("stored_content", "month", "contents"),
            ):
                connection.execute(f"DELETE FROM {table} WHERE {column} >= $first", {"first": first})
                connection.execute(
                    f"INSERT INTO {table} SELECT * FROM {source} WHERE {column} >= $first ORDER BY {column}",
                    {"first": first},
                )
            _replace_best_holders(connection, first)
        connection.execute("DELETE FROM file_facts WHERE name = ?", [NUMBERS_FACT])
        connection.execute("INSERT INTO file_facts VALUES (?, ?)", [NUMBERS_FACT, content])
    connection.execute("DROP TABLE contents")


def _replace_best_holders(connection: duckdb.DuckDBPyConnection, first: object) -> None:
    """Few days bring a best: the table is written only where it changes."""
    connection.execute(_HOLDERS, {"first": first})
    differing = "SELECT count(*) FROM (FROM {} EXCEPT FROM {})"
    if any(
        _value(connection, differing.format(*tables))
        for tables in (("holders", "stored_best_holders"), ("stored_best_holders", "holders"))
    ):
        connection.execute("DELETE FROM stored_best_holders")
        connection.execute("INSERT INTO stored_best_holders SELECT * FROM holders ORDER BY place, achieved")
    connection.execute("DROP TABLE holders")


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
