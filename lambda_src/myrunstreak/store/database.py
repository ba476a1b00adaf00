"""The runs' database as the sync changes it: archived objects, and the file's own book-keeping."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from myrunstreak.contract.activity_types import choice_for_database
from myrunstreak.instants import naive_utc, parse_instant, utc_now
from myrunstreak.store.archive_audit import forget_lost, lost_objects
from myrunstreak.store.efforts.best_efforts import (
    EFFORTS_FACT,
    EFFORTS_UNTIL_FACT,
    EFFORTS_VERSION,
    FIRST_EFFORTS_VERSION,
    BestEfforts,
)
from myrunstreak.store.loading.loader import ObjectLoader
from myrunstreak.store.loading.reading import as_list
from myrunstreak.store.loading.trimming import trim_to_runs
from myrunstreak.store.stored_numbers import refresh_stored_numbers
from myrunstreak.store.transactions import transaction
from myrunstreak.sync.state import SyncLogRow
from myrunstreak.sync.values import DetailPart, LostObject, RawObject


class RunDatabase(ObjectLoader):
    """The tables on one open connection, with everything that may change them."""

    def close(self) -> None:
        """Close the connection, and drop what was not kept."""
        self.connection.close()
        if self._recordings:
            self._recordings.forget()

    def keep_recordings(self) -> None:
        """Put the points of what was applied where recordings are kept. Do it before the database is published."""
        if self._recordings:
            self._recordings.keep(self.connection)

    def refresh_stored_numbers(self) -> None:
        """Bring the stored days and bests up to the runs. Do it before the database is published."""
        refresh_stored_numbers(self.connection)

    def lift(self, names: set[str]) -> None:
        """Take objects off the list of those set aside: they are about to be applied again."""
        with transaction(self.connection):
            self._aside.lift(names)

    def refresh_best_efforts(self, after_each: Callable[[], None] = lambda: None) -> bool:
        """Compute the best efforts of all recordings again where this code has not; whether it did.

        Args:
            after_each: called after each year; an exception of its ends the work, and the next call goes on there.
        """
        version = self.fact(EFFORTS_FACT) or FIRST_EFFORTS_VERSION
        if self._recordings is None or version == EFFORTS_VERSION:
            return False
        done, _, until = (self.fact(EFFORTS_UNTIL_FACT) or "").partition(" ")
        for number, file in enumerate(self._recordings.files(), start=1):
            if done == EFFORTS_VERSION and number <= int(until):
                continue
            with transaction(self.connection):
                BestEfforts(self.connection).replace_from_file(str(file))
            self.set_fact(EFFORTS_UNTIL_FACT, f"{EFFORTS_VERSION} {number}")
            after_each()
        with transaction(self.connection):
            trim_to_runs(self.connection, "SELECT activity_id FROM activities")
        self.set_fact(EFFORTS_FACT, EFFORTS_VERSION)
        self.connection.execute("DELETE FROM file_facts WHERE name = ?", [EFFORTS_UNTIL_FACT])
        return True

    def forget_applied(self, names: Sequence[str]) -> None:
        """Take objects out of the log: they are about to be applied again."""
        self.connection.execute(
            "DELETE FROM archive_log WHERE list_contains(from_json(?, '[\"VARCHAR\"]'), name)",
            [as_list(names)],
        )

    def note_archived(self, objects: Sequence[RawObject]) -> None:
        """Note objects that are archived and say nothing new."""
        with transaction(self.connection):
            self._log(objects)

    def lost_objects(self, held: Collection[str]) -> list[LostObject]:
        """Objects that the database contains and an archive with these names does not hold."""
        return lost_objects(self.connection, held)

    def forget_lost(self, lost: Sequence[LostObject], now: datetime) -> int:
        """Take lost objects out of the log and queue their details again; how many runs wait for them."""
        with transaction(self.connection):
            return forget_lost(self.connection, lost, naive_utc(now))

    def note_detail_failure(
        self, activity_id: int, error: str, now: datetime | None = None, what: DetailPart = "details"
    ) -> None:
        """Remember that a run's details could not be fetched or stored; it rests from now on for a while."""
        with transaction(self.connection):
            self._queue.note_failure(activity_id, error, now or utc_now(), what)

    def ask_for_details_again(self) -> int:
        """Forget every failure to fetch details; how many there were."""
        with transaction(self.connection):
            return self._queue.ask_again()

    def set_fact(self, name: str, value: str) -> None:
        """Record a fact about the file itself."""
        with transaction(self.connection):
            self.connection.execute("DELETE FROM file_facts WHERE name = ?", [name])
            self.connection.execute("INSERT INTO file_facts VALUES (?, ?)", [name, value])

    def choose_activity_types(self, labels: Sequence[str] | None) -> bool:
        """Store which activities count, for every reader of the database; False where the choice stands already."""
        if self._value("SELECT activity_types()") == (None if labels is None else list(labels)):
            return False
        self.connection.execute(choice_for_database(labels))
        return True

    def log_syncs(self, rows: Sequence[SyncLogRow]) -> None:
        """Add rows to ``sync_log``; one that is there already is left as it is."""
        for logged in rows:
            row = logged.model_dump()
            for name in ("started_at", "finished_at", "data_as_of"):
                moment = parse_instant(row[name])
                row[name] = naive_utc(moment) if moment else None
            names = ", ".join(row)
            marks = ", ".join(f"${name}" for name in row)
            self.connection.execute(
                f"INSERT INTO sync_log ({names}) SELECT {marks} "
                "WHERE NOT EXISTS (SELECT 1 FROM sync_log WHERE sync_id = $sync_id)",
                row,
            )
