"""Copies of the published database: fetched by version, kept warm for the next time, opened and read from end to end."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import StoreCorrupt
from myrunstreak.store.blobs import Blobs, Version
from myrunstreak.store.soundness import Config, Damaged, opened, read_every_block
from myrunstreak.store.workplace import Workplace

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
        warm = _warm_copies.get(str(self._location))
        known = warm.version if warm and warm.file.exists() else None
        file = self._work / "fetched.duckdb"
        version = self._blobs.fetch(self._name, file, known)
        if version is None:
            return None, None
        if warm and version == known:
            return version, warm.file
        return version, self.keep_warm(file, version)

    def keep_warm(self, file: Path, version: Version) -> Path:
        """Keep a pristine copy for the next time this process asks; local files are their own copy."""
        if isinstance(self._location, Path):
            return file.replace(self._work / "fetched.duckdb")
        known = _warm_copies.get(str(self._location))
        place = known.place if known and known.place.path.exists() else Workplace()
        # A name of its own, also for a version that came back: whoever copies from an older file, or has it open,
        # does not get this one under its name.
        kept = place.path / f"{_short(version.tag)}-{next(_warm_numbers)}.duckdb"
        shutil.move(file, kept)
        for older in set(place.path.glob("*.duckdb")) - {kept, known.file if known else kept}:
            older.unlink(missing_ok=True)
        _warm_copies[str(self._location)] = _WarmCopy(kept, version, place)
        return kept


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
