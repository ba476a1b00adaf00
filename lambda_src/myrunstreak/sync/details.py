"""Fetches details of runs within a budget of requests: laps and recordings, and splits where a recording has none.

The queue is in the database; the next syncs go on with it.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Sequence
from typing import Final

from myrunstreak.errors import NotFound, RateLimited, SourceUnavailable
from myrunstreak.raw_json import as_json, json_array, splits_answer
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.values import SplitUnit

# Requests of the hour that stay for the lists of the next syncs.
RESERVED_REQUESTS: Final = 40

_PER_OBJECT: Final = 25
# Long recordings go into objects of their own: together they would not fit into a function's memory.
BYTES_PER_OBJECT: Final = 2 << 20
_FAILURES: Final = 3

_log = logging.getLogger(__name__)


class DetailFetch:
    """Fetches details of new and changed runs, newest first: one request a run."""

    def __init__(self, context: Context, observer: Observer) -> None:
        self._context = context
        self._source = context.source
        self._store = context.store
        self._observer = observer
        self._outcome = context.outcome
        self._batch: dict[int, bytes] = {}
        self._last_request = 0

    def run(self) -> None:
        """Spend at most the sync's budget of requests; what was fetched is kept however it ends."""
        budget = min(self._context.detail_requests, self._context.limiter.room() - RESERVED_REQUESTS)
        if budget <= 0:
            return
        self._last_request = self._source.requests_sent + budget
        record = self._store.database
        self._fetch_splits(record.pending_splits(budget // 2, self._context.now()))
        try:
            self._fetch(record.pending_details(budget, self._context.now()))
        finally:
            self._keep()

    def _fetch(self, queue: Sequence[int]) -> None:
        failures = 0
        for done, activity_id in enumerate(queue):
            self._context.progress.show_details(done, len(queue))
            self._observer.check_time()
            if self._source.requests_sent >= self._last_request:
                return
            try:
                self._batch[activity_id] = self._source.detail(activity_id)
            except NotFound:
                self._observer.observe("deletions", as_json({"without_details": [activity_id]}))
            except RateLimited as error:
                self._outcome.warn(str(error))
                return
            except SourceUnavailable as error:
                self._store.note_detail_failure(activity_id, str(error))
                failures += 1
                if failures == _FAILURES:
                    self._outcome.warn(f"Details are put off to the next sync: {error}")
                    return
            if len(self._batch) == _PER_OBJECT or sum(map(len, self._batch.values())) > BYTES_PER_OBJECT:
                self._keep()
        self._context.progress.show_details(len(queue), len(queue))

    def _keep(self) -> None:
        if not self._batch:
            return
        asked = list(self._batch)
        self._observer.observe("details", json_array(self._batch.values()))
        self._batch.clear()
        # Without this, an answer that cannot be stored would be asked for again every day.
        for activity_id in set(asked).intersection(self._store.database.pending_details()):
            self._store.note_detail_failure(
                activity_id, "Smashrun's answer could not be stored as details of this run."
            )
        self._fetch_splits(self._store.database.pending_splits(_PER_OBJECT, self._context.now()))

    def _fetch_splits(self, activity_ids: Sequence[int]) -> None:
        """Fetch the splits of runs whose recording gives none; where Smashrun has none either, it is not asked again."""
        answers: dict[int, list[bytes]] = {}
        units: tuple[SplitUnit, ...] = ("km", "mi")
        failures = 0
        for activity_id in activity_ids:
            if self._source.requests_sent + 2 > self._last_request or self._context.seconds_left() <= 0:
                break
            try:
                answers[activity_id] = [
                    splits_answer(activity_id, unit, self._splits(activity_id, unit)) for unit in units
                ]
            except RateLimited:
                break
            except SourceUnavailable as error:
                _log.warning("No splits of run %d for now: %s", activity_id, error)
                self._store.note_detail_failure(activity_id, str(error), "splits")
                failures += 1
                if failures == _FAILURES:
                    break
        if answers:
            self._observer.observe("splits", json_array(itertools.chain.from_iterable(answers.values())))
            for activity_id in set(answers).intersection(self._store.database.pending_splits(_PER_OBJECT)):
                self._store.note_detail_failure(
                    activity_id, "Smashrun's answer could not be stored as splits of this run.", "splits"
                )

    def _splits(self, activity_id: int, unit: SplitUnit) -> bytes:
        try:
            return self._source.splits(activity_id, unit)
        except NotFound:
            return b"[]"
