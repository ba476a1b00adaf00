"""New databases for tests, without the price of every migration each time."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

import duckdb
from myrunstreak.store.schema.migrations import migrate


def new_database(file: str = ":memory:") -> duckdb.DuckDBPyConnection:
    """An empty database in the newest schema, in memory unless a file is named."""
    if file != ":memory:":
        shutil.copy(_template(), file)
        return duckdb.connect(file)
    connection = duckdb.connect()
    connection.execute(
        f"ATTACH '{_template()}' AS template (READ_ONLY); COPY FROM DATABASE template TO memory; DETACH template"
    )
    return connection


@cache
def _template() -> Path:
    """A file that was migrated once for all databases of this process."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with duckdb.connect(str(folder / "template.duckdb")) as connection:
        migrate(connection, "a test")
    return folder / "template.duckdb"
