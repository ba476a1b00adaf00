"""Errors as problem documents (RFC 9457): a status, a title, and one sentence that says what to do."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from myrunstreak.errors import InvalidQuestion, MyRunStreakError, NotInRecord, StoreUnavailable
from myrunstreak.redaction import redact

_log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"
_RETRY_AFTER_S: Final = 30
_SHOWN: Final = 60


class Problem(Exception):
    """An answer that is an error."""

    def __init__(self, status: HTTPStatus, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or {}

    @property
    def body(self) -> str:
        """The problem document."""
        return json.dumps(
            {
                "type": "about:blank",
                "title": self.status.phrase,
                "status": self.status.value,
                "detail": self.detail,
            }
        )


def unauthorised() -> Problem:
    """The same for no key, a wrong one and a revoked one."""
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "A key is needed: send it as the header Authorization: Bearer KEY.",
        {"WWW-Authenticate": 'Bearer realm="MyRunStreak"'},
    )


def not_found(path: str) -> Problem:
    """The path names nothing."""
    return Problem(HTTPStatus.NOT_FOUND, f"There is no {path[:_SHOWN]}; /v1/openapi.json lists the paths.")


def method_not_allowed() -> Problem:
    """The API is for reading."""
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD are answered here.", {"Allow": "GET, HEAD"}
    )


def too_large(size: int, largest: int) -> Problem:
    """More than one answer can carry."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        f"The answer is {size / 1e6:.1f} MB, more than the {largest / 1e6:.1f} MB that one answer can carry; ask for "
        "fewer days, or with limit=1000 and follow next_cursor.",
    )


def hidden(problem: Problem) -> Problem:
    """The same problem for a caller without a key: nothing about places and names."""
    return Problem(problem.status, "The record cannot be read at present.", problem.headers)


def problem_of(error: MyRunStreakError) -> Problem:
    """One of our errors as a problem."""
    match error:
        case InvalidQuestion():
            return Problem(HTTPStatus.BAD_REQUEST, str(error))
        case NotInRecord():
            return Problem(HTTPStatus.NOT_FOUND, str(error))
        case StoreUnavailable():
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error), {"Retry-After": str(_RETRY_AFTER_S)})
        case _:
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def problem_of_parameters(wrong: Sequence[Mapping[str, Any]]) -> Problem:
    """What is wrong with the parameters, each in a few words; ``wrong`` as pydantic describes it."""
    return Problem(HTTPStatus.BAD_REQUEST, "; ".join(map(_describe, wrong)) + ".")


def unknown_parameters(names: Sequence[str], known: Sequence[str]) -> Problem:
    """An unknown parameter is refused: a misspelt filter would otherwise change the answer in silence."""
    accepted = f"accepted: {', '.join(known)}" if known else "this path takes none"
    shown = ", ".join(name[:_SHOWN] for name in sorted(names))
    return Problem(HTTPStatus.BAD_REQUEST, f"Unknown parameter {shown}; {accepted}.")


def _describe(problem: Mapping[str, Any]) -> str:
    name, given = str(problem["loc"][-1]), problem.get("input")
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "missing":
        return f"{name} is missing"
    return f"{name} is {str(given)[:_SHOWN]!r}: {message[:1].lower()}{message[1:]}"


@contextmanager
def hide_reasons(what: str) -> Generator[None]:
    """Let a caller who is not let in yet learn nothing of what went wrong: that is for the log."""
    try:
        yield
    except MyRunStreakError as error:
        _log.warning("%s: %s", what, redact(str(error)))
        raise hidden(problem_of(error)) from None
