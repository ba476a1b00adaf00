"""One request: an event of payload format 2.0, read once and held to its bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Self, cast
from urllib.parse import parse_qsl

from myrunstreak.api.problems import Problem, method_not_allowed

# The parameter that lists have beside their own.
FORMAT: Final = "format"
LONGEST_ADDRESS: Final = 4096
LARGEST_HEADERS: Final = 16_384
LARGEST_BODY: Final = 1024


@dataclass(frozen=True)
class Request:
    """One request.

    Attributes:
        parameters: names and values of the query, in their order, repeated ones too.
        headers: by name in lower case.
        cookies: by name.
        body: as it came.
    """

    method: str
    path: str
    parameters: list[tuple[str, str]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: str
    address_length: int

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self:
        """Read an event; what it leaves out is empty."""
        http = _part(_part(event, "requestContext"), "http")
        query, headers = _part(event, "queryStringParameters"), _part(event, "headers")
        raw = str(event.get("rawQueryString") or "")
        path = str(event.get("rawPath") or http.get("path") or "/")
        given = parse_qsl(raw, keep_blank_values=True) if raw else [(k, str(v)) for k, v in query.items()]
        return cls(
            method=str(http.get("method") or "GET").upper(),
            path=path,
            parameters=given,
            headers={name.lower(): str(value) for name, value in headers.items()},
            cookies=_cookies(event),
            body=_body(event),
            address_length=len(path) + len(raw),
        )

    def check_bounds(self) -> None:
        """Refuse a request larger than any question.

        Raises:
            Problem: 413, 414 or 431.
        """
        if self.address_length > LONGEST_ADDRESS:
            raise Problem(
                HTTPStatus.REQUEST_URI_TOO_LONG, f"The address is longer than {LONGEST_ADDRESS} characters."
            )
        if sum(len(name) + len(value) for name, value in self.headers.items()) > LARGEST_HEADERS:
            raise Problem(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
                f"The headers are larger than {LARGEST_HEADERS} bytes.",
            )
        if len(self.body) > LARGEST_BODY:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The request has a body of more than {LARGEST_BODY} bytes; none is needed.",
            )

    def check_method(self) -> None:
        """Refuse a method that would change something.

        Raises:
            Problem: 405.
        """
        if self.method not in {"GET", "HEAD"}:
            raise method_not_allowed()

    def asks_for_csv(self) -> bool:
        """Whether a list is to be CSV: by the parameter ``format``, or else by the header ``Accept``.

        Raises:
            Problem: 400, for another format.
        """
        chosen = dict(self.parameters).get(FORMAT)
        if chosen is None:
            return _prefers_csv(self.headers.get("accept", ""))
        if chosen not in {"json", "csv"}:
            raise Problem(HTTPStatus.BAD_REQUEST, f"format is {chosen[:20]!r}; accepted: json or csv.")
        return chosen == "csv"


def _prefers_csv(accept: str) -> bool:
    for part in accept.lower().split(","):
        kind = part.partition(";")[0].strip()
        if kind in {"application/json", "*/*", "application/*"}:
            return False
        if kind in {"text/csv", "text/*"}:
            return True
    return False


def _cookies(event: Mapping[str, Any]) -> dict[str, str]:
    """The gateway lists cookies apart from the headers; a local server leaves them there."""
    listed: object = event.get("cookies")
    texts = [str(one) for one in cast("list[object]", listed)] if isinstance(listed, list) else []
    headers = _part(event, "headers")
    texts += [str(value) for name, value in headers.items() if name.lower() == "cookie"]
    found: dict[str, str] = {}
    for one in ";".join(texts).split(";"):
        name, sign, value = one.strip().partition("=")
        if sign:
            found.setdefault(name, value.strip('"'))
    return found


def _body(event: Mapping[str, Any]) -> str:
    body = str(event.get("body") or "")
    if event.get("isBase64Encoded") and len(body) <= 2 * LARGEST_BODY:
        from base64 import b64decode

        try:
            return b64decode(body, validate=True).decode("utf-8", "replace")
        except ValueError:
            return body
    return body


def _part(of: Mapping[str, Any], name: str) -> dict[str, Any]:
    part: Any = of.get(name)
    return cast("dict[str, Any]", part) if isinstance(part, dict) else {}
