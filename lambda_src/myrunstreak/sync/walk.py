"""Reads Smashrun's lists: the whole history, or what was added or changed since an instant."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from myrunstreak.contract.events import SyncEvent
from myrunstreak.errors import SourceUnavailable
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import Partial
from myrunstreak.sync.state import Listing, SyncState

# How far behind the watermark a list starts: which clock Smashrun compares, and how, is not known.
OVERLAP: Final = timedelta(days=2)
# What a first sync publishes before it goes on through the years.
EARLY: Final = timedelta(days=30)

_WALKS: Final = 3


class Walk:
    """The lists of one sync."""

    def __init__(self, context: Context, observer: Observer) -> None:
        self._context = context
        self._source = context.source
        self._observer = observer
        self._reached = context.outcome.walk

    def run(self, event: SyncEvent, before: SyncState, *, from_scratch: bool, first: bool) -> None:
        """List what has changed and, where it is not known to be stored, the whole history.

        The walk goes on where an earlier sync stopped, so that three requests a sync reach the end of any history:
        the newest page, the page before the stop (a deletion moves later runs one place forward), and a new one.
        """
        self._observer.check_time()
        mark, backfill, listing = before.last_sync_at, before.backfill, before.listing
        self._reached.history_complete = backfill.complete and not from_scratch
        if from_scratch or event.full or not _can_go_on(before):
            self.walk_history(0, publish_early=first)
            self._reached.read_everything = True
        elif not backfill.complete:
            self._reached.next_page = backfill.next_page
            self._newest_page()
            self.walk_history(backfill.next_page - 1, begun=backfill.changes_since)
            self._go_on(self._reached.listing or listing)
        elif listing.since is not None and event.since is None:
            if listing.next_page or listing.done:
                self._newest_page()
            self._go_on(listing)
        else:
            known = [moment for moment in (event.since_utc, mark, listing.since) if moment]
            self.walk_changes(min(known) - OVERLAP)

    def list_again(self) -> None:
        """After a comparison with lists of an earlier sync, list what has changed since, as far as time allows."""
        begun = self._reached.begun
        if begun is None or begun >= self._context.as_of:
            return
        self._reached.relisting = True
        try:
            self.walk_changes(begun - OVERLAP)
        except (Partial, SourceUnavailable) as end:
            if isinstance(end, Partial) and end.reason:
                self._context.outcome.warn(end.reason)
            self._reached.begun = begun
            return
        self._reached.relisting = False

    def _newest_page(self) -> None:
        """Read the newest page, so that today's run shows however far the rest has come."""
        page = next(iter(self._source.pages(None)), None)
        if page is not None:
            self._observer.observe_page(page)
        self._observer.check_time()

    def _go_on(self, listing: Listing) -> None:
        if listing.done or listing.since is None:
            self._reached.listing, self._reached.begun = listing, listing.begun
        elif listing.next_page:
            self.walk_changes(listing.since, first_page=listing.next_page - 1, begun=listing.begun)
        else:
            self.walk_changes(listing.since)

    def walk_history(
        self, first_page: int, *, begun: datetime | None = None, publish_early: bool = False
    ) -> None:
        """Walk the whole history from a page on. The id list will show what a shift of the list hides.

        Args:
            begun: when an earlier sync asked for its first page; changes since then have to be listed still.
        """
        self._reached.history_begun, self._reached.history_complete = True, False
        horizon = (self._context.started - EARLY).date()
        for page in self._observer.while_time(self._source.pages(None, first_page=first_page)):
            report = self._observer.observe_page(page)
            self._reached.next_page = page.number + 1
            if publish_early and report.oldest_start and report.oldest_start < horizon:
                self._context.progress.stage("publishing the last 30 days")
                self._context.outcome.published |= self._context.store.publish()
                publish_early = False
        self._reached.history_complete = True
        self._reached.listing = Listing(since=(begun or self._context.as_of) - OVERLAP)

    def walk_changes(self, since: datetime, *, first_page: int = 0, begun: datetime | None = None) -> None:
        """Walk what was added or changed since an instant, again where the list shifted under the walk.

        Pages are offsets: when a run is moved or deleted while pages are read, another slips past unread.

        Args:
            first_page, begun: where an earlier sync stopped, and when it began.
        """
        begun = begun or self._context.as_of
        self._reached.begun = begun
        self._reached.listing = Listing(since=since, begun=begun, next_page=first_page)
        self._observer.check_time()
        for _ in range(_WALKS):
            pages, shifted, seen = first_page, False, set[int]()
            for page in self._observer.while_time(self._source.pages(since, first_page=first_page)):
                report = self._observer.observe_page(page)
                self._reached.listing = Listing(since=since, begun=begun, next_page=page.number + 1)
                shifted = shifted or (report.changes and not seen.isdisjoint(report.activity_ids))
                seen |= report.activity_ids
                pages += 1
            self._reached.changes_since = since if pages > 1 else None
            if not shifted:
                self._reached.listing = Listing(since=since, begun=begun, done=True)
                return
            first_page = 0
            self._reached.listing = Listing(since=since, begun=begun)
        raise Partial("Smashrun's list kept changing while it was read; the next sync reads it again.")


def _can_go_on(before: SyncState) -> bool:
    """Whether the state says how far the history is stored."""
    if before.backfill.complete:
        return before.last_sync_at is not None or before.listing.since is not None
    return before.backfill.next_page > 0 and before.backfill.changes_since is not None
