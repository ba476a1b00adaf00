"""One sync of one record with its metrics: what the function of one runner and a club's worker do alike."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from myrunstreak.composition import Services, open_services
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import Metric
from myrunstreak.errors import MyRunStreakError
from myrunstreak.observability import SyncMetrics, trace
from myrunstreak.store.sync_lock import the_only_sync


@dataclass(frozen=True)
class Synced:
    """How a sync ended, and which version of the database is published."""

    result: SyncResult
    version: str


def run_sync(settings: Settings, request: SyncEvent, metrics: SyncMetrics, context: Any) -> Synced:
    """Sync once, within the time and memory that Lambda's context leaves; a failure is the caller's to count.

    Raises:
        MyRunStreakError: the sync failed.
    """
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
            version = services.store.version
        finally:
            _count_requests(metrics, services)
            _count_token_life(metrics, services)
    metrics.report(result)
    return Synced(result, version.tag if version else "")


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
