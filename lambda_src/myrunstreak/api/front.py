"""The light way to a file that holds no data: an event that plainly asks for one is answered before anything is loaded.

Whatever is unusual about it, a large header or another origin, goes the way of all other requests, with the same result.
"""

from __future__ import annotations

import time

from myrunstreak.api.headers import STRICT, merge
from myrunstreak.api.pages import DOCUMENT_PATH, answer, encode, is_open

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to load than a page to answer
    from collections.abc import Mapping
    from typing import Any, Final

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
        or not isinstance(path, str)
        or path == DOCUMENT_PATH
        or not is_open(path)
        or event.get("body")
        or len(event.get("rawQueryString") or "") > 1024
        or sum(len(name) + len(str(value)) for name, value in headers.items()) > _MOST_HEADERS
        or environment.get("API_CORS_ORIGIN")
    ):
        return None
    body, own = answer(path, dict)
    accepted = {name.lower(): str(value) for name, value in headers.items()}.get("accept-encoding", "")
    text, is_base64, packing = encode(body, accepted)
    _log(method, began, environment, request_id)
    is_head = method == "HEAD"
    return {
        "statusCode": 200,
        "headers": merge(STRICT, own, packing),
        "body": "" if is_head else text,
        "isBase64Encoded": is_base64 and not is_head,
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
