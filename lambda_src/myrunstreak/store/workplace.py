"""A private folder for the copies of one sync, which does not outlive it: not even when it is killed."""

from __future__ import annotations

import fcntl
import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TextIO

from myrunstreak.errors import MyRunStreakError, StoreUnavailable

_PREFIX: Final = "myrunstreak-work-"
_LOCK: Final = ".lock"


class Workplace:
    """A new folder under the system's temporary one, locked as long as it is used.

    Making one sweeps up what killed processes left: folders whose lock nobody holds.
    """

    def __init__(self) -> None:
        base = Path(tempfile.gettempdir())
        for folder in base.glob(f"{_PREFIX}*"):
            _remove_if_abandoned(folder)
        self.path, self._lock = _locked_folder()

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _locked_folder() -> tuple[Path, TextIO]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            lock = (path / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except FileNotFoundError:
            continue
        if (path / _LOCK).exists():
            return path, lock
        # Somebody who was sweeping up locked it first and took it for abandoned.
        lock.close()


def _remove_if_abandoned(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        # In use, somebody else's, or so new that its lock is not there yet.
        return


# What the operating system says about a disk, wherever DuckDB hands it on; a damaged file says other things.
_DISK: Final = re.compile(
    "no space left|read-only file system|permission denied|disk quota|file too large|input/output error"
    "|out of memory|too many open files",
    re.IGNORECASE,
)


def is_disk_error(error: Exception) -> bool:
    """Whether DuckDB reports trouble of this machine, not of the database."""
    return bool(_DISK.search(str(error)))


@contextmanager
def disk_errors(what: str) -> Generator[None]:
    """Turn trouble with this machine's disk or memory into one clear line.

    Raises:
        StoreUnavailable: the disk is full, read-only, or there is not enough memory.
    """
    try:
        yield
    except MyRunStreakError:
        raise
    except Exception as error:
        if not (isinstance(error, OSError) or is_disk_error(error)):
            raise
        said = str(error).splitlines()[0].rstrip(".")
        raise StoreUnavailable(
            f"Cannot use {what} on this machine: {said}. Nothing was published; make room there, or name another "
            "folder by TMPDIR, and try again."
        ) from error
