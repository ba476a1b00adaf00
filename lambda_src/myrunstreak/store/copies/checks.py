"""Checks that a database file is whole: when it is read, and again before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.copies.compaction import compact_if_wasteful
from myrunstreak.store.database import CONTENT_TABLES, RunDatabase
from myrunstreak.store.machine_errors import is_machine_error
from myrunstreak.store.schema.migrations import check_version, latest_version

if TYPE_CHECKING:
    import duckdb


class Damaged(Exception):
    """A file is not a whole database of ours; says in words what is wrong with it."""


def connect(file: Path, config: Mapping[str, str | int], *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to a database file; a new one is made where there is none, unless only to be read.

    Raises:
        Damaged: it does not open.
    """
    import duckdb

    try:
        return duckdb.connect(str(file), read_only=read_only, config={**config})
    except (duckdb.Error, UnicodeDecodeError) as error:
        if is_machine_error(error):
            raise
        # The private copy's path would only mislead: the caller names the database.
        raise Damaged(f"does not open: {_first_line(error).replace(str(file), 'it')}") from error


def read_every_block(connection: duckdb.DuckDBPyConnection, where: str) -> None:
    """Read every table once: the checksums of its blocks show damage that opening the file does not.

    Raises:
        Damaged: something cannot be read, or the file holds something else.
        SchemaTooNew: newer code wrote it.
    """
    import duckdb

    try:
        version = check_version(connection, where)
        if version == 0:
            raise Damaged("holds none of MyRunStreak's tables")
        found = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            " AND schema_name = 'main' AND NOT internal"
        ).fetchall()
        # A file of an older schema has fewer tables.
        needed = CONTENT_TABLES if version == latest_version() else ("activities",)
        for table in sorted({*needed, *(name for (name,) in found)}):
            connection.execute(f'SELECT max(hash(rows)) FROM "{table}" AS rows').fetchone()
    except (duckdb.Error, UnicodeDecodeError) as error:
        if is_machine_error(error):
            raise
        raise Damaged(f"cannot be read: {_first_line(error)}") from error


def verify(database: RunDatabase, file: Path, where: str) -> None:
    """Check a private copy before it is published; it is closed, and compacted where that saves enough.

    Raises:
        StoreCorrupt: it contradicts itself or does not read back as written.
    """
    import duckdb

    connection = database.connection
    database.check()
    expected = _fingerprint(connection)
    connection.execute("CHECKPOINT")
    connection.close()
    try:
        compact_if_wasteful(file)
        with duckdb.connect(str(file), read_only=True) as again:
            check_version(again, where)
            if _fingerprint(again) == expected:
                return
        reason = "does not read back as written"
    except duckdb.Error as error:
        if is_machine_error(error):
            raise
        reason = f"does not open ({_first_line(error)})"
    raise StoreCorrupt(
        f"The new database for {where} {reason}; nothing was published. Check the disk and run the sync again."
    )


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """Row counts and the newest run: what a file that was written whole reads back as."""
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM activities), (SELECT max((start_local, activity_id)) FROM activities),
            (SELECT bit_xor(hash(activity_id, distance_km)) FROM runs),
            (SELECT count(*) FROM splits), (SELECT count(*) FROM laps), (SELECT count(*) FROM best_efforts),
            (SELECT count(*) FROM quarantine), (SELECT count(*) FROM objects_set_aside),
            (SELECT count(*) FROM details_queue),
            (SELECT count(*) FROM archive_log), (SELECT count(*) FROM sync_log), (SELECT max(version) FROM schema_version)
        """
    ).fetchone()
    assert row is not None
    return row


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
