"""The Lambda that keeps the records of a club: one runner a message, each as if the others did not exist.

A message of the queue is answered with the ids of those that failed, so that only they come again; an invocation by
hand, or by the state machine that goes over all runners, raises.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from myrunstreak.club.queues import Outgoing, Queue
from myrunstreak.club.registry import Registry
from myrunstreak.club.role import acting_as
from myrunstreak.contract.club import ClubSettings, Runner, runner_settings
from myrunstreak.contract.club_events import LakeUpdate, SyncMessage
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import Metric
from myrunstreak.handlers.one_sync import Synced, run_sync
from myrunstreak.observability import Logger, SyncMetrics, log_and_raise, make_logger, set_level
from myrunstreak.redaction import remembering_for_now
from myrunstreak.store.copies.scratch import ScratchFolder
from myrunstreak.store.copies.warm import forget_warm_copies

_DEFAULT_ENVIRONMENT: Final = str(Settings.model_fields["environment"].default)
_KEYS: Final = ("runner", "scheduled_time", "request_id")
_cold = True
_registry: tuple[ClubSettings, Registry] | None = None


def lambda_handler(event: Mapping[str, Any], context: Any = None) -> dict[str, Any]:
    """Sync the runners of a batch, or the one of a ``SyncMessage``; that one's ``SyncResult`` is returned.

    Raises:
        MyRunStreakError: the sync of an invocation by hand failed. No error holds a secret.
    """
    records = event.get("Records")
    if records is None:
        return _serve(dict(event), context)
    failed: list[dict[str, str]] = []
    for record in records:
        try:
            _serve(record["body"], context)
        except Exception:
            # It is in the log already; the others of the batch are not to wait for it.
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _serve(message: str | dict[str, Any], context: Any) -> dict[str, Any]:
    """Sync one runner; the log names them, no metric does."""
    global _cold
    logger = make_logger()
    metrics = SyncMetrics(os.environ.get("ENVIRONMENT", "").strip() or _DEFAULT_ENVIRONMENT)
    metrics.count(Metric.COLD_START, int(_cold))
    _cold = False
    with _leaving_nothing():
        try:
            request = SyncMessage.parse(_read(message))
            logger.append_keys(
                runner=request.runner,
                scheduled_time=request.sync.scheduled_time,
                request_id=getattr(context, "aws_request_id", None),
            )
            return _sync(request, logger, metrics, context)
        except Exception as error:
            metrics.report_failure(error)
            log_and_raise(logger, "Sync failed", error)
        finally:
            metrics.flush()
            logger.remove_keys(_KEYS)


def _sync(request: SyncMessage, logger: Logger, metrics: SyncMetrics, context: Any) -> dict[str, Any]:
    shared, club = Settings.from_env(os.environ), ClubSettings.from_env(os.environ)
    set_level(logger, shared.log_level)
    runner = _members(club, shared.aws_region).get(request.runner)
    if runner is None or runner.left_at is not None:
        why = "There is no such runner in the club" if runner is None else "The runner has left the club"
        logger.warning("Dropped", extra={"reason": why})
        return {"status": "dropped", "reason": f"{why}: nothing was done."}
    version = ""
    try:
        synced = _sync_as(runner, shared, club, request, metrics, context)
        version = synced.version
    finally:
        # Also after a failure, which may have come after something was published.
        if club.lake_queue is not None:
            update = LakeUpdate(runner=runner.id, version=version)
            Queue(club.lake_queue, shared.aws_region).send([Outgoing(update)])
    logger.info("Sync ended", extra={"result": synced.result.model_dump()})
    return synced.result.model_dump()


def _sync_as(
    runner: Runner,
    shared: Settings,
    club: ClubSettings,
    request: SyncMessage,
    metrics: SyncMetrics,
    context: Any,
) -> Synced:
    """The sync of one runner's record, with the rights to that one only."""
    with acting_as(runner.id, club, shared.aws_region, "sync"):
        return run_sync(runner_settings(shared, club, runner), request.sync, metrics, context)


def _members(club: ClubSettings, region: str) -> Registry:
    """Who is in the club: asked for with each message, and transferred only when it has changed."""
    global _registry
    if _registry is None or _registry[0] != club:
        _registry = (club, Registry.open(club, region))
    return _registry[1]


def _read(message: str | dict[str, Any]) -> Any:
    try:
        return json.loads(message) if isinstance(message, str) else message
    except ValueError:
        return None  # no message of ours, as parsing it then says


@contextmanager
def _leaving_nothing() -> Generator[None]:
    """A fresh folder for everything temporary; afterwards nothing of the runner is left in this process."""
    before, folder = tempfile.tempdir, ScratchFolder()
    tempfile.tempdir = str(folder.path)
    try:
        with remembering_for_now():
            yield
    finally:
        tempfile.tempdir = before
        forget_warm_copies()
        folder.close()
