"""Warm copies: the last version of each published database that this process has fetched, so that it travels once."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import threading
from dataclasses import dataclass
from pathlib import Path

from myrunstreak.contract.layout import S3Location
from myrunstreak.files import link_file
from myrunstreak.store.blobs.port import Version
from myrunstreak.store.copies.scratch import ScratchFolder


@dataclass
class _WarmCopy:
    file: Path
    version: Version
    scratch: ScratchFolder


_warm_copies: dict[S3Location, _WarmCopy] = {}
_numbers = itertools.count(1)
_lock = threading.Lock()


def keep_warm_copy(location: S3Location | Path, file: Path, version: Version) -> None:
    """Keep a file of the published database for the next user; a database on disk is its own copy.

    The kept file may share its content with ``file``, which must not be changed afterwards.
    """
    if isinstance(location, Path):
        return
    with _lock:
        known = _warm_copies.get(location)
        scratch = known.scratch if known and known.scratch.path.exists() else ScratchFolder()
        # A new name even for a version that came back: an open older file keeps its name.
        short_tag = hashlib.sha256(version.tag.encode()).hexdigest()[:12]
        kept = scratch.path / f"{short_tag}-{next(_numbers)}.duckdb"
        link_file(file, kept)
        for older in set(scratch.path.glob("*.duckdb")) - {kept}:
            older.unlink(missing_ok=True)
        _warm_copies[location] = _WarmCopy(kept, version, scratch)


def link_warm_copy(location: S3Location | Path, to: Path) -> Version | None:
    """Give the warm copy to one user, under a name that no newer copy removes; None where there is none."""
    with _lock, contextlib.suppress(FileNotFoundError):
        if isinstance(location, S3Location) and (warm := _warm_copies.get(location)):
            link_file(warm.file, to)
            return warm.version
    return None


def forget_warm_copies(location: S3Location | Path | None = None) -> None:
    """Remove the warm copy of one database, or of all, where a process serves several runners."""
    with _lock:
        for known in [one for one in _warm_copies if location in (None, one)]:
            _warm_copies.pop(known).scratch.close()
