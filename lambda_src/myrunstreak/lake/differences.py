"""Brings a table of the lake up to what is staged: only rows that differ are deleted and inserted, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myrunstreak.lake.catalog import full_name
from myrunstreak.lake.tables import Table

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Written:
    """How many rows of the lake were deleted and inserted; a changed one counts in both."""

    deleted: int = 0
    inserted: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(self.deleted + other.deleted, self.inserted + other.inserted)


def make_equal(
    connection: duckdb.DuckDBPyConnection, table: Table, runners: Sequence[str], source: str | None
) -> Written:
    """Give these runners in a table the rows of a source, and no others; what equals stays as it is.

    Args:
        source: a table, or what can stand for one, with the table's columns; None: there are no rows.

    Raises:
        duckdb.Error: among others where another engine committed to the table meanwhile; nothing was changed.
    """
    connection.execute("BEGIN")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT {table.names} FROM "
        + (source or f"{full_name(table.name)} WHERE false")
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT {table.names} FROM {full_name(table.name)} WHERE {_of(runners)}"
    )
    key = ", ".join(table.key)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE differing AS SELECT {key} FROM (FROM staged EXCEPT ALL FROM known)"
        f" UNION SELECT {key} FROM (FROM known EXCEPT ALL FROM staged)"
    )
    changed = f"({key}) IN (SELECT ({key}) FROM differing)"
    deleted, inserted = _count(connection, "known", changed), _count(connection, "staged", changed)
    if deleted:
        connection.execute(f"DELETE FROM {full_name(table.name)} WHERE {_of(runners)} AND {changed}")
    if inserted:
        connection.execute(
            f"INSERT INTO {full_name(table.name)} ({table.names})"
            f" SELECT {table.names} FROM staged WHERE {changed} ORDER BY {key}"
        )
    for name in ("staged", "known", "differing"):
        connection.execute(f"DROP TABLE temp.{name}")
    connection.execute("COMMIT")
    return Written(deleted, inserted)


def _of(runners: Sequence[str]) -> str:
    # Written out, which lets the scan leave out files and blocks: ids are letters and digits.
    return f"runner_id IN ({', '.join(repr(runner) for runner in runners)})"


def _count(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> int:
    [count] = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone() or (0,)
    return int(count)
