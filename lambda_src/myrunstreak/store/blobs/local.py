"""Objects as files of a local folder: replaced by rename, guarded by a lock, synced to disk."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from myrunstreak.files import file_errors, lock_file, partial_file, replace_file, sync_to_disk
from myrunstreak.store.blobs.port import Kept, Superseded, Version


class LocalBlobs:
    """The folder ``root``; it is made when first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        return str(self._root)

    def within(self, folder: str) -> LocalBlobs:
        return LocalBlobs(self._root / folder)

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:
        with _disk_errors(self._root / name, "read"):
            try:
                with (self._root / name).open("rb") as source:
                    version = self._version(name, os.fstat(source.fileno()))
                    if version == known:
                        return known
                    with to.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    return version
            except FileNotFoundError:
                return None

    def earlier(self, name: str) -> list[Kept]:  # noqa: ARG002 - the port's shape
        return []

    def fetch_earlier(self, name: str, version: str, to: Path) -> bool:  # noqa: ARG002 - the port's shape
        return False

    def read(self, name: str) -> bytes:
        with _disk_errors(self._root / name, "read"):
            return (self._root / name).read_bytes()

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        path = self._root / name
        with _disk_errors(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            with lock_file(path):
                if self._version_of(name) != expected:
                    raise Superseded(f"{path} was changed by another writer")
                replace_file(path, lambda partial: shutil.copyfile(source, partial))
                if note:
                    # It names its content by a checksum: one that is lost, or left from an older file, does no harm.
                    with contextlib.suppress(OSError):
                        _note_beside(path).write_text(note, encoding="utf-8")
                return self._version(name, path.stat())

    def add(self, name: str, content: bytes) -> None:
        path = self._root / name
        with _disk_errors(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            # A link, unlike a rename, never replaces what is already there.
            with (
                partial_file(path, lambda partial: partial.write_bytes(content)) as partial,
                contextlib.suppress(FileExistsError),
            ):
                path.hardlink_to(partial)
            sync_to_disk(path.parent)

    def put(self, name: str, content: bytes) -> None:
        path = self._root / name
        with _disk_errors(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, lambda partial: partial.write_bytes(content))

    def names(self, after: str = "") -> Iterator[str]:
        found = (
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        yield from sorted(name for name in found if name > after)

    def kept(self) -> Iterator[Kept]:
        for name in self.names():
            with _disk_errors(self._root / name, "read"):
                stat = (self._root / name).stat()
            yield Kept(name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size)

    def _version_of(self, name: str) -> Version | None:
        try:
            return self._version(name, (self._root / name).stat())
        except FileNotFoundError:
            return None

    def _version(self, name: str, stat: os.stat_result) -> Version:
        note = ""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            note = _note_beside(self._root / name).read_text(encoding="utf-8")
        return Version(f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}", note=note)


def _note_beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.note")


def _disk_errors(path: Path, action: str) -> contextlib.AbstractContextManager[None]:
    remedy = f"Check the path and who may {action} it."
    return file_errors(action, str(path), remedy=remedy, otherwise="Nothing was changed.")
