"""One sync from its beginning to its commit: the steps, the publication, the sync state."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from myrunstreak.contract.events import SyncEvent, SyncFigures, SyncResult
from myrunstreak.contract.freshness import Freshness
from myrunstreak.errors import MyRunStreakError, RateLimited, ReauthorisationRequired, SourceUnavailable
from myrunstreak.redaction import redacted
from myrunstreak.sync.archive_care import ArchiveCare
from myrunstreak.sync.brake import BRAKE_WINDOW, Brake
from myrunstreak.sync.details import DetailFetch
from myrunstreak.sync.log import instant_text
from myrunstreak.sync.losses import Losses
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import CutShort, Outcome
from myrunstreak.sync.ownership import Ownership
from myrunstreak.sync.ports import Archive, Limiter, NoProgress, Progress, Source, State, Store
from myrunstreak.sync.reconcile import Reconciliation
from myrunstreak.sync.reread import Reread
from myrunstreak.sync.state import DetailsProgress, LastAttempt, Listing, SyncLogRow, SyncState
from myrunstreak.sync.walk import Walk

_UNLOGGED: Final = 100

_log = logging.getLogger(__name__)


class Sync:
    """One sync. Make a new one for every invocation.

    Args:
        source, limiter: Smashrun, and the limiter that its client keeps to.
        store, archive, state: where runs, raw answers and the watermark are kept.
        source_name: short name of the record's origin; a database holds one origin's runs.
        clock: the present, aware.
        seconds_left: time until the sync has to commit.
        authorised: which consent the tokens in use come from, as `TokenManager.authorisation` says.
        streak_minimum_km: the runner's rule for a run day.
        detail_requests: most runs whose details one sync fetches; 0 turns details off.
    """

    def __init__(
        self,
        *,
        source: Source,
        limiter: Limiter,
        store: Store,
        archive: Archive,
        state: State,
        source_name: str,
        clock: Callable[[], datetime],
        seconds_left: Callable[[], float],
        detail_requests: int,
        authorised: Callable[[], str] = str,
        streak_minimum_km: float = 0.0,
        progress: Progress | None = None,
    ) -> None:
        self._source = source
        self._limiter = limiter
        self._store = store
        self._archive = archive
        self._state = state
        self._source_name = source_name
        self._clock = clock
        self._seconds_left = seconds_left
        self._detail_requests = detail_requests
        self._progress: Progress = progress or NoProgress()
        self._sync_id = uuid.uuid4().hex
        self._started = clock().astimezone(UTC)
        self._outcome = Outcome()
        self._details_before = DetailsProgress()
        self._observer = Observer(
            source,
            store,
            archive,
            clock=clock,
            seconds_left=seconds_left,
            progress=self._progress,
            authorised=authorised,
            outcome=self._outcome,
        )
        self._minimum_km = streak_minimum_km
        self._losses: Losses | None = None
        self._ownership = Ownership(source, store, archive, self._observer, self._outcome, authorised)
        self._care = ArchiveCare(store, archive, self._observer, self._outcome, clock)
        self._walk = Walk(source, store, self._observer, self._outcome, self._progress, self._started)

    def run(self, event: SyncEvent) -> SyncResult:
        """Sync once.

        Raises:
            MyRunStreakError: the sync failed; what was fetched before is published, the failure is in
                the sync state, the watermark has not moved.
        """
        before = self._state.load()
        self._details_before = before.details
        try:
            self._store.claim(self._source_name)
            result = self._sync(event, before)
        except BaseException as error:
            self._keep_what_is_there(error)
            raise
        return result

    # -- the steps --------------------------------------------------------------------------------

    def _sync(self, event: SyncEvent, before: SyncState) -> SyncResult:
        try:
            self._ownership.establish(self._source_name, before.identity)
        except CutShort:
            self._outcome.stopped_early = self._outcome.behind_archive = True
            self._outcome.warn("There was no time to ask Smashrun whose the tokens are; the next sync asks.")
            return self._commit(before)
        self._losses = Losses(self._store.database, self._minimum_km)
        try:
            self._store.catch_up(self._archive, self._observer.check_time)
        except CutShort:
            self._outcome.stopped_early = self._outcome.behind_archive = True
            self._outcome.warn(
                "The record is still catching up with its archive; the next sync goes on with it."
            )
            return self._commit(before)
        record = self._store.database
        newest = record.newest_observation()
        self._observer.stamp_after(newest)
        first = record.is_empty()
        restored = bool(before.database_mark and (newest is None or newest < before.database_mark))
        if event.full:
            self._care.begin_mending()
        try:
            self._walk.run(event, before, from_scratch=first or restored, first=first)
            self._progress.stage("comparing with Smashrun's complete list")
            Reconciliation(
                self._source, self._store, self._observer, self._outcome, self._walk, self._brake(before)
            ).run(event)
            self._outcome.list_complete = True
            self._care.end_mending()
            self._walk.list_again()
            self._reread(before)
            self._fetch_details(event)
        except CutShort:
            self._outcome.stopped_early = True
        except SourceUnavailable as error:
            # A limit or the deadline cut in after something was fetched: that is a part, not a failure.
            cut_short = isinstance(error, RateLimited) or self._seconds_left() <= 0
            if not (cut_short and self._outcome.fetched):
                raise
            self._outcome.stopped_early = True
            self._outcome.warn(str(error))
        return self._commit(before)

    def _reread(self, before: SyncState) -> None:
        # Records without an id are in the list of runs, and not in that of ids.
        listed = self._outcome.listed + self._store.database.quarantine_backlog()
        reread = Reread(
            self._source,
            self._limiter,
            self._observer,
            self._outcome,
            self._seconds_left,
            self._walk.as_of,
        )
        self._outcome.rereading = reread.run(before.rereading, listed)

    def _brake(self, before: SyncState) -> Brake:
        since = self._started - BRAKE_WINDOW
        return Brake(self._store.database.deleted_since(max(since, before.deletes_accepted_at or since)))

    @property
    def _as_of(self) -> datetime:
        """Up to when the record is Smashrun's once the sync is whole: when its lists were begun."""
        return min(self._outcome.begun or self._walk.as_of, self._walk.as_of)

    def _fetch_details(self, event: SyncEvent) -> None:
        if event.details:
            DetailFetch(
                self._source,
                self._limiter,
                self._store,
                observe=self._observer.observe,
                clock=self._clock,
                check_time=self._observer.check_time,
                seconds_left=self._seconds_left,
                progress=self._progress,
                warn=self._outcome.warn,
            ).run(self._detail_requests)

    # -- committing -------------------------------------------------------------------------------

    def _commit(self, before: SyncState) -> SyncResult:
        for text in self._store.newly_set_aside():
            self._outcome.warn(text)
        self._progress.stage("checking and publishing the database")
        unlogged = before.unlogged
        if self._losses is not None:
            self._losses.note(self._store.database, self._outcome)
        published = self._store.publish(lambda: [*unlogged, self._log_row(self._result())])
        self._outcome.published |= published
        archive_whole_at = self._care.audit(before.archive_whole_at)
        result = self._result()
        row = self._log_row(result)
        self._save_state(
            LastAttempt(
                at=self._clock(),
                status=result.status,
                error=None,
                runs_synced=result.runs_new + result.runs_updated,
            ),
            unlogged=[] if published else [*unlogged, row][-_UNLOGGED:],
            details=self._details_progress(),
            # While it catches up, what it had come to before is still what it lacks.
            database_mark=before.database_mark
            if self._outcome.behind_archive
            else self._store.database.newest_observation(),
            archive_whole_at=archive_whole_at,
        )
        return self._note_freshness(result)

    def _note_freshness(self, result: SyncResult) -> SyncResult:
        """Let readers know that the record is whole; the result, with a warning where they cannot be told."""
        if result.data_as_of is None:
            return result
        try:
            self._store.note_freshness(Freshness(data_as_of=self._as_of, last_success_at=self._clock()))
        except MyRunStreakError as error:
            # Record and state are saved: a failure now would only repeat a sync that is done. Readers see an older
            # instant meanwhile, which is the safe side, and the next sync writes the note.
            self._outcome.warn(f"The record is whole, but its readers were not told: {error}")
            return self._result()
        return result

    def _save_state(self, attempt: LastAttempt, **more: Any) -> None:
        def change(state: SyncState) -> SyncState:
            update: dict[str, Any] = {
                "last_attempt": attempt,
                "request_window": self._limiter.merge_with(state.request_window),
                "backfill": self._outcome.backfill(state.backfill, self._walk.as_of),
                "listing": self._outcome.pending(state.listing),
                **more,
            }
            if self._outcome.accepted_deletes:
                update["deletes_accepted_at"] = self._store.database.newest_observation()
            if self._outcome.rereading is not None:
                update["rereading"] = self._outcome.rereading
            if self._outcome.identity is not None:
                update["identity"] = self._outcome.identity
            if self._outcome.is_whole:
                update["last_sync_at"] = max(self._as_of, state.last_sync_at or self._as_of)
            return state.model_copy(update=update)

        self._limiter.adopt(self._state.update(change).request_window)

    def _keep_what_is_there(self, error: BaseException) -> None:
        """After a failure: publish what was fetched if that is possible, and say what happened in the state."""
        fetched = bool(self._outcome.fetched)
        if fetched and isinstance(error, (SourceUnavailable, ReauthorisationRequired, KeyboardInterrupt)):
            try:
                self._outcome.published |= self._store.publish()
            except Exception as second:
                _log.warning("What was fetched could not be published: %s", redacted(str(second)))
        text = redacted(str(error) or type(error).__name__)[:500]
        status = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        attempt = LastAttempt(at=self._clock(), status=status, error=text, runs_synced=0)
        try:
            self._outcome.list_complete = False
            if self._outcome.listing is not None:
                # What failed is listed from its beginning: which of its answers was wrong is not known.
                self._outcome.listing = Listing(since=self._outcome.listing.since)
            self._save_state(attempt)
        except Exception as second:
            _log.warning("The failure could not be recorded in the sync state: %s", redacted(str(second)))

    def _details_progress(self) -> DetailsProgress:
        return self._details_before.after(self._store.database.pending_details_count(), self._clock())

    def _result(self) -> SyncResult:
        outcome, applied = self._outcome, self._store.applied
        complete = outcome.is_whole and not outcome.stopped_early
        status: Literal["complete", "partial"] = "complete" if complete else "partial"
        return SyncResult(
            status=status,
            runs_fetched=outcome.fetched,
            runs_new=applied.new,
            runs_updated=applied.updated,
            runs_drifted=applied.drifted,
            runs_deleted=applied.deleted,
            runs_revived=applied.revived,
            runs_quarantined=applied.quarantined,
            details_fetched=applied.details,
            details_pending=self._store.database.pending_details_count(),
            details_given_up=self._store.database.given_up_details_count(),
            # Where details are turned off, none is missed.
            details_stalled_days=self._details_progress().stalled_days(self._clock())
            if self._detail_requests
            else 0.0,
            data_as_of=instant_text(self._as_of) if outcome.is_whole else None,
            duration_s=round((self._clock().astimezone(UTC) - self._started).total_seconds(), 3),
            requests=self._source.requests_sent,
            deletes_withheld=outcome.withheld,
            archive_objects_lost=outcome.archive_objects_lost,
            deletions=outcome.deletions,
            streaks_shortened=outcome.streaks_shortened,
            published=outcome.published,
            warnings=outcome.warnings,
        )

    def _log_row(self, result: SyncResult) -> SyncLogRow:
        return SyncLogRow(
            sync_id=self._sync_id,
            started_at=instant_text(self._started),
            finished_at=instant_text(self._clock()),
            **result.model_dump(include=set(SyncFigures.model_fields)),
        )
