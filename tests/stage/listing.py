"""S3 as it answers those who may list a prefix, and not the whole bucket: 403 for an object that is not there.

No emulator here does so. What goes over the proxy is real; only the answer for what is missing is changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

DENIED = (
    403,
    b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
    {"Content-Type": "application/xml"},
)


def hide_what_is_missing(method: str, pass_on: Callable[[], Any]) -> Any:
    """A fault for ``S3Proxy``: what S3 says of an object that is not there is 403, as of one that is forbidden."""
    answer = pass_on()
    return DENIED if answer[0] == 404 else answer


def forbid_reading(method: str, pass_on: Callable[[], Any]) -> Any:
    """A fault for ``S3Proxy``: objects that are there may be listed, and not read."""
    answer = pass_on()
    is_object = any(name.lower() == "x-amz-version-id" for name in answer[2])
    return DENIED if method in {"GET", "HEAD"} and is_object else hide_what_is_missing(method, lambda: answer)
