"""The commit: the checked database is published, then the watermark moves, then readers learn how fresh it is."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from myrunstreak.contract.events import SyncFigures, SyncResult
from myrunstreak.contract.freshness import Freshness
from myrunstreak.errors import MyRunStreakError, ReauthorisationRequired, SourceUnavailable
from myrunstreak.redaction import redact
from myrunstreak.sync.archive_care import ArchiveCare
from myrunstreak.sync.context import Context
from myrunstreak.sync.losses import Losses
from myrunstreak.sync.state import DetailsProgress, LastAttempt, Listing, SyncLogRow, SyncState

# Syncs with nothing to publish whose rows wait for the next publication.
_UNLOGGED: Final = 100
_ERROR_LENGTH: Final = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Kept:
    """Fields of the state that only a sync that did not fail moves."""

    database_mark: datetime | None
    restored_at: str | None
    details: DetailsProgress
    archive_whole_at: datetime | None
    unlogged: list[SyncLogRow]


class Commit:
    """The end of one sync, good or bad.

    Args:
        before: the state that the sync began with.
    """

    def __init__(self, context: Context, before: SyncState) -> None:
        self._context = context
        self._store = context.store
        self._outcome = context.outcome
        self._before = before
        self._sync_id = uuid.uuid4().hex

    def run(self, care: ArchiveCare, losses: Losses | None) -> SyncResult:
        """Publish the record and move the watermark.

        Args:
            losses: the record as it was before the sync, None where nothing was changed.
        """
        for text in self._store.newly_set_aside():
            self._outcome.warn(text)
        self._context.progress.stage("checking and publishing the database")
        unlogged = self._before.unlogged
        if losses is not None:
            losses.note(self._store.database, self._outcome)

        def log() -> list[SyncLogRow]:
            self._check_for_a_restore()
            return [*unlogged, self._log_row(self._result())]

        published = self._store.publish(log)
        self._outcome.published |= published
        archive_whole_at = care.audit(self._before.archive_whole_at)
        result = self._result()
        row = self._log_row(result)
        self._save_state(
            LastAttempt(
                at=self._context.now(),
                status=result.status,
                runs_synced=result.runs_new + result.runs_updated,
            ),
            _Kept(
                # While it catches up, what it had come to before is still what it lacks.
                database_mark=self._before.database_mark
                if self._outcome.behind_archive
                else self._store.database.newest_observation(),
                restored_at=self._before.restored_at
                if self._outcome.behind_archive
                else self._outcome.restored_at,
                details=self._details_progress(),
                archive_whole_at=archive_whole_at,
                unlogged=[] if published else [*unlogged, row][-_UNLOGGED:],
            ),
        )
        return self._note_freshness(result)

    def keep_what_is_there(self, error: BaseException) -> None:
        """After a failure: publish what was fetched if that is possible, and note the error in the state."""
        outcome = self._outcome
        if outcome.fetched and isinstance(
            error, SourceUnavailable | ReauthorisationRequired | KeyboardInterrupt
        ):
            try:
                outcome.published |= self._store.publish()
            except Exception as second:
                _log.warning("What was fetched could not be published: %s", redact(str(second)))
        text = redact(str(error) or type(error).__name__)[:_ERROR_LENGTH]
        status = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        try:
            outcome.comparison.agrees = False
            if outcome.walk.listing is not None:
                # What failed is listed from its beginning: which of its answers was wrong is not known.
                outcome.walk.listing = Listing(since=outcome.walk.listing.since)
            self._save_state(LastAttempt(at=self._context.now(), status=status, error=text))
        except Exception as second:
            _log.warning("The failure could not be recorded in the sync state: %s", redact(str(second)))

    def _check_for_a_restore(self) -> None:
        """Call the record whole no more where another database was put in its place meanwhile.

        What the archive has lost is in neither: the next sync walks the whole history.
        """
        outcome = self._outcome
        if not outcome.behind_archive and self._store.database.restored_at() != outcome.restored_at:
            outcome.comparison.agrees = False
            outcome.end_in_part(
                "The database was restored while this sync was under way; the next sync reads everything again."
            )

    @property
    def _complete_until(self) -> datetime:
        """Up to when the record is Smashrun's once the sync is whole: when its lists were begun."""
        as_of = self._context.as_of
        return min(self._outcome.walk.begun or as_of, as_of)

    def _save_state(self, attempt: LastAttempt, kept: _Kept | None = None) -> None:
        outcome, limiter = self._outcome, self._context.limiter

        def change(stored: SyncState) -> SyncState:
            mark = stored.last_sync_at
            if outcome.is_whole:
                mark = max(self._complete_until, mark or self._complete_until)
            accepted_at = stored.deletes_accepted_at
            if outcome.comparison.accepted_deletes:
                accepted_at = self._store.database.newest_observation()
            rest = kept or stored
            return SyncState(
                last_sync_at=mark,
                last_attempt=attempt,
                backfill=outcome.next_backfill(stored.backfill, self._context.as_of),
                listing=outcome.next_listing(stored.listing),
                rereading=outcome.rereading or stored.rereading,
                deletes_accepted_at=accepted_at,
                identity=outcome.identity or stored.identity,
                request_window=limiter.merge_with(stored.request_window),
                database_mark=rest.database_mark,
                restored_at=rest.restored_at,
                details=rest.details,
                archive_whole_at=rest.archive_whole_at,
                unlogged=rest.unlogged,
                **(stored.model_extra or {}),  # what a newer program keeps there
            )

        limiter.adopt(self._context.state.update(change).request_window)

    def _note_freshness(self, result: SyncResult) -> SyncResult:
        """Let readers know that the record is whole; the result, with a warning where that fails."""
        if result.data_as_of is None:
            return result
        try:
            self._store.note_freshness(
                Freshness(
                    data_as_of=self._complete_until,
                    last_success_at=self._context.now(),
                    database_mark=self._store.database.newest_observation(),
                    restored_at=self._outcome.restored_at,
                )
            )
        except MyRunStreakError as error:
            # Record and state are saved: a failure now would only repeat a sync that is done. Readers see an older
            # instant meanwhile, which is the safe side, and the next sync writes the note.
            self._outcome.warn(f"The record is whole, but its readers were not told: {error}")
            return self._result()
        return result

    def _details_progress(self) -> DetailsProgress:
        pending = self._store.database.pending_details_count()
        return self._before.details.after(pending, self._context.now())

    def _result(self) -> SyncResult:
        outcome, applied, record = self._outcome, self._store.applied, self._store.database
        # Where details are turned off, none is missed.
        stalled_days = (
            self._details_progress().stalled_days(self._context.now())
            if self._context.detail_requests
            else 0.0
        )
        return SyncResult(
            status="complete" if outcome.is_whole and not outcome.partial else "partial",
            runs_fetched=outcome.fetched,
            runs_new=applied.new,
            runs_updated=applied.updated,
            runs_drifted=applied.drifted,
            runs_deleted=applied.deleted,
            runs_revived=applied.revived,
            runs_quarantined=applied.quarantined,
            details_fetched=applied.details,
            details_pending=record.pending_details_count(),
            details_given_up=record.given_up_details_count(),
            details_stalled_days=stalled_days,
            data_as_of=_text(self._complete_until) if outcome.is_whole else None,
            duration_s=round((self._context.now() - self._context.started).total_seconds(), 3),
            requests=self._context.source.requests_sent,
            deletes_withheld=outcome.comparison.withheld,
            archive_objects_lost=outcome.archive_objects_lost,
            deletions=outcome.deletions,
            streaks_shortened=outcome.streaks_shortened,
            published=outcome.published,
            warnings=outcome.warnings,
        )

    def _log_row(self, result: SyncResult) -> SyncLogRow:
        return SyncLogRow(
            sync_id=self._sync_id,
            started_at=_text(self._context.started),
            finished_at=_text(self._context.now()),
            **result.model_dump(include=set(SyncFigures.model_fields)),
        )


def _text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
