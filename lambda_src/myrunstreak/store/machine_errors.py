"""Trouble with this machine's disk or memory, told apart from damage of the database."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from myrunstreak.errors import MyRunStreakError, StoreUnavailable

# What the operating system says about a disk, wherever DuckDB hands it on; a damaged file says other things.
_DISK: Final = re.compile(
    "no space left|read-only file system|permission denied|disk quota|file too large|input/output error"
    "|too many open files|max_temp_directory_size",
    re.IGNORECASE,
)
_MEMORY: Final = re.compile(
    "out of memory|cannot allocate memory|could not allocate|failed to allocate|bad_alloc", re.IGNORECASE
)


def _is_disk_error(error: BaseException) -> bool:
    """Whether the disk of this machine is in trouble, not the database."""
    return not isinstance(error, MemoryError) and bool(_DISK.search(str(error)))


def _is_memory_error(error: BaseException) -> bool:
    """Whether there is not enough memory: for Python, for DuckDB within its limit, or at all."""
    return isinstance(error, MemoryError) or (bool(_MEMORY.search(str(error))) and not _is_disk_error(error))


def is_machine_error(error: BaseException) -> bool:
    """Whether the disk or the memory of this machine is in trouble, not the database."""
    return _is_disk_error(error) or _is_memory_error(error)


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
        if _is_memory_error(error):
            raise StoreUnavailable(_more_memory(error, memory_mb)) from error
        if not (isinstance(error, OSError) or _is_disk_error(error)):
            raise
        raise StoreUnavailable(
            f"Cannot use {what} on this machine: {_first_line(error)}. Nothing more was published; make room there, or "
            "name another folder by TMPDIR, and try again."
        ) from error


def _more_memory(error: Exception, memory_mb: int | None) -> str:
    if memory_mb is None:
        return (
            f"There is not enough memory on this machine: {_first_line(error)}. Nothing more was published; end other "
            "programs and try again, or in a function raise memory_mb."
        )
    return (
        f"The function's memory of {memory_mb} MB is not enough: {_first_line(error)}. Nothing more was published; "
        f"raise it with `pulumi config set memory_mb {2 * memory_mb}` and `pulumi up`, and try again."
    )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
