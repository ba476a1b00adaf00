"""Who is to be synced: each runner at the club's hours of their own zone, spread over the hour that follows.

A sync hour is a point of the runner's wall clock. Where that clock leaps over it, it counts from where the clock stood;
where it comes twice, the first time counts. So each hour of each day is one instant, which lies in one window only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, ValidationError

from myrunstreak.club.queues import Outgoing
from myrunstreak.contract.club import DISPATCHED_NAME, Runner
from myrunstreak.contract.club_events import SyncMessage
from myrunstreak.contract.events import SyncEvent
from myrunstreak.instants import to_text
from myrunstreak.store.blobs.port import Blobs, Superseded, Version

# Of the runner's day: in the morning what the night's watch has uploaded, at night what the day has brought.
HOURS: Final = (6, 22)
SPREAD: Final = timedelta(hours=1)
# How often the dispatch is started.
PERIOD: Final = timedelta(minutes=15)
# After a longer pause each runner is due once: every one has an hour within it.
_LONGEST_WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Due:
    """A runner who is to be synced, and since when."""

    runner: Runner
    at: datetime


def due(runners: Iterable[Runner], since: datetime, until: datetime) -> list[Due]:
    """The runners with a sync hour after ``since`` and not after ``until``, the earliest first; each once."""
    hours: dict[str, list[datetime]] = {}
    found: list[Due] = []
    for runner in runners:
        if runner.left_at is not None:
            continue
        if runner.timezone not in hours:
            hours[runner.timezone] = list(_hours(ZoneInfo(runner.timezone), since - SPREAD, until))
        later = timedelta(seconds=spread_s(runner.id))
        at = [hour + later for hour in hours[runner.timezone] if since < hour + later <= until]
        if at:
            found.append(Due(runner, max(at)))
    return sorted(found, key=lambda one: (one.at, one.runner.id))


def spread_s(runner_id: str) -> int:
    """How many seconds after the hour a runner is due: always the same, and even over all runners."""
    digest = hashlib.sha256(runner_id.encode()).digest()
    return int.from_bytes(digest[:8]) % int(SPREAD.total_seconds())


def messages_of(dues: Iterable[Due]) -> Iterator[Outgoing]:
    """The messages that have these runners synced, spread over a period: Smashrun is not asked by all at once."""
    for one in dues:
        delay_s = spread_s(one.runner.id) % int(PERIOD.total_seconds())
        event = SyncEvent(scheduled_time=to_text(one.at))
        yield Outgoing(SyncMessage(runner=one.runner.id, sync=event), delay_s)


def _hours(zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[datetime]:
    """The instants of a zone's sync hours between two instants, in UTC."""
    # A day may be a day off on a clock far from UTC, and where one was left out.
    day, last = since.astimezone(UTC).date() - timedelta(days=2), until.astimezone(UTC).date()
    while day <= last + timedelta(days=2):
        for hour in HOURS:
            at = datetime.combine(day, time(hour), zone).astimezone(UTC)
            if since <= at <= until:
                yield at
        day += timedelta(days=1)


class _Noted(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    until: datetime


@dataclass(frozen=True)
class Window:
    """The stretch of time whose runners are to be sent, and the state of the note that it comes from."""

    since: datetime
    until: datetime
    noted: Version | None


class Dispatched:
    """The note in the club's folder of how far runners have been sent to be synced.

    It is written after the sending: one who dies between them lets the next send again, and leaves no runner out.
    """

    def __init__(self, folder: Blobs) -> None:
        self._folder = folder

    def window(self, now: datetime) -> Window:
        """From where the last dispatch ended; the last period where none is noted, or one of a clock that was ahead.

        Raises:
            StoreUnavailable, InvalidSettings: the note cannot be read.
        """
        until, version = self._read()
        first = now - PERIOD
        since = first if until is None or until > now else max(until, now - _LONGEST_WINDOW)
        return Window(since, now, version)

    def note(self, window: Window) -> bool:
        """Note that a window's runners were sent; False where another dispatch has noted meanwhile.

        Raises:
            StoreUnavailable, InvalidSettings: it cannot be written.
        """
        with TemporaryDirectory() as work:
            file = Path(work) / DISPATCHED_NAME
            file.write_text(_Noted(until=window.until).model_dump_json(), encoding="utf-8")
            try:
                self._folder.write(DISPATCHED_NAME, file, window.noted)
            except Superseded:
                return False
        return True

    def _read(self) -> tuple[datetime | None, Version | None]:
        with TemporaryDirectory() as work:
            file = Path(work) / DISPATCHED_NAME
            version = self._folder.fetch(DISPATCHED_NAME, file)
            try:
                noted = _Noted.model_validate_json(file.read_bytes()) if version else None
            except ValidationError:
                noted = None
        return noted.until.astimezone(UTC) if noted else None, version
