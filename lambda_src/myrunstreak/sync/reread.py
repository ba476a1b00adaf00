"""Reads old pages again, a few a day: an edit that moves no change time is in no list of changes."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from myrunstreak.errors import ReauthorisationRequired, SourceUnavailable
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.state import Rereading

# Daily syncs in which every page is read once; with a day missed now and then, two weeks.
ROUND: Final = 13
# A second sync on the same day reads nothing again.
APART: Final = timedelta(hours=20)

_PAGE_SIZE: Final = 100
_LEAST_SECONDS: Final = 20.0
# Requests of the hour that stay for the lists of later syncs.
_RESERVED: Final = 40


def reread(context: Context, observer: Observer, before: Rereading) -> None:
    """Read the next old pages; the outcome says where the next sync goes on.

    It never ends a sync, nor makes a part of it.
    """
    # Records without an id are in the list of runs, and not in that of ids.
    listed = context.outcome.comparison.ids + context.store.database.quarantine_backlog()
    context.outcome.rereading = _reread(context, observer, before, listed)


def _reread(context: Context, observer: Observer, before: Rereading, listed: int) -> Rereading:
    now = context.as_of
    if context.outcome.walk.history_begun:
        return Rereading(at=now)
    rested = before.at is None or not timedelta(0) <= now - before.at < APART
    if not rested or not listed:
        return before
    size = before.page_size or _PAGE_SIZE
    pages = math.ceil(math.ceil(listed / size) / ROUND)
    number = before.next_page
    try:
        for _ in range(pages):
            if context.limiter.room() < _RESERVED or context.seconds_left() < _LEAST_SECONDS:
                break
            page = next(iter(context.source.pages(None, first_page=number)), None)
            if page is None:
                number = 0
                continue
            observer.observe_page(page)
            size = page.size if number == 0 else max(page.size, size)
            number = 0 if (number + 1) * size >= listed else number + 1
    except (SourceUnavailable, ReauthorisationRequired) as error:
        context.outcome.warn(f"Old pages are read again by the next sync: {error}")
        return before.model_copy(update={"next_page": number})
    return Rereading(next_page=number, page_size=size, at=now)
