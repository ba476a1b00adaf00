"""Where in a database file its blocks lie: those with rows, those with the catalog, and the free ones."""

from __future__ import annotations

from pathlib import Path

import duckdb

# Three headers of 4 KiB come before the first block.
_HEADERS = 12_288


def row_blocks(file: Path) -> list[range]:
    """The bytes of each block that holds rows."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE NOT internal").fetchall()
        held = {
            block
            for (table,) in tables
            for first, more in connection.execute(
                f"SELECT block_id, additional_block_ids FROM pragma_storage_info('{table}')"
            ).fetchall()
            for block in (first, *(more or ()))
            if block is not None and block >= 0
        }
        return [_bytes_of(connection, block) for block in sorted(held - _catalog(connection))]


def catalog_blocks(file: Path) -> list[range]:
    """The bytes of each block that says what there is and where."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return [_bytes_of(connection, block) for block in sorted(_catalog(connection))]


def _catalog(connection: duckdb.DuckDBPyConnection) -> set[int]:
    return {
        block for (block,) in connection.execute("SELECT block_id FROM pragma_metadata_info()").fetchall()
    }


def _bytes_of(connection: duckdb.DuckDBPyConnection, block: int) -> range:
    [size] = connection.execute("SELECT block_size FROM pragma_database_size()").fetchone() or (0,)
    return range(_HEADERS + block * size, _HEADERS + (block + 1) * size)
