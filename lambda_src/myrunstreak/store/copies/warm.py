"""Copies of the published database: fetched by version, kept warm for the next time, opened and read from end to end."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.blobs.port import Blobs, Version
from myrunstreak.store.copies.checks import Config, Damaged, opened, read_every_block
from myrunstreak.store.copies.scratch import Workplace

if TYPE_CHECKING:
    import duckdb


@dataclass
class _WarmCopy:
    """A copy that this process has read before, in a place of its own; asked for with its version next time."""

    file: Path
    version: Version
    place: Workplace


_warm_copies: dict[str, _WarmCopy] = {}
_warm_numbers = itertools.count(1)
_warm_lock = threading.Lock()


class PublishedCopies:
    """Private copies of the database at one location.

    Args:
        location: where the database is published.
        blobs, name: the folder and the object's name there.
        work: a local folder that lives as long as its user.
        config: DuckDB's settings for every connection.
    """

    def __init__(
        self, location: S3Location | Path, blobs: Blobs, name: str, work: Path, config: Config
    ) -> None:
        self._location = location
        self._blobs = blobs
        self._name = name
        self._work = work
        self._config = config

    def opened(self, file: Path, version: Version | None, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        """A connection to a file; one that was published before is read from end to end."""
        try:
            connection = opened(file, self._config, read_only=read_only)
            if version is not None:
                try:
                    read_every_block(connection, str(self._location))
                except BaseException:
                    connection.close()
                    raise
            return connection
        except Damaged as damage:
            raise self._corrupt(str(damage), version) from damage

    def _corrupt(self, what: str, version: Version | None) -> StoreCorrupt:
        known = f" (version {version.label or version.tag})" if version else ""
        return StoreCorrupt(
            f"The database {self._location}{known} {what}. Nothing was overwritten. "
            f"Restore it: {self._blobs.restore_command(self._name)}"
        )

    def fetch(self) -> tuple[Version | None, Path | None]:
        """Version and file of what is published; None for both where nothing is."""
        warm, newest = self._work / "warm.duckdb", self._work / "newest.duckdb"
        known = self._linked(warm)
        version = self._blobs.fetch(self._name, newest, known)
        if version is None:
            return None, None
        if version == known:
            return version, warm
        warm.unlink(missing_ok=True)
        self.keep_warm(newest, version)
        return version, newest

    def keep_warm(self, file: Path, version: Version) -> None:
        """Keep a pristine copy for the next time this process asks; local files are their own copy."""
        if isinstance(self._location, Path):
            return
        with _warm_lock:
            known = _warm_copies.get(str(self._location))
            place = known.place if known and known.place.path.exists() else Workplace()
            # A name of its own, also for a version that came back: an open older file keeps its name.
            kept = place.path / f"{_short(version.tag)}-{next(_warm_numbers)}.duckdb"
            _link(file, kept)
            for older in set(place.path.glob("*.duckdb")) - {kept}:
                older.unlink(missing_ok=True)
            _warm_copies[str(self._location)] = _WarmCopy(kept, version, place)

    def _linked(self, file: Path) -> Version | None:
        """Take the warm copy as a file of this user's own, which another thread's newer copy cannot remove."""
        with _warm_lock, contextlib.suppress(FileNotFoundError):
            if warm := _warm_copies.get(str(self._location)):
                _link(warm.file, file)
                return warm.version
        return None


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without links
        shutil.copyfile(source, target)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
