"""Logs, metrics and traces of the Lambda, in AWS's own formats through Powertools.

Importing it costs what logs and metrics need; the tracer, which drags the X-Ray SDK along, is loaded when
the first invocation is really traced.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from aws_lambda_powertools import Logger as Logger
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from aws_lambda_powertools.metrics import MetricUnit

from myrunstreak.contract.telemetry import API_SERVICE as API_SERVICE
from myrunstreak.contract.telemetry import MESSAGES_SERVICE as MESSAGES_SERVICE
from myrunstreak.contract.telemetry import NAMESPACE, SERVICE, Metric, dimensions
from myrunstreak.errors import ReauthorisationRequired
from myrunstreak.guarded_logs import guard_logs
from myrunstreak.redaction import redact, without_secrets

if TYPE_CHECKING:
    from myrunstreak.contract.events import SyncResult


class RedactingFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON lines with every secret removed, exceptions and all."""

    redacts = True

    def format(self, record: logging.LogRecord) -> str:
        """One JSON line."""
        return redact(super().format(record))


def make_logger(service: str = SERVICE) -> Logger:
    """A service's logger, at INFO until the settings say otherwise; the package's own loggers write through it.

    All other logs are guarded too: see ``guard_logs``.
    """
    logger = Logger(service=service, level="INFO", logger_formatter=RedactingFormatter())
    package = logging.getLogger("myrunstreak")
    package.handlers = [logger.registered_handler]
    package.propagate = False
    package.setLevel(logging.INFO)
    guard_logs()
    return logger


def set_level(logger: Logger, level: str) -> None:
    """Let the service's and the package's loggers write from this level on."""
    logger.setLevel(level)
    logging.getLogger("myrunstreak").setLevel(level)


def log_and_raise(logger: Logger, what: str, error: Exception) -> NoReturn:
    """Log an error that is being handled, and raise it without secrets: the runtime prints what is raised."""
    logger.exception(what)
    raise without_secrets(error) from None


class ServiceMetrics:
    """The metrics of one invocation; printed in CloudWatch's embedded format by ``flush``.

    Each is found under the service, and under the service and its environment: an alarm must not take
    another environment's success for its own.
    """

    def __init__(self, environment: str, service: str = SERVICE) -> None:
        self._metrics = Metrics(namespace=NAMESPACE, service=service)
        self._metrics.add_dimensions(**dimensions(environment, service))

    def count(self, metric: Metric, value: float = 1, unit: MetricUnit = MetricUnit.Count) -> None:
        """Add a value."""
        self._metrics.add_metric(name=metric.value, unit=unit, value=value)

    def flush(self) -> None:
        """Print the metrics; the next invocation starts anew."""
        self._metrics.flush_metrics()


class SyncMetrics(ServiceMetrics):
    """The metrics of a sync."""

    def report_failure(self, error: Exception) -> None:
        """Count a sync that failed."""
        self.count(Metric.SYNC_SUCCESS, 0)
        self.count(Metric.SYNC_FAILURES)
        self.count(Metric.REAUTHORISATION_NEEDED, int(isinstance(error, ReauthorisationRequired)))

    def report(self, result: SyncResult) -> None:
        """Add the figures of a sync that did not fail."""
        up_to_date = result.data_as_of is not None
        self.count(Metric.SYNC_SUCCESS, int(up_to_date))
        self.count(Metric.SYNC_FAILURES, 0)
        self.count(Metric.SYNC_PARTIAL, int(result.status == "partial"))
        self.count(Metric.RUNS_SYNCED, result.runs_new + result.runs_updated + result.runs_revived)
        self.count(Metric.RUNS_DELETED, result.runs_deleted)
        self.count(Metric.RUNS_QUARANTINED, result.runs_quarantined)
        self.count(Metric.DETAILS_PENDING, result.details_pending)
        self.count(Metric.DETAILS_STALLED, result.details_stalled_days)
        self.count(Metric.DELETES_WITHHELD, result.deletes_withheld)
        self.count(Metric.RUNS_DRIFTED, result.runs_drifted)
        self.count(Metric.ARCHIVE_OBJECTS_LOST, result.archive_objects_lost)
        self.count(Metric.STREAKS_SHORTENED, len(result.streaks_shortened))
        self.count(Metric.PAGE_FAILURES, int(result.page_failed))
        self.count(Metric.REAUTHORISATION_NEEDED, 0)
        self.count(Metric.SYNC_DURATION, result.duration_s, MetricUnit.Seconds)


def _is_traced() -> bool:
    disabled = os.environ.get("POWERTOOLS_TRACE_DISABLED", "").lower() in {"1", "true", "yes"}
    return not disabled and "Sampled=1" in os.environ.get("_X_AMZN_TRACE_ID", "")


@contextmanager
def trace(name: str, **annotations: str) -> Generator[None]:
    """A subsegment of the invocation's trace, where the invocation is traced; else nothing."""
    if not _is_traced():
        yield
        return
    from aws_lambda_powertools import Tracer

    tracer: Any = Tracer(service=SERVICE, auto_patch=False)
    tracer.patch(("botocore", "requests"))
    with tracer.provider.in_subsegment(f"## {name}"):
        for key, value in annotations.items():
            tracer.put_annotation(key, value)
        yield
