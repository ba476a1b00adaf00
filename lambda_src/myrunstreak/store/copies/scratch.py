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
    "|too many open files|max_temp_directory_size",
    re.IGNORECASE,
)
_MEMORY: Final = re.compile(
    "out of memory|cannot allocate memory|could not allocate|failed to allocate|bad_alloc", re.IGNORECASE
)


def is_disk_error(error: BaseException) -> bool:
    """Whether the disk of this machine is in trouble, not the database."""
    return not isinstance(error, MemoryError) and bool(_DISK.search(str(error)))


def is_memory_error(error: BaseException) -> bool:
    """Whether there is not enough memory: for Python, for DuckDB within its limit, or at all."""
    return isinstance(error, MemoryError) or (bool(_MEMORY.search(str(error))) and not is_disk_error(error))


def is_trouble_here(error: BaseException) -> bool:
    """Whether disk or memory of this machine are in trouble, not the database."""
    return is_disk_error(error) or is_memory_error(error)


@contextmanager
def machine_errors(what: str, memory_mb: int | None = None) -> Generator[None]:
    """Turn trouble with this machine's disk or memory into one clear line.

    Args:
        what: what is used, in words.
        memory_mb: the memory of the process, where it is limited.

    Raises:
        StoreUnavailable: the disk is full, read-only, or there is not enough memory.
    """
    try:
        yield
    except MyRunStreakError:
        raise
    except Exception as error:
        if is_memory_error(error):
            raise StoreUnavailable(_more_memory(error, memory_mb)) from error
        if not (isinstance(error, OSError) or is_disk_error(error)):
            raise
        raise StoreUnavailable(
            f"Cannot use {what} on this machine: {_said(error)}. Nothing more was published; make room there, or "
            "name another folder by TMPDIR, and try again."
        ) from error


def _more_memory(error: Exception, memory_mb: int | None) -> str:
    if memory_mb is None:
        return (
            f"There is not enough memory on this machine: {_said(error)}. Nothing more was published; end other "
            "programs and try again, or in a function raise memory_mb."
        )
    return (
        f"The function's memory of {memory_mb} MB is not enough: {_said(error)}. Nothing more was published; raise it "
        f"with `pulumi config set memory_mb {2 * memory_mb}` and `pulumi up`, and try again."
    )


def _said(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
