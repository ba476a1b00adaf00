"""Times of observation: they order the raw archive, and so decide which observation of a run is the newest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from myrunstreak.instants import Clock


class ObservationClock:
    """Times of observation that ascend whatever the clock does: later by a microsecond at least."""

    def __init__(self, clock: Clock, newest: datetime | None) -> None:
        self._clock = clock
        self._last = newest

    def next(self) -> datetime:
        """The time of an observation made now."""
        now = self._clock().astimezone(UTC)
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now
