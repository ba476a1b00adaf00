"""The Lambda that keeps the record: started by the schedule, or by hand with an event."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from myrunstreak.composition import Services, open_services
from myrunstreak.contract.events import AtRest, SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import Metric
from myrunstreak.errors import AnotherRegion, MyRunStreakError, ReauthorisationRequired
from myrunstreak.observability import SyncMetrics, log_and_raise, make_logger, set_level, trace
from myrunstreak.store.sync_lock import the_only_sync

_DEFAULT_ENVIRONMENT = str(Settings.model_fields["environment"].default)
_cold = True


def lambda_handler(event: dict[str, Any] | None, context: Any = None) -> dict[str, Any]:
    """Sync once; returns the ``SyncResult``'s fields, or ``AtRest``'s where another region keeps the record.

    Raises:
        MyRunStreakError: the sync failed; Lambda counts it, tries again and alarms. No error holds a secret.
    """
    global _cold
    # Read by itself, because settings that cannot be understood are a failure to count, too.
    metrics = SyncMetrics(os.environ.get("ENVIRONMENT", "").strip() or _DEFAULT_ENVIRONMENT)
    logger = make_logger()
    metrics.count(Metric.COLD_START, int(_cold))
    _cold = False
    try:
        settings = Settings.from_env(os.environ)
        set_level(logger, settings.log_level)
        request = SyncEvent.parse(event)
        logger.append_keys(
            scheduled_time=request.scheduled_time, request_id=getattr(context, "aws_request_id", None)
        )
        seconds_left = _seconds_left(context, settings.stop_margin_s)
        memory_mb = int(getattr(context, "memory_limit_in_mb", 0) or 0) or None
        with (
            the_only_sync(settings.database),
            open_services(settings, seconds_left=seconds_left, memory_mb=memory_mb) as services,
            trace("sync", Service="sync"),
        ):
            try:
                result = services.sync(request)
                metrics.count(Metric.QUARANTINE_BACKLOG, services.store.database.quarantine_backlog())
            finally:
                _count_requests(metrics, services)
                _count_token_life(metrics, services)
        metrics.report(result)
        logger.info("Sync ended", extra={"result": result.model_dump()})
        return result.model_dump()
    except AnotherRegion as error:
        # No failure that a retry could mend: where this goes on for a day, the alarm `no-success` tells of it.
        metrics.count(Metric.SYNC_SUCCESS, 0)
        metrics.count(Metric.SYNC_FAILURES, 0)
        logger.warning(str(error))
        return AtRest(reason=str(error)).model_dump()
    except Exception as error:
        metrics.count(Metric.SYNC_SUCCESS, 0)
        metrics.count(Metric.SYNC_FAILURES)
        metrics.count(Metric.REAUTHORISATION_NEEDED, int(isinstance(error, ReauthorisationRequired)))
        log_and_raise(logger, "Sync failed", error)
    finally:
        metrics.flush()


def _count_requests(metrics: SyncMetrics, services: Services) -> None:
    metrics.count(Metric.SOURCE_REQUESTS, services.client.requests_sent)
    metrics.count(Metric.SOURCE_THROTTLES, services.client.throttles)
    metrics.count(Metric.TOKEN_REFRESHES, services.tokens.refreshes)


def _count_token_life(metrics: SyncMetrics, services: Services) -> None:
    # A measurement only: its own errors must not hide how the sync ended.
    with suppress(MyRunStreakError):
        days_left = services.tokens.status().days_left
        if days_left is not None:
            metrics.count(Metric.TOKEN_LIFE_LEFT, days_left)


def _seconds_left(context: Any, margin_s: int) -> Callable[[], float]:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return lambda: math.inf
    return lambda: remaining() / 1000 - margin_s
