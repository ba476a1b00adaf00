"""Keeps the file that travels every day small: rewritten when too much of it is waste."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.activity_types import choice_for_database
from myrunstreak.files import link_file

if TYPE_CHECKING:
    import duckdb

_SIZE_FACT: Final = "compacted_bytes"
# Below this a rewrite saves nothing worth the while: an empty record takes half of it.
_SMALL_BYTES: Final = 2 << 20
# A freshly written file is the yardstick. Each publication leaves eight to eleven blocks of 256 KiB half filled or free,
# at any size of the file and after a rewrite too; the next publications fill them. Only the bytes beyond are waste.
_GROWTH: Final = 1.2
_HALF_FILLED_BYTES: Final = 11 << 18
# How the rows of a table lie.
_ORDERS: Final = {
    "activities": "ORDER BY start_local, activity_id",
    "stored_daily_sums": "ORDER BY date",
}
# One row per column of a table or view, macro, index and so on that its owner made.
_OBJECTS: Final = """
SELECT schema_name, table_name AS name, column_name AS part, data_type FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, view_name, 'view', NULL FROM duckdb_views()
WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, function_name, function_type, NULL FROM duckdb_functions()
WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, index_name, 'index', NULL FROM duckdb_indexes() WHERE database_name = current_database()
UNION ALL
SELECT schema_name, type_name, 'type', NULL FROM duckdb_types() WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT schema_name, sequence_name, 'sequence', NULL FROM duckdb_sequences() WHERE database_name = current_database()
ORDER BY ALL
"""


def compact_if_wasteful(connection: duckdb.DuckDBPyConnection, file: Path) -> bool:
    """Rewrite a checkpointed file where it has grown by a fifth since it was written anew; whether that was done.

    The connection keeps the larger file, which nobody else sees any more. Growth may be honest; then the rewrite only
    moves the yardstick. A file that was never rewritten is held against the blocks that it uses, and is its own
    yardstick from then on. A file in which the runner keeps tables or views of their own is left as it is: a rewrite
    would lose them.

    Args:
        connection: open on the file.
    """
    size = file.stat().st_size
    if size <= _SMALL_BYTES:
        return False
    known = _yardstick(connection)
    if size <= (known or _used_bytes(connection)) * _GROWTH + _HALF_FILLED_BYTES:
        if known is None:
            _note_size(connection, file)
        return False
    if not _only_ours(connection):
        return False
    larger, compacted = (file.with_name(f"{name}-{file.name}") for name in ("larger", "compacted"))
    # DuckDB opens a file once only: under its other name it is another.
    link_file(file, larger)
    compacted.unlink(missing_ok=True)
    rewrite(larger, compacted)
    larger.unlink()
    compacted.replace(file)
    return True


def _yardstick(connection: duckdb.DuckDBPyConnection) -> int | None:
    row = connection.execute("SELECT max(value) FROM file_facts WHERE name = ?", [_SIZE_FACT]).fetchone()
    return int(row[0]) if row and row[0] else None


def _used_bytes(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT used_blocks * block_size FROM pragma_database_size()").fetchone()
    return int(row[0]) if row else 0


def _note_size(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Note a checkpointed file's size in it. Noting it takes blocks, which the second note counts."""
    for _ in range(2):
        size = file.stat().st_size
        connection.execute("DELETE FROM file_facts WHERE name = ?", [_SIZE_FACT])
        connection.execute("INSERT INTO file_facts VALUES (?, ?)", [_SIZE_FACT, str(size)])
        connection.execute("CHECKPOINT")


def _only_ours(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the file holds nothing but what our migrations make."""
    import duckdb

    from myrunstreak.store.schema.migrations import migrate

    with duckdb.connect() as fresh:
        migrate(fresh, "a comparison")
        return bool(connection.execute(_OBJECTS).fetchall() == fresh.execute(_OBJECTS).fetchall())


def rewrite(source: Path, target: Path) -> None:
    """Write every row of ``source`` into the new database ``target``, runs and days in the order of time."""
    import duckdb

    from myrunstreak.store.schema.migrations import migrate

    with duckdb.connect(str(target)) as connection:
        migrate(connection, str(target))
        quoted = str(source).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS old (READ_ONLY)")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY table_name"
        ).fetchall()
        connection.begin()
        for (table,) in tables:
            order = _ORDERS.get(table, "")
            connection.execute(f'DELETE FROM "{table}"')
            connection.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM old."{table}" {order}')
        # What counts is no row but a macro: the sync's choice goes along.
        [kept] = connection.execute("SELECT old.activity_types()").fetchone() or (None,)
        connection.execute(choice_for_database(kept))
        connection.commit()
        connection.execute("DETACH old")
        connection.execute("CHECKPOINT")
        _note_size(connection, target)
