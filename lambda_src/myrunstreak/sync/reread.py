"""Reads old pages again in turn: an edit that moves no change time is in no list of changes."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from myrunstreak.errors import ReauthorisationRequired, SourceUnavailable
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import CutShort, Outcome
from myrunstreak.sync.ports import Limiter, Source
from myrunstreak.sync.state import Rereading

# Daily syncs in which every page is read once: with a day left out now and then, two weeks.
ROUND: Final = 13
# A second sync on the same day reads nothing again, nor does one after a walk through the whole history.
APART: Final = timedelta(hours=20)

_PAGE_SIZE: Final = 100
_LEAST_SECONDS: Final = 20.0
# Requests of the hour that are left to the lists of later syncs.
_RESERVED: Final = 40


class Reread:
    """The pages that one sync reads again; it never ends a sync, nor makes a part of it.

    Args:
        seconds_left: time until the sync has to commit.
        now: when this sync began, in UTC.
    """

    def __init__(
        self,
        source: Source,
        limiter: Limiter,
        observer: Observer,
        outcome: Outcome,
        seconds_left: Callable[[], float],
        now: datetime,
    ) -> None:
        self._source = source
        self._limiter = limiter
        self._observer = observer
        self._outcome = outcome
        self._seconds_left = seconds_left
        self._now = now

    def run(self, before: Rereading, listed: int) -> Rereading:
        """Read the next pages; where the next sync goes on.

        Args:
            listed: how many records Smashrun's whole list has.
        """
        if self._outcome.history_begun:
            return Rereading(at=self._now)
        rested = before.at is None or not timedelta(0) <= self._now - before.at < APART
        if not rested or not listed:
            return before
        size = before.page_size or _PAGE_SIZE
        pages = math.ceil(math.ceil(listed / size) / ROUND)
        number = before.next_page
        try:
            for _ in range(pages):
                if self._limiter.room() < _RESERVED or self._seconds_left() < _LEAST_SECONDS:
                    break
                page = next(iter(self._source.pages(None, first_page=number)), None)
                if page is None:
                    number = 0
                    continue
                self._observer.page(page)
                size = page.size if number == 0 else max(page.size, size)
                number = 0 if (number + 1) * size >= listed else number + 1
        except (CutShort, SourceUnavailable, ReauthorisationRequired) as error:
            self._outcome.warn(f"Old pages are read again by the next sync: {error}")
            return before.model_copy(update={"next_page": number})
        return Rereading(next_page=number, page_size=size, at=self._now)
