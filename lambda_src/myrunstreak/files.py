"""Local files: replaced whole or not at all, their other writers kept out meanwhile, and what their errors mean."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from myrunstreak.errors import InvalidSettings, StoreUnavailable

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


def link_file(source: Path, target: Path) -> None:
    """Give a file a second name, which no longer names another; a copy where the file system has no links."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copyfile(source, target)


def sync_to_disk(path: Path) -> None:
    """Have the disk hold what a file or a folder holds."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def file_errors(action: str, name: str, *, remedy: str, otherwise: str) -> Generator[None]:
    """Turn the operating system's errors about a file into ours.

    Args:
        action: what is done with the file: read, write, lock.
        name: the file, as the message names it.
        remedy: what its owner does where a permission or a path is wrong.
        otherwise: what holds after any other error.

    Raises:
        InvalidSettings: the path or its permissions have to be mended.
        StoreUnavailable: the disk is full or in trouble.
    """
    try:
        yield
    except (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError) as error:
        raise InvalidSettings(f"Cannot {action} {name}: {error.strerror}. {remedy}") from error
    except OSError as error:
        raise StoreUnavailable(f"Cannot {action} {name}: {error.strerror or error}. {otherwise}") from error
