"""Reads Smashrun's lists: the whole history, or what was added or changed since an instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from myrunstreak.contract.events import SyncEvent
from myrunstreak.ports import Progress, Source, Store
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import CutShort, Outcome
from myrunstreak.sync_state import SyncState

# How far behind the watermark a list starts: which clock Smashrun compares, and how, is not known.
OVERLAP: Final = timedelta(days=2)
# What a first sync publishes before it goes on through the years.
EARLY: Final = timedelta(days=30)

_WALKS: Final = 3


class Walk:
    """The lists of one sync.

    Args:
        started: when the sync began, in UTC.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        observer: Observer,
        outcome: Outcome,
        progress: Progress,
        started: datetime,
    ) -> None:
        self._source = source
        self._store = store
        self._observer = observer
        self._outcome = outcome
        self._progress = progress
        self._started = started

    def run(self, event: SyncEvent, before: SyncState, *, from_scratch: bool, first: bool) -> None:
        """List what has changed and, where it is not known to be stored, the whole history."""
        self._observer.check_time()
        mark, backfill = before.last_sync_at, before.backfill
        self._outcome.history_complete = backfill.complete and not from_scratch
        resume_from = backfill.next_page if not (backfill.complete or from_scratch or event.full) else 0
        if resume_from and backfill.changes_since:
            self._outcome.next_page = resume_from
            self.changes(backfill.changes_since - OVERLAP)
            # A deletion since then has moved later runs one place forward: step back a page.
            self.history(resume_from - 1)
        elif from_scratch or event.full or mark is None or not backfill.complete:
            self.history(0, publish_early=first)
            self._outcome.read_everything = True
        else:
            self.changes(min(event.since_utc or mark, mark) - OVERLAP)

    def history(self, first_page: int, *, publish_early: bool = False) -> None:
        """Walk the whole history from a page on. What a shift of the list hides, the id list will show."""
        self._outcome.history_begun, self._outcome.history_complete = True, False
        horizon = (self._started - EARLY).date()
        for page in self._observer.timed(self._source.pages(None, first_page=first_page)):
            report = self._observer.page(page)
            self._outcome.next_page = page.number + 1
            if publish_early and report.oldest_start and report.oldest_start < horizon:
                self._progress.stage("publishing the last 30 days")
                self._outcome.published |= self._store.publish()
                publish_early = False
        self._outcome.history_complete = True

    def changes(self, since: datetime) -> None:
        """Walk what was added or changed since an instant, again where the list shifted under the walk.

        Pages are offsets: when a run is moved or deleted while pages are read, another slips past unread.
        """
        for _ in range(_WALKS):
            pages, shifted, seen = 0, False, set[int]()
            for page in self._observer.timed(self._source.pages(since)):
                report = self._observer.page(page)
                shifted = shifted or (report.changes and not seen.isdisjoint(report.activity_ids))
                seen |= report.activity_ids
                pages += 1
            self._outcome.changes_since = since if pages > 1 else None
            if not shifted:
                return
        self._outcome.warn("Smashrun's list kept changing while it was read; the next sync reads it again.")
        raise CutShort
