"""What can go wrong on purpose, when, and how it changes an answer.

A fault names the requests it is meant for (`path`), which of them it hits (`at`, `times`, counted from the
moment it is injected) and what happens to those (`what`). Every kind has a constructor, and a text form for the
command line (`GRAMMAR`):

    Fault.status(500, path="/my/activities/search", at=3)
    Fault.rate_limited(retry_after=30, times=2)
    Fault.call(lambda sim: sim.add(run), path="/my/activities/search", at=1)
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack, cast, get_args

from .api import error_response
from .rate import too_many
from .switches import Switches
from .wire import HTML_TYPE, JSON_TYPE, TEXT_TYPE, Response, json_response, typed_response

if TYPE_CHECKING:
    from .simulator import Simulator

What = Literal[
    "status", "truncated_json", "broken_json", "html_body", "drop", "drop_midway", "slow", "rate_limited",
    "expire_token", "revoke_all", "not_a_list", "short_list", "call",
]  # fmt: skip
KINDS: tuple[What, ...] = tuple(kind for kind in get_args(What) if kind != "call")


class Hits(TypedDict, total=False):
    """Which requests a fault hits, as `Fault` says."""

    path: str
    at: int
    times: int | None


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
    def status(cls, code: int, *, body: str | None = None, **hits: Unpack[Hits]) -> Fault:
        """This status instead of the answer, with the body of the `error_body` switch or the given text."""
        return cls(what="status", code=code, body=body, **hits)

    @classmethod
    def truncated_json(cls, **hits: Unpack[Hits]) -> Fault:
        """200 with only the first half of the answer; the connection itself is sound."""
        return cls(what="truncated_json", **hits)

    @classmethod
    def broken_json(cls, **hits: Unpack[Hits]) -> Fault:
        """200 with a body of full length that is no JSON."""
        return cls(what="broken_json", **hits)

    @classmethod
    def html_body(cls, **hits: Unpack[Hits]) -> Fault:
        """200 with an HTML page, as a proxy in maintenance sends."""
        return cls(what="html_body", **hits)

    @classmethod
    def drop(cls, **hits: Unpack[Hits]) -> Fault:
        """The connection is closed before any byte of the answer."""
        return cls(what="drop", **hits)

    @classmethod
    def drop_midway(cls, **hits: Unpack[Hits]) -> Fault:
        """Head and half the body, then a connection reset."""
        return cls(what="drop_midway", **hits)

    @classmethod
    def slow(cls, seconds: float, **hits: Unpack[Hits]) -> Fault:
        """The answer comes so many real seconds late."""
        return cls(what="slow", seconds=seconds, **hits)

    @classmethod
    def rate_limited(
        cls,
        retry_after: float | datetime | str | None = None,
        body: Literal["json", "text"] = "json",
        **hits: Unpack[Hits],
    ) -> Fault:
        """429; `retry_after` in seconds, an instant (as an HTTP date), header text, or None: no header."""
        return cls(what="rate_limited", retry_after=retry_after, body=body, **hits)

    @classmethod
    def expire_token(cls, **hits: Unpack[Hits]) -> Fault:
        """Every access token expires just before this request is answered; refreshing works."""
        return cls(what="expire_token", **hits)

    @classmethod
    def revoke_all(cls, **hits: Unpack[Hits]) -> Fault:
        """The user withdraws the consent just before this request is answered: all tokens are dead."""
        return cls(what="revoke_all", **hits)

    @classmethod
    def not_a_list(cls, **hits: Unpack[Hits]) -> Fault:
        """200 with a JSON object where a list is expected."""
        return cls(what="not_a_list", **hits)

    @classmethod
    def short_list(cls, drop_last: int = 1, **hits: Unpack[Hits]) -> Fault:
        """200 with a list that lacks its last `drop_last` elements."""
        return cls(what="short_list", drop_last=drop_last, **hits)

    @classmethod
    def call(cls, fn: Callable[[Simulator], object], **hits: Unpack[Hits]) -> Fault:
        """Run `fn(simulator)` just before the request is answered; the answer shows what it did."""
        return cls(what="call", fn=fn, **hits)


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


# what a fault makes of an answer


def instead_of(fault: Fault, switches: Switches) -> Response | None:
    """The answer that replaces the real one, for faults that need nothing of it; None for the others."""
    match fault.what:
        case "status" if fault.body is not None:
            kinds = {"{": JSON_TYPE, "[": JSON_TYPE, "<": HTML_TYPE}
            return typed_response(fault.code, fault.body.encode(), kinds.get(fault.body[:1], TEXT_TYPE))
        case "status":
            return error_response(fault.code, switches)
        case "rate_limited":
            return too_many(fault.retry_after, fault.body or "json")
        case "html_body":
            page = b"<!doctype html><title>Maintenance</title><h1>Back soon</h1>"
            return typed_response(200, page, HTML_TYPE)
        case "not_a_list":
            return json_response({"message": "an object where a list belongs"})
        case _:
            return None


def damaged(fault: Fault, answer: Response) -> Response:
    """The answer after this fault; faults that do not touch it return it unchanged."""
    match fault.what:
        case "truncated_json":
            return replace(answer, body=answer.body[: max(1, len(answer.body) // 2)])
        case "broken_json":
            return replace(answer, body=b'{"oops": ,]' + answer.body[11:])
        case "short_list":
            return replace(answer, body=_shortened(answer.body, fault.drop_last))
        case "drop":
            return replace(answer, delivery="drop")
        case "drop_midway":
            return replace(answer, delivery="midway")
        case "slow":
            return replace(answer, delay_s=answer.delay_s + fault.seconds)
        case _:
            return answer


def _shortened(body: bytes, drop_last: int) -> bytes:
    try:
        rows: object = json.loads(body)
    except ValueError:
        return body
    if not isinstance(rows, list):
        return body
    kept = cast("list[object]", rows)
    return json_response(kept[: max(0, len(kept) - drop_last)]).body


# faults as text

_SHAPE = re.compile(
    r"(?P<what>[a-z_]+)(?:=(?P<value>[0-9a-z.,]+?))?(?:@(?P<at>\d+))?(?:x(?P<times>\d+|\*))?(?::(?P<path>/.*))?"
)
GRAMMAR = f"""\
faults: KIND[=VALUE][@AT][xTIMES][:PATH]
  KIND   one of {", ".join(KINDS[:6])},
         {", ".join(KINDS[6:])}
  VALUE  status: the HTTP status; slow: seconds; short_list: rows that are missing;
         rate_limited: seconds of Retry-After or none, and ,text for a plain-text body
  AT     the first matching request that is hit, from 0 (default 0)
  TIMES  how many are hit, * for all from there on (default 1)
  PATH   prefix of the path after /v1, OAuth paths whole; {{id}} stands for a number, $ for the end

  status=500@3:/my/activities/search       the fourth list request answers 500
  rate_limited=30,textx2                   two requests answer 429, Retry-After: 30, as plain text
  slow=2.5x*:/my/activities/{{id}}$          every detail call takes 2.5 s longer
  expire_token@4                           the token expires just before the fifth request
  drop_midway:/oauth2/token                the first token answer breaks off half way"""


def parse_fault(text: str) -> Fault:
    """A fault from its text. Raises ValueError with one line that says what is wrong and what is accepted."""
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"fault {text!r}: expected KIND[=VALUE][@AT][xTIMES][:PATH]")
    kinds: dict[str, What] = {str(kind): kind for kind in KINDS}
    what = kinds.get(match["what"])
    if what is None:
        raise ValueError(f"fault {text!r}: unknown kind, expected one of {', '.join(KINDS)}")
    times = None if match["times"] == "*" else int(match["times"] or 1)
    if times == 0:
        raise ValueError(f"fault {text!r}: x0 would never happen")
    hits = Hits(path=match["path"] or "", at=int(match["at"] or 0), times=times)
    value = match["value"]
    try:
        match what:
            case "status":
                code = int(value or 500)
                if not 200 <= code <= 599:
                    raise ValueError("no such HTTP status")
                return Fault.status(code, **hits)
            case "slow":
                return Fault.slow(float(value or 5), **hits)
            case "short_list":
                return Fault.short_list(int(value or 1), **hits)
            case "rate_limited":
                seconds, _, body = (value or "none").partition(",")
                if body not in ("", "text", "json"):
                    raise ValueError("the body is text or json")
                wait = None if seconds == "none" else float(seconds)
                wait = int(wait) if wait is not None and wait.is_integer() else wait
                return Fault.rate_limited(wait, "text" if body == "text" else "json", **hits)
            case _ if value is not None:
                raise ValueError(f"{what} takes no value")
            case _:
                return Fault(what=what, **hits)
    except ValueError as error:
        raise ValueError(f"fault {text!r}: value {value!r} is not accepted ({error})") from error
