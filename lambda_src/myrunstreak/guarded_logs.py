"""Keep libraries quiet and every log line free of secrets, whatever level the process around us has chosen.

Lambda's runtime sets the root logger to the function's level and prints what reaches it; at DEBUG botocore logs the
bodies of its requests and answers, tokens included. So libraries never log below INFO, and what any handler prints is
redacted: not only what our own handlers print.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Final

from myrunstreak.contract.telemetry import SERVICES
from myrunstreak.redaction import redact, remember

_OURS: Final = ("myrunstreak", "scripts", *SERVICES)
# Named, so that they are held before their first message, also where the root logger is set again later.
_LIBRARIES: Final = (
    "apprise",
    "aws_lambda_powertools",
    "aws_xray_sdk",
    "awslambdaric",
    "boto3",
    "botocore",
    "duckdb",
    "requests",
    "s3transfer",
    "urllib3",
)
# Credentials that are in the environment rather than in a secret of ours.
_SECRET_VARIABLES: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SMASHRUN_CLIENT_SECRET")


def guard_logs() -> None:
    """Apply this to every logger and handler that exists now. Doing it again changes nothing."""
    remember(*(os.environ.get(name) for name in _SECRET_VARIABLES))
    quiet_libraries()
    for handler in _handlers():
        if not getattr(handler.formatter, "redacts", False):
            handler.setFormatter(Redacting(handler.formatter))
        if not any(isinstance(kept, _NoLibraryBelowInfo) for kept in handler.filters):
            handler.addFilter(_NoLibraryBelowInfo())


def quiet_libraries() -> None:
    """Let no logger of a library write below INFO."""
    for name in _LIBRARIES:
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(logging.INFO)
    for logger in _loggers():
        if logging.NOTSET < logger.level < logging.INFO and not _is_ours(logger.name):
            logger.setLevel(logging.INFO)


class Redacting(logging.Formatter):
    """Another formatter's lines without secrets: message, fields, exception and stack."""

    redacts: Final = True

    def __init__(self, inner: logging.Formatter | None = None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))


class _NoLibraryBelowInfo(logging.Filter):
    """The last net: for a logger that was made, or set to DEBUG, after the loggers were held."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.INFO or _is_ours(record.name)


def _is_ours(name: str) -> bool:
    return any(name == ours or name.startswith(f"{ours}.") for ours in _OURS)


def _loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    for logger in list(logging.Logger.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger):
            yield logger


def _handlers() -> Iterator[logging.Handler]:
    for logger in _loggers():
        yield from logger.handlers
    if logging.lastResort is not None:
        yield logging.lastResort
