"""One sync from its beginning to its commit: the steps, in their order."""

from __future__ import annotations

from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.errors import AnotherSource, RateLimited, SourceUnavailable
from myrunstreak.sync.archive_care import ArchiveCare
from myrunstreak.sync.brake import BRAKE_WINDOW, Brake
from myrunstreak.sync.commit import Commit
from myrunstreak.sync.context import Context
from myrunstreak.sync.details import DetailFetch
from myrunstreak.sync.losses import Losses
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import Partial
from myrunstreak.sync.ownership import establish_owner
from myrunstreak.sync.reconcile import Reconciliation
from myrunstreak.sync.reread import reread
from myrunstreak.sync.state import SyncState
from myrunstreak.sync.walk import Walk


class Sync:
    """One sync. Make a new one for every invocation."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._outcome = context.outcome
        self._observer = Observer(context)
        self._care = ArchiveCare(context, self._observer)
        self._walk = Walk(context, self._observer)
        self._losses: Losses | None = None

    def run(self, event: SyncEvent) -> SyncResult:
        """Sync once.

        Raises:
            MyRunStreakError: the sync failed; what was fetched before is published, the failure is in
                the sync state, the watermark has not moved.
            AnotherSource: this is no sync of this record, whose state stays as it is.
        """
        before = self._context.state.load()
        self._context.limiter.adopt(before.request_window)
        commit = Commit(self._context, before)
        try:
            self._store.claim(self._context.source_name)
            if self._establish_owner(before) and self._catch_up():
                self._read_smashrun(event, before)
            return commit.run(self._care, self._losses)
        except AnotherSource:
            raise
        except BaseException as error:
            commit.keep_what_is_there(error)
            raise

    def _establish_owner(self, before: SyncState) -> bool:
        """Find out whose tokens these are; False where there is no time."""
        try:
            establish_owner(self._context, self._observer, before.identity)
        except Partial:
            self._outcome.end_in_part(
                "There was no time to ask Smashrun whose the tokens are; the next sync asks.",
                behind_archive=True,
            )
            return False
        return True

    def _catch_up(self) -> bool:
        """Apply what is archived and not in the database; False where there is no time for all of it."""
        self._losses = Losses(self._store.database, self._context.streak_minimum_km)
        try:
            self._store.catch_up(self._context.archive, self._observer.check_time)
        except Partial:
            self._outcome.end_in_part(
                "The record is still catching up with its archive; the next sync goes on with it.",
                behind_archive=True,
            )
            return False
        return True

    def _read_smashrun(self, event: SyncEvent, before: SyncState) -> None:
        """Walk, compare, read old pages again and fetch details, as far as time and limits allow."""
        record = self._store.database
        newest = record.newest_observation()
        self._observer.observe_after(newest)
        first = record.is_empty()
        self._outcome.restored_at = record.restored_at()
        is_older = bool(before.database_mark and (newest is None or newest < before.database_mark))
        restored = is_older or self._outcome.restored_at != before.restored_at
        if event.full:
            self._care.begin_mending()
        try:
            self._walk.run(event, before, from_scratch=first or restored, first=first)
            self._context.progress.stage("comparing with Smashrun's complete list")
            Reconciliation(self._context, self._observer, self._walk, self._brake(before)).run(event)
            self._outcome.comparison.agrees = True
            self._care.end_mending()
            self._walk.list_again()
            if not event.short:
                reread(self._context, self._observer, before.rereading)
            if event.details and not event.short:
                DetailFetch(self._context, self._observer).run()
        except Partial as end:
            self._outcome.end_in_part(end.reason)
        except SourceUnavailable as error:
            # A limit or the deadline cut in after something was fetched: that is a part, not a failure.
            cut_short = isinstance(error, RateLimited) or self._context.seconds_left() <= 0
            if not (cut_short and self._outcome.fetched):
                raise
            self._outcome.end_in_part(str(error))

    def _brake(self, before: SyncState) -> Brake:
        since = self._context.started - BRAKE_WINDOW
        return Brake(self._store.database.deleted_since(max(since, before.deletes_accepted_at or since)))
