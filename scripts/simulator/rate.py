"""The two request windows of one user: 80 in 10 seconds and 250 in an hour, on the simulator's clock."""

from __future__ import annotations

import math
import threading
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime

from .clock import Clock
from .switches import Switches
from .wire import TEXT_TYPE, Response, json_response, typed_response


class RateWindows:
    """Sliding windows over the answered requests; a refused one does not count."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._windows = ((switches.burst_limit, switches.burst_window_s), (switches.hourly_limit, 3600))
        self._answered: deque[float] = deque()
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Seconds until the next request may be answered; 0 counts this one as answered."""
        if not self._switches.rate_limits:
            return 0.0
        now = self._clock.now().timestamp()
        with self._lock:
            wait = 0.0
            for limit, window_s in self._windows:
                inside = [t for t in self._answered if now - t < window_s]
                if len(inside) >= limit:
                    wait = max(wait, inside[-limit] + window_s - now)
            if wait <= 0:
                self._answered.append(now)
                while self._answered and now - self._answered[0] >= 3600:
                    self._answered.popleft()
            return wait

    def refusal(self, wait_s: float) -> Response:
        """The 429, with Retry-After and body as the switches say."""
        seconds = max(1, math.ceil(wait_s))
        style = self._switches.retry_after
        value: int | datetime | None = seconds if style == "seconds" else None
        if style == "http-date":
            value = datetime.fromtimestamp(self._clock.now().timestamp() + seconds, UTC)
        return too_many(value, self._switches.rate_limit_body)


def too_many(retry_after: float | datetime | str | None, body: str) -> Response:
    """A 429; `retry_after`: seconds, an instant (sent as an HTTP date), header text, or None for none."""
    headers: dict[str, str] = {}
    if isinstance(retry_after, datetime):
        # Rounded up, or the client comes back a moment too early.
        moment = datetime.fromtimestamp(math.ceil(retry_after.timestamp()), UTC)
        headers["Retry-After"] = format_datetime(moment, usegmt=True)
    elif retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if body == "text":
        return typed_response(429, b"Too many requests", TEXT_TYPE, headers)
    error = {"error": "rate_limit_exceeded", "error_description": "Too many requests"}
    return json_response(error, 429, headers)
