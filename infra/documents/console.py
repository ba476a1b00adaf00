"""Addresses of the AWS console in a stack's region, for mails and dashboard.

The regions are those of the common partition (``infra.config.REGIONS``); China's and the government's have consoles
at other hosts.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

# How far back a link into a log looks: an alarm of the night is read in the morning.
_LOOK_BACK_MS: Final = 24 * 3_600_000


def log_url(region: str, log_group: str) -> str:
    """A log group."""
    return f"{_cloudwatch(region)}#logsV2:log-groups/log-group/{_twice(log_group)}"


def errors_url(region: str, log_group: str) -> str:
    """The errors of the last 24 hours in a log group."""
    pattern = _twice('"ERROR"')
    return f"{log_url(region, log_group)}/log-events$3FfilterPattern$3D{pattern}$26start$3D-{_LOOK_BACK_MS}"


def dashboard_url(region: str, name: str) -> str:
    """A dashboard."""
    return f"{_cloudwatch(region)}#dashboards/dashboard/{name}"


def function_url(region: str, name: str) -> str:
    """A Lambda function."""
    return f"{_host(region)}/lambda/home?region={region}#/functions/{name}"


def queues_url(region: str) -> str:
    """The queues of the region. One queue's own page has the account in its address."""
    return f"{_host(region)}/sqs/v3/home?region={region}#/queues"


def _host(region: str) -> str:
    return f"https://{region}.console.aws.amazon.com"


def _cloudwatch(region: str) -> str:
    return f"{_host(region)}/cloudwatch/home?region={region}"


def _twice(text: str) -> str:
    # The part behind the # is encoded twice, and has $ for %.
    return quote(quote(text, safe=""), safe="").replace("%", "$")
