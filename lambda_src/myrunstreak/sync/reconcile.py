"""Compares the store with Smashrun's complete id list: fetches what is missing, marks what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from myrunstreak.contract.events import SyncEvent
from myrunstreak.errors import NotFound, RateLimited, SourceUnavailable
from myrunstreak.raw_json import as_json, json_array
from myrunstreak.sync.brake import Brake
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import Partial
from myrunstreak.sync.ports import Record
from myrunstreak.sync.walk import Walk
from myrunstreak.sync.witness import Witness

_SINGLY: Final = 20
_SINGLY_AT_MOST: Final = 60
_UNREADABLE_AT_MOST: Final = 3


class Reconciliation:
    """The comparison of one sync, after its walk."""

    def __init__(self, context: Context, observer: Observer, walk: Walk, brake: Brake) -> None:
        self._context = context
        self._source = context.source
        self._observer = observer
        self._outcome = context.outcome
        self._walk = walk
        self._brake = brake

    @property
    def _record(self) -> Record:
        return self._context.store.database

    def run(self, event: SyncEvent) -> None:
        """Compare; afterwards store and list agree, or the difference is withheld."""
        self._observer.check_time()
        ids = self._source.ids()
        if self._source.odd_ids:
            self._outcome.warn(
                f"Smashrun's list of all ids holds {_count_odd(self._source.odd_ids)}: nothing is marked deleted by "
                "it. The rest of the sync is not touched by that."
            )
        self._outcome.comparison.ids = len(ids)
        self._fetch_missing(ids)
        vanished = self._find_vanished(ids, event)
        returned = self._record.deleted_ids() & ids
        if vanished or returned:
            self._observer.observe(
                "deletions", as_json({"vanished": sorted(vanished), "returned": sorted(returned)})
            )

    def _fetch_missing(self, ids: frozenset[int]) -> None:
        if len(self._find_missing(ids)) > _SINGLY:
            self._walk.walk_history(0)
        missing = _rotate(sorted(self._find_missing(ids), reverse=True), self._observer.day)
        self._fetch_singly(missing[:_SINGLY_AT_MOST])
        if len(missing) > _SINGLY_AT_MOST:
            raise Partial(
                f"Smashrun names {len(missing)} runs that its lists do not show; {_SINGLY_AT_MOST} of them were "
                "fetched one by one, the next syncs fetch the others."
            )

    def _find_missing(self, ids: frozenset[int]) -> set[int]:
        """Runs that exist on Smashrun and that this sync should have read, but did not."""
        unknown = (
            set(ids) - self._record.live_ids() - self._record.deleted_ids() - self._record.quarantined_ids()
        )
        unread = (
            ids - self._outcome.walk.seen - self._record.quarantined_ids()
            if self._outcome.walk.read_everything
            else set[int]()
        )
        return unknown | unread

    def _fetch_singly(self, missing: Sequence[int]) -> None:
        """Fetch runs that a walk did not show: a shift of the list hid them, or they came after it."""
        bodies: list[bytes] = []
        failed: list[int] = []
        try:
            for activity_id in missing:
                self._observer.check_time()
                try:
                    bodies.append(self._source.detail(activity_id))
                except NotFound:
                    continue  # deleted since the list was read
                except RateLimited:
                    raise
                except SourceUnavailable as error:
                    # A run that Smashrun cannot show must not stop the others; after a few the sync asks no more.
                    failed.append(activity_id)
                    if len(failed) == 1:
                        self._outcome.warn(
                            f"Smashrun names run {activity_id} and cannot show it: it is missing from the record, and "
                            f"the next sync asks again. {error}"
                        )
                    if len(failed) == _UNREADABLE_AT_MOST:
                        self._outcome.warn(
                            f"Smashrun could not show {len(failed)} of the {len(missing)} runs that its lists leave "
                            "out. The next syncs ask again, and begin at another one."
                        )
                        return
        finally:
            if bodies:
                self._observer.observe_runs(json_array(bodies))

    def _find_vanished(self, ids: frozenset[int], event: SyncEvent) -> set[int]:
        """Runs that are certainly gone from Smashrun, and that the brake lets pass."""
        if self._source.odd_ids:
            return set()  # An odd element may stand for any of them.
        live = self._record.live_ids()
        # The id list may lag: a run that a list has just shown exists.
        vanished = (live | self._record.quarantined_ids()) - ids - self._outcome.walk.seen
        if vanished and (not ids or self._brake.holds(len(vanished & live), len(live))):
            # So many that the list may have been short this once.
            self._observer.check_time()
            ids |= self._source.ids()
            vanished -= ids
        if vanished and not ids and live and not event.accept_deletes:
            self._withhold(len(vanished & live), len(live), "Smashrun's list of all ids is empty")
            return set()
        if vanished:
            vanished = self._confirm(vanished)
        gone = len(vanished & live)
        if self._brake.holds(gone, len(live)) and not event.accept_deletes:
            self._withhold(gone, len(live), self._brake.reason(gone, len(live)))
            return set()
        if event.accept_deletes and gone:
            self._outcome.comparison.accepted_deletes = True
        return vanished

    def _confirm(self, vanished: set[int]) -> set[int]:
        """The runs that are not at their place in the list either."""
        if self._outcome.walk.changes_since:
            # They may have gone while pages were read, and another run may have slipped past.
            self._walk.walk_changes(self._outcome.walk.changes_since)
        if self._outcome.walk.read_everything:
            return vanished - self._outcome.walk.seen
        witness = Witness(self._context, self._observer)
        sure = witness.look_for(vanished - self._outcome.walk.seen)
        waiting = vanished - sure - self._outcome.walk.seen
        if waiting:
            self._outcome.warn(
                f"Smashrun's list of all ids lacks {len(waiting)} runs whose place in the list of runs could not be "
                "looked at now. They stay as they are; the next sync looks again."
            )
        return sure

    def _withhold(self, gone: int, of: int, why: str) -> None:
        self._outcome.comparison.withheld = gone
        self._outcome.warn(
            f"{gone} of {of} runs are missing on Smashrun. None was marked deleted ({why}): if they are really gone, "
            'run the sync with {"accept_deletes": true} (`myrunstreak sync --accept-deletes`).'
        )


def _rotate(missing: list[int], day: int) -> list[int]:
    """The same runs from another one on every day, so that runs that cannot be shown never hide the others for good."""
    start = day * _UNREADABLE_AT_MOST % len(missing) if missing else 0
    return missing[start:] + missing[:start]


def _count_odd(odd: int) -> str:
    return "1 element that is no id" if odd == 1 else f"{odd} elements that are no ids"
