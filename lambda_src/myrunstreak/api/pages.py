"""Files that hold no data of the runner's and need no key: what every page shares, the page to sign in, Swagger UI.

Swagger UI is served as Powertools ships it, with nothing from elsewhere. A cold function answers a file with what is
loaded here alone: loading ``typing`` alone takes longer than the answer.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.machinery import PathFinder

from myrunstreak.api.headers import PAGE
from myrunstreak.page import assets

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
SIGN_IN_PATH: Final = "/in"
DOCUMENT_PATH: Final = "/docs/openapi.json"
_DOCS: Final = ("/docs", "/docs/")
# Browsers ask for it where a page names no icon, such as beside a body of JSON; each takes a PNG under that name.
_FAVICON: Final = "/favicon.ico"
PATHS: Final = frozenset(
    {SIGN_IN_PATH, DOCUMENT_PATH, _FAVICON, *_DOCS, *(f"/docs/{name}" for name in (*_ASSETS, *_OURS))}
)
_SHARED: Final = "/page/"


def is_open(path: str) -> bool:
    """Whether a path names such a file."""
    return path in PATHS or (path.startswith(_SHARED) and assets.find(path[len(_SHARED) :]) is not None)


def answer(path: str, document: Callable[[], dict[str, Any]]) -> tuple[bytes, dict[str, str]]:
    """Body and headers of a path that ``is_open``."""
    name = path.rpartition("/")[2]
    if path == SIGN_IN_PATH:
        return assets.read(assets.SIGN_IN), {"Content-Type": "text/html; charset=utf-8", **PAGE}
    if path == _FAVICON:
        return assets.read(assets.ICON), assets.headers(assets.ICON, assets.ICON)
    if path.startswith(_SHARED):
        asset = assets.find(name) or ""
        return assets.read(asset), assets.headers(asset, name) | (PAGE if asset == assets.WORKER else {})
    if path in _DOCS:
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


def encode(body: bytes, accept_encoding: str) -> tuple[str, bool, dict[str, str]]:
    """A body for an event's answer: its text, whether that is base64, and the headers that say how it is packed."""
    if "gzip" in accept_encoding.lower():
        return _compress(body), True, {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    try:
        return body.decode(), False, {}
    except UnicodeDecodeError:
        from base64 import b64encode

        return b64encode(body).decode(), True, {}


@lru_cache(maxsize=16)
def _compress(body: bytes) -> str:
    """Gzip, then base64. Swagger UI is 1.7 MB without."""
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
