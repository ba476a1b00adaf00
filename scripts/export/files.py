"""Files that appear when they are complete: what fails, or is stopped, leaves nothing behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from myrunstreak.errors import StoreUnavailable
from myrunstreak.store.machine_errors import is_machine_error


@contextmanager
def written_aside(to: Path) -> Generator[Path]:
    """A file beside ``to`` that replaces it when the block ends.

    Raises:
        StoreUnavailable: the file cannot be written.
    """
    aside = to.with_name(f".{to.name}.{os.getpid()}.partial")
    try:
        with _disk_errors(to):
            yield aside
            aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def folder_aside(to: Path) -> Generator[Path]:
    """A folder whose files are moved to ``to`` when the block ends; it is made where there is none.

    Raises:
        StoreUnavailable: the files cannot be written.
    """
    name = f".myrunstreak.{os.getpid()}.partial"
    aside = to / name if to.is_dir() else to.absolute().with_name(name)
    try:
        with _disk_errors(to):
            aside.mkdir()
            yield aside
            if not to.is_dir():
                aside.replace(to)
                return
            for file in sorted(aside.iterdir()):
                file.replace(to / file.name)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _disk_errors(to: Path) -> Generator[None]:
    try:
        yield
    except Exception as error:
        if not (isinstance(error, OSError) or is_machine_error(error)) or isinstance(error, BrokenPipeError):
            raise
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]
        raise StoreUnavailable(
            f"Cannot write {to}: {reason.rstrip('.')}. Nothing was left behind; choose another place."
        ) from error
