"""Checks that a database file is whole: when it is read, and again before it is published."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.errors import StoreCorrupt
from myrunstreak.files import link_file
from myrunstreak.store.copies.compaction import compact_if_wasteful
from myrunstreak.store.machine_errors import is_machine_error
from myrunstreak.store.schema.migrations import check_version, latest_version
from myrunstreak.store.schema.tables import CONTENT_TABLES, STORED_NUMBERS

if TYPE_CHECKING:
    import duckdb

    from myrunstreak.store.database import RunDatabase

_BOOKKEEPING: Final = ("details_queue", "splits_failures", "sync_log", "schema_version")
# One row: what every run adds to.
_RUNS: Final = """
SELECT 'activities', count(*), max(start_local), bit_xor(hash(activity_id, start_date, distance_km, deleted_at))
FROM activities
"""
# One row per other table: how many rows it has.
_COUNTS: Final = (
    " UNION ALL ".join(
        f"SELECT '{table}' AS name, count(*), NULL, NULL FROM {table}"
        for table in (*CONTENT_TABLES[1:], *STORED_NUMBERS, *_BOOKKEEPING)
    )
    + " ORDER BY name"
)
# What was written last lies at the end. Its blocks are read whole, which checks them.
_NEWEST_ROWS: Final = (
    "SELECT max(hash(rows)) FROM {table} AS rows WHERE rowid >= (SELECT max(rowid) FROM {table}) - 2000"
)
_NEWEST_ROWS_OF: Final = ("activities", "splits")

# What the engine says of a file that is cut off, overwritten or another program's.
_REASONS: Final = {
    "not a valid DuckDB database file": "is no DuckDB file",
    "Could not read enough bytes": "ends too early, as after a copy that was cut off",
}


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
        raise Damaged(_why(_first_line(error).replace(str(file), "it"))) from error


def _why(line: str) -> str:
    """An engine's reason why a file does not open, in plain words where it is one of the usual ones."""
    for words, reason in _REASONS.items():
        if words in line:
            return reason
    return f"does not open: {line}"


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
        needed = (*CONTENT_TABLES, *STORED_NUMBERS) if version == latest_version() else ("activities",)
        for table in sorted({*needed, *(name for (name,) in found)}):
            connection.execute(f'SELECT max(hash(rows)) FROM "{table}" AS rows').fetchone()
    except (duckdb.Error, UnicodeDecodeError) as error:
        if is_machine_error(error):
            raise
        raise Damaged(f"cannot be read: {_first_line(error)}") from error


def verify(database: RunDatabase, file: Path, where: str) -> bool:
    """Check a private copy before it is published: it contradicts nothing, and its file reads back as written.

    Returns:
        Whether the file was compacted. The connection has the larger one then and is closed.

    Raises:
        StoreCorrupt: the copy is not to be published.
    """
    import duckdb

    connection = database.connection
    database.check()
    expected = _summary(connection)
    connection.execute("CHECKPOINT")
    is_compacted = compact_if_wasteful(connection, file)
    try:
        found = _read_back(connection, file)
    except duckdb.Error as error:
        if is_machine_error(error):
            raise
        reason = f"does not open ({_first_line(error)})"
    else:
        if found == expected:
            if is_compacted:
                connection.close()
            return is_compacted
        reason = "does not read back as written"
    raise StoreCorrupt(
        f"The new database for {where} {reason}; nothing was published. Check the disk and run the sync again."
    )


def _read_back(connection: duckdb.DuckDBPyConnection, file: Path) -> list[tuple[Any, ...]]:
    """The summary of what is on disk, under another name: of one name DuckDB would ask its memory."""
    again = file.with_name(f"again-{file.name}")
    link_file(file, again)
    [name] = connection.execute("SELECT current_database()").fetchone() or ("",)
    quoted = str(again).replace("'", "''")
    try:
        connection.execute(f"ATTACH '{quoted}' AS again (READ_ONLY)")
        try:
            connection.execute("USE again")
            for table in _NEWEST_ROWS_OF:
                connection.execute(_NEWEST_ROWS.format(table=table)).fetchone()
            return _summary(connection)
        finally:
            connection.execute(f'USE "{name}"')
            connection.execute("DETACH again")
    finally:
        again.unlink(missing_ok=True)


def _summary(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(_RUNS).fetchall() + connection.execute(_COUNTS).fetchall()


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")
