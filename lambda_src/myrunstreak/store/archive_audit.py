"""Compares the raw archive with the database: what it has lost, and what makes it whole again.

The database names every object that it was made of (``archive_log``). `rebuild` cannot bring back the part of the record
whose objects the archive has lost.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from myrunstreak.store.loading.reading import as_list
from myrunstreak.sync.values import LostObject

if TYPE_CHECKING:
    import duckdb

_PAGES: Final = ("summary", "extended")


def lost_objects(connection: duckdb.DuckDBPyConnection, held: Collection[str]) -> list[LostObject]:
    """The objects that the database contains and an archive of these names has lost, oldest first."""
    rows = connection.execute(
        "SELECT name, kind, observed_at FROM archive_log ORDER BY observed_at, name"
    ).fetchall()
    held = frozenset(held)
    return [LostObject(*row) for row in rows if row[0] not in held]


def forget_lost(connection: duckdb.DuckDBPyConnection, lost: Sequence[LostObject], now: datetime) -> int:
    """Take lost objects out of the log and queue again what only they held; how many runs wait for details now.

    Of a run whose details are lost, or whose first page is (details from before a run is listed are passed over by a
    rebuild), the details are fetched anew. Call it within a transaction, after the pages are archived again.

    Args:
        now: naive UTC.
    """
    connection.execute(
        """DELETE FROM archive_log WHERE list_contains(from_json(?, '["VARCHAR"]'), name)""",
        [as_list(item.name for item in lost)],
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE without_details AS
        SELECT activity_id
        FROM runs
        WHERE details_at IS NOT NULL
            AND (
                list_contains(from_json($details, '["TIMESTAMP"]'), details_at)
                OR list_contains(from_json($details, '["TIMESTAMP"]'), splits_at)
                OR list_contains(from_json($pages, '["TIMESTAMP"]'), first_seen_at)
            )
        """,
        {
            "details": as_list(item.observed_at for item in lost if item.kind not in _PAGES),
            "pages": as_list(item.observed_at for item in lost if item.kind in _PAGES),
        },
    )
    connection.execute(
        "DELETE FROM details_queue WHERE activity_id IN (SELECT activity_id FROM without_details)"
    )
    connection.execute(
        """
        INSERT INTO details_queue BY NAME
        SELECT activity_id, $now AS enqueued_at, 0 AS attempts FROM without_details ORDER BY activity_id
        """,
        {"now": now},
    )
    row = connection.execute("SELECT count(*) FROM without_details").fetchone()
    return int(row[0]) if row else 0
