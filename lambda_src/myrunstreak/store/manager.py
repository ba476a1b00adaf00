"""Opens a private copy of the database and publishes it: whole, checked, and never over another's work.

Readers of the published file never meet a writer: every sync works on its own copy. Publishing is a
conditional replacement; when another writer came first, its database is read and this sync's objects are
applied to it again.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.activity_types import expand_labels
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import BACKUPS_FOLDER, RECORDINGS_FOLDER, S3Location, beside, parse_location
from myrunstreak.errors import InvalidSettings, StoreConflict
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.backups import Backups
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Blobs, Superseded, Version
from myrunstreak.store.copies.checks import Config, sealed
from myrunstreak.store.copies.scratch import Workplace, machine_errors
from myrunstreak.store.copies.warm import PublishedCopies
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.freshness import forget_freshness, write_freshness
from myrunstreak.store.loading.portions import portions
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.schema.migrations import latest_version, migrate, schema_version
from myrunstreak.sync.owner import Owner
from myrunstreak.sync.ports import Archive
from myrunstreak.sync.state import SyncLogRow
from myrunstreak.sync.values import Applied, DetailPart, LostObject, PageReport, RawObject

if TYPE_CHECKING:
    import duckdb

_PUBLISH_ATTEMPTS: Final = 6
# JSON after which a catch-up publishes before it goes on.
_PUBLISHED_BYTES: Final = 64 << 20
_MB_PER_PROCESSOR: Final = 1769  # what a Lambda has to have for one whole processor
_SOURCE_FACT: Final = "source"
_OWNER_FACT: Final = "owner"
_OWNER_NAME_FACT: Final = "owner_name"


@dataclass
class _Session:
    """One private copy and what was done to it."""

    database: RunDatabase
    file: Path
    version: Version | None
    dirty: bool
    applied: Applied = field(default_factory=Applied)
    objects: list[RawObject] = field(default_factory=list[RawObject])


class DuckDBManager:
    """The database at a location.

    Args:
        database_path: ``s3://bucket/key`` or a local path.
        read_only: only read; ``connect`` then opens the published state.
        region_name: AWS region of the bucket.
        memory_mb: memory of the whole process in MB, where it is limited; DuckDB takes half of it, and the
            threads that Lambda gives for it.
        blobs: the folder of the database, for tests; by default made from ``database_path``.
        activity_types: the setting of this name, which ``claim`` writes down for all readers; None leaves it.
        clock: the present, which names the backups of the week and the month.

    Every method may raise ``InvalidSettings`` (missing bucket, denied action, newer schema),
    ``StoreUnavailable`` (later may help) and ``StoreCorrupt`` (restore).
    """

    def __init__(
        self,
        database_path: str | Path,
        read_only: bool = False,
        *,
        region_name: str = "us-east-2",
        memory_mb: int | None = None,
        blobs: Blobs | None = None,
        recordings: Blobs | None = None,
        clock: Clock = utc_now,
        activity_types: str | None = None,
    ) -> None:
        self._location = parse_location(str(database_path))
        folder, self._name = split_object(self._location)
        self._blobs = blobs or open_blobs(folder, region_name)
        self._recordings_blobs = recordings or open_blobs(
            beside(self._location, RECORDINGS_FOLDER), region_name
        )
        # On disk there are none: whoever keeps the file there has backups of their own.
        self._backups = (
            Backups(open_blobs(beside(self._location, BACKUPS_FOLDER), region_name))
            if isinstance(self._location, S3Location)
            else None
        )
        self._clock = clock
        self._memory_mb = memory_mb
        self._activity_types = activity_types
        self._config: Config = {}
        if memory_mb:
            # Each thread that reads JSON takes 128 MiB at once, and Lambda shows two processors where it gives a third.
            threads = max(1, memory_mb // _MB_PER_PROCESSOR)
            self._config = {"memory_limit": f"{memory_mb // 2}MB", "threads": threads}
        self._read_only = read_only
        self._session: _Session | None = None
        self._published = Applied()
        self._source: str | None = None
        self._owner: Owner | None = None
        self._archive: Archive | None = None
        self._aside_before: set[str] | None = None
        self._numbers = itertools.count(1)
        with machine_errors("the folder for temporary files"):
            self._workplace = Workplace()
        self._work = self._workplace.path
        self._copies = PublishedCopies(self._location, self._blobs, self._name, self._work, self._config)

    def __enter__(self) -> duckdb.DuckDBPyConnection:
        return self.connect()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def work(self) -> Path:
        """A local folder that lives as long as the manager."""
        return self._work

    @property
    def database(self) -> RunDatabase:
        """The open private copy; opened at first use."""
        return self._open_session().database

    def connect(self) -> duckdb.DuckDBPyConnection:
        """The connection to the private copy (or, read only, to the published state)."""
        return self.database.connection

    def close(self) -> None:
        """Forget the private copy; what was not published is dropped."""
        self._drop_session()
        self._workplace.close()

    # -- changing ---------------------------------------------------------------------------------

    def claim(self, source: str, owner: Owner | None = None) -> None:
        """Hold the database to one source and, where it is given, one owner; noted at the first sync.

        Raises:
            InvalidSettings: it holds the record of another source, or of another runner.
        """
        self._source = source
        self._owner = owner or self._owner
        known = self.database.fact(_SOURCE_FACT)
        if known is None:
            self.database.set_fact(_SOURCE_FACT, source)
        elif known != source:
            raise InvalidSettings(
                f"The database {self._location} holds runs from {_described(known)}, and this sync would add runs from "
                f"{_described(source)}. Nothing was changed: set DUCKDB_PATH to another file, or move this one away."
            )
        if self._activity_types is not None:
            chosen = self.database.choose_activity_types(expand_labels(self._activity_types))
            self._open_session().dirty |= chosen

        if owner is None:
            return
        noted = self.owner()
        if noted is not None:
            noted.require(owner, f"The database {self._location}")
            return
        self.database.set_fact(_OWNER_FACT, owner.user_id)
        self.database.set_fact(_OWNER_NAME_FACT, owner.name)
        self._open_session().dirty = True

    def owner(self) -> Owner | None:
        """Whose runs the database holds; None where that was never noted."""
        return Owner.of(self.database.fact(_OWNER_FACT), self.database.fact(_OWNER_NAME_FACT))

    def catch_up(self, archive: Archive, check_time: Callable[[], None] | None = None) -> Applied:
        """Apply what is archived but not in the database: left by a crash, or newer than a restored file.

        It takes bounded memory, however much there is.

        Args:
            check_time: raises when the time is up; asked between portions, never before one was applied, so that
                each sync comes nearer to the end. With it, much is published in parts.
        """
        self._archive = archive
        session = self._open_session()

        def year_refreshed() -> None:
            session.dirty = True
            if check_time:
                check_time()

        with self._on_disk():
            # Before anything is applied: what is applied brings its own.
            refreshed = session.database.refresh_best_efforts(year_refreshed)
        session.dirty = session.dirty or refreshed
        if self._aside_before is None:
            self._aside_before = session.database.set_aside()
        applied = self._try_again(archive, session.database.set_aside(of_older_code=True))
        applied += self._replay_all(archive, check_time)
        session = self._open_session()
        with self._on_disk():
            retried = session.database.retry_quarantine()
        session.applied += retried
        session.dirty = session.dirty or retried != Applied()
        return applied + retried

    def _try_again(self, archive: Archive, names: set[str]) -> Applied:
        """Apply objects that were set aside; what was observed after one that can be applied now is then to follow it."""
        if not names:
            return Applied()
        database = self._open_session().database
        with self._on_disk():
            database.lift(names)
            database.forget_applied(sorted(names))
            objects = list(archive.named(names))
        applied = self._apply(objects)
        still = database.set_aside()
        mended = [one.observed_at for one in objects if one.name not in still]
        if mended:
            database.forget_applied(archive.names_since(min(mended)))
        return applied

    def _replay_all(self, archive: Archive, check_time: Callable[[], None] | None) -> Applied:
        applied, much = self._replay(archive, check_time)
        while much:
            self.publish()
            some, much = self._replay(archive, check_time)
            applied += some
        return applied

    def newly_set_aside(self) -> list[str]:
        """Which archived objects could not be applied since the first catch-up, and why, in sentences."""
        before = self._aside_before or set()
        return [
            f"The archived object {name} could not be applied ({reason}). It is set aside, everything else is stored; "
            "see `myrunstreak quarantine list`."
            for name, reason in sorted(self.database.set_aside_reasons().items())
            if name not in before
        ]

    def _replay(self, archive: Archive, check_time: Callable[[], None] | None) -> tuple[Applied, bool]:
        """Apply what the database lacks, in order; with a limited time until it is much: then there may be more.

        Where some objects are older than what the database contains already, everything observed since is applied
        again: so it ends as if all had come in their order.
        """
        session = self._open_session()
        database, total, size = session.database, Applied(), 0
        newest = database.newest_observation()
        missed = archive.unapplied(database.applied_names(), newest)
        first = next(missed, None)
        if first is None:
            return total, False
        if check_time and session.version is None:
            forget_freshness(self._blobs, self._work)
        objects = itertools.chain([first], missed)
        if newest is not None and first.observed_at < newest:
            # What is applied again is still to be done if the time is up in between.
            database.forget_applied(archive.names_since(first.observed_at))
            objects = archive.since(first.observed_at)
        for portion in portions(objects):
            size += portion.size
            with self._on_disk():
                applied = database.apply_portion(portion)
                for one in portion.complete:
                    one.file.unlink(missing_ok=True)
            self._note([], applied)
            total += applied
            if check_time and (portion.complete or applied != Applied()):
                check_time()
            if check_time and size > _PUBLISHED_BYTES:
                return total, True
        return total, False

    def _merge(self, missed: Sequence[RawObject]) -> None:
        """Apply objects that the database lacks, and what the archive has since."""
        if not missed:
            return
        newest = self._open_session().database.newest_observation()
        objects = {one.name: one for one in missed}
        first = min(one.observed_at for one in missed)
        if newest is not None and first < newest and self._archive is not None:
            objects |= {one.name: one for one in self._archive.since(first) if one.name not in objects}
        self._apply(sorted(objects.values(), key=lambda one: (one.observed_at, one.name)))

    def observe_page(
        self, page: RawObject, archive: Callable[[RawObject], None], *, archive_always: bool = False
    ) -> PageReport:
        """Apply a list page if it says anything new, archiving it first.

        Args:
            archive_always: archive it even where it says nothing new, because the archive has lost objects.
        """
        session = self._open_session()
        with self._on_disk():
            report, applied = session.database.observe_page(page, archive)
        if report.changes:
            self._note([page], applied)
        elif archive_always:
            archive(page)
            session.database.note_archived([page])
            self._note([page], applied)
        return report

    def lost_objects(self, archive: Archive) -> list[LostObject]:
        """The objects that the database contains and the archive has lost, oldest first."""
        return self.database.lost_objects(archive.names())

    def forget_lost_objects(self, lost: Sequence[LostObject], now: datetime) -> int:
        """Take lost objects out of the log; how many runs have their details fetched again."""
        session = self._open_session()
        session.dirty = True
        return session.database.forget_lost(lost, now)

    def observe(self, one: RawObject, archive: Callable[[RawObject], None]) -> Applied:
        """Archive and apply one object that is not a list page."""
        archive(one)
        return self._apply([one])

    def note_detail_failure(self, activity_id: int, error: str, what: DetailPart = "details") -> None:
        """Let a run rest whose details could not be fetched or stored."""
        session = self._open_session()
        session.database.note_detail_failure(activity_id, error, self._clock(), what)
        session.dirty = True

    def retry_quarantine(self) -> Applied:
        """Try what waits in quarantine or is set aside again, and let the next sync ask for details that were given up.

        Objects are read from the archive that was caught up with.
        """
        again = Applied()
        if self._archive is not None:
            again = self._try_again(self._archive, self.database.set_aside())
            again += self._replay_all(self._archive, None)
        session = self._open_session()
        with self._on_disk():
            applied = session.database.retry_quarantine(all_records=True)
        asked_again = session.database.ask_for_details_again()
        session.applied += applied
        session.dirty = session.dirty or applied != Applied() or bool(asked_again)
        return again + applied

    def _apply(self, objects: Sequence[RawObject]) -> Applied:
        session = self._open_session()
        with self._on_disk():
            applied = session.database.apply(objects)
        self._note(objects, applied)
        return applied

    def _note(self, objects: Sequence[RawObject], applied: Applied) -> None:
        session = self._open_session()
        session.objects.extend(objects)
        session.applied += applied
        session.dirty = True

    @property
    def applied(self) -> Applied:
        """What this sync has changed, counted against the database that it was applied to last."""
        return self._published + self._session.applied if self._session else self._published

    @property
    def dirty(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self._session and self._session.dirty)

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
        session = self._open_session()
        if not session.dirty and session.version is not None:
            return False
        for _ in range(_PUBLISH_ATTEMPTS):
            session = self._open_session()
            rows = log()
            try:
                with self._on_disk():
                    session.database.log_syncs(rows)
                    # First the files beside the database: it never knows of a recording that is not there.
                    session.database.keep_recordings()
                    file = sealed(session.database, session.file, str(self._location))
                version = self._blobs.write(self._name, file, session.version)
            except Superseded:
                self._start_over()
                continue
            except BaseException:
                # Whoever asks next reads the published state again.
                self._drop_session()
                raise
            if self._backups and rows and rows[-1].status == "complete":
                self._backups.keep(file, self._clock())
            self._continue_from(file, version)
            return True
        raise StoreConflict(
            f"{self._location} was changed by other syncs {_PUBLISH_ATTEMPTS} times in a row. "
            "Nothing is lost: what was fetched is archived and the next sync applies it."
        )

    def note_freshness(self, freshness: Freshness) -> None:
        """Say beside the database when the record was found whole: a quiet day publishes no database."""
        with self._on_disk():
            write_freshness(self._blobs, self._work, freshness)

    def _start_over(self) -> None:
        """Read what the other writer published and apply this sync's objects to it."""
        lost = self._session
        assert lost is not None
        self._drop_session()
        session = self._open_session()
        if self._source is not None:
            self.claim(self._source, self._owner)
        if self._archive is not None:
            self.catch_up(self._archive)
        applied = session.database.applied_names()
        self._merge([one for one in lost.objects if one.name not in applied])
        session.dirty = True

    def _drop_session(self) -> None:
        if self._session is not None:
            self._session.database.close()
            self._session = None

    def _continue_from(self, file: Path, version: Version) -> None:
        """Go on from the published state: later changes of this sync are published on top of it."""
        self._copies.keep_warm(file, version)
        self._published = self.applied
        self._session = self._session_on(file, version)

    # -- the private copy -------------------------------------------------------------------------

    def _open_session(self) -> _Session:
        if self._session is None:
            with self._on_disk():
                self._session = self._read_only_session() if self._read_only else self._fresh_session()
        return self._session

    def _read_only_session(self) -> _Session:
        version, file = self._copies.fetch()
        if version is None or file is None:
            raise InvalidSettings(
                f"There is no database at {self._location} yet. Run a sync first: `myrunstreak sync`."
            )
        connection = self._copies.opened(file, version, read_only=True)
        if schema_version(connection) < latest_version():
            # Until a sync publishes the new schema, its views are made in a copy.
            connection.close()
            file = self._migrated(file, version)
            connection = self._copies.opened(file, None, read_only=True)
        return _Session(RunDatabase(connection), file, version, dirty=False)

    def _migrated(self, file: Path, version: Version) -> Path:
        session = self._session_on(file, version)
        session.database.connection.close()
        return session.file

    def _fresh_session(self) -> _Session:
        version, file = self._copies.fetch()
        return self._session_on(file, version)

    def _session_on(self, file: Path | None, version: Version | None) -> _Session:
        # A path of its own for each copy: DuckDB would take an open one for the same database.
        copy = self._work / f"copy-{next(self._numbers)}.duckdb"
        for older in set(self._work.glob("copy-*.duckdb*")) - {file}:
            older.unlink(missing_ok=True)
        if file is not None:
            shutil.copyfile(file, copy)
        connection = self._copies.opened(copy, version, read_only=False)
        try:
            changed = migrate(connection, str(self._location))
        except BaseException:
            connection.close()
            raise
        recordings = Recordings(self._recordings_blobs, self._work)
        return _Session(RunDatabase(connection, recordings), copy, version, dirty=changed)

    def _on_disk(self) -> AbstractContextManager[None]:
        return machine_errors(f"the folder for private copies, {self._work},", self._memory_mb)


def _described(source: str) -> str:
    return "a simulator on this machine (the demo)" if source == "loopback" else source
