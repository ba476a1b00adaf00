"""A cold function of the API, from the start of its process: light, since what is imported here is measured too."""

import os
import time
from importlib import import_module
from typing import Any


def runtime_client(started: float) -> dict[str, Any]:
    """The least: the interpreter and Lambda's runtime client."""
    import_module("awslambdaric.bootstrap")

    return {"seconds": time.time() - started}


def page(started: float) -> dict[str, Any]:
    """The same, and the answer to a request for a page that holds no data: the one to sign in."""
    import_module("awslambdaric.bootstrap")
    from myrunstreak.handlers.api import lambda_handler

    os.environ["LOG_LEVEL"] = "ERROR"
    event = {
        "rawPath": "/in",
        "requestContext": {"http": {"method": "GET"}},
        "headers": {"accept-encoding": "gzip"},
    }
    assert lambda_handler(event)["statusCode"] == 200
    return {"seconds": time.time() - started}


def data(started: float, file: str) -> dict[str, Any]:
    """The same, and the first and the second answer about the streak."""
    marks = {"interpreter": time.time()}
    import_module("awslambdaric.bootstrap")

    marks["runtime_client"] = time.time()
    from myrunstreak.handlers.api import lambda_handler

    marks["handler"] = time.time()
    os.environ |= {"DUCKDB_PATH": file, "API_PUBLIC_STATUS": "true", "LOG_LEVEL": "ERROR"}
    event = {"rawPath": "/v1/status", "requestContext": {"http": {"method": "GET"}}}
    for name in ("first_answer", "second_answer"):
        assert lambda_handler(event, _Context())["statusCode"] == 200
        marks[name] = time.time()
    parts, before = dict[str, float](), started
    for name, at in marks.items():
        parts[f"{name}_ms"], before = (at - before) * 1000, at
    return parts | {"seconds": marks["first_answer"] - started}


class _Context:
    """What Lambda says of the invocation."""

    memory_limit_in_mb = 512
    aws_request_id = "bench"
