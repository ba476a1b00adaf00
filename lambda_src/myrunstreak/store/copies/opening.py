"""Private copies of a published database: fetched, opened, and checked from end to end, for reader and writer alike."""

from __future__ import annotations

import itertools
import shutil
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import StoreCorrupt
from myrunstreak.instants import Clock, utc_now
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.copies.checks import Damaged, connect, read_every_block
from myrunstreak.store.copies.proof import Proof
from myrunstreak.store.copies.scratch import ScratchFolder
from myrunstreak.store.copies.warm import keep_warm_copy, link_warm_copy
from myrunstreak.store.machine_errors import machine_errors
from myrunstreak.store.schema.migrations import latest_version, migrate, schema_version

if TYPE_CHECKING:
    import duckdb

_MB_PER_PROCESSOR: Final = 1769  # of a Lambda function that has one whole processor


@dataclass(frozen=True)
class FetchedFile:
    """The published file in one version. Opening it uses it up."""

    file: Path
    version: Version


@dataclass(frozen=True)
class Copy:
    """An open private copy in the newest schema.

    Attributes:
        version: the published version that it was made from; None for a new database.
        read_on: the UTC day on which the published file was last read from end to end.
        is_migrated: whether its schema was older.
    """

    connection: duckdb.DuckDBPyConnection
    file: Path
    version: Version | None
    read_on: date
    is_migrated: bool = False

    def close(self) -> None:
        """Close the connection and remove the file."""
        self.connection.close()
        _remove(self.file)


class PublishedCopies:
    """Makes private copies of the database at one location.

    Args:
        blobs, name: its folder, and its name there.
        memory_mb: memory of the whole process, where it is limited; DuckDB takes half of it, and the threads that
            Lambda gives for it.
        clock: the present; a file is read from end to end once a week.
    """

    def __init__(
        self,
        location: S3Location | Path,
        blobs: Blobs,
        name: str,
        memory_mb: int | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._location = location
        self._clock = clock
        self._blobs = blobs
        self._name = name
        self._memory_mb = memory_mb
        self._config: dict[str, str | int] = {}
        if memory_mb:
            # Each thread that reads JSON takes 128 MiB at once, and Lambda shows two processors where it gives a third.
            threads = max(1, memory_mb // _MB_PER_PROCESSOR)
            self._config = {"memory_limit": f"{memory_mb // 2}MB", "threads": threads}
        self._numbers = itertools.count(1)
        self._scratch = ScratchFolder()

    @property
    def work(self) -> Path:
        """A local folder that exists until ``close``."""
        return self._scratch.path

    def close(self) -> None:
        """Remove the folder and every copy in it."""
        self._scratch.close()

    def machine_errors(self) -> AbstractContextManager[None]:
        """Turn trouble with the copies' disk or memory into ``StoreUnavailable``."""
        return machine_errors(f"the folder for private copies, {self.work},", self._memory_mb)

    def fetch(self, known: Version | None = None) -> FetchedFile | None:
        """Fetch what is published; None where nothing is.

        Args:
            known: a version to leave where it is: the answer then names it, and its file is missing.
        """
        warm, newest = self.work / "warm.duckdb", self.work / "newest.duckdb"
        known = known or link_warm_copy(self._location, warm)
        # A leftover may be the warm copy under another name, and must not be written into.
        newest.unlink(missing_ok=True)
        version = self._blobs.fetch(self._name, newest, known)
        if version is None:
            return None
        if version == known:
            return FetchedFile(warm, version)
        warm.unlink(missing_ok=True)
        return self.keep(newest, version)

    def keep(self, file: Path, version: Version) -> FetchedFile:
        """Take a file that is published in this version as fetched; it is not fetched again."""
        keep_warm_copy(self._location, file, version)
        return FetchedFile(file, version)

    def keep_published(self, copy: Copy, version: Version) -> Copy:
        """A copy that was published as it stands, to go on with: what is kept of it does not change any more.

        Where the disk has no room for what is kept, the next user fetches it: the publication stands.
        """
        if isinstance(self._location, S3Location):
            published = self.work / "published.duckdb"
            with suppress(OSError):
                shutil.copyfile(copy.file, published)
                keep_warm_copy(self._location, published, version)
            published.unlink(missing_ok=True)
        return replace(copy, version=version, is_migrated=False)

    def proof_of(self, copy: Copy) -> str:
        """What is noted beside a copy that was checked and is about to be published."""
        return str(Proof.of(copy.file, copy.read_on))

    def open_to_read(self, fetched: FetchedFile) -> Copy:
        """A copy that cannot be changed.

        Raises:
            StoreCorrupt: the file is damaged, or is not a database of ours.
            SchemaTooNew: newer code wrote it.
        """
        file = fetched.file.replace(self._new_file())
        with ExitStack() as undo:
            undo.callback(_remove, file)
            connection, read_on = self._open(file, fetched.version, read_only=True)
            undo.enter_context(connection)
            if schema_version(connection) == latest_version():
                undo.pop_all()
                return Copy(connection, file, fetched.version, read_on)
            connection.close()
            # Until a sync publishes the new schema, its views are made in a copy.
            migrated = self.open_to_write(FetchedFile(file, fetched.version))
            migrated.connection.close()
            connection, _ = self._open(migrated.file, None, read_only=True)
            return replace(migrated, connection=connection)

    def open_to_write(self, fetched: FetchedFile | None) -> Copy:
        """A copy to change, of a fetched file or new.

        Raises:
            StoreCorrupt: the file is damaged, or is not a database of ours.
            SchemaTooNew: newer code wrote it.
        """
        # A new path for each copy: DuckDB takes two files of one path for the same database.
        file, version = self._new_file(), fetched.version if fetched else None
        with ExitStack() as undo:
            undo.callback(_remove, file)
            if fetched is not None and fetched.file.stat().st_nlink == 1:
                fetched.file.replace(file)
            elif fetched is not None:
                # It is the warm copy under another name, which stays as it is.
                shutil.copyfile(fetched.file, file)
                fetched.file.unlink()
            connection, read_on = self._open(file, version, read_only=False)
            undo.enter_context(connection)
            is_migrated = migrate(connection, str(self._location))
            undo.pop_all()
        return Copy(connection, file, version, read_on, is_migrated)

    def _open(
        self, file: Path, version: Version | None, *, read_only: bool
    ) -> tuple[duckdb.DuckDBPyConnection, date]:
        """A connection to a file, and when it was last read from end to end: now, unless its writer proved it whole."""
        today = self._clock().astimezone(UTC).date()
        proof = Proof.parse(version.note) if version else None
        is_proven = version is None or (proof is not None and proof.holds(file, today))
        try:
            with ExitStack() as undo:
                connection = undo.enter_context(connect(file, self._config, read_only=read_only))
                if not is_proven:
                    read_every_block(connection, str(self._location))
                undo.pop_all()
            return connection, proof.read_on if proof and is_proven else today
        except Damaged as damage:
            known = f" (version {version.label or version.tag})" if version else ""
            raise StoreCorrupt(
                f"The database {self._location}{known} {damage}. Nothing was overwritten. "
                "Restore it: `myrunstreak restore`"
            ) from damage

    def _new_file(self) -> Path:
        return self.work / f"copy-{next(self._numbers)}.duckdb"


def _remove(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.with_name(f"{file.name}.wal").unlink(missing_ok=True)
