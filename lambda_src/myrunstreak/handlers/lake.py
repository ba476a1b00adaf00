"""The Lambda that writes a club's lake: a batch of the queue's messages, or a command by hand."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Final

from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.club_events import LakeCommand, LakeUpdate
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import LAKE_SERVICE, Metric
from myrunstreak.errors import InvalidSettings
from myrunstreak.lake.opening import Lake, open_lake
from myrunstreak.observability import Logger, ServiceMetrics, log_and_raise, make_logger, set_level

_DEFAULT_ENVIRONMENT: Final = str(Settings.model_fields["environment"].default)


def lambda_handler(event: dict[str, Any] | None, context: Any = None) -> dict[str, Any]:
    """Bring the lake up to the records that messages name; answers with the messages that have to come again.

    With a ``LakeCommand`` instead of messages it removes a runner, empties the tables, or only makes the board again;
    the answer says how many rows each table has lost, and how many members are on the board.

    Raises:
        MyRunStreakError: nothing more could be written. What was committed stays, and the same batch can come again.
    """
    metrics = ServiceMetrics(os.environ.get("ENVIRONMENT", "").strip() or _DEFAULT_ENVIRONMENT, LAKE_SERVICE)
    logger = make_logger(LAKE_SERVICE)
    try:
        settings, club = Settings.from_env(os.environ), ClubSettings.from_env(os.environ)
        set_level(logger, settings.log_level)
        logger.append_keys(request_id=getattr(context, "aws_request_id", None))
        memory_mb = int(getattr(context, "memory_limit_in_mb", 0) or 0) or None
        with open_lake(club, settings.aws_region, memory_mb=memory_mb) as lake:
            if event is not None and "Records" in event:
                return _update(lake, event["Records"], _seconds_left(context), metrics, logger)
            return _obey(lake, LakeCommand.parse(event), metrics, logger)
    except Exception as error:
        metrics.count(Metric.LAKE_FAILURES)
        log_and_raise(logger, "The lake could not be written", error)
    finally:
        metrics.flush()


def _update(
    lake: Lake,
    records: Sequence[dict[str, Any]],
    seconds_left: Callable[[], float],
    metrics: ServiceMetrics,
    logger: Logger,
) -> dict[str, Any]:
    """Apply a batch of messages. Many may be about one runner: the record is looked at once, as it is now."""
    messages: defaultdict[str, list[str]] = defaultdict(list)
    failed: list[str] = []
    for record in records:
        try:
            messages[LakeUpdate.parse(json.loads(record["body"])).runner].append(record["messageId"])
        except (InvalidSettings, ValueError) as error:
            logger.warning("A message cannot be understood", extra={"reason": str(error)})
            failed.append(record["messageId"])
    unread = len(failed)
    outcome = lake.writer.apply(messages, seconds_left)
    for runner, error in outcome.failures.items():
        logger.warning("A runner's record cannot be read", extra={"runner": runner, "reason": str(error)})
    for runner in (*outcome.failures, *outcome.left):
        failed += messages[runner]
    members = lake.publish_board()
    rows = outcome.written.inserted + outcome.written.deleted
    metrics.count(Metric.LAKE_RUNNERS, outcome.runners)
    metrics.count(Metric.LAKE_ROWS, rows)
    metrics.count(Metric.LAKE_FAILURES, len(outcome.failures) + unread)
    metrics.count(Metric.LAKE_CONFLICTS, outcome.conflicts)
    logger.info(
        "The lake is written",
        extra={
            "runners": outcome.runners,
            "unchanged": outcome.unchanged,
            "rows": rows,
            "failed": len(outcome.failures),
            "left": len(outcome.left),
            "on_board": members,
        },
    )
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def _obey(lake: Lake, command: LakeCommand, metrics: ServiceMetrics, logger: Logger) -> dict[str, Any]:
    rows: dict[str, int] = {}
    if command.remove is not None:
        rows = lake.writer.remove(command.remove)
    elif command.rebuild:
        rows = lake.writer.empty()
    metrics.count(Metric.LAKE_ROWS, sum(rows.values()))
    done = {"rows_removed": rows, "on_board": lake.publish_board()}
    logger.info("The lake has obeyed", extra={"command": command.model_dump(exclude_defaults=True), **done})
    return done


def _seconds_left(context: Any) -> Callable[[], float]:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return (lambda: float("inf")) if remaining is None else (lambda: remaining() / 1000)
