"""What can go wrong on purpose, and when.

A fault names the requests it is meant for (`path`), which of them it hits (`at`, `times`, counted from the
moment it is injected) and what happens to those (`what`). Every kind has a constructor:

    Fault.status(500, path="/my/activities/search", at=3)
    Fault.rate_limited(retry_after=30, times=2)
    Fault.call(lambda sim: sim.add(run), path="/my/activities/search", at=1)
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from .simulator import Simulator

What = Literal[
    "status", "truncated_json", "broken_json", "html_body", "drop", "drop_midway", "slow", "rate_limited",
    "expire_token", "revoke_all", "not_a_list", "short_list", "call",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    path: prefix of the path after `/v1` (OAuth paths whole: `/oauth2/token`); `{id}` stands for a number
        and a final `$` for the end, so `/my/activities/{id}$` is every detail call and nothing else. Empty:
        every request.
    at: the first matching request that is hit, 0 being the first after injection.
    times: how many matching requests are hit from there on; None: all.
    """

    what: What
    path: str = ""
    at: int = 0
    times: int | None = 1
    code: int = 500  # status
    seconds: float = 0.0  # slow
    drop_last: int = 1  # short_list
    retry_after: float | datetime | str | None = None  # rate_limited
    body: str | None = None  # status: the text sent; rate_limited: "json" or "text"
    fn: Callable[[Simulator], object] | None = None  # call

    @classmethod
    def status(
        cls, code: int, *, path: str = "", at: int = 0, times: int | None = 1, body: str | None = None
    ) -> Fault:
        """This status instead of the answer, with the body of the `error_body` switch or the given text."""
        return cls(what="status", path=path, at=at, times=times, code=code, body=body)

    @classmethod
    def truncated_json(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """200 with only the first half of the answer; the connection itself is sound."""
        return cls(what="truncated_json", path=path, at=at, times=times)

    @classmethod
    def broken_json(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """200 with a body of full length that is no JSON."""
        return cls(what="broken_json", path=path, at=at, times=times)

    @classmethod
    def html_body(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """200 with an HTML page, as a proxy in maintenance sends."""
        return cls(what="html_body", path=path, at=at, times=times)

    @classmethod
    def drop(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """The connection is closed before any byte of the answer."""
        return cls(what="drop", path=path, at=at, times=times)

    @classmethod
    def drop_midway(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """Head and half the body, then a connection reset."""
        return cls(what="drop_midway", path=path, at=at, times=times)

    @classmethod
    def slow(cls, seconds: float, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """The answer comes so many real seconds late."""
        return cls(what="slow", path=path, at=at, times=times, seconds=seconds)

    @classmethod
    def rate_limited(
        cls,
        retry_after: float | datetime | str | None = None,
        body: Literal["json", "text"] = "json",
        *,
        path: str = "",
        at: int = 0,
        times: int | None = 1,
    ) -> Fault:
        """429; `retry_after` in seconds, an instant (as an HTTP date), header text, or None: no header."""
        return cls(what="rate_limited", path=path, at=at, times=times, retry_after=retry_after, body=body)

    @classmethod
    def expire_token(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """Every access token expires just before this request is answered; refreshing works."""
        return cls(what="expire_token", path=path, at=at, times=times)

    @classmethod
    def revoke_all(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """The user withdraws the consent just before this request is answered: all tokens are dead."""
        return cls(what="revoke_all", path=path, at=at, times=times)

    @classmethod
    def not_a_list(cls, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """200 with a JSON object where a list is expected."""
        return cls(what="not_a_list", path=path, at=at, times=times)

    @classmethod
    def short_list(cls, drop_last: int = 1, *, path: str = "", at: int = 0, times: int | None = 1) -> Fault:
        """200 with a list that lacks its last `drop_last` elements."""
        return cls(what="short_list", path=path, at=at, times=times, drop_last=drop_last)

    @classmethod
    def call(
        cls, fn: Callable[[Simulator], object], *, path: str = "", at: int = 0, times: int | None = 1
    ) -> Fault:
        """Run `fn(simulator)` just before the request is answered; the answer shows what it did."""
        return cls(what="call", path=path, at=at, times=times, fn=fn)


class FaultBook:
    """The injected faults, each with its own count of matching requests. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []

    def inject(self, fault: Fault) -> None:
        """Watch requests from now on."""
        with self._lock:
            self._entries.append(_Entry(fault, _pattern(fault.path)))

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._entries.clear()

    def firing(self, path: str) -> list[Fault]:
        """Count this request and return the faults that hit it, in the order they were injected."""
        with self._lock:
            return [entry.fault for entry in self._entries if entry.pattern.match(path) and entry.hits()]


@dataclass
class _Entry:
    fault: Fault
    pattern: re.Pattern[str]
    seen: int = 0

    def hits(self) -> bool:
        number, self.seen = self.seen, self.seen + 1
        times = self.fault.times
        return number >= self.fault.at and (times is None or number < self.fault.at + times)


def _pattern(path: str) -> re.Pattern[str]:
    exact = path.endswith("$")
    text = re.escape(path.removesuffix("$")).replace(re.escape("{id}"), r"\d+")
    return re.compile(text + (r"\Z" if exact else ""))
