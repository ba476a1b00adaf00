"""What the runs' database holds, and what it still waits for: questions that change nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.errors import StoreCorrupt
from myrunstreak.instants import naive_utc
from myrunstreak.store.detail_queue import DetailQueue
from myrunstreak.store.loading.quarantine import ObjectsSetAside
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.values import DatedRun, Streak

if TYPE_CHECKING:
    import duckdb

SOURCE_FACT: Final = "source"
OWNER_FACT: Final = "owner"
OWNER_NAME_FACT: Final = "owner_name"
RESTORED_FACT: Final = "restored_at"
# Up to when a database is known that no sync has found whole; in UTC.
KNOWN_UNTIL_FACT: Final = "known_until"


class StoredRuns:
    """Reads the tables on one open connection.

    Args:
        connection: an open, migrated database.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self._queue = DetailQueue(connection)
        self._aside = ObjectsSetAside(connection)

    def newest_observation(self) -> datetime | None:
        """When the newest applied object was observed."""
        value = self._value("SELECT max(observed_at) FROM archive_log")
        return value.replace(tzinfo=UTC) if value else None

    def restored_at(self) -> str | None:
        """When the file was put in the place of another, as text that tells one restore from others; None: never."""
        return self.fact(RESTORED_FACT)

    def applied_names(self) -> set[str]:
        """Names of the archived objects that the database contains."""
        return {row[0] for row in self.connection.execute("SELECT name FROM archive_log").fetchall()}

    def live_ids(self) -> set[int]:
        """Ids of the live runs."""
        return self._ids("SELECT activity_id FROM activities WHERE deleted_at IS NULL")

    def deleted_ids(self) -> set[int]:
        """Ids of the runs marked deleted."""
        return self._ids("SELECT activity_id FROM activities WHERE deleted_at IS NOT NULL")

    def quarantined_ids(self) -> set[int]:
        """Ids of the records in quarantine that have one."""
        return self._ids("SELECT DISTINCT activity_id FROM quarantine WHERE activity_id IS NOT NULL")

    def starts(self) -> dict[int, datetime]:
        """When each live run began, by the wall clock."""
        rows = self.connection.execute(
            "SELECT activity_id, start_local FROM activities WHERE deleted_at IS NULL"
        ).fetchall()
        return dict(rows)

    def deleted_since(self, moment: datetime) -> int:
        """How many runs were marked deleted after an aware instant and still are."""
        return self._value("SELECT count(*) FROM activities WHERE deleted_at > ?", [naive_utc(moment)])

    def deleted_runs(self) -> list[DatedRun]:
        """The runs that are marked deleted, newest first."""
        rows = self.connection.execute(
            """
            SELECT activity_id, start_date, distance_km FROM activities
            WHERE deleted_at IS NOT NULL
            ORDER BY start_local DESC, activity_id DESC
            """
        ).fetchall()
        return [DatedRun(*row) for row in rows]

    def streaks(self, minimum_km: float) -> list[Streak]:
        """Every streak under a rule, oldest first."""
        rows = self.connection.execute(
            "SELECT start_date, end_date, length_days FROM streaks_of(?) ORDER BY start_date", [minimum_km]
        ).fetchall()
        return [Streak(*row) for row in rows]

    def quarantine_backlog(self) -> int:
        """Records in quarantine, and archived objects set aside."""
        return int(self._value("SELECT count(*) FROM quarantine")) + len(self._aside.names())

    def is_empty(self) -> bool:
        """Whether no run was ever stored."""
        return not self._value("SELECT count(*) FROM activities")

    def pending_details(self, limit: int | None = None, now: datetime | None = None) -> list[int]:
        """Runs whose details are still to be fetched; see ``DetailQueue.pending``."""
        return self._queue.pending(limit, now)

    def pending_details_count(self) -> int:
        """How many live runs' details will still be fetched."""
        return self._queue.count()

    def given_up_details_count(self) -> int:
        """How many live runs' details failed too often: they wait for a change of the run."""
        return self._queue.given_up()

    def pending_splits(self, limit: int, now: datetime | None = None) -> list[int]:
        """Runs whose splits are still to be fetched; see ``DetailQueue.pending_splits``."""
        return self._queue.pending_splits(limit, now)

    def fact(self, name: str) -> str | None:
        """A fact about the file itself."""
        return self._value("SELECT max(value) FROM file_facts WHERE name = ?", [name])

    def owner(self) -> Owner | None:
        """The owner of the runs; None where that was never noted."""
        return Owner.of(self.fact(OWNER_FACT), self.fact(OWNER_NAME_FACT))

    def set_aside(self, *, of_older_code: bool = False) -> set[str]:
        """Names of the archived objects set aside; with ``of_older_code`` only those that older code set aside."""
        return self._aside.names(of_older_code=of_older_code)

    def set_aside_reasons(self) -> dict[str, str]:
        """The reason of each object that is set aside, by name."""
        return self._aside.reasons()

    def check(self) -> None:
        """Check the database against its own rules.

        Raises:
            StoreCorrupt: a run is stored twice.
        """
        repeated = self._value("SELECT count(*) - count(DISTINCT activity_id) FROM activities")
        if repeated:
            raise StoreCorrupt(f"{repeated} runs are stored more than once. Nothing was published.")

    def _value(self, sql: str, parameters: list[Any] | None = None) -> Any:
        row = self.connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def _ids(self, sql: str) -> set[int]:
        return {row[0] for row in self.connection.execute(sql).fetchall()}
