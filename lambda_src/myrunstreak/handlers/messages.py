"""The Lambda that tells the runner: started by the schedule for each reminder, and every morning."""

from __future__ import annotations

import os
from typing import Any

from myrunstreak.composition import open_messenger
from myrunstreak.contract.events import MessageEvent, MessageResult
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import Metric
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import utc_now
from myrunstreak.observability import MESSAGES_SERVICE, ServiceMetrics, log_and_raise, make_logger, set_level

_DEFAULT_ENVIRONMENT = str(Settings.model_fields["environment"].default)


class MessageFailed(MyRunStreakError):
    """A channel has not taken a message. Lambda tries again; channels that have taken it get it no second time."""


def lambda_handler(event: dict[str, Any] | None, context: Any = None) -> dict[str, Any]:
    """Tell the runner what is due; returns the ``MessageResult``'s fields.

    Raises:
        MyRunStreakError: nothing could be said, or a channel failed; Lambda counts it, tries again and alarms.
    """
    metrics = ServiceMetrics(
        os.environ.get("ENVIRONMENT", "").strip() or _DEFAULT_ENVIRONMENT, MESSAGES_SERVICE
    )
    logger = make_logger(MESSAGES_SERVICE)
    try:
        settings = Settings.from_env(os.environ)
        set_level(logger, settings.log_level)
        request = MessageEvent.parse(event)
        logger.append_keys(
            kind=request.kind,
            scheduled_time=request.scheduled_time,
            request_id=getattr(context, "aws_request_id", None),
        )
        memory_mb = int(getattr(context, "memory_limit_in_mb", 0) or 0) or None
        scheduled = request.scheduled_time or utc_now()
        told = open_messenger(settings, memory_mb=memory_mb).tell(request.kind, scheduled)
        result = MessageResult(sent=told.is_sent, reason=told.reason, state=told.state, text=told.text)
        metrics.count(Metric.MESSAGES_SENT, sum(len(delivery.sent) for _, delivery in told.said))
        metrics.count(Metric.MESSAGE_FAILURES, len(told.failures) + told.unheard)
        # What is said is the runner's own: the log holds why, not what.
        logger.info("Messages ended", extra={"result": result.model_dump(exclude={"text"})})
        if told.failures:
            raise MessageFailed(
                "Not every channel has taken the message: "
                + "; ".join(f"{name}: {why}" for name, why in told.failures.items())
            )
        return result.model_dump()
    except Exception as error:
        if not isinstance(error, MessageFailed):
            metrics.count(Metric.MESSAGE_FAILURES)
        log_and_raise(logger, "Messages failed", error)
    finally:
        metrics.flush()
