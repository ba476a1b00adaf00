"""The Lambda handler in this process: its environment, what it prints, what it is given as context."""

from __future__ import annotations

import json
import logging
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from myrunstreak.contract.telemetry import SERVICE
from myrunstreak.handlers.sync import lambda_handler

from tests.stage.world import World


def now() -> datetime:
    """The real time, which the handler goes by."""
    return datetime.now(UTC).replace(microsecond=0)


@dataclass
class Context:
    """What Lambda hands over, as far as the handler looks at it."""

    milliseconds: int = 300_000
    aws_request_id: str = "request-1"
    memory_limit_in_mb: str = "512"

    def get_remaining_time_in_millis(self) -> int:
        """Time left."""
        return self.milliseconds


@dataclass
class Printed:
    """What an invocation wrote to stdout: metrics in EMF, and log lines."""

    metrics: dict[str, Any] = field(default_factory=dict[str, Any])
    emf: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    logs: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


def read_lines(text: str) -> Printed:
    """Every line is JSON: a metrics line or a log line."""
    printed = Printed()
    for line in text.splitlines():
        content = json.loads(line)
        if "_aws" in content:
            printed.emf.append(content)
            for metric in content["_aws"]["CloudWatchMetrics"][0]["Metrics"]:
                printed.metrics[metric["Name"]] = content[metric["Name"]]
        else:
            printed.logs.append(content)
    return printed


class Function:
    """The handler with a world's settings in its environment."""

    def __init__(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, value in world.settings.to_env().items():
            monkeypatch.setenv(name, value)
        self._capsys = capsys
        # The logger of an earlier test writes to what was stdout then.
        for known in logging.getLogger(SERVICE).handlers:
            if isinstance(known, logging.StreamHandler):
                known.stream = sys.stdout

    def __call__(self, event: dict[str, Any] | None = None, context: Context | None = None) -> dict[str, Any]:
        """Invoke it."""
        return lambda_handler(event, context or Context())

    def printed(self) -> Printed:
        """What was printed since the last look; stderr stays empty."""
        captured = self._capsys.readouterr()
        assert "" == captured.err
        return read_lines(captured.out)
