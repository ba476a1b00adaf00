"""A writer's private copy of the database, and what was done to it since it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.copies.opening import Copy, FetchedFile, PublishedCopies
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.recordings import Recordings
from myrunstreak.sync.values import Applied, RawObject


@dataclass
class Session:
    """One copy and what was done to it."""

    database: RunDatabase
    copy: Copy
    dirty: bool
    applied: Applied = field(default_factory=Applied)
    objects: list[RawObject] = field(default_factory=list[RawObject])

    def note(self, objects: Sequence[RawObject], applied: Applied) -> None:
        """Note what was applied."""
        self.objects.extend(objects)
        self.applied += applied
        self.dirty = True


class PrivateCopy:
    """The copy that a writer works on: opened at first use, and dropped when another writer publishes first.

    Args:
        recordings: the folder of the recordings.
    """

    def __init__(self, copies: PublishedCopies, recordings: Blobs) -> None:
        self._copies = copies
        self._recordings = recordings
        self._session: Session | None = None
        self._published = Applied()

    @property
    def session(self) -> Session:
        """The present copy; made from the published file where there is none."""
        if self._session is None:
            with self._copies.machine_errors():
                self._session = self._open(self._copies.fetch())
        return self._session

    @property
    def applied(self) -> Applied:
        """What this writer has changed, counted against the database that it was applied to last."""
        return self._published + self._session.applied if self._session else self._published

    @property
    def dirty(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self._session and self._session.dirty)

    def apply(self, objects: Sequence[RawObject]) -> Applied:
        """Apply archived objects in their order."""
        session = self.session
        with self._copies.machine_errors():
            applied = session.database.apply(objects)
        session.note(objects, applied)
        return applied

    def retry_quarantine(self, *, all_records: bool = False) -> Applied:
        """Try to store again what older code, or with ``all_records`` any code, refused."""
        session = self.session
        with self._copies.machine_errors():
            applied = session.database.retry_quarantine(all_records=all_records)
        session.applied += applied
        session.dirty = session.dirty or applied != Applied()
        return applied

    def go_on_from(self, published: Session, version: Version, *, is_compacted: bool) -> None:
        """Go on with a session whose file is published as this version.

        Args:
            is_compacted: the file was rewritten, and the session's connection has the one before.
        """
        self._published = self.applied
        if is_compacted:
            self._session = self._open(self._copies.keep(published.copy.file, version))
        else:
            copy = self._copies.keep_published(published.copy, version)
            self._session = Session(published.database, copy, dirty=False)

    def proof_of(self, session: Session) -> str:
        """What is noted beside a session's file when it is published."""
        return self._copies.proof_of(session.copy)

    def drop(self, session: Session | None = None) -> None:
        """Forget the present copy and what was not published; another one than ``session`` stays."""
        if self._session is not None and (session is None or session is self._session):
            self._session.database.close()
            self._session.copy.close()
            self._session = None

    def _open(self, fetched: FetchedFile | None) -> Session:
        copy = self._copies.open_to_write(fetched)
        recordings = Recordings(self._recordings, self._copies.work)
        return Session(RunDatabase(copy.connection, recordings), copy, dirty=copy.is_migrated)
