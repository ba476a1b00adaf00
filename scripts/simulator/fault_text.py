"""Faults written as text, for the command line: `KIND[=VALUE][@AT][xTIMES][:PATH]`."""

from __future__ import annotations

import re
from typing import get_args

from .faults import Fault, What

_SHAPE = re.compile(
    r"(?P<what>[a-z_]+)(?:=(?P<value>[0-9a-z.,]+?))?(?:@(?P<at>\d+))?(?:x(?P<times>\d+|\*))?(?::(?P<path>/.*))?"
)
KINDS: tuple[What, ...] = tuple(kind for kind in get_args(What) if kind != "call")
_BY_NAME: dict[str, What] = {str(kind): kind for kind in KINDS}

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
    what = _BY_NAME.get(match["what"])
    if what is None:
        raise ValueError(f"fault {text!r}: unknown kind, expected one of {', '.join(KINDS)}")
    path, at, value = match["path"] or "", int(match["at"] or 0), match["value"]
    times = None if match["times"] == "*" else int(match["times"] or 1)
    if times == 0:
        raise ValueError(f"fault {text!r}: x0 would never happen")
    try:
        match what:
            case "status":
                code = int(value or 500)
                if not 200 <= code <= 599:
                    raise ValueError("no such HTTP status")
                return Fault.status(code, path=path, at=at, times=times)
            case "slow":
                return Fault.slow(float(value or 5), path=path, at=at, times=times)
            case "short_list":
                return Fault.short_list(int(value or 1), path=path, at=at, times=times)
            case "rate_limited":
                seconds, _, body = (value or "none").partition(",")
                if body not in ("", "text", "json"):
                    raise ValueError("the body is text or json")
                wait = None if seconds == "none" else float(seconds)
                wait = int(wait) if wait is not None and wait.is_integer() else wait
                return Fault.rate_limited(
                    wait, "text" if body == "text" else "json", path=path, at=at, times=times
                )
            case _ if value is not None:
                raise ValueError(f"{what} takes no value")
            case _:
                return Fault(what=what, path=path, at=at, times=times)
    except ValueError as error:
        raise ValueError(f"fault {text!r}: value {value!r} is not accepted ({error})") from error
