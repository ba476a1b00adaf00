"""Small objects that are asked for again and again: only a changed one is transferred a second time."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from myrunstreak.errors import InvalidSettings
from myrunstreak.store.blobs.port import Blobs, Version


@dataclass(frozen=True)
class Remembered:
    """An object as it was read last."""

    version: Version
    content: bytes


class RememberedObjects:
    """The small objects of a folder, each as it is now."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._known: dict[str, Remembered] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> Remembered | None:
        """An object as it is now; None where there is none.

        Raises:
            StoreUnavailable, InvalidSettings: see ``Blobs.fetch``.
        """
        known = self._known.get(name)
        with TemporaryDirectory() as work:
            file = Path(work) / "object"
            version = fetch_if_there(self._blobs, name, file, known.version if known else None)
            if version is not None and (known is None or version != known.version):
                known = Remembered(version, file.read_bytes())
        with self._lock:
            if version is None or known is None:
                self._known.pop(name, None)
                return None
            self._known[name] = known
        return known


def fetch_if_there(blobs: Blobs, name: str, to: Path, known: Version | None = None) -> Version | None:
    """``Blobs.fetch`` for those who may not list a bucket: S3 answers them 403 for an object that is not there."""
    try:
        return blobs.fetch(name, to, known)
    except InvalidSettings:
        if not blobs.place.startswith("s3://"):
            raise
        return None
