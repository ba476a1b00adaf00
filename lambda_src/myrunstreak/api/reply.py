"""An answer before it is written for the gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from myrunstreak.api.pages import encode
from myrunstreak.api.problems import CONTENT_TYPE, Problem
from myrunstreak.api.representation import Representation, matches
from myrunstreak.api.request import Request


@dataclass(frozen=True)
class Reply:
    """Status, body and headers, and the route that gave them.

    Attributes:
        cookies: values of Set-Cookie.
    """

    status: int
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    route: str = "problem"
    is_base64: bool = False
    cookies: tuple[str, ...] = ()


def of_problem(problem: Problem) -> Reply:
    """A problem as an answer."""
    headers = {"Content-Type": CONTENT_TYPE, **problem.headers}
    return Reply(problem.status.value, problem.body, headers)


def packed(
    request: Request,
    body: bytes,
    headers: Mapping[str, str],
    route: str,
    status: int = HTTPStatus.OK,
    cookies: tuple[str, ...] = (),
) -> Reply:
    """A body, compressed for those who take it so."""
    text, is_base64, packing = encode(body, request.headers.get("accept-encoding", ""))
    return Reply(status, text, {**headers, **packing}, route, is_base64, cookies)


def tagged(written: Representation, request: Request, route: str) -> Reply:
    """A representation, unless the caller has it already."""
    headers = {**written.headers, "ETag": written.tag}
    if matches(written.tag, request.headers.get("if-none-match")):
        headers.pop("Content-Type")
        return Reply(HTTPStatus.NOT_MODIFIED, "", headers, route)
    return Reply(HTTPStatus.OK, written.body, headers, route)
