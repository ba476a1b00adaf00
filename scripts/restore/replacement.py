"""Replaces the database by another file: what was there is kept, and a sync that came between loses nothing."""

from __future__ import annotations

import filecmp
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME, RECORDINGS_FOLDER, REPLACED_FOLDER
from myrunstreak.errors import StoreConflict, StoreCorrupt, StoreUnavailable
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.freshness import read_freshness
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.sync_lock import the_only_sync

from scripts.restore.contents import Contents, Unreadable, read_contents
from scripts.restore.sources import SUFFIX, Sources

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings

_STAMP: Final = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True)
class Present:
    """The database that is to be replaced.

    Attributes:
        file: a copy of it.
        version: the state in which it was found; None: there is none.
        contents: what it holds; None where it cannot be read.
        damage: why it cannot be read, in words.
    """

    file: Path
    version: Version | None
    contents: Contents | None
    damage: str = ""


def look_at_present(sources: Sources, settings: Settings, work: Path, now: datetime) -> Present:
    """Fetch the present database, as sound or damaged as it is."""
    file, note = work / f"present{SUFFIX}", work / FRESHNESS_NAME
    version = sources.folder.fetch(sources.name, file)
    if version is None:
        return Present(file, None, None)
    known = Freshness()
    if sources.folder.fetch(FRESHNESS_NAME, note):
        known = read_freshness(note.read_bytes())
        note.unlink()  # it says nothing about the other files of this folder
    try:
        return Present(file, version, read_contents(file, settings, now, known))
    except Unreadable as damage:
        return Present(file, version, None, str(damage))


def replace_database(
    sources: Sources, present: Present, file: Path, settings: Settings, now: datetime
) -> str | None:
    """Put a file in the place of the database, and the recordings beside the file among those that are kept.

    Args:
        present: as it was looked at; another state of it is not replaced.
        file: a sound database, on this machine alone. It is used up.

    Returns:
        The backup that the replaced database is kept as; None where there was none.

    Raises:
        StoreConflict: a sync has published meanwhile; nothing was changed.
        SyncRunning: a sync is running on this machine.
    """
    stamp = now.astimezone(UTC).strftime(_STAMP)
    with the_only_sync(settings.database):
        kept = _keep(sources, present, f"{REPLACED_FOLDER}/{stamp}")
        note = _mark(file, settings, stamp)
        try:
            sources.folder.write(sources.name, file, present.version, note)
        except Superseded:
            raise _came_between(sources) from None
    return kept


def _keep(sources: Sources, present: Present, name: str) -> str | None:
    """Keep a copy of the database where it still is in the state that was looked at, and read the copy back."""
    again = present.file.with_name("again")
    if sources.folder.fetch(sources.name, again, present.version) != present.version:
        raise _came_between(sources)
    if present.version is None:
        return None
    sources.backups.add(f"{name}{SUFFIX}", present.file.read_bytes())
    sources.backups.fetch(f"{name}{SUFFIX}", again)
    if not filecmp.cmp(present.file, again, shallow=False):
        raise StoreUnavailable(
            f"The copy of the present database in {sources.backups.place} does not read back as written. Nothing was "
            "changed; try later."
        )
    return name


def _mark(file: Path, settings: Settings, stamp: str) -> str:
    """Bring a file into the newest schema and note the restore in it; the proof that it is whole, for its readers."""
    store = DuckDBManager(file)
    try:
        store.note_restore(stamp)
        _keep_recordings(store, file.parent / RECORDINGS_FOLDER, settings)
        store.publish()
        return store.version.note if store.version else ""
    finally:
        store.close()


def _keep_recordings(store: DuckDBManager, folder: Path, settings: Settings) -> None:
    """Put the recordings of a rebuilt database among those that are kept; a newer one of a run stays."""
    import duckdb

    rebuilt = [folder / name for name in LocalBlobs(folder).names()]
    kept = Recordings(open_blobs(settings.recordings, settings.aws_region), store.work)
    kept.lay_aside(rebuilt)
    try:
        kept.keep(store.connect())
    except duckdb.Error as error:
        raise StoreCorrupt(
            f"The recordings in {settings.recordings} cannot be read ({str(error).splitlines()[0]}). The database was "
            "not changed: move the damaged file away, and run this again."
        ) from error


def _came_between(sources: Sources) -> StoreConflict:
    return StoreConflict(
        f"{sources.location} was changed by a sync meanwhile. Nothing was replaced: run this again."
    )
