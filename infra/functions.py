"""What every function of the stack has in common, as plain values: its variables, its log, its right to write it."""

from __future__ import annotations

from typing import Any, Final

import pulumi
from myrunstreak.contract.settings import Settings

from infra.documents import iam

ALIAS: Final = "live"


def function_environment(settings: Settings) -> dict[str, str]:
    """A function's variables: the contract's settings, rendered. No secret is among them.

    Lambda sets `AWS_REGION` itself and accepts nobody else's.
    """
    variables = settings.to_env()
    del variables["AWS_REGION"]
    return variables


def own_policy(log_group_arn: str) -> iam.Document:
    """Logs into its own group, and traces; X-Ray's API knows no resources, hence the one `*`."""
    return iam.document(
        iam.allow("WriteItsLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group_arn}:*"]),
        iam.allow("SendTraces", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    )


def logging_config(log_group: pulumi.Input[str], log_level: str) -> dict[str, Any]:
    """JSON lines into the function's own group.

    Metrics are log lines without a level, which Lambda takes for INFO: never filter that away.
    """
    return {
        "log_format": "JSON",
        "log_group": log_group,
        "application_log_level": "DEBUG" if log_level == "DEBUG" else "INFO",
        "system_log_level": "INFO",
    }
