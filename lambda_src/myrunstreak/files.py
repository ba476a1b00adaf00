"""Replace a local file whole or not at all, and keep its other writers out meanwhile."""

from __future__ import annotations

import fcntl
import glob
import os
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PARTIAL: Final = ".partial-"


@contextmanager
def lock_file(path: Path, acquire: Callable[[int], None] | None = None) -> Generator[None]:
    """Hold the lock beside a file; what a killed writer left half written is removed.

    Args:
        acquire: takes the lock of an open file; waits for it without an end by default.
    """
    descriptor = os.open(path.with_name(f".{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if acquire is not None:
            acquire(descriptor)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        for leftover in path.parent.glob(f"{_PARTIAL}{glob.escape(path.name)}-*"):
            leftover.unlink(missing_ok=True)
        yield
    finally:
        os.close(descriptor)  # releases the lock too


def replace_file(path: Path, fill: Callable[[Path], object]) -> None:
    """Put what `fill` writes in the place of a file: mode 0600, and on disk when this returns."""
    with partial_file(path, fill) as partial:
        partial.replace(path)
    sync_to_disk(path.parent)


@contextmanager
def partial_file(path: Path, fill: Callable[[Path], object]) -> Generator[Path]:
    """A new file beside another, mode 0600, filled and on disk; removed afterwards unless it was moved."""
    # The name holds the other file's, so that its writers know what to remove.
    descriptor, name = tempfile.mkstemp(prefix=f"{_PARTIAL}{path.name}-", dir=path.parent)
    os.close(descriptor)
    partial = Path(name)
    try:
        fill(partial)
        sync_to_disk(partial)
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def sync_to_disk(path: Path) -> None:
    """Have the disk hold what a file or a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
