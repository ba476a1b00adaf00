"""The light way to a page: an event that plainly asks for one is answered before anything else is loaded.

Whatever is unusual about it, a large header or another origin, goes the way of all other requests, with the same result.
"""

from __future__ import annotations

import time

from myrunstreak.api.headers import STRICT, merge
from myrunstreak.api.pages import DOCUMENT_PATH, PATHS, answer, compress

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than a page to answer
    from collections.abc import Mapping
    from typing import Any, Final

_PATHS: Final = PATHS - {DOCUMENT_PATH}
_MOST_HEADERS: Final = 8_192


def answer_page(
    event: Mapping[str, Any], environment: Mapping[str, str], request_id: str | None = None
) -> dict[str, Any] | None:
    """The answer to a plain request for a page; None: the request is another one, or no plain one.

    Args:
        event: payload format 2.0.
        environment: the function's; with an origin of its own allowed, answers differ by who asks.
    """
    began = time.perf_counter()
    requested: dict[str, Any] = event.get("requestContext") or {}
    http: dict[str, Any] = requested.get("http") or {}
    method, path = str(http.get("method")), event.get("rawPath")
    headers: dict[str, Any] = event.get("headers") or {}
    if (
        method not in {"GET", "HEAD"}
        or path not in _PATHS
        or event.get("body")
        or len(event.get("rawQueryString") or "") > 1024
        or sum(len(name) + len(str(value)) for name, value in headers.items()) > _MOST_HEADERS
        or environment.get("API_CORS_ORIGIN")
    ):
        return None
    body, own = answer(path, dict)
    accepted = {name.lower(): str(value) for name, value in headers.items()}.get("accept-encoding", "")
    is_packed = "gzip" in accepted.lower()
    if is_packed:
        own |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    _log(method, began, environment, request_id)
    is_head = method == "HEAD"
    return {
        "statusCode": 200,
        "headers": merge(STRICT, own),
        "body": "" if is_head else compress(body) if is_packed else body.decode(),
        "isBase64Encoded": is_packed and not is_head,
    }


def _log(method: str, began: float, environment: Mapping[str, str], request_id: str | None) -> None:
    """The line that every answer leaves, as Powertools would write it."""
    if environment.get("LOG_LEVEL", "INFO").strip().upper() not in {"", "DEBUG", "INFO"}:
        return
    from json import dumps

    now = time.time()
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now))
    line = {
        "level": "INFO",
        "location": "answer_page",
        "message": "Answered",
        "timestamp": f"{stamp},{int(now * 1000) % 1000:03d}+0000",
        "service": "analytics-api",  # API_SERVICE of observability, which takes longer to load than this whole answer
        "request_id": request_id,
        "method": method,
        "route": "page",
        "status": 200,
        "duration_ms": round((time.perf_counter() - began) * 1000, 1),
    }
    print(dumps(line, separators=(",", ":")), flush=True)
