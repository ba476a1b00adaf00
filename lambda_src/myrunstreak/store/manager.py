"""Changes a private copy of the database and publishes it: whole, checked, and never over another's work.

Readers of the published file never meet a writer: every sync works on its own copy. Publishing is a
conditional replacement; when another writer came first, its database is read and this sync's objects are
applied to it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from myrunstreak.contract.activity_types import expand_labels
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import BACKUPS_FOLDER, RECORDINGS_FOLDER, S3Location, beside, parse_location
from myrunstreak.errors import AnotherSource
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.backups import Backups
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.replacing import replace
from myrunstreak.store.catch_up import CatchUp
from myrunstreak.store.copies.checks import verify
from myrunstreak.store.copies.opening import PublishedCopies
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.freshness import write_freshness
from myrunstreak.store.private_copy import PrivateCopy, Session
from myrunstreak.store.stored_runs import OWNER_FACT, OWNER_NAME_FACT, RESTORED_FACT, SOURCE_FACT
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.ports import Archive
from myrunstreak.sync.state import SyncLogRow
from myrunstreak.sync.values import Applied, DetailPart, LostObject, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb


class DuckDBManager:
    """The writer of the database at a location.

    Args:
        database_path: ``s3://bucket/key`` or a local path.
        region_name: AWS region of the bucket.
        memory_mb: memory of the whole process in MB, where it is limited; DuckDB takes half of it, and the
            threads that Lambda gives for it.
        blobs: the folder of the database, for tests; by default made from ``database_path``.
        activity_types: the setting of this name, which ``claim`` writes down for all readers; None leaves it.
        keeps_backups: whether S3 gets a copy of each week and month.
        clock: the present, which names the backups of the week and the month.

    Every method may raise ``InvalidSettings`` (missing bucket, denied action, newer schema),
    ``StoreUnavailable`` (later may help) and ``StoreCorrupt`` (restore).
    """

    def __init__(
        self,
        database_path: str | Path,
        *,
        region_name: str = "us-east-2",
        memory_mb: int | None = None,
        blobs: Blobs | None = None,
        recordings: Blobs | None = None,
        keeps_backups: bool = True,
        clock: Clock = utc_now,
        activity_types: str | None = None,
    ) -> None:
        self._location = parse_location(str(database_path))
        folder, self._name = split_object(self._location)
        self._blobs = blobs or open_blobs(folder, region_name)
        # None on disk: a database there is in its owner's own backups.
        self._backups = (
            Backups(open_blobs(beside(self._location, BACKUPS_FOLDER), region_name))
            if keeps_backups and isinstance(self._location, S3Location)
            else None
        )
        self._clock = clock
        self._activity_types = activity_types
        self._source: str | None = None
        self._owner: Owner | None = None
        self._copies = PublishedCopies(self._location, self._blobs, self._name, memory_mb, clock)
        self._private = PrivateCopy(
            self._copies, recordings or open_blobs(beside(self._location, RECORDINGS_FOLDER), region_name)
        )
        self._catch_up = CatchUp(self._private, self._copies, self._blobs, self.publish)

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def work(self) -> Path:
        """A local folder that exists until ``close``."""
        return self._copies.work

    @property
    def database(self) -> RunDatabase:
        """The private copy; opened at first use."""
        return self._private.session.database

    def connect(self) -> duckdb.DuckDBPyConnection:
        """The connection to the private copy."""
        return self.database.connection

    def close(self) -> None:
        """Drop the private copy and what was not published."""
        self._private.drop()
        self._copies.close()

    @property
    def version(self) -> Version | None:
        """The published version that the private copy is of; None where nothing is published."""
        return self._private.session.copy.version

    def note_beside(self, name: str) -> str | None:
        """The text of a small object beside the database; None where there is none."""
        file = self.work / name
        with self._copies.machine_errors():
            found = self._blobs.fetch(name, file)
            return file.read_text(encoding="utf-8", errors="replace") if found else None

    # -- changing ---------------------------------------------------------------------------------

    def claim(self, source: str, owner: Owner | None = None) -> None:
        """Bind the database to one source and, where it is given, one owner; noted at the first sync.

        Raises:
            AnotherSource: it holds the runs of another source.
            InvalidSettings: it holds the record of another runner.
        """
        self._source = source
        self._owner = owner or self._owner
        known = self.database.fact(SOURCE_FACT)
        if known is None:
            self.database.set_fact(SOURCE_FACT, source)
        elif known != source:
            raise AnotherSource(
                f"The database {self._location} holds runs from {_describe(known)}, and this sync would add runs from "
                f"{_describe(source)}. Nothing was changed: set DUCKDB_PATH to another file, or move this one away."
            )
        if self._activity_types is not None:
            chosen = self.database.choose_activity_types(expand_labels(self._activity_types))
            self._private.session.dirty |= chosen

        if owner is None:
            return
        noted = self.owner()
        if noted is not None:
            noted.require(owner, f"The database {self._location}")
            return
        self.database.set_fact(OWNER_FACT, owner.user_id)
        self.database.set_fact(OWNER_NAME_FACT, owner.name)
        self._private.session.dirty = True

    def note_restore(self, restored_at: str) -> None:
        """Note that the database takes the place of another: the next sync walks the whole history."""
        self.database.set_fact(RESTORED_FACT, restored_at)
        self._private.session.dirty = True

    def owner(self) -> Owner | None:
        """The owner of the runs in the database; None where that was never noted."""
        return self.database.owner()

    def catch_up(self, archive: Archive, check_time: Callable[[], None] | None = None) -> Applied:
        """Apply what is archived but not in the database: left by a crash, or newer than a restored file.

        It takes bounded memory, however much there is.

        Args:
            check_time: raises when the time is up; asked between portions, never before one was applied, so that
                each sync comes nearer to the end. With it, much is published in parts.
        """
        return self._catch_up.run(archive, check_time)

    def newly_set_aside(self) -> list[str]:
        """Which archived objects could not be applied since the first catch-up, and why, in sentences."""
        return self._catch_up.newly_set_aside()

    def observe_page(
        self, page: RawObject, archive: Callable[[RawObject], None], *, archive_always: bool = False
    ) -> PageReport:
        """Apply a list page if it says anything new, archiving it first.

        Args:
            archive_always: archive it even where it says nothing new, because the archive has lost objects.
        """
        session = self._private.session
        with self._copies.machine_errors():
            report, applied = session.database.observe_page(page, archive)
        if report.changes:
            session.note([page], applied)
        elif archive_always:
            archive(page)
            session.database.note_archived([page])
            session.note([page], applied)
        return report

    def observe(self, one: RawObject, archive: Callable[[RawObject], None]) -> Applied:
        """Archive and apply one object that is not a list page."""
        archive(one)
        return self._private.apply([one])

    def lost_objects(self, archive: Archive) -> list[LostObject]:
        """The objects that the database contains and the archive has lost, oldest first."""
        return self.database.lost_objects(archive.names())

    def forget_lost_objects(self, lost: Sequence[LostObject], now: datetime) -> int:
        """Take lost objects out of the log; how many runs have their details fetched again."""
        session = self._private.session
        session.dirty = True
        return session.database.forget_lost(lost, now)

    def note_detail_failure(self, activity_id: int, error: str, what: DetailPart = "details") -> None:
        """Postpone a run whose details could not be fetched or stored."""
        session = self._private.session
        session.database.note_detail_failure(activity_id, error, self._clock(), what)
        session.dirty = True

    def retry_quarantine(self) -> Applied:
        """Try again what is in quarantine or set aside; the next sync asks again for details that were given up.

        Objects are read from the archive of the last ``catch_up``.
        """
        applied = self._catch_up.retry_set_aside() + self._private.retry_quarantine(all_records=True)
        session = self._private.session
        if session.database.ask_for_details_again():
            session.dirty = True
        return applied

    @property
    def applied(self) -> Applied:
        """What this sync has changed, counted against the database that it was applied to last."""
        return self._private.applied

    @property
    def dirty(self) -> bool:
        """Whether there is anything to publish."""
        return self._private.dirty

    # -- publishing -------------------------------------------------------------------------------

    def publish(self, log: Callable[[], Sequence[SyncLogRow]] = lambda: ()) -> bool:
        """Check and publish the private copy if it differs from what was read; False when it does not.

        An empty record is published once, so that readers find a database.

        Args:
            log: makes the rows for ``sync_log``; asked again when what was applied has changed.

        Raises:
            StoreConflict: other writers came first, more often than this may try.
            StoreCorrupt: the private copy does not pass the checks; nothing was published.
        """
        session = self._private.session
        if not session.dirty and session.copy.version is not None:
            return False
        rows: Sequence[SyncLogRow] = ()
        tried: Session | None = None
        is_compacted = False

        def prepare() -> tuple[Path, Version | None]:
            nonlocal rows, tried, is_compacted
            session = self._private.session
            rows = log()
            tried = session
            with self._copies.machine_errors():
                session.database.log_syncs(rows)
                # First the files beside the database: it never knows of a recording that is not there.
                session.database.keep_recordings()
                session.database.refresh_stored_numbers()
                is_compacted = verify(session.database, session.copy.file, str(self._location))
            return session.copy.file, session.copy.version

        try:
            version = replace(
                self._blobs,
                self._name,
                prepare,
                after_loss=self._start_over,
                note=lambda _: self._private.proof_of(tried) if tried else "",
                next_step="Nothing is lost: what was fetched is archived and the next sync applies it.",
            )
        except BaseException:
            # The next use reads the published state again; after a lost race the present copy is made from it already.
            if tried is not None:
                self._private.drop(tried)
            raise
        assert tried is not None
        assert version is not None
        if self._backups and rows and rows[-1].status == "complete":
            self._backups.keep(tried.copy.file, self._clock())
        self._private.go_on_from(tried, version, is_compacted=is_compacted)
        return True

    def _start_over(self) -> None:
        """Read what the other writer published and apply this sync's objects to it."""
        lost = self._private.session
        self._private.drop()
        if self._source is not None:
            self.claim(self._source, self._owner)
        self._catch_up.run_again(lost.objects)
        self._private.session.dirty = True

    def note_freshness(self, freshness: Freshness) -> None:
        """Say beside the database when the record was found whole: a quiet day publishes no database."""
        with self._copies.machine_errors():
            write_freshness(self._blobs, self.work, freshness)


def _describe(source: str) -> str:
    return "a simulator on this machine (the demo)" if source == "loopback" else source
