"""Which runs' details are still to be fetched, which failed, and when they are tried again.

What fails is tried again after longer and longer rests, and then waits until the run changes: a broken record must
not cost a request and a published database every day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from myrunstreak.instants import naive_utc
from myrunstreak.sync.values import DetailPart

if TYPE_CHECKING:
    import duckdb

# How often details are asked for before the run is left alone, and how long it rests after each failure. The
# rest ends some hours early: the daily sync does not begin on the second.
ATTEMPTS: Final = 5
_RESTS_DAYS: Final = (1, 2, 4, 8)
_EARLY: Final = timedelta(hours=4)

# The condition for runs whose details are left alone until the run changes.
GIVEN_UP: Final = f"attempts >= {ATTEMPTS}"


class DetailQueue:
    """The queue on a connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def pending(self, limit: int | None = None, now: datetime | None = None) -> list[int]:
        """Live runs whose details are to be fetched: least often tried first, then newest first.

        Args:
            now: only those whose rest is over by then. None: all that are not given up.
        """
        return self._ids(
            f"""
            SELECT q.activity_id
            FROM details_queue AS q JOIN runs AS r ON r.activity_id = q.activity_id
            WHERE NOT {GIVEN_UP} AND (q.retry_at IS NULL OR $now IS NULL OR q.retry_at <= $now)
            ORDER BY q.attempts, r.start_local DESC, q.activity_id DESC
            LIMIT $most
            """,
            {"now": now and naive_utc(now), "most": limit},
        )

    def count(self) -> int:
        """Live runs whose details will still be fetched."""
        return self._count(f"NOT {GIVEN_UP}")

    def given_up(self) -> int:
        """Live runs whose details failed so often that they wait for a change of the run."""
        return self._count(GIVEN_UP)

    def pending_splits(self, limit: int, now: datetime | None = None) -> list[int]:
        """Runs whose details gave no splits and whose splits were not fetched yet, newest first."""
        return self._ids(
            f"""
            SELECT r.activity_id
            FROM runs AS r LEFT JOIN splits_failures AS f ON f.activity_id = r.activity_id
            WHERE r.has_details AND r.details_at IS NOT NULL AND r.splits_at IS NULL AND r.distance_km > 0
                AND (
                    f.activity_id IS NULL
                    OR (NOT f.{GIVEN_UP} AND (f.retry_at IS NULL OR $now IS NULL OR f.retry_at <= $now))
                )
            ORDER BY coalesce(f.attempts, 0), r.start_local DESC, r.activity_id DESC
            LIMIT $most
            """,
            {"now": now and naive_utc(now), "most": limit},
        )

    def note_failure(self, activity_id: int, error: str, now: datetime, what: DetailPart = "details") -> None:
        """Let a run rest whose details or splits failed: longer after each failure."""
        table = "details_queue" if what == "details" else "splits_failures"
        run = self._connection.execute
        if what == "splits":
            run(
                """
                INSERT INTO splits_failures BY NAME
                SELECT $id AS activity_id, 0 AS attempts
                WHERE NOT EXISTS (SELECT 1 FROM splits_failures WHERE activity_id = $id)
                """,
                {"id": activity_id},
            )
        failed = run(f"SELECT max(attempts) FROM {table} WHERE activity_id = ?", [activity_id]).fetchone()
        attempts = (failed[0] if failed and failed[0] is not None else 0) + 1
        rest = timedelta(days=_RESTS_DAYS[min(attempts, len(_RESTS_DAYS)) - 1]) - _EARLY
        run(
            f"UPDATE {table} SET attempts = ?, last_error = ?, retry_at = ? WHERE activity_id = ?",
            [attempts, error[:500], naive_utc(now + rest), activity_id],
        )

    def ask_again(self) -> int:
        """Forget every failure; how many runs' details had failed."""
        found = self._connection.execute("SELECT count(*) FROM details_queue WHERE attempts > 0").fetchone()
        self._connection.execute("UPDATE details_queue SET attempts = 0, retry_at = NULL WHERE attempts > 0")
        self._connection.execute("DELETE FROM splits_failures")
        return int(found[0]) if found else 0

    def _count(self, condition: str) -> int:
        found = self._connection.execute(
            f"SELECT count(*) FROM details_queue JOIN runs USING (activity_id) WHERE {condition}"
        ).fetchone()
        return int(found[0]) if found else 0

    def _ids(self, sql: str, parameters: dict[str, object]) -> list[int]:
        return [row[0] for row in self._connection.execute(sql, parameters).fetchall()]
