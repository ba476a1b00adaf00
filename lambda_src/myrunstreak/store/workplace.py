"""A private folder for the copies of one sync, which does not outlive it: not even when it is killed."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import Final, TextIO

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
