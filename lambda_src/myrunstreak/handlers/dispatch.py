"""The Lambda that the schedule starts: it sends the runners of a club who are due to the queue of syncs."""

from __future__ import annotations

import os
from typing import Any

from myrunstreak.club.dispatch import Dispatched, due, messages_of
from myrunstreak.club.queues import Queue
from myrunstreak.club.registry import Registry
from myrunstreak.contract.club import ClubSettings
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.telemetry import DISPATCH_SERVICE
from myrunstreak.errors import InvalidSettings
from myrunstreak.instants import to_text, utc_now
from myrunstreak.observability import log_and_raise, make_logger, set_level
from myrunstreak.store.blobs import open_blobs


def lambda_handler(_: Any = None, context: Any = None) -> dict[str, Any]:
    """Send those who are due since the last time; returns their number and the window.

    Raises:
        MyRunStreakError: not all could be sent; the next start sends them again.
    """
    logger = make_logger(DISPATCH_SERVICE)
    logger.append_keys(request_id=getattr(context, "aws_request_id", None))
    try:
        settings, club = Settings.from_env(os.environ), ClubSettings.from_env(os.environ)
        set_level(logger, settings.log_level)
        if club.sync_queue is None:
            raise InvalidSettings(
                "SYNC_QUEUE is not set: it is the URL of the queue whose messages are syncs."
            )
        region = settings.aws_region
        dispatched = Dispatched(open_blobs(club.own_folder, region))
        window = dispatched.window(utc_now())
        runners = Registry.open(club, region).runners()
        found = due(runners, window.since, window.until)
        sent = Queue(club.sync_queue, region).send(messages_of(found))
        if not dispatched.note(window):
            logger.warning("Another dispatch was at work: runners may be synced twice, which does no harm")
        done = {"sent": sent, "since": to_text(window.since), "until": to_text(window.until)}
        logger.info("Dispatched", extra={**done, "members": len(runners)})
        return done
    except Exception as error:
        log_and_raise(logger, "The dispatch failed", error)
