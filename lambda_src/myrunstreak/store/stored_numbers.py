"""Keeps days and personal bests as tables, so that a question reads them instead of all runs.

The views ``daily_sums`` and ``best_holders`` define them. ``numbers_content`` says of which runs the tables are: who
reads them compares it first, so that tables of other runs are never believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myrunstreak.store.transactions import transaction

if TYPE_CHECKING:
    import duckdb

NUMBERS_FACT: Final = "numbers_of"

# The first day whose stored row is not, or no longer, that of its runs.
_FIRST_CHANGED_DAY: Final = """
SELECT min(coalesce(known.date, stored.date))
FROM daily_sums AS known FULL JOIN stored_daily_sums AS stored ON known.date = stored.date
WHERE known IS DISTINCT FROM stored
"""


def refresh_stored_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the tables up to the runs and best efforts in the database.

    A day's sync writes the last few days only. From the first day that changed on every row is written anew: the table
    stays in the order of its days.
    """
    content = _value(connection, "SELECT content FROM numbers_content")
    if content == _value(connection, f"SELECT max(value) FROM file_facts WHERE name = '{NUMBERS_FACT}'"):
        return
    first = _value(connection, _FIRST_CHANGED_DAY)
    with transaction(connection):
        if first is not None:
            connection.execute("DELETE FROM stored_daily_sums WHERE date >= ?", [first])
            connection.execute(
                "INSERT INTO stored_daily_sums SELECT * FROM daily_sums WHERE date >= ? ORDER BY date",
                [first],
            )
        _replace_best_holders(connection)
        connection.execute("DELETE FROM file_facts WHERE name = ?", [NUMBERS_FACT])
        connection.execute("INSERT INTO file_facts VALUES (?, ?)", [NUMBERS_FACT, content])


def _replace_best_holders(connection: duckdb.DuckDBPyConnection) -> None:
    """Few days bring a best: the table is written only where it changes."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE holders AS SELECT * FROM best_holders_of('stored_daily_sums')"
    )
    differing = "SELECT count(*) FROM (FROM {} EXCEPT FROM {})"
    if any(
        _value(connection, differing.format(*tables))
        for tables in (("holders", "stored_best_holders"), ("stored_best_holders", "holders"))
    ):
        connection.execute("DELETE FROM stored_best_holders")
        connection.execute("INSERT INTO stored_best_holders FROM holders ORDER BY place, achieved")
    connection.execute("DROP TABLE holders")


def _value(connection: duckdb.DuckDBPyConnection, query: str) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
