"""DuckDB in this process: it writes the lake's tables, as the lake writer does, and answers too."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from myrunstreak.lake.board import Dialect
from myrunstreak.lake.extensions import connect

from scripts.engines.emulator import KEY, REGION, Emulator
from scripts.engines.engine import CATALOG, EngineFailed, Rows

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class DuckDB:
    """A connection with the lake attached."""

    def __init__(self, connection: DuckDBPyConnection) -> None:
        import duckdb

        self.connection = connection
        self.dialect: Dialect = "duckdb"
        self.name = f"DuckDB {duckdb.__version__}"

    def ask(self, sql: str) -> Rows:
        """The rows: days as dates, numbers as numbers.

        Raises:
            EngineFailed: DuckDB refused the question.
        """
        import duckdb

        try:
            return self.connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise EngineFailed(f"{self.name}: {str(error).splitlines()[0]}") from error


@contextmanager
def open_duckdb(emulator: Emulator, folder: Path, memory_gb: int) -> Generator[DuckDB]:
    """A connection over the emulator's catalog; ``folder`` takes what does not fit into memory.

    Raises:
        InvalidSettings: an extension is missing.
    """
    folder.mkdir(parents=True)
    with connect(folder) as connection:
        connection.execute(f"SET memory_limit = '{memory_gb}GB'")
        connection.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{KEY}', REGION '{REGION}', URL_STYLE 'path', "
            f"USE_SSL false, ENDPOINT '{urlsplit(emulator.url).netloc}')"
        )
        connection.execute(
            f"ATTACH '{emulator.warehouse}' AS {CATALOG} (TYPE iceberg, ENDPOINT '{emulator.catalog_url}', "
            "AUTHORIZATION_TYPE 'none', ACCESS_DELEGATION_MODE 'none')"
        )
        yield DuckDB(connection)
