"""The published record for those who only read: one private copy, refreshed whenever a new one is published.

A reader has one file from its first question to its last: a newer one is opened beside it, and the old one
goes when its last reader is gone.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import DEFINITIONS_NAME, FRESHNESS_NAME, S3Location
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.redaction import redact
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.copies.scratch import Workplace, machine_errors
from myrunstreak.store.freshness import read_freshness
from myrunstreak.store.manager import DuckDBManager

if TYPE_CHECKING:
    import duckdb

# A reader waits for an answer, so S3 gets less patience than a sync has.
_READ_TIMEOUT_S: Final = 5
_READ_TRIES: Final = 2
# DuckDB gets half of it, and one thread: what a reader asks takes less time than two threads take to agree.
_MEMORY_MB: Final = 512

# A reader's statements see the runs: no other file of this machine, no network, no code from elsewhere.
LOCKED: Final = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET lock_configuration = true",
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reading:
    """What one reader sees.

    Attributes:
        connection: one version of the database, read only.
        freshness: what the last complete sync said beside it.
        definitions: the text of the runner's own streak definitions, None where there are none.
    """

    connection: duckdb.DuckDBPyConnection
    freshness: Freshness
    definitions: str | None


class PublishedDatabase:
    """The record at the settings' location, to be read by many at once.

    Args:
        blobs: the folder of the database, for tests; by default made from the settings.
        memory_mb: memory of the whole process, where it is limited.
    """

    def __init__(
        self, settings: Settings, *, blobs: Blobs | None = None, memory_mb: int = _MEMORY_MB
    ) -> None:
        self._location = settings.database
        self._settings = settings
        self._memory_mb = memory_mb
        folder, self._name = split_object(self._location)
        self._blobs = blobs or _quick_blobs(folder, settings.aws_region)
        with machine_errors("the folder for temporary files"):
            self._workplace = Workplace()
        self._refreshing = threading.Lock()
        self._counting = threading.Lock()
        self._copy: _Copy | None = None
        self._notes = {name: _Note() for name in (FRESHNESS_NAME, DEFINITIONS_NAME)}

    @contextmanager
    def read(self) -> Generator[Reading]:
        """The published record as it is now.

        Where somebody else is just fetching a newer one, or the store does not answer, it is the one known so far.

        Raises:
            InvalidSettings: there is none, it may not be read, or newer code wrote it.
            StoreUnavailable: the store does not answer, and nothing has been read before.
            StoreCorrupt: it is damaged.
        """
        copy = self._newest()
        try:
            cursor = copy.connection.cursor()
            try:
                yield Reading(cursor, self._freshness(), self._notes[DEFINITIONS_NAME].text)
            finally:
                cursor.close()
        finally:
            self._leave(copy)

    def close(self) -> None:
        """Forget the copy; not while somebody reads."""
        if self._copy is not None:
            self._copy.manager.close()
            self._copy = None
        self._workplace.close()

    def _freshness(self) -> Freshness:
        text = self._notes[FRESHNESS_NAME].text
        return read_freshness(text.encode()) if text is not None else Freshness()

    def _newest(self) -> _Copy:
        """The newest copy that can be had, with one reader more."""
        # Only whoever finds nothing to go on with waits for another's fetching.
        if self._refreshing.acquire(blocking=self._copy is None):
            try:
                self._refresh()
            finally:
                self._refreshing.release()
        with self._counting:
            copy = self._copy
            assert copy is not None
            copy.readers += 1
            return copy

    def _refresh(self) -> None:
        known = self._copy
        try:
            file = self._workplace.path / "fetched.duckdb"
            with machine_errors(f"the folder for private copies, {self._workplace.path},"):
                version = self._blobs.fetch(self._name, file, known.version if known else None)
            if known is None or version != known.version:
                self._replace(file, version)
            for name, note in self._notes.items():
                self._refresh_note(name, note)
        except StoreUnavailable as error:
            if known is None:
                raise
            _log.warning("The record could not be refreshed, an older copy answers: %s", redact(str(error)))

    def _replace(self, file: Path, version: Version | None) -> None:
        manager = DuckDBManager(
            str(self._location),
            read_only=True,
            region_name=self._settings.aws_region,
            memory_mb=self._memory_mb,
            blobs=_Fetched(self._blobs, file, version),
        )
        try:
            connection = manager.connect()
            for setting in LOCKED:
                connection.execute(setting)
        except BaseException:
            manager.close()
            raise
        assert version is not None
        with self._counting:
            older, self._copy = self._copy, _Copy(manager, connection, version)
            if older is not None and not older.readers:
                older.manager.close()

    def _leave(self, copy: _Copy) -> None:
        with self._counting:
            copy.readers -= 1
            if copy is not self._copy and not copy.readers:
                copy.manager.close()

    def _refresh_note(self, name: str, note: _Note) -> None:
        file = self._workplace.path / name
        try:
            version = self._blobs.fetch(name, file, note.version)
        except InvalidSettings:
            # Who may not list a bucket is told 403 of an object that is not there; these need not be there.
            if not isinstance(self._location, S3Location):
                raise
            version = None
        if version is None:
            note.version, note.text = None, None
        elif version != note.version:
            note.text = file.read_text(encoding="utf-8", errors="replace")
            note.version = version


@dataclass
class _Copy:
    """A version of the database, open."""

    manager: DuckDBManager
    connection: duckdb.DuckDBPyConnection
    version: Version
    readers: int = 0


@dataclass
class _Note:
    """A small object beside the database as it was read last."""

    version: Version | None = None
    text: str | None = None


class _Fetched:
    """The folder of the database as it was a moment ago: hands over the file that was just fetched."""

    def __init__(self, blobs: Blobs, file: Path, version: Version | None) -> None:
        self._blobs = blobs
        self._file = file
        self._version = version

    @property
    def place(self) -> str:
        return self._blobs.place

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:  # noqa: ARG002
        if self._version is not None:
            shutil.move(self._file, to)
        return self._version

    def read(self, name: str) -> bytes:
        return self._blobs.read(name)

    def write(self, name: str, source: Path, expected: Version | None) -> Version:
        return self._blobs.write(name, source, expected)

    def add(self, name: str, content: bytes) -> None:
        self._blobs.add(name, content)

    def names(self, after: str = "") -> Iterator[str]:
        return self._blobs.names(after)

    def restore_command(self, name: str) -> str:
        return self._blobs.restore_command(name)


def _quick_blobs(folder: S3Location | Path, region: str) -> Blobs:
    if isinstance(folder, S3Location):
        from myrunstreak.store.blobs.s3 import S3Blobs

        return S3Blobs(folder, region, read_timeout_s=_READ_TIMEOUT_S, tries=_READ_TRIES)
    return open_blobs(folder, region)
