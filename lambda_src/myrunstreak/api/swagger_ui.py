"""The page to try out the API: Swagger UI as Powertools ships it, served from here with nothing from elsewhere.

It holds no data of the runner's and needs no key; the requests that it sends do.
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import Any, Final

_ASSETS: Final = {
    "swagger-ui.js": ("swagger-ui-bundle.min.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("swagger-ui.min.css", "text/css; charset=utf-8"),
}
_OURS: Final = {
    "page.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
PATHS: Final = frozenset({"/", "/docs/openapi.json", *(f"/docs/{name}" for name in (*_ASSETS, *_OURS))})


def answer(path: str, document: Callable[[], dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one of ``PATHS``."""
    name = path.rpartition("/")[2]
    if path == "/":
        return _own("page.html"), {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": _POLICY,
        }
    if name in _OURS:
        return _own(name), {"Content-Type": _OURS[name]}
    if name in _ASSETS:
        file, kind = _ASSETS[name]
        return _shipped(file), {"Content-Type": kind, "Cache-Control": "public, max-age=86400"}
    return json.dumps(document()).encode(), {"Content-Type": "application/json"}


def compress(body: bytes) -> str:
    """A body for an event's answer: gzip, then base64. Swagger UI is 1.7 MB without."""
    return b64encode(gzip.compress(body, 6, mtime=0)).decode()


@cache
def _own(name: str) -> bytes:
    return (resources.files("myrunstreak.api") / "static" / name).read_bytes()


@cache
def _shipped(name: str) -> bytes:
    package = resources.files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    return (package / name).read_bytes()
