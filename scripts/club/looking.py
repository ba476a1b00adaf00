"""Looks at every runner's record: how fresh it is, and what is shared."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from myrunstreak.club.members import read_sharing
from myrunstreak.contract.club import Runner
from myrunstreak.contract.club_sharing import Sharing
from myrunstreak.contract.freshness import LATE_AFTER, Freshness
from myrunstreak.contract.layout import FRESHNESS_NAME
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import to_text
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.blobs.remembered import fetch_if_there
from myrunstreak.store.freshness import read_freshness

from scripts.club.opened import Club

_AT_ONCE: Final = 16

State = Literal["fresh", "late", "never", "leaving", "unreadable"]


@dataclass(frozen=True)
class Seen:
    """A runner and their record.

    Attributes:
        last_success_at: when the last complete sync ended, in UTC.
        state: `late`: that was more than 26 hours ago; `leaving`: being added or removed.
        error: why the record cannot be read.
    """

    runner: Runner
    state: State
    sharing: Sharing = "none"
    last_success_at: datetime | None = None
    error: str | None = None

    def facts(self) -> dict[str, Any]:
        """As JSON."""
        last = self.last_success_at
        return {
            "id": self.runner.id,
            "name": self.runner.name,
            "timezone": self.runner.timezone,
            "added_at": to_text(self.runner.added_at),
            "sharing": self.sharing,
            "state": self.state,
            "last_success_at": to_text(last) if last else None,
            "error": self.error,
        }


def look_at_all(club: Club, now: datetime, progress: Callable[[int, int], object]) -> list[Seen]:
    """Every runner, the first added first.

    Args:
        progress: told how many records of how many have been read.
    """
    runners = club.registry.runners()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found: list[Seen] = []
        for seen in pool.map(partial(_look, club, now), runners):
            found.append(seen)
            progress(len(found), len(runners))
    return found


def _look(club: Club, now: datetime, runner: Runner) -> Seen:
    if runner.left_at is not None:
        return Seen(runner, "leaving")
    try:
        record = club.record_of(runner)
        last, sharing = _freshness(record).last_success_at, read_sharing(record)
    except MyRunStreakError as error:
        return Seen(runner, "unreadable", error=str(error))
    state: State = "never" if last is None else "late" if now - last > LATE_AFTER else "fresh"
    return Seen(runner, state, sharing, last)


def _freshness(record: Blobs) -> Freshness:
    with TemporaryDirectory(prefix="myrunstreak-") as work:
        note = Path(work) / FRESHNESS_NAME
        return (
            read_freshness(note.read_bytes()) if fetch_if_there(record, FRESHNESS_NAME, note) else Freshness()
        )
