"""Holds the store against Smashrun's complete id list: fetches what is missing, marks what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from myrunstreak.contract.events import SyncEvent
from myrunstreak.errors import NotFound
from myrunstreak.ports import Source, Store
from myrunstreak.raw_json import as_json, json_array
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import CutShort, Outcome
from myrunstreak.sync.walk import Walk

# The brake: more runs than both of these do not vanish at once without being accepted.
BRAKE_RUNS: Final = 10
BRAKE_SHARE: Final = 0.05

_SINGLY: Final = 20
_SINGLY_AT_MOST: Final = 60


class Reconciliation:
    """The comparison of one sync, after its walk."""

    def __init__(
        self, source: Source, store: Store, observer: Observer, outcome: Outcome, walk: Walk
    ) -> None:
        self._source = source
        self._store = store
        self._observer = observer
        self._outcome = outcome
        self._walk = walk

    def run(self, event: SyncEvent) -> None:
        """Compare; returns when store and list agree, or what differs is withheld."""
        self._observer.check_time()
        record = self._store.database
        ids = self._source.ids()
        if self._source.odd_ids:
            self._outcome.warn(
                f"Smashrun's list of all ids holds {_elements(self._source.odd_ids)}: nothing is marked deleted by "
                "it. The rest of the sync is not touched by that."
            )
        if len(self._missing(ids)) > _SINGLY:
            self._walk.history(0)
        missing = sorted(self._missing(ids), reverse=True)
        self._fetch_singly(missing[:_SINGLY_AT_MOST])
        if len(missing) > _SINGLY_AT_MOST:
            self._outcome.warn(
                f"Smashrun names {len(missing)} runs that its lists do not show; {_SINGLY_AT_MOST} of them were "
                "fetched one by one, the next syncs fetch the others."
            )
            raise CutShort
        live, quarantined = record.live_ids(), record.quarantined_ids()
        vanished = (live | quarantined) - ids
        if vanished and self._source.odd_ids:
            # What an odd element should have been is not known: it may name any of them.
            vanished.clear()
        if vanished:
            # One short answer must not delete anything: what is gone is gone twice.
            self._observer.check_time()
            vanished -= self._source.ids()
        if vanished and self._outcome.changes_since:
            # They may have gone while pages were read, and another run may have slipped past.
            self._walk.changes(self._outcome.changes_since)
        gone = len(vanished & live)
        if gone > BRAKE_RUNS and gone > BRAKE_SHARE * len(live) and not event.accept_deletes:
            self._outcome.withheld = gone
            self._outcome.warn(
                f"{gone} of {len(live)} runs are missing on Smashrun. None was marked deleted: if they are really gone, "
                'run the sync with {"accept_deletes": true} (`myrunstreak sync --accept-deletes`).'
            )
            vanished.clear()
        returned = record.deleted_ids() & ids
        if vanished or returned:
            self._observer.observe(
                "deletions", as_json({"vanished": sorted(vanished), "returned": sorted(returned)})
            )

    def _missing(self, ids: frozenset[int]) -> set[int]:
        """Runs that exist on Smashrun and that this sync should have read, but did not."""
        record = self._store.database
        unknown = set(ids) - record.live_ids() - record.deleted_ids() - record.quarantined_ids()
        unread = (
            ids - self._outcome.seen - record.quarantined_ids()
            if self._outcome.read_everything
            else set[int]()
        )
        return unknown | unread

    def _fetch_singly(self, missing: Sequence[int]) -> None:
        """Fetch runs that a walk did not show: a shift of the list hid them, or they came after it."""
        bodies: list[bytes] = []
        try:
            for activity_id in missing:
                self._observer.check_time()
                with suppress(NotFound):  # deleted since the list was read
                    bodies.append(self._source.detail(activity_id))
        finally:
            if bodies:
                self._observer.runs(json_array(bodies))


def _elements(odd: int) -> str:
    return "1 element that is no id" if odd == 1 else f"{odd} elements that are no ids"
