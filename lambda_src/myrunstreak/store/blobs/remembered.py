"""Small objects that are asked for again and again: only a changed one is transferred a second time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from myrunstreak.errors import InvalidSettings
from myrunstreak.store.blobs.port import Blobs, Version

# One number for each reading: two at once do not share a file.
_READINGS: Final = count()


@dataclass(frozen=True)
class Remembered:
    """An object as it was read last."""

    version: Version
    content: bytes


class RememberedObjects:
    """The small objects of a folder, each as it is now.

    Args:
        denied_is_absent: see ``fetch_if_there``.
    """

    def __init__(self, blobs: Blobs, *, denied_is_absent: bool = True) -> None:
        self._blobs = blobs
        self._fetch = fetch_if_there if denied_is_absent else _fetch
        self._known: dict[str, Remembered] = {}
        self._lock = threading.Lock()
        # Made once: a question about the record takes less time than making and removing a folder.
        self._work = TemporaryDirectory(prefix="myrunstreak-")
        self._folder = Path(self._work.name)

    def read(self, name: str) -> Remembered | None:
        """An object as it is now; None where there is none.

        Raises:
            StoreUnavailable, InvalidSettings: see ``Blobs.fetch``.
        """
        known = self._known.get(name)
        file = self._folder / str(next(_READINGS))
        version = self._fetch(self._blobs, name, file, known.version if known else None)
        if known is not None and version == known.version:
            return known
        found = Remembered(version, file.read_bytes()) if version is not None else None
        file.unlink(missing_ok=True)
        with self._lock:
            if found is None:
                self._known.pop(name, None)
            else:
                self._known[name] = found
        return found


def fetch_if_there(blobs: Blobs, name: str, to: Path, known: Version | None = None) -> Version | None:
    """``Blobs.fetch`` for those who may not list a bucket: S3 answers them 403 for an object that is not there."""
    try:
        return blobs.fetch(name, to, known)
    except InvalidSettings:
        if not blobs.place.startswith("s3://"):
            raise
        return None


def _fetch(blobs: Blobs, name: str, to: Path, known: Version | None = None) -> Version | None:
    return blobs.fetch(name, to, known)
