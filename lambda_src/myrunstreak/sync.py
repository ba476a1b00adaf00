"""The sync: fetch what is new, changed or deleted on Smashrun, keep it, publish it, move the watermark.

Order is what makes it safe: an answer is archived before it is stored, the database is published before
the watermark moves, and nothing is marked deleted unless a clean walk and a complete id list say so twice.
Killed anywhere, the next sync finds what is archived, lists the same window again and ends with the rows of
an undisturbed one.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.freshness import Freshness
from myrunstreak.detail_fetch import DetailFetch
from myrunstreak.errors import (
    MyRunStreakError,
    NotFound,
    RateLimited,
    ReauthorisationRequired,
    SourceUnavailable,
)
from myrunstreak.ports import (
    Archive,
    Kind,
    Limiter,
    ListPage,
    NobodyWatches,
    Progress,
    RawObject,
    Source,
    State,
    Store,
)
from myrunstreak.raw_json import as_json, json_array
from myrunstreak.redaction import redacted
from myrunstreak.stamps import Stamps
from myrunstreak.sync_log import instant_text, log_rows
from myrunstreak.sync_state import Backfill, LastAttempt, SyncState

# How far behind the watermark a list starts: which clock Smashrun compares, and how, is not known.
OVERLAP: Final = timedelta(days=2)
# How far our clock and Smashrun's may differ before ours counts as wrong.
CLOCKS_APART: Final = timedelta(hours=1)
# What a first sync publishes before it goes on through the years.
EARLY: Final = timedelta(days=30)
# The brake: more runs than both of these do not vanish at once without being accepted.
BRAKE_RUNS: Final = 10
BRAKE_SHARE: Final = 0.05

_SINGLY: Final = 20
_SINGLY_AT_MOST: Final = 60
_WALKS: Final = 3
_UNLOGGED: Final = 100

_log = logging.getLogger(__name__)


class _OutOfTime(Exception):
    """Time or the hour's requests are used up: commit what is there."""


@dataclass
class _Tally:
    """What one sync did, beyond what the store counts."""

    seen: set[int]
    malformed: int = 0
    next_page: int = 0
    read_everything: bool = False
    changes_since: datetime | None = None
    history_begun: bool = False
    history_complete: bool = False
    list_complete: bool = False
    stopped_early: bool = False
    withheld: int = 0
    published: bool = False
    warnings: list[str] | None = None

    def warn(self, text: str) -> None:
        """Note something that the runner should know."""
        _log.warning(text)
        self.warnings = [*(self.warnings or []), text]


class Sync:
    """One sync. Make a new one for every invocation.

    Args:
        source, limiter: Smashrun, and the limiter that its client keeps to.
        store, archive, state: where runs, raw answers and the watermark are kept.
        source_name: short name of the record's origin; a database holds one origin's runs.
        clock: the present, aware.
        seconds_left: time until the sync has to commit.
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
        self._progress: Progress = progress or NobodyWatches()
        self._sync_id = uuid.uuid4().hex
        self._started = clock().astimezone(UTC)
        self._tally = _Tally(set())
        self._stamps = Stamps(clock, None)

    def run(self, event: SyncEvent) -> SyncResult:
        """Sync once.

        Raises:
            MyRunStreakError: the sync failed; what was fetched before is published, the failure is in
                the sync state, the watermark has not moved.
        """
        before = self._state.load()
        try:
            self._store.claim(self._source_name)
            result = self._sync(event, before)
        except BaseException as error:
            self._keep_what_is_there(error)
            raise
        return result

    # -- the steps --------------------------------------------------------------------------------

    def _sync(self, event: SyncEvent, before: SyncState) -> SyncResult:
        self._store.catch_up(self._archive)
        record = self._store.database
        newest = record.newest_observation()
        self._stamps = Stamps(self._present, newest)
        first = record.is_empty()
        restored = bool(before.database_mark and (newest is None or newest < before.database_mark))
        try:
            self._walk(event, before, from_scratch=first or restored, first=first)
            self._reconcile(event)
            self._tally.list_complete = True
            self._fetch_details(event)
        except _OutOfTime:
            self._tally.stopped_early = True
        except SourceUnavailable as error:
            # A limit or the deadline cut in after something was fetched: that is a part, not a failure.
            cut_short = isinstance(error, RateLimited) or self._seconds_left() <= 0
            if not (cut_short and (self._tally.seen or self._tally.malformed)):
                raise
            self._tally.stopped_early = True
            self._tally.warn(str(error))
        return self._commit(before)

    def _walk(self, event: SyncEvent, before: SyncState, *, from_scratch: bool, first: bool) -> None:
        """List what has changed and, where it is not known to be stored, the whole history."""
        self._check_time()
        mark, backfill = before.last_sync_at, before.backfill
        self._tally.history_complete = backfill.complete and not from_scratch
        resume_from = backfill.next_page if not (backfill.complete or from_scratch or event.full) else 0
        if resume_from and backfill.changes_since:
            self._tally.next_page = resume_from
            self._walk_changes(backfill.changes_since - OVERLAP)
            # A deletion since then has moved later runs one place forward: step back a page.
            self._walk_history(resume_from - 1)
        elif from_scratch or event.full or mark is None or not backfill.complete:
            self._walk_history(0, publish_early=first)
            self._tally.read_everything = True
        else:
            self._walk_changes(min(event.since_utc or mark, mark) - OVERLAP)

    def _walk_history(self, first_page: int, *, publish_early: bool = False) -> None:
        """Walk the whole history from a page on. What a shift of the list hides, the id list will show."""
        self._tally.history_begun, self._tally.history_complete = True, False
        horizon = (self._started - EARLY).date()
        for page in self._timed(self._source.pages(None, first_page=first_page)):
            report = self._observe_page(page)
            self._tally.next_page = page.number + 1
            if publish_early and report.oldest_start and report.oldest_start < horizon:
                self._progress.stage("publishing the last 30 days")
                self._tally.published |= self._store.publish()
                publish_early = False
        self._tally.history_complete = True

    def _walk_changes(self, since: datetime) -> None:
        """Walk what was added or changed since an instant, again where the list shifted under the walk.

        Pages are offsets: when a run is moved or deleted while pages are read, another slips past unread.
        """
        for _ in range(_WALKS):
            pages, shifted, seen = 0, False, set[int]()
            for page in self._timed(self._source.pages(since)):
                report = self._observe_page(page)
                shifted = shifted or (report.changes and not seen.isdisjoint(report.activity_ids))
                seen |= report.activity_ids
                pages += 1
            self._tally.changes_since = since if pages > 1 else None
            if not shifted:
                return
        self._tally.warn("Smashrun's list kept changing while it was read; the next sync reads it again.")
        raise _OutOfTime

    def _present(self) -> datetime:
        """The present; by Smashrun's clock where ours has jumped: what is stored with it stays for good."""
        ours, theirs = self._clock().astimezone(UTC), self._source.server_time
        return theirs if theirs and abs(ours - theirs) > CLOCKS_APART else ours

    @property
    def _as_of(self) -> datetime:
        """When this sync began to list; by Smashrun's clock where ours runs ahead of it."""
        return min(self._started, self._source.server_time or self._started)

    def _timed(self, pages: Iterable[ListPage]) -> Iterable[ListPage]:
        """The pages, as long as there is time for another request."""
        for page in pages:
            yield page
            self._check_time()

    def _check_time(self) -> None:
        if self._seconds_left() <= 0:
            raise _OutOfTime

    def _observe_page(self, page: ListPage) -> Any:
        draft = self._archive.draft(page.form, page.body, self._stamps.next())
        report = self._store.observe_page(draft, self._archive.add)
        self._tally.seen |= report.activity_ids
        self._tally.malformed += report.malformed
        self._progress.listed(len(self._tally.seen))
        return report

    def _reconcile(self, event: SyncEvent) -> None:
        """Hold the store against Smashrun's complete id list: fetch what is missing, mark what is gone."""
        self._check_time()
        self._progress.stage("comparing with Smashrun's complete list")
        record = self._store.database
        ids = self._source.ids()
        if len(self._missing(ids)) > _SINGLY:
            self._walk_history(0)
        missing = sorted(self._missing(ids), reverse=True)
        self._fetch_singly(missing[:_SINGLY_AT_MOST])
        if len(missing) > _SINGLY_AT_MOST:
            self._tally.warn(
                f"Smashrun names {len(missing)} runs that its lists do not show; {_SINGLY_AT_MOST} of them were "
                "fetched one by one, the next syncs fetch the others."
            )
            raise _OutOfTime
        live, quarantined = record.live_ids(), record.quarantined_ids()
        vanished = (live | quarantined) - ids
        if vanished:
            # One short answer must not delete anything: what is gone is gone twice.
            self._check_time()
            vanished -= self._source.ids()
        if vanished and self._tally.changes_since:
            # They may have gone while pages were read, and another run may have slipped past.
            self._walk_changes(self._tally.changes_since)
        gone = len(vanished & live)
        if gone > BRAKE_RUNS and gone > BRAKE_SHARE * len(live) and not event.accept_deletes:
            self._tally.withheld = gone
            self._tally.warn(
                f"{gone} of {len(live)} runs are missing on Smashrun. None was marked deleted: if they are really gone, "
                'run the sync with {"accept_deletes": true} (`myrunstreak sync --accept-deletes`).'
            )
            vanished.clear()
        returned = record.deleted_ids() & ids
        if vanished or returned:
            self._observe("deletions", as_json({"vanished": sorted(vanished), "returned": sorted(returned)}))

    def _missing(self, ids: frozenset[int]) -> set[int]:
        """Runs that exist on Smashrun and that this sync should have read, but did not."""
        record = self._store.database
        unknown = set(ids) - record.live_ids() - record.deleted_ids() - record.quarantined_ids()
        unread = (
            ids - self._tally.seen - record.quarantined_ids() if self._tally.read_everything else set[int]()
        )
        return unknown | unread

    def _fetch_singly(self, missing: Sequence[int]) -> None:
        """Fetch runs that a walk did not show: a shift of the list hid them, or they came after it."""
        bodies: list[bytes] = []
        try:
            for activity_id in missing:
                self._check_time()
                with suppress(NotFound):  # deleted since the list was read
                    bodies.append(self._source.detail(activity_id))
        finally:
            if bodies:
                draft = self._archive.draft("extended", json_array(bodies), self._stamps.next())
                self._tally.seen |= self._store.observe_page(draft, self._archive.add).activity_ids

    def _fetch_details(self, event: SyncEvent) -> None:
        if event.details:
            DetailFetch(
                self._source,
                self._limiter,
                self._store,
                observe=self._observe,
                check_time=self._check_time,
                seconds_left=self._seconds_left,
                progress=self._progress,
                warn=self._tally.warn,
            ).run(self._detail_requests)

    def _observe(self, kind: Kind, body: bytes) -> None:
        draft: RawObject = self._archive.draft(kind, body, self._stamps.next())
        self._store.observe(draft, self._archive.add)

    # -- committing -------------------------------------------------------------------------------

    def _commit(self, before: SyncState) -> SyncResult:
        self._progress.stage("checking and publishing the database")
        unlogged: list[dict[str, Any]] = getattr(before, "unlogged", None) or []
        published = self._store.publish(lambda: log_rows([*unlogged, self._log_row(self._result())]))
        self._tally.published |= published
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
            database_mark=self._store.database.newest_observation(),
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
            self._tally.warn(f"The record is whole, but its readers were not told: {error}")
            return self._result()
        return result

    def _save_state(self, attempt: LastAttempt, **more: Any) -> None:
        def change(state: SyncState) -> SyncState:
            update: dict[str, Any] = {
                "last_attempt": attempt,
                "request_window": self._limiter.window(),
                "backfill": self._backfill(state.backfill),
                **more,
            }
            if self._tally.list_complete and self._tally.history_complete:
                update["last_sync_at"] = max(self._as_of, state.last_sync_at or self._as_of)
            return state.model_copy(update=update)

        self._state.update(change)

    def _backfill(self, stored: Backfill) -> Backfill:
        if self._tally.history_complete and self._tally.list_complete:
            return Backfill(next_page=0, complete=True, changes_since=None)
        if not self._tally.history_begun:
            return stored
        # Changes from the beginning of the walk on are listed first when it is resumed.
        since = stored.changes_since if stored.next_page and not stored.complete else self._as_of
        return Backfill(next_page=self._tally.next_page, complete=False, changes_since=since)

    def _keep_what_is_there(self, error: BaseException) -> None:
        """After a failure: publish what was fetched if that is possible, and say what happened in the state."""
        fetched = bool(self._tally.seen or self._tally.malformed)
        if fetched and isinstance(error, (SourceUnavailable, ReauthorisationRequired, KeyboardInterrupt)):
            try:
                self._tally.published |= self._store.publish()
            except Exception as second:
                _log.warning("What was fetched could not be published: %s", redacted(str(second)))
        text = redacted(str(error) or type(error).__name__)[:500]
        status = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        attempt = LastAttempt(at=self._clock(), status=status, error=text, runs_synced=0)
        try:
            self._tally.list_complete = False
            self._save_state(attempt)
        except Exception as second:
            _log.warning("The failure could not be recorded in the sync state: %s", redacted(str(second)))

    def _result(self) -> SyncResult:
        tally, applied = self._tally, self._store.applied
        complete = tally.list_complete and tally.history_complete and not tally.stopped_early
        status: Literal["complete", "partial"] = "complete" if complete else "partial"
        return SyncResult(
            status=status,
            runs_fetched=len(tally.seen) + tally.malformed,
            runs_new=applied.new,
            runs_updated=applied.updated,
            runs_deleted=applied.deleted,
            runs_revived=applied.revived,
            runs_quarantined=applied.quarantined,
            details_fetched=applied.details,
            details_pending=self._store.database.pending_details_count(),
            data_as_of=instant_text(self._as_of) if tally.list_complete and tally.history_complete else None,
            duration_s=round((self._clock().astimezone(UTC) - self._started).total_seconds(), 3),
            requests=self._source.requests_sent,
            deletes_withheld=tally.withheld,
            published=tally.published,
            warnings=tally.warnings or [],
        )

    def _log_row(self, result: SyncResult) -> dict[str, Any]:
        return {
            "sync_id": self._sync_id,
            "started_at": instant_text(self._started),
            "finished_at": instant_text(self._clock()),
            **result.model_dump(
                include={
                    "status",
                    "runs_fetched",
                    "runs_new",
                    "runs_updated",
                    "runs_deleted",
                    "runs_revived",
                    "runs_quarantined",
                    "details_fetched",
                    "details_pending",
                    "requests",
                    "data_as_of",
                }
            ),
        }
