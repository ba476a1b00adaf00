"""The simulator's idea of now: the system's, or one that a test moves by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that can say what time it is."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class FakeClock:
    """A clock that stands still until it is told to move: rate windows and token lives in no time at all.

    `start` is an instant; one without a zone is read as UTC.
    """

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)

    def now(self) -> datetime:
        """The instant the clock stands at, aware, in UTC."""
        with self._lock:
            return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock by so many seconds (backwards when negative)."""
        with self._lock:
            self._now += timedelta(seconds=seconds)
