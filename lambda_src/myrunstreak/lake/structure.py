"""Makes the tables of the lake, brings older ones up to date, and puts copies in their place."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from myrunstreak.lake.catalog import Catalog, full_name
from myrunstreak.lake.tables import RUNNERS, TABLES, Table

if TYPE_CHECKING:
    import duckdb

# What a copy is called until it takes the table's place, and what the table is called afterwards, until it is deleted.
# A name is used once: each table has a place of its own in the bucket.
_NEXT: Final = "__next_"
_OLD: Final = "__old_"


def prepare(catalog: Catalog) -> None:
    """Make the tables that are missing, add the columns that are missing, and finish an exchange that was broken off."""
    names = _finish(catalog, catalog.names())
    with catalog.read_newest() as connection:
        for table in TABLES:
            if table.name not in names:
                connection.execute(table.definition(full_name(table.name)))
                continue
            known = {
                str(row[0])
                for row in connection.execute(
                    "SELECT column_name FROM (DESCRIBE " + full_name(table.name) + ")"
                ).fetchall()
            }
            for column, kind in table.columns.items():
                if column not in known:
                    connection.execute(f"ALTER TABLE {full_name(table.name)} ADD COLUMN {column} {kind}")


def exchange(catalog: Catalog, condition: str) -> dict[str, int]:
    """Put copies with the rows for which a condition holds in the place of all tables; how many rows each has lost.

    The tables that were there are deleted with every file of theirs: deleted rows lie in old files, in earlier states
    and in notes about deletions until then. A crash at any step leaves tables that ``prepare`` puts right, each of
    them either as it was or exchanged: the versions first, so that rows which are gone are not taken for being there.
    """
    prepare(catalog)
    lost: dict[str, int] = {}
    for table in sorted(TABLES, key=lambda table: table is not RUNNERS):
        mark = secrets.token_hex(8)
        following = f"{table.name}{_NEXT}{mark}"
        with catalog.read_newest() as connection:
            lost[table.name] = _copy(connection, table, following, condition)
        catalog.rename(table.name, f"{table.name}{_OLD}{mark}")
        catalog.rename(following, table.name)
        catalog.drop(f"{table.name}{_OLD}{mark}")
    return lost


def _copy(connection: duckdb.DuckDBPyConnection, table: Table, name: str, condition: str) -> int:
    """Make the copy; how many rows it leaves out."""
    connection.execute(table.definition(full_name(name)))
    source = full_name(table.name)
    [count] = connection.execute(f"SELECT count(*) FROM {source} WHERE NOT ({condition})").fetchone() or (0,)
    connection.execute(
        f"INSERT INTO {full_name(name)} ({table.names})"
        f" SELECT {table.names} FROM {source} WHERE {condition} ORDER BY {', '.join(table.key)}"
    )
    return int(count)


def _finish(catalog: Catalog, names: list[str]) -> set[str]:
    """Put every table into its place, and delete what an exchange has left; the tables that there are."""
    present = set(names)
    for table in TABLES:
        following = [name for name in names if name.startswith(f"{table.name}{_NEXT}")]
        if table.name not in present and following:
            # Its forerunner is out of the way, which happens only when the copy is complete.
            catalog.rename(following.pop(), table.name)
            present.add(table.name)
        for name in (*following, *(name for name in names if name.startswith(f"{table.name}{_OLD}"))):
            catalog.drop(name)
    return present
