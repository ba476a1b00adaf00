"""How the API's front door behaves, as plain values: how many it lets in, and what it writes down of them."""

from __future__ import annotations

import json
from typing import Any, Final

# A page asks a dozen questions at once, and a script that walks through eleven years of runs forty. Nor are more
# than forty a second of use: each request reads the keys' parameter, which AWS lets an account do as often.
BURST: Final = 40

# The files of the page to try the API out: they need no key, and the largest is 1.5 MB, which costs more to send than
# to ask for. Limited by themselves, they cannot run up a bill, and whoever uses them up keeps nobody from the data.
PAGE_FILES: Final = "GET /docs/{file}"
PAGE_FILES_PER_SECOND: Final = 0.02
PAGE_FILES_BURST: Final = 30

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
    """The limits for everybody together: what is beyond them is answered 429 by the gateway and reaches no function."""
    return {
        "throttling_rate_limit": requests_per_second,
        "throttling_burst_limit": BURST,
    }


def page_limits() -> dict[str, Any]:
    """The limits of the page's files."""
    return {
        "route_key": PAGE_FILES,
        "throttling_rate_limit": PAGE_FILES_PER_SECOND,
        "throttling_burst_limit": PAGE_FILES_BURST,
    }


def callers(execution_arn: str) -> str:
    """Whose calls the function takes: this API's, through whichever of its stages and routes."""
    return f"{execution_arn}/*"
