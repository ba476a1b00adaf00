"""The one way to boto3, loaded when AWS is first asked."""

from __future__ import annotations

from typing import Any

from myrunstreak.guarded_logs import quiet_libraries


def aws_session() -> Any:
    """A boto3 session whose libraries log nothing below INFO: at DEBUG they log bodies, with the secrets in them."""
    import boto3

    quiet_libraries()
    return boto3.session.Session()
