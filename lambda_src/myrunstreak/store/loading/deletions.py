"""What a decision about deletions changes: runs that vanished from Smashrun or returned, and those without details."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

from myrunstreak.sync.values import RawObject

if TYPE_CHECKING:
    import duckdb


def mark_deletions(connection: duckdb.DuckDBPyConnection, decided: RawObject) -> tuple[int, int]:
    """Apply an archived decision; how many runs are newly marked deleted, and how many are alive again.

    Call it within a transaction.
    """
    decision: dict[str, list[int]] = json.loads(gzip.decompress(decided.file.read_bytes()))
    vanished, returned = decision.get("vanished", []), decision.get("returned", [])

    moment = decided.observed_utc

    def count_changed(sql: str, parameters: list[object]) -> int:
        row = connection.execute(sql, parameters).fetchone()
        return int(row[0]) if row else 0

    deleted = count_changed(
        """
        UPDATE activities SET deleted_at = ?
        WHERE list_contains(?, activity_id) AND deleted_at IS NULL AND synced_at <= ?
        """,
        [moment, vanished, moment],
    )
    # Known to be gone already, and now since earlier.
    connection.execute(
        """
        UPDATE activities SET deleted_at = ?
        WHERE list_contains(?, activity_id) AND deleted_at > ? AND synced_at <= ?
        """,
        [moment, vanished, moment, moment],
    )
    revived = count_changed(
        "UPDATE activities SET deleted_at = NULL WHERE list_contains(?, activity_id) AND deleted_at < ?",
        [returned, moment],
    )
    connection.execute(
        "DELETE FROM quarantine WHERE list_contains(?, activity_id) AND first_seen_at <= ?",
        [vanished, moment],
    )
    connection.execute(
        "DELETE FROM details_queue WHERE list_contains(?, activity_id) AND enqueued_at <= ?",
        [decision.get("without_details", []), moment],
    )
    return deleted, revived
