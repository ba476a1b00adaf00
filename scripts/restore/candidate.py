"""The database that is to take the place of the present one: fetched or built, sound, and of this record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.raw_archive import RawArchive

from scripts.display.progress import SyncProgress
from scripts.record.rebuild import build
from scripts.restore.contents import Contents, Unreadable, read_contents
from scripts.restore.replacement import Present
from scripts.restore.sources import SUFFIX, Sources

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings


@dataclass(frozen=True)
class Candidate:
    """A sound database on this machine; ``what`` names it in messages."""

    what: str
    file: Path
    contents: Contents


@dataclass(frozen=True)
class Choice:
    """Which one is wanted: a version, a backup, or neither, which is the archive."""

    version: str | None = None
    backup: str | None = None


def find_candidate(
    choice: Choice,
    sources: Sources,
    present: Present,
    settings: Settings,
    work: Path,
    now: datetime,
    progress: SyncProgress,
) -> Candidate:
    """Fetch or build the database that is wanted.

    Args:
        present: decides whose record this is, where it can be read.
        work: an empty folder.

    Raises:
        InvalidQuestion: there is no such version or backup.
        StoreCorrupt: it is damaged, empty, or newer than this program.
        InvalidSettings: it is another record; there is no archive.
    """
    file = work / f"candidate{SUFFIX}"
    if choice.version:
        progress.stage("fetching the version")
        sources.fetch_version(choice.version, file)
        what = f"version {choice.version}"
    elif choice.backup:
        progress.stage("fetching the backup")
        what = f"backup {sources.fetch_backup(choice.backup, file)}"
    else:
        what = "the archive"
        build(settings, file, progress)
    progress.stage("reading it from end to end")
    try:
        contents = read_contents(file, settings, now)
    except Unreadable as damage:
        raise _useless(what, str(damage)) from None
    if not contents.runs:
        raise _useless(what, "holds no runs")
    source = (present.contents and present.contents.source) or settings.source_name
    owner = present.contents.owner if present.contents else None
    if owner is None:
        archive = open_blobs(settings.archive, settings.aws_region)
        owner = RawArchive(archive, source, work).owner()
    contents.require_same_record(_sentence(what), source=source, owner=owner)
    return Candidate(what, file, contents)


def _useless(what: str, why: str) -> StoreCorrupt:
    return StoreCorrupt(
        f"{_sentence(what)} {why}. Nothing was changed: choose another source, which `myrunstreak restore` lists."
    )


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:]
