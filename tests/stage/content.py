"""What a database says about the runs, in a form that two databases can be compared by.

``content`` leaves out when something was observed: two syncs that fetched the same at different times
honestly differ in that. ``everything`` keeps it: a rebuild from the archive has to give it back too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
from myrunstreak.store.schema.tables import CONTENT_TABLES

Rows = list[tuple[Any, ...]]

_CONTENT = {
    # A run that no list showed is fetched with all its details, even where it has none: so "has_details AND".
    "activities": "* EXCLUDE (first_seen_at, synced_at, details_at, splits_at, deleted_at), "
    "has_details AND details_at IS NOT NULL, has_details AND splits_at IS NOT NULL, deleted_at IS NOT NULL",
    "splits": "*",
    "laps": "*",
    "best_efforts": "*",
    "quarantine": "* EXCLUDE (first_seen_at)",
    "details_queue": "activity_id",
}


def content(connection: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """Every content table without times of observation, rows sorted; deleted runs as such."""
    return {table: _rows(connection, f"SELECT {select} FROM {table}") for table, select in _CONTENT.items()}


def live_content(connection: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """As ``content``, without runs that are marked deleted: a fresh database never saw those."""
    gone = {
        row[0]
        for row in connection.execute(
            "SELECT activity_id FROM activities WHERE deleted_at IS NOT NULL"
        ).fetchall()
    }
    return {
        table: [row for row in rows if table == "quarantine" or row[0] not in gone]
        for table, rows in content(connection).items()
    }


def everything(connection: duckdb.DuckDBPyConnection) -> dict[str, Rows]:
    """The tables that a rebuild gives back, times of observation and all."""
    return {table: _rows(connection, f"SELECT * FROM {table}") for table in CONTENT_TABLES}


def points(folder: Path) -> Rows:
    """Every sample of the recordings' files of a local folder, without the time of observation."""
    files = sorted(str(file) for file in folder.rglob("*.parquet"))
    if not files:
        return []
    with duckdb.connect() as connection:
        return connection.execute(
            "SELECT * EXCLUDE (observed_at, year) FROM read_parquet(?, hive_partitioning = true) "
            "ORDER BY activity_id, point",
            [files],
        ).fetchall()


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> Rows:
    return sorted(connection.execute(sql).fetchall(), key=repr)
