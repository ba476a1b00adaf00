"""The page to try out the API: Swagger UI as Powertools ships it, served from here with nothing from elsewhere.

It holds no data of the runner's and needs no key; the requests that it sends do. A cold function answers it with what is
loaded here alone: loading ``typing`` alone takes longer than the answer.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.machinery import PathFinder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
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
DOCUMENT_PATH: Final = "/docs/openapi.json"
PATHS: Final = frozenset({"/", DOCUMENT_PATH, *(f"/docs/{name}" for name in (*_ASSETS, *_OURS))})


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
    import json

    return json.dumps(document()).encode(), {"Content-Type": "application/json"}


@lru_cache(maxsize=8)
def compress(body: bytes) -> str:
    """A body for an event's answer: gzip, then base64. Swagger UI is 1.7 MB without."""
    import gzip
    from base64 import b64encode

    return b64encode(gzip.compress(body, 6, mtime=0)).decode()


@lru_cache(maxsize=8)
def _own(name: str) -> bytes:
    return _read(os.path.dirname(__file__), "static", name)  # noqa: PTH120


@lru_cache(maxsize=8)
def _shipped(name: str) -> bytes:
    # Where Powertools lies: to ask the import system for the folder within would load Powertools.
    found = PathFinder.find_spec("aws_lambda_powertools")
    [folder] = (found.submodule_search_locations if found else None) or [""]
    return _read(folder, "event_handler", "openapi", "swagger_ui", name)


def _read(*parts: str) -> bytes:
    with open(os.path.join(*parts), "rb") as file:  # noqa: PTH118, PTH123
        return file.read()
