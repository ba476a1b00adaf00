"""Keeps the file that travels every day small: rewritten when too much of it is waste."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_SIZE_FACT: Final = "compacted_bytes"
# A freshly written file is the yardstick; below this size a rewrite saves nothing worth the while.
_GROWTH: Final = 1.3
_SMALL_BYTES: Final = 1 << 20


def compact_if_wasteful(file: Path) -> Path:
    """The file itself, or a rewritten one beside it when it has grown by a third since the last rewrite.

    Growth may be honest; then the rewrite only moves the yardstick.
    """
    import duckdb

    size = file.stat().st_size
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute("SELECT max(value) FROM file_facts WHERE name = ?", [_SIZE_FACT]).fetchone()
        yardstick = int(row[0]) if row and row[0] else 0
    if size <= max(_SMALL_BYTES, yardstick * _GROWTH):
        return file
    compacted = file.with_name("compacted.duckdb")
    compacted.unlink(missing_ok=True)
    rewrite(file, compacted)
    with duckdb.connect(str(compacted)) as connection:
        connection.execute("DELETE FROM file_facts WHERE name = ?", [_SIZE_FACT])
        connection.execute(
            "INSERT INTO file_facts VALUES (?, ?)", [_SIZE_FACT, str(compacted.stat().st_size)]
        )
        connection.execute("CHECKPOINT")
    compacted.replace(file)
    return file


def rewrite(source: Path, target: Path) -> None:
    """Write every row of ``source`` into the new database ``target``, runs in the order of time."""
    import duckdb

    from myrunstreak.store.migrations import migrate

    with duckdb.connect(str(target)) as connection:
        migrate(connection, str(target))
        quoted = str(source).replace("'", "''")
        connection.execute(f"ATTACH '{quoted}' AS old (READ_ONLY)")
        tables = connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'old' ORDER BY table_name"
        ).fetchall()
        connection.begin()
        for (table,) in tables:
            order = "ORDER BY start_local, activity_id" if table == "activities" else ""
            connection.execute(f'DELETE FROM "{table}"')
            connection.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM old."{table}" {order}')
        connection.commit()
        connection.execute("DETACH old")
        connection.execute("CHECKPOINT")
