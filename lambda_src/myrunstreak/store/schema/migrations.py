"""The schema's numbered SQL files, applied forward, each in one transaction."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from myrunstreak.errors import InvalidSettings
from myrunstreak.store.transactions import transaction

if TYPE_CHECKING:
    import duckdb


class SchemaTooNew(InvalidSettings):
    """The database was written by newer code than this."""


@cache
def migrations() -> dict[int, str]:
    """Version number and SQL text of every migration, ascending."""
    folder = resources.files("myrunstreak.store.schema")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".sql")), key=lambda f: f.name)
    return {int(file.name.split("_")[0]): file.read_text(encoding="utf-8") for file in files}


def latest_version() -> int:
    """The schema version that this code writes."""
    return max(migrations())


def schema_version(connection: duckdb.DuckDBPyConnection) -> int:
    """The database's schema version; 0 for an empty file."""
    exists = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'schema_version' AND database_name = current_database()"
    ).fetchone()
    if not exists or not exists[0]:
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()
    return int(row[0]) if row else 0


def check_version(connection: duckdb.DuckDBPyConnection, where: str) -> int:
    """The schema version, if this code understands it.

    Raises:
        SchemaTooNew: it does not.
    """
    version = schema_version(connection)
    if version > latest_version():
        raise SchemaTooNew(
            f"The database {where} has schema version {version}; this code knows versions up to "
            f"{latest_version()}. Nothing was changed: install or deploy the newer MyRunStreak."
        )
    return version


def migrate(connection: duckdb.DuckDBPyConnection, where: str) -> bool:
    """Bring the schema to the latest version; True when something was applied.

    Raises:
        SchemaTooNew: the database is newer than this code.
    """
    version = check_version(connection, where)
    pending = {number: sql for number, sql in migrations().items() if number > version}
    for number, sql in pending.items():
        with transaction(connection):
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, applied_at TIMESTAMP NOT NULL)"
            )
            connection.execute(sql)
            connection.execute(
                "INSERT INTO schema_version VALUES (?, CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP))", [number]
            )
    return bool(pending)
