"""The gateway of the API as plain values: its limits and its access log."""

from __future__ import annotations

import json
from typing import Any, Final

# A page sends a dozen requests at once, a script that lists eleven years of runs forty. More than forty a second would
# not help: each request reads the keys' parameter, which AWS allows an account forty times a second.
BURST: Final = 40

# Files need no sign-in, so that they have limits of their own: they cannot run up a bill, and using those up does not
# block the data. The largest of Swagger UI is 1.5 MB, which costs more to send than to ask for.
SWAGGER_FILES: Final = "GET /docs/{file}"
SWAGGER_FILES_PER_SECOND: Final = 0.02
SWAGGER_FILES_BURST: Final = 30
# The page's script, style and icons have 15 KB at most, and a browser asks for them once. Its months and years, which
# do need a sign-in, are under the same prefix.
PAGE_FILES: Final = "GET /page/{file}"
PAGE_FILES_PER_SECOND: Final = 0.5
PAGE_FILES_BURST: Final = 60

# Who asked for what, and how it ended. Neither query strings nor headers: keys come in one of them.
_ACCESS: Final = {
    "at": "$context.requestTime",
    "request_id": "$context.requestId",
    "ip": "$context.identity.sourceIp",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "length": "$context.responseLength",
    "latency_ms": "$context.responseLatency",
    "function_status": "$context.integrationStatus",
}


def access_log_format() -> str:
    """One JSON object a line, as API Gateway fills it in."""
    return json.dumps(_ACCESS)


def default_limits(requests_per_second: int) -> dict[str, Any]:
    """The limits of all callers together: the gateway answers 429 above them, and no function runs."""
    return {"throttling_rate_limit": requests_per_second, "throttling_burst_limit": BURST}


def file_limits() -> list[dict[str, Any]]:
    """The limits of the files, by their route."""
    return [
        {"route_key": route, "throttling_rate_limit": a_second, "throttling_burst_limit": burst}
        for route, a_second, burst in (
            (SWAGGER_FILES, SWAGGER_FILES_PER_SECOND, SWAGGER_FILES_BURST),
            (PAGE_FILES, PAGE_FILES_PER_SECOND, PAGE_FILES_BURST),
        )
    ]


def callers(execution_arn: str) -> str:
    """The calls that the function accepts: this API's, by any stage and route."""
    return f"{execution_arn}/*"
