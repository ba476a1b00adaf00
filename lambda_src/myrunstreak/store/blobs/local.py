"""Objects as files of a local folder: replaced by rename, guarded by a lock, synced to disk."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import shlex
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

from myrunstreak.errors import InvalidSettings, StoreUnavailable
from myrunstreak.store.blobs.port import Superseded, Version

_PARTIAL = ".partial-"


class LocalBlobs:
    """The folder ``root``; it is made when first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def place(self) -> str:
        return str(self._root)

    def fetch(self, name: str, to: Path, known: Version | None = None) -> Version | None:
        with _disk_errors(self._root / name, "read"):
            try:
                with (self._root / name).open("rb") as source:
                    version = _version(os.fstat(source.fileno()))
                    if version == known:
                        return known
                    with to.open("wb") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
                    return version
            except FileNotFoundError:
                return None

    def read(self, name: str) -> bytes:
        with _disk_errors(self._root / name, "read"):
            return (self._root / name).read_bytes()

    def write(self, name: str, source: Path, expected: Version | None) -> Version:
        path = self._root / name
        with _disk_errors(path, "write"), self._locked(path):
            if self._version_of(path) != expected:
                raise Superseded(f"{path} was changed by another writer")
            partial = _partial(path)
            try:
                shutil.copyfile(source, partial)
                _sync(partial)
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
            _sync(path.parent)
            return _version(path.stat())

    def add(self, name: str, content: bytes) -> None:
        path = self._root / name
        with _disk_errors(path, "write"):
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = _partial(path)
            try:
                partial.write_bytes(content)
                _sync(partial)
                # A link, unlike a rename, never replaces what is already there.
                with contextlib.suppress(FileExistsError):
                    path.hardlink_to(partial)
            finally:
                partial.unlink(missing_ok=True)
            _sync(path.parent)

    def names(self, after: str = "") -> Iterator[str]:
        found = (
            path.relative_to(self._root).as_posix()
            for path in self._root.rglob("*")
            if path.is_file() and not path.name.startswith(".")
        )
        yield from sorted(name for name in found if name > after)

    def restore_command(self, name: str) -> str:
        path, damaged = (shlex.quote(str(self._root / one)) for one in (name, f"{name}.damaged"))
        return f"mv {path} {damaged} && myrunstreak rebuild --to {path}"

    def _version_of(self, path: Path) -> Version | None:
        try:
            return _version(path.stat())
        except FileNotFoundError:
            return None

    @contextlib.contextmanager
    def _locked(self, path: Path) -> Generator[None]:
        path.parent.mkdir(parents=True, exist_ok=True)
        with (path.parent / f".{path.name}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Whoever holds the lock is the only writer: what a killed one left behind goes now.
            for leftover in path.parent.glob(f"{_PARTIAL}{glob.escape(path.name)}-*"):
                leftover.unlink(missing_ok=True)
            yield


def _partial(path: Path) -> Path:
    """A new file beside an object, told from those of other objects in the folder."""
    handle, partial = tempfile.mkstemp(prefix=f"{_PARTIAL}{path.name}-", dir=path.parent)
    os.close(handle)
    return Path(partial)


def _version(stat: os.stat_result) -> Version:
    return Version(f"{stat.st_mtime_ns}-{stat.st_size}-{stat.st_ino}")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _disk_errors(path: Path, action: str) -> Generator[None]:
    try:
        yield
    except (PermissionError, NotADirectoryError, IsADirectoryError, FileExistsError) as error:
        raise InvalidSettings(
            f"Cannot {action} {path}: {error.strerror}. Check the path and who may {action} it."
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            f"Cannot {action} {path}: {error.strerror or error}. Nothing was changed."
        ) from error
