"""The published record for readers: one private copy for all of them, refreshed when a new version is published.

A reader has one file from its first question to its last: a newer one is opened beside it, and the old one
goes when its last reader is gone.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import DEFINITIONS_NAME, FRESHNESS_NAME
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.redaction import redact
from myrunstreak.store.blobs import open_blobs, split_object
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.blobs.remembered import Remembered, RememberedObjects
from myrunstreak.store.copies.opening import Copy, PublishedCopies
from myrunstreak.store.freshness import read_freshness
from myrunstreak.store.prepared import PreparedConnection
from myrunstreak.store.stored_runs import StoredRuns

if TYPE_CHECKING:
    import duckdb

# DuckDB gets half of it, and one thread: a reader's question takes less time than two threads take to agree.
_MEMORY_MB: Final = 512

# A reader's statements see the runs: no other file of this machine, no network, no code from elsewhere.
_NO_EXTERNAL_ACCESS: Final = (
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET lock_configuration = true",
)

_log = logging.getLogger(__name__)


class NothingPublished(InvalidSettings):
    """There is no database yet."""


@dataclass(frozen=True)
class Reading:
    """What one reader sees.

    Attributes:
        connection: one version of the database, read only.
        prepared: the same, which remembers the plans of statements from one reader to the next.
        version: which one.
        freshness: the last complete sync's note beside it; empty where that is about another database.
        definitions: the text of the runner's own streak definitions, None where there are none.
    """

    connection: duckdb.DuckDBPyConnection
    prepared: PreparedConnection
    version: Version | None
    freshness: Freshness
    definitions: str | None


class PublishedDatabase:
    """The record at the settings' location, for many readers at once.

    Args:
        blobs: the folder of the database, for tests; by default made from the settings.
        memory_mb: memory of the whole process; None sets no limit.
        external_access: let the readers' statements reach files and the network too.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        blobs: Blobs | None = None,
        memory_mb: int | None = _MEMORY_MB,
        external_access: bool = False,
    ) -> None:
        self._location = settings.database
        folder, name = split_object(self._location)
        self._blobs = blobs or open_blobs(folder, settings.aws_region, quick=True)
        self._copies = PublishedCopies(self._location, self._blobs, name, memory_mb)
        self._external_access = external_access
        self._refreshing = threading.Lock()
        self._counting = threading.Lock()
        self._copy: _SharedCopy | None = None
        self._beside = RememberedObjects(self._blobs)
        self._notes: dict[str, Remembered | None] = {}

    @contextmanager
    def read(self) -> Generator[Reading]:
        """The published record as it is now.

        While another reader fetches a newer one, or the store does not answer, it is the one known so far.

        Raises:
            NothingPublished: there is none.
            InvalidSettings: it may not be read, or newer code wrote it.
            StoreUnavailable: the store does not answer, and nothing has been read before.
            StoreCorrupt: it is damaged.
        """
        shared = self._newest()
        try:
            with shared.lend() as prepared:
                yield Reading(
                    prepared.connection,
                    prepared,
                    shared.copy.version,
                    self._freshness(shared),
                    self._definitions(),
                )
        finally:
            self._leave(shared)

    def close(self) -> None:
        """Drop the copy; only when there is no reader."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None
        self._copies.close()

    def _freshness(self, shared: _SharedCopy) -> Freshness:
        note = self._notes.get(FRESHNESS_NAME)
        known = read_freshness(note.content) if note else Freshness()
        return known.about(shared.database_mark, shared.restored_at)

    def _definitions(self) -> str | None:
        note = self._notes.get(DEFINITIONS_NAME)
        return note.content.decode(errors="replace") if note else None

    def _newest(self) -> _SharedCopy:
        """The newest copy there is, with one reader more."""
        # A reader without any copy waits for the one who fetches.
        if self._refreshing.acquire(blocking=self._copy is None):
            try:
                self._refresh()
            finally:
                self._refreshing.release()
        with self._counting:
            shared = self._copy
            assert shared is not None
            shared.readers += 1
            return shared

    def _refresh(self) -> None:
        known = self._copy.copy.version if self._copy else None
        try:
            with self._copies.machine_errors():
                fetched = self._copies.fetch(known)
                if fetched is None:
                    raise NothingPublished(
                        f"There is no database at {self._location} yet. Run a sync first: `myrunstreak sync`."
                    )
                if fetched.version != known:
                    self._share(self._copies.open_to_read(fetched))
                self._notes = {name: self._beside.read(name) for name in (FRESHNESS_NAME, DEFINITIONS_NAME)}
        except StoreUnavailable as error:
            if known is None:
                raise
            _log.warning("The record could not be refreshed, an older copy answers: %s", redact(str(error)))

    def _share(self, copy: Copy) -> None:
        """Give a new copy to the readers to come."""
        try:
            for setting in () if self._external_access else _NO_EXTERNAL_ACCESS:
                copy.connection.execute(setting)
            runs = StoredRuns(copy.connection)
            shared = _SharedCopy(copy, runs.newest_observation(), runs.restored_at())
        except BaseException:
            copy.close()
            raise
        with self._counting:
            older, self._copy = self._copy, shared
            if older is not None and not older.readers:
                older.close()

    def _leave(self, shared: _SharedCopy) -> None:
        with self._counting:
            shared.readers -= 1
            if shared is not self._copy and not shared.readers:
                shared.close()


@dataclass
class _SharedCopy:
    """A copy, what tells its database from others, its number of readers, and the connections for the next ones."""

    copy: Copy
    database_mark: datetime | None
    restored_at: str | None
    readers: int = 0
    idle: list[PreparedConnection] = field(default_factory=list["PreparedConnection"])

    @contextmanager
    def lend(self) -> Generator[PreparedConnection]:
        """A connection for one reader; closed where a statement fails or is broken off."""
        import duckdb

        try:
            prepared = self.idle.pop()
        except IndexError:
            prepared = PreparedConnection(self.copy.connection.cursor())
        is_sound = True
        try:
            yield prepared
        except BaseException as error:
            is_sound = isinstance(error, Exception) and not isinstance(error, duckdb.Error)
            raise
        finally:
            if is_sound:
                self.idle.append(prepared)
            else:
                prepared.close()

    def close(self) -> None:
        """Close every connection; only when there is no reader."""
        for prepared in self.idle:
            prepared.close()
        self.copy.close()
