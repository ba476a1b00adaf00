"""A control group with the memory and the share of a core that Lambda gives: where the product lives.

Groups of version 1 and of version 2 are known. A group of our own beside all others is made and taken away again.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GROUPS: Final = Path("/sys/fs/cgroup")
MEMORY_MB: Final = 512
# Lambda gives a whole core for 1,769 MB.
CORES: Final = 0.29
_PERIOD_US: Final = 100_000
_NAME: Final = f"myrunstreak-bench-{os.getpid()}"


class LimitsUnavailable(Exception):
    """This machine cannot limit a process; the message says what is missing."""


@dataclass(frozen=True)
class Limits:
    """Control groups that a process joins before it starts."""

    folders: tuple[Path, ...]

    def join(self) -> None:
        """Put this process into the groups."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))


@contextmanager
def lambda_limits(groups: Path = GROUPS) -> Generator[Limits]:
    """Groups of 512 MB and 0.29 of a core; gone at the end.

    Raises:
        LimitsUnavailable: there are none here, or not for this user.
    """
    made = list[Path]()
    try:
        _make(_settings(groups), made)
        yield Limits(tuple(made))
    finally:
        for folder in reversed(made):
            # Left behind where a process of it still ends; it limits nothing else.
            try:
                folder.rmdir()
            except OSError:
                continue


def _make(settings: dict[Path, dict[str, str]], made: list[Path]) -> None:
    try:
        for folder, values in settings.items():
            folder.mkdir()
            made.append(folder)
            for name, value in values.items():
                (folder / name).write_text(value)
    except OSError as error:
        raise LimitsUnavailable(
            f"{error.filename}: {error.strerror}. Limiting a process needs the right to make control groups: run as "
            "root, or leave --lambda out."
        ) from error


def _settings(groups: Path) -> dict[Path, dict[str, str]]:
    """The files to write, by group."""
    quota = str(round(CORES * _PERIOD_US))
    memory = str(MEMORY_MB << 20)
    if (groups / "cgroup.controllers").exists():
        known = (groups / "cgroup.controllers").read_text().split()
        if {"cpu", "memory"} <= set(known):
            values = {"cpu.max": f"{quota} {_PERIOD_US}", "memory.max": memory}
            return {groups / _NAME: values}
    elif (groups / "cpu" / "cpu.cfs_quota_us").exists() and (
        groups / "memory" / "memory.limit_in_bytes"
    ).exists():
        return {
            groups / "cpu" / _NAME: {"cpu.cfs_period_us": str(_PERIOD_US), "cpu.cfs_quota_us": quota},
            groups / "memory" / _NAME: {"memory.limit_in_bytes": memory},
        }
    raise LimitsUnavailable(
        f"{groups} has no controllers for processor and memory, of version 1 or 2: leave --lambda out."
    )
