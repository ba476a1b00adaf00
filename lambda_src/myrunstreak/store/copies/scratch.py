"""A private folder for temporary files. It does not outlive its process, even a killed one."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import Final, TextIO

from myrunstreak.store.machine_errors import machine_errors

_PREFIX: Final = "myrunstreak-work-"
_LOCK: Final = ".lock"


class ScratchFolder:
    """A new folder under the system's temporary one, locked as long as it is used.

    Making one removes the folders that killed processes left: their locks are free.

    Raises:
        StoreUnavailable: no folder can be made on this machine.
    """

    def __init__(self) -> None:
        with machine_errors("the folder for temporary files"):
            for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
                _remove_if_abandoned(folder)
            self.path, self._lock = _make_locked_folder()

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock.close()


def _make_locked_folder() -> tuple[Path, TextIO]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        try:
            lock = (path / _LOCK).open("w")
            fcntl.flock(lock, fcntl.LOCK_EX)
        except FileNotFoundError:
            continue
        if (path / _LOCK).exists():
            return path, lock
        # Another process locked it first, and removes it as abandoned.
        lock.close()


def _remove_if_abandoned(folder: Path) -> None:
    try:
        with (folder / _LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        # In use, another user's, or so new that its lock is not there yet.
        return
