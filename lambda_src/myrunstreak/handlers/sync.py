"""The Lambda that keeps the record: started by the schedule, or by hand with an event."""

from __future__ import annotations

import os
from typing import Any

from myrunstreak.contract.events import AtRest, SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import Metric
from myrunstreak.errors import AnotherRegion
from myrunstreak.handlers.one_sync import run_sync
from myrunstreak.observability import SyncMetrics, log_and_raise, make_logger, set_level

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
        result = run_sync(settings, request, metrics, context).result
        logger.info("Sync ended", extra={"result": result.model_dump()})
        return result.model_dump()
    except AnotherRegion as error:
        # No failure that a retry could mend: where this goes on for a day, the alarm `no-success` tells of it.
        metrics.count(Metric.SYNC_SUCCESS, 0)
        metrics.count(Metric.SYNC_FAILURES, 0)
        logger.warning(str(error))
        return AtRest(reason=str(error)).model_dump()
    except Exception as error:
        metrics.report_failure(error)
        log_and_raise(logger, "Sync failed", error)
    finally:
        metrics.flush()
