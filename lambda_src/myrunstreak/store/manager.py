"""Opens a private copy of the database and publishes it: whole, checked, and never over another's work.

Readers of the published file never meet a writer: every sync works on its own copy. Publishing is a
conditional replacement; when another writer came first, its database is read and this sync's objects are
applied to it again.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.contract.layout import BACKUPS_FOLDER, RECORDINGS_FOLDER, S3Location, beside, parse_location
from myrunstreak.errors import InvalidSettings, StoreConflict, StoreCorrupt
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.backups import Backups
from myrunstreak.store.blobs import Blobs, Superseded, Version, open_blobs, split_object
from myrunstreak.store.compaction import compact_if_wasteful
from myrunstreak.store.database import CONTENT_TABLES, Applied, RunDatabase
from myrunstreak.store.migrations import check_version, migrate
from myrunstreak.store.pages import PageReport
from myrunstreak.store.raw_archive import RawArchive, RawObject
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.workplace import Workplace

if TYPE_CHECKING:
    import duckdb

_PUBLISH_ATTEMPTS: Final = 6
_MB_PER_PROCESSOR: Final = 1769  # what a Lambda has to have for one whole processor
_SOURCE_FACT: Final = "source"


@dataclass
class _WarmCopy:
    """A copy that this process has read before, in a place of its own; asked for with its version next time."""

    file: Path
    version: Version
    place: Workplace


_warm_copies: dict[str, _WarmCopy] = {}


@dataclass
class _Session:
    """One private copy and what was done to it."""

    database: RunDatabase
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
        self._config: dict[str, str | bool | int | float | list[str]] = {}
        if memory_mb:
            # Each thread that reads JSON takes 128 MiB at once, and Lambda shows two processors where it gives a third.
            threads = max(1, memory_mb // _MB_PER_PROCESSOR)
            self._config = {"memory_limit": f"{memory_mb // 2}MB", "threads": threads}
        self._read_only = read_only
        self._session: _Session | None = None
        self._published = Applied()
        self._workplace = Workplace()
        self._work = self._workplace.path

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
        if self._session:
            self._session.database.connection.close()
            self._session = None
        self._workplace.close()

    # -- changing ---------------------------------------------------------------------------------

    def claim(self, source: str) -> None:
        """Hold the database to one source, noted at the first sync.

        Raises:
            InvalidSettings: it holds the record of another source.
        """
        known = self.database.fact(_SOURCE_FACT)
        if known is None:
            self.database.set_fact(_SOURCE_FACT, source)
        elif known != source:
            raise InvalidSettings(
                f"The database {self._location} holds runs from {_described(known)}, and this sync would add runs from "
                f"{_described(source)}. Nothing was changed: set DUCKDB_PATH to another file, or move this one away."
            )

    def catch_up(self, archive: RawArchive) -> Applied:
        """Apply what is archived but not in the database: left by a crash, or newer than a restored file."""
        session = self._open_session()
        newest = session.database.newest_observation()
        missed = list(archive.unapplied(session.database.applied_names(), newest))
        applied = self._apply(missed) if missed else Applied()
        retried = session.database.retry_quarantine()
        if retried != Applied():
            session.applied += retried
            session.dirty = True
        return applied + retried

    def observe_page(self, page: RawObject, archive: Callable[[RawObject], None]) -> PageReport:
        """Apply a list page if it says anything new, archiving it first."""
        session = self._open_session()
        report, applied = session.database.observe_page(page, archive)
        if report.changes:
            self._note([page], applied)
        return report

    def observe(self, one: RawObject, archive: Callable[[RawObject], None]) -> Applied:
        """Archive and apply one object that is not a list page."""
        archive(one)
        return self._apply([one])

    def note_detail_failure(self, activity_id: int, error: str) -> None:
        """Put a run whose details could not be fetched to the end of the queue."""
        session = self._open_session()
        session.database.note_detail_failure(activity_id, error)
        session.dirty = True

    def retry_quarantine(self) -> Applied:
        """Try every quarantined record again."""
        session = self._open_session()
        applied = session.database.retry_quarantine(all_records=True)
        session.applied += applied
        session.dirty = session.dirty or applied != Applied()
        return applied

    def _apply(self, objects: Sequence[RawObject]) -> Applied:
        applied = self._open_session().database.apply(objects)
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

    def publish(self, log: Callable[[], Sequence[dict[str, Any]]] = lambda: ()) -> bool:
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
            session.database.log_syncs(rows)
            try:
                file = self._sealed(session)
                version = self._blobs.write(self._name, file, session.version)
            except Superseded:
                self._start_over()
                continue
            except BaseException:
                # The private copy is closed; whoever asks next reads the published state again.
                self._session = None
                raise
            if self._backups and rows and rows[-1].get("status") == "complete":
                self._backups.keep(file, self._clock())
            self._continue_from(file, version)
            return True
        raise StoreConflict(
            f"{self._location} was changed by other syncs {_PUBLISH_ATTEMPTS} times in a row. "
            "Nothing is lost: what was fetched is archived and the next sync applies it."
        )

    def _sealed(self, session: _Session) -> Path:
        """The private copy as a closed, checked file."""
        import duckdb

        connection = session.database.connection
        session.database.check()
        expected = _fingerprint(connection)
        connection.execute("CHECKPOINT")
        file = self._copy_path()
        connection.close()
        file = compact_if_wasteful(file)
        try:
            with duckdb.connect(str(file), read_only=True) as again:
                check_version(again, str(self._location))
                if _fingerprint(again) != expected:
                    raise StoreCorrupt(
                        f"The new database for {self._location} does not read back as written; nothing was published. "
                        "Check the disk and run the sync again."
                    )
        except duckdb.Error as error:
            raise StoreCorrupt(
                f"The new database for {self._location} does not open ({_first_line(error)}); nothing was published. "
                "Check the disk and run the sync again."
            ) from error
        return file

    def _start_over(self) -> None:
        """Read what the other writer published and apply this sync's objects to it."""
        lost = self._session
        assert lost is not None
        self._session = None
        session = self._open_session()
        if lost.objects:
            session.objects = list(lost.objects)
            session.applied = session.database.apply(lost.objects)
        session.dirty = True

    def _continue_from(self, file: Path, version: Version) -> None:
        """Go on from the published state: later changes of this sync are published on top of it."""
        warm = self._keep_warm(file, version)
        self._published = self.applied
        self._session = self._session_on(warm, version)

    # -- the private copy -------------------------------------------------------------------------

    def _open_session(self) -> _Session:
        if self._session is None:
            self._session = self._read_only_session() if self._read_only else self._fresh_session()
        return self._session

    def _read_only_session(self) -> _Session:
        version, file = self._fetch()
        if version is None or file is None:
            raise InvalidSettings(
                f"There is no database at {self._location} yet. Run a sync first: `myrunstreak sync`."
            )
        connection = self._opened(file, version, read_only=True)
        self._check_readable(connection, version)
        return _Session(RunDatabase(connection), version, dirty=False)

    def _fresh_session(self) -> _Session:
        version, file = self._fetch()
        return self._session_on(file, version)

    def _session_on(self, file: Path | None, version: Version | None) -> _Session:
        copy = self._copy_path()
        copy.unlink(missing_ok=True)
        copy.with_name(f"{copy.name}.wal").unlink(missing_ok=True)
        if file is not None:
            shutil.copyfile(file, copy)
        connection = self._opened(copy, version, read_only=False)
        if file is not None:
            self._check_readable(connection, version)
        changed = migrate(connection, str(self._location))
        recordings = Recordings(self._recordings_blobs, self._work)
        return _Session(RunDatabase(connection, recordings), version, dirty=changed)

    def _opened(self, file: Path, version: Version | None, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        import duckdb

        try:
            return duckdb.connect(str(file), read_only=read_only, config=self._config)
        except duckdb.Error as error:
            raise self._corrupt(f"does not open: {_first_line(error)}", version) from error

    def _check_readable(self, connection: duckdb.DuckDBPyConnection, version: Version | None) -> None:
        """Read every block once; their checksums tell damage that opening the file does not."""
        import duckdb

        try:
            if check_version(connection, str(self._location)) == 0:
                raise self._corrupt("holds none of MyRunStreak's tables", version)
            for table in CONTENT_TABLES:
                connection.execute(f"SELECT max(hash(rows)) FROM {table} AS rows").fetchone()
        except duckdb.Error as error:
            raise self._corrupt(f"cannot be read: {_first_line(error)}", version) from error

    def _corrupt(self, what: str, version: Version | None) -> StoreCorrupt:
        known = f" (version {version.label or version.tag})" if version else ""
        return StoreCorrupt(
            f"The database {self._location}{known} {what}. Nothing was overwritten. "
            f"Restore it: {self._blobs.restore_command(self._name)}"
        )

    def _fetch(self) -> tuple[Version | None, Path | None]:
        warm = _warm_copies.get(str(self._location))
        known = warm.version if warm and warm.file.exists() else None
        file = self._work / "fetched.duckdb"
        version = self._blobs.fetch(self._name, file, known)
        if version is None:
            return None, None
        if warm and version == known:
            return version, warm.file
        return version, self._keep_warm(file, version)

    def _keep_warm(self, file: Path, version: Version) -> Path:
        """Keep a pristine copy for the next time this process asks; local files are their own copy."""
        if isinstance(self._location, Path):
            return file.replace(self._work / "fetched.duckdb")
        known = _warm_copies.get(str(self._location))
        place = known.place if known and known.place.path.exists() else Workplace()
        # Named by its version: whoever still copies from the one before does not get this one under that name.
        kept = place.path / f"{_short(version.tag)}.duckdb"
        shutil.move(file, kept)
        for older in set(place.path.glob("*.duckdb")) - {kept, known.file if known else kept}:
            older.unlink(missing_ok=True)
        _warm_copies[str(self._location)] = _WarmCopy(kept, version, place)
        return kept

    def _copy_path(self) -> Path:
        return self._work / "copy.duckdb"


def _fingerprint(connection: duckdb.DuckDBPyConnection) -> tuple[Any, ...]:
    """Row counts and the newest run: what a file that was written whole reads back as."""
    row = connection.execute(
        """
        SELECT
            (SELECT count(*) FROM activities), (SELECT max((start_local, activity_id)) FROM activities),
            (SELECT sum(CAST(round(distance_km * 100000) AS HUGEINT)) FROM runs WHERE isfinite(distance_km)),
            (SELECT count(*) FROM splits), (SELECT count(*) FROM laps),
            (SELECT count(*) FROM quarantine), (SELECT count(*) FROM details_queue),
            (SELECT count(*) FROM archive_log), (SELECT count(*) FROM sync_log), (SELECT max(version) FROM schema_version)
        """
    ).fetchone()
    assert row is not None
    return row


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _described(source: str) -> str:
    return "a simulator on this machine (the demo)" if source == "loopback" else source
