"""A JSON document in a local file that only its owner can read."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import stat
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Final

from myrunstreak.contract.references import FILE_PREFIX
from myrunstreak.errors import StoreUnavailable
from myrunstreak.files import file_errors, lock_file, partial_file, replace_file
from myrunstreak.secrets.document import TOKENS_REMEDY, JsonDocument, parse, render

LOCK_TIMEOUT_S: Final = 120.0
_LOCK_POLL_S: Final = 0.05
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO

_log = logging.getLogger(__name__)


def make_private(path: Path) -> str | None:
    """Leave a file's rights to its owner only; what was wrong, or None.

    An editor, a copy or a restored backup may have opened a file of secrets to others.
    """
    try:
        found = path.stat().st_mode
    except OSError:
        return None  # reading it says why
    mode = stat.S_IMODE(found)
    if not mode & _OTHERS or stat.S_ISDIR(found):
        return None
    with contextlib.suppress(OSError):
        path.chmod(mode & ~_OTHERS)
        if not stat.S_IMODE(path.stat().st_mode) & _OTHERS:
            return f"{path} could be read by others (mode {mode:04o}); mended: only you can now."
    return f"{path} can be read by others (mode {mode:04o}), and that cannot be changed here: move it, or chmod 600."


class FileDocument(JsonDocument):
    """A JSON file with mode 0600, replaced atomically; one that others can read is closed to them when it is read.

    Writers exclude each other through a lock file beside it; readers need no lock.

    Args:
        remedy: what to do where it holds something else.
    """

    def __init__(
        self, path: Path | str, *, remedy: str = TOKENS_REMEDY, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._path = Path(path).expanduser()
        self._remedy = remedy
        self._sleep = sleep
        self._thread_lock = threading.RLock()
        self._depth = 0

    @property
    def name(self) -> str:
        return f"{FILE_PREFIX}{self._path}"

    def __repr__(self) -> str:
        return f"FileDocument({str(self._path)!r})"

    def read(self) -> dict[str, object] | None:
        with self._os_errors("read"):
            if warning := make_private(self._path):
                _log.warning(warning)
            try:
                data = self._path.read_bytes()
            except FileNotFoundError:
                return None
        return parse(data, self.name, self._remedy)

    def write(self, value: dict[str, object]) -> None:
        data = render(value)
        with self.exclusive(), self._os_errors("write"):
            replace_file(self._path.resolve(), lambda partial: partial.write_bytes(data))

    @contextmanager
    def exclusive(self) -> Generator[None]:
        # Threads that share this object queue at the first lock, processes and other objects at the second.
        with self._thread_lock, ExitStack() as stack:
            if not self._depth:
                with self._os_errors("lock"):
                    self._make_folder()
                    stack.enter_context(lock_file(self._path.resolve(), self._acquire))
                with self._os_errors("write"):
                    self._rehearse()
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def _acquire(self, descriptor: int) -> None:
        deadline = time.monotonic() + LOCK_TIMEOUT_S
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreUnavailable(
                        f"Another process keeps {self.name} locked. Wait for it to end, then try again."
                    ) from None
                self._sleep(_LOCK_POLL_S)
            except OSError:
                return None  # a file system without locks: a single process is still served

    def _rehearse(self) -> None:
        # The caller means to write, perhaps after using up the content: see first that it can be done.
        with contextlib.suppress(FileNotFoundError):
            data = self._path.read_bytes()
            with partial_file(self._path.resolve(), lambda partial: partial.write_bytes(data)):
                pass

    def _make_folder(self) -> None:
        folder = self._path.resolve().parent
        for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            with contextlib.suppress(FileExistsError):
                missing.mkdir(mode=0o700)

    def _os_errors(self, action: str) -> AbstractContextManager[None]:
        return file_errors(
            action,
            self.name,
            remedy="Make it a file this user may read and write.",
            otherwise="The old content stands.",
        )
