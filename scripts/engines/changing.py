"""What happens to a lake in its life: a column is added, and two writers commit at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from scripts.engines.comparing import Question, plain
from scripts.engines.engine import table, to_csv

_ADDED: Final = "shoes"
_TRIES: Final = 5


def add_column(connection: Any) -> Question:
    """Add a column to ``runs`` and write three rows with it; how many rows have a value and how many have none."""
    before = _count(connection)
    connection.execute(f"ALTER TABLE {table('runs')} ADD COLUMN {_ADDED} VARCHAR")
    connection.execute(
        f"INSERT INTO {table('runs')} BY NAME "
        f"SELECT 'newcomer' AS runner_id, -1 - i AS activity_id, '{_ADDED}' AS {_ADDED} "
        "FROM range(3) AS rows (i)"
    )
    return plain(
        "column added",
        (_ADDED, "runs"),
        f"SELECT {_ADDED}, count(*) AS runs FROM {table('runs')} GROUP BY {_ADDED} ORDER BY runs",
        to_csv((_ADDED, "runs"), [(_ADDED, 3), (None, before)]),
    )


def write_at_once(connection: Any, other: Any) -> tuple[Question, int]:
    """Two writers add a row each to the state that both of them saw; what is there then, and how many conflicts."""
    before = _count(connection)
    refused = 0

    def insert(number: int) -> Callable[[Any], None]:
        return lambda writer: writer.execute(
            f"INSERT INTO {table('runs')} BY NAME SELECT 'newcomer' AS runner_id, {number} AS activity_id"
        )

    other.execute("BEGIN")
    insert(-11)(other)
    connection.execute("BEGIN")
    insert(-12)(connection)
    connection.execute("COMMIT")
    for _ in range(_TRIES):
        if commit(other):
            break
        refused += 1
        other.execute("BEGIN")
        insert(-11)(other)
    return (
        plain(
            "two writers",
            ("runs",),
            f"SELECT count(*) AS runs FROM {table('runs')}",
            to_csv(("runs",), [(before + 2,)]),
        ),
        refused,
    )


def commit(connection: Any) -> bool:
    """Whether it was accepted: False if another writer has committed meanwhile."""
    import duckdb

    try:
        connection.execute("COMMIT")
    except duckdb.TransactionException as error:
        if "409" not in str(error):
            raise
        return False
    return True


def _count(connection: Any) -> int:
    return connection.execute(f"SELECT count(*) FROM {table('runs')}").fetchone()[0]
