"""HTTP with Smashrun: exchanges, with bounded retries around them.

Failures on the way are values (`Fault`), not exceptions, until the retries are used up: the exceptions of
the HTTP library carry headers and URLs, and none of them may travel on inside one of ours. That library is
loaded when something is sent.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from myrunstreak.errors import RateLimited, SourceUnavailable
from myrunstreak.instants import Clock, as_utc, utc_now

if TYPE_CHECKING:
    import requests

CONNECT_TIMEOUT_S = 5.0
READ_TIMEOUT_S = 60.0  # lists of a long history take seconds

MAX_TRIES = 4
MAX_THROTTLES = 8
MAX_TRYING_S = 240.0
MAX_THROTTLED_S = 15 * 60.0
MAX_ANSWER_S = 180.0
# What a 429 without Retry-After leaves open; the hour's window slides on every minute.
UNKNOWN_RETRY_AFTER_S = 15 * 60.0

_BACKOFF_BASE_S = 2.0
_BACKOFF_CAP_S = 60.0

T = TypeVar("T")

chance = random.SystemRandom().random


@dataclass(frozen=True)
class Answer:
    """A whole HTTP answer, its body as sent (only a transfer compression undone)."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)

    @property
    def server_time(self) -> datetime | None:
        """When the server answered, by its own clock; None without a readable Date header."""
        return parse_http_date(self.headers.get("Date"))


@dataclass(frozen=True)
class Fault:
    """Why there is no answer, in words without addresses or secrets."""

    reason: str


class Unusable(Exception):
    """The answer cannot be used; another try may bring a better one."""


Auth = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]


class Bearer:
    """Sends the token in the header, and keeps a `.netrc` from replacing it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers["Authorization"] = f"Bearer {self._token}"
        return r


class NoAuth:
    """Sends no credentials in headers, not even those of a `.netrc`."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class Transport:
    """Sends requests until an answer can be used, or until another try is not worth it.

    Args:
        before_send: called before every request, retries included (the limiter's place).
        on_answer: called with every answer that arrives, whatever its status.
        seconds_left: seconds the caller has; no wait is longer than that.
    """

    def __init__(
        self,
        session: requests.Session | None = None,
        *,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = chance,
        seconds_left: Callable[[], float] = lambda: math.inf,
        timeout: tuple[float, float] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
        before_send: Callable[[], None] = lambda: None,
        on_answer: Callable[[Answer], None] = lambda _: None,
    ) -> None:
        self._session = session
        self._clock = clock
        self._sleep = sleep
        self._random = random
        self._seconds_left = seconds_left
        self._timeout = timeout
        self._before_send = before_send
        self._on_answer = on_answer

    def ask(
        self,
        method: str,
        url: str,
        read: Callable[[Answer], T],
        *,
        auth: Auth,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> T:
        """What `read` makes of the answer.

        `read` sees every answer but 429; it raises `Unusable` for what another try may mend.

        Raises:
            RateLimited: 429, and the wait is longer than the time there is.
            SourceUnavailable: the tries are used up.
        """
        from myrunstreak.smashrun.exchange import exchange, open_session

        self._session = self._session or open_session()
        what = f"{method} {urlsplit(url).path}"
        faults = throttles = 0
        spent_s = throttled_s = 0.0
        while True:
            self._before_send()
            sent_at = self._clock()
            left_s = max(1.0, self._seconds_left())
            outcome = exchange(
                self._session,
                method,
                url,
                auth=auth,
                params=params,
                data=data,
                timeout=(min(self._timeout[0], left_s), min(self._timeout[1], left_s)),
                longest_s=min(MAX_ANSWER_S, left_s),
                clock=self._clock,
            )
            spent_s += max(0.0, (self._clock() - sent_at).total_seconds())
            if isinstance(outcome, Answer):
                self._on_answer(outcome)
                if outcome.status == 429:
                    throttles += 1
                    throttled_s += self._sit_out(outcome, what, throttles, throttled_s)
                    continue
                try:
                    return read(outcome)
                except Unusable as unusable:
                    outcome = Fault(str(unusable))
            faults += 1
            wait_s = self._backoff_s(faults)
            if faults >= MAX_TRIES or spent_s + wait_s > MAX_TRYING_S or wait_s > self._seconds_left():
                raise SourceUnavailable(
                    f"Smashrun gave no usable answer to {what}: {outcome.reason} (tried {faults} times). "
                    "Nothing is lost; the next sync tries again."
                )
            self._sleep(wait_s)
            spent_s += wait_s

    def _sit_out(self, answer: Answer, what: str, throttles: int, throttled_s: float) -> float:
        """Wait as a 429 asks and return the seconds waited, or raise RateLimited."""
        asked_s = retry_after_s(answer, self._clock())
        wait_s = self._backoff_s(throttles) if asked_s is None else max(asked_s, 1.0)
        too_long = wait_s > self._seconds_left() or throttled_s + wait_s > MAX_THROTTLED_S
        if too_long or throttles > MAX_THROTTLES:
            later_s = UNKNOWN_RETRY_AFTER_S if asked_s is None else wait_s
            raise RateLimited(
                f"Smashrun's request limit is reached ({what}, status 429): try again in "
                f"{math.ceil(later_s)} s. What was fetched so far is kept.",
                retry_after_s=later_s,
            )
        self._sleep(wait_s)
        return wait_s

    def _backoff_s(self, nth: int) -> float:
        """Exponential with full jitter: anything from 0 to a limit that doubles."""
        return self._random() * min(_BACKOFF_CAP_S, _BACKOFF_BASE_S * 2 ** (nth - 1))


def retry_after_s(answer: Answer, now: datetime) -> float | None:
    """Seconds a Retry-After header asks to wait (a number or an HTTP date); None where it is of no use.

    A date is read against the server's own clock where the answer carries it.
    """
    text = (answer.headers.get("Retry-After") or "").strip()
    try:
        seconds = float(text)
    except ValueError:
        moment = parse_http_date(text)
        if moment is None:
            return None
        seconds = (moment - as_utc(answer.server_time or now)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_http_date(text: str | None) -> datetime | None:
    """An HTTP date as an aware UTC instant; None where there is none."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
