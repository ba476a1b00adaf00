"""What the simulator reads from a request, and the answers it gives."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Self
from urllib.parse import parse_qsl

from scripts import loopback
from scripts.loopback import Response

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"

_STYLE = (
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.5rem 1.5rem;margin-right:1rem}code{word-break:break-all}"
)

# Every token, refresh token and code of the simulator starts so; whatever looks like one is kept out of the
# log.
_SECRET_SHAPE = re.compile(r"sim[arc]\.[^&\s\"'/]+")
_SECRET_KEYS = frozenset({"access_token", "refresh_token", "code", "client_secret", "state", "token"})


@dataclass(frozen=True)
class Request:
    """One HTTP request. `path` is percent-encoded still; of repeated query keys the first counts."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # keys in lower case
    body: bytes = b""

    @classmethod
    def of(cls, received: loopback.Request) -> Self:
        """Read what the server has received."""
        query = first_values(received.query)
        return cls(received.method, received.path, query, received.headers, received.body)

    @property
    def short_path(self) -> str:
        """The path as faults and the log name it: without `/v1`, OAuth paths whole."""
        return self.path[3:] if self.path.startswith("/v1/") else self.path

    @property
    def bearer(self) -> str | None:
        """The token of the Authorization header; the scheme must be exactly `Bearer`."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme == "Bearer" else None

    def form(self) -> dict[str, str]:
        """The body read as form fields."""
        return first_values(self.body.decode("utf-8", "replace"))


def typed_response(
    status: int,
    body: bytes = b"",
    content_type: str = JSON_TYPE,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of one content type; an empty one says JSON, too."""
    return Response(status, body, {"Content-Type": content_type, **(headers or {})})


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """An answer with a JSON body."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return typed_response(status, body, headers=headers)


def html_response(title: str, body: str, status: int = 200) -> Response:
    """An answer with a small self-contained page; `title` is escaped here, `body` is HTML already."""
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    return typed_response(status, page.encode(), HTML_TYPE)


def first_values(text: str) -> dict[str, str]:
    """A query string or form body as a dict; of repeated keys the first counts, blank values stay."""
    values: dict[str, str] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(key, value)
    return values


def fingerprint(token: str | None) -> str | None:
    """Eight hex digits that tell tokens apart without giving them away."""
    return hashlib.sha256(token.encode()).hexdigest()[:8] if token else None


def scrub(text: str) -> str:
    """A text with everything that looks like a token or code removed."""
    return _SECRET_SHAPE.sub("***", text)


def scrubbed_query(query: Mapping[str, str]) -> dict[str, str]:
    """A query for the log: secret values replaced, the rest as sent."""
    return {
        scrub(key): "***" if key.lower() in _SECRET_KEYS else scrub(value) for key, value in query.items()
    }
