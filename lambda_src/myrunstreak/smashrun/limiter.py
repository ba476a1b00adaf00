"""Keeps below Smashrun's request limits of its own accord.

Smashrun allows 250 requests an hour and 80 in 10 seconds; the limiter keeps a margin below both. The hour's
history is counted by the minute, so that it fits into the sync state and holds across invocations.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from myrunstreak.instants import Clock, as_utc, parse_instant, utc_now

REQUESTS_PER_HOUR = 240
REQUESTS_PER_BURST = 75
BURST_S = 10.0

_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
# Two clocks may differ a little; what lies further ahead was written by a clock that had jumped.
_TOLERATED_LEAD = timedelta(minutes=1)
_INSTANT_S = 0.001


class RequestLimiter:
    """Counts every request sent and says how long to wait before the next.

    Args:
        window: requests by minute (`{"2024-05-01T10:03Z": 12}`) of earlier invocations. What cannot be read,
            is older than an hour or lies in the future is left out.
        clock: the present instant.
    """

    def __init__(
        self,
        window: Mapping[str, int] | None = None,
        *,
        clock: Clock = utc_now,
        per_hour: int = REQUESTS_PER_HOUR,
        per_burst: int = REQUESTS_PER_BURST,
        burst_s: float = BURST_S,
    ) -> None:
        self._clock = clock
        self._per_hour = per_hour
        self._per_burst = per_burst
        self._burst = timedelta(seconds=burst_s)
        self._minutes: dict[datetime, int] = {}
        self._recent: deque[datetime] = deque()
        self._begin_with(window or {})

    def note(self) -> None:
        """Count one request, sent now."""
        now = self._now()
        self._minutes[_floor(now)] = self._minutes.get(_floor(now), 0) + 1
        self._recent.append(now)

    def wait_s(self) -> float:
        """Seconds to wait before the next request may be sent; 0 when it may be sent at once."""
        now = self._now()
        wait = max(self._hour_wait(now), self._burst_wait(now))
        return max(wait.total_seconds(), _INSTANT_S) if wait > timedelta(0) else 0.0

    def room(self) -> int:
        """Requests that can be sent before the hour's limit asks for a wait."""
        self._now()
        return max(0, self._per_hour - sum(self._minutes.values()))

    def window(self) -> dict[str, int]:
        """The hour's requests by minute, to be handed to the next invocation's limiter."""
        self._now()
        return {_text(minute): count for minute, count in sorted(self._minutes.items())}

    def minute(self) -> str:
        """The present minute, as the window names it."""
        return _text(self._now())

    def _begin_with(self, window: Mapping[str, int]) -> None:
        self._minutes = {}
        for text, count in window.items():
            moment = parse_instant(text)
            if moment is not None and count > 0:
                minute = _floor(moment)
                self._minutes[minute] = self._minutes.get(minute, 0) + count

    def _hour_wait(self, now: datetime) -> timedelta:
        # Every request of a minute counts as sent at the minute's end: too careful rather than too bold.
        excess = sum(self._minutes.values()) - self._per_hour + 1
        for minute, count in sorted(self._minutes.items()):
            if excess <= 0:
                break
            excess -= count
            if excess <= 0:
                return minute + _MINUTE + _HOUR - now
        return timedelta(0)

    def _burst_wait(self, now: datetime) -> timedelta:
        excess = len(self._recent) - self._per_burst + 1
        if excess <= 0:
            return timedelta(0)
        return sorted(self._recent)[excess - 1] + self._burst + timedelta(seconds=_INSTANT_S) - now

    def _now(self) -> datetime:
        """The present instant, after everything that no longer counts is forgotten."""
        now = as_utc(self._clock())
        for minute in [m for m in self._minutes if m + _MINUTE + _HOUR <= now or m > now + _TOLERATED_LEAD]:
            del self._minutes[minute]
        self._recent = deque(sent for sent in self._recent if -self._burst <= now - sent <= self._burst)
        return now


def merge_windows(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    """Two accounts of the same hour: of each minute the larger count."""
    return {minute: max(left.get(minute, 0), right.get(minute, 0)) for minute in sorted({*left, *right})}


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%MZ}"


def _floor(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
