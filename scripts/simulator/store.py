"""The runner's history as Smashrun holds it: ordered, filterable by change time, changeable.

Rows are replaced, never modified in place, so a list handed out stays what it was while others add and
delete.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .clock import Clock
from .records import Activity, activity_id, list_order, minute_text, start_of, utc_epoch, utc_text


@dataclass(frozen=True)
class Row:
    """One record, and what a list needs to know about it."""

    record: Activity
    sort_key: tuple[str, int]
    updated: float  # epoch seconds; what `dateUpdatedUTC` says, or the start where the record does not say
    synced: float | None  # epoch seconds; None for manual runs
    deleted: bool = False


class ActivityStore:
    """All activities of the one runner. Safe to use from several threads."""

    def __init__(self, activities: Iterable[Mapping[str, Any]], clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._fallback = clock.now().timestamp()
        self._rows = [self._row(copy.deepcopy(dict(record))) for record in activities]
        self._by_id: dict[int, int] = {}
        self._live: tuple[Row, ...] | None = None
        for index, row in enumerate(self._rows):
            known = activity_id(row.record)
            if known is not None:
                self._by_id.setdefault(known, index)

    def live(self) -> tuple[Row, ...]:
        """The rows that are not deleted, newest start (wall clock) first, then the higher id."""
        with self._lock:
            if self._live is None:
                rows = [row for row in self._rows if not row.deleted]
                self._live = tuple(sorted(rows, key=lambda row: row.sort_key, reverse=True))
            return self._live

    def find(self, wanted: int) -> Row | None:
        """The row with this id, deleted or not."""
        with self._lock:
            index = self._by_id.get(wanted)
            return None if index is None else self._rows[index]

    def add(self, activity: Mapping[str, Any]) -> Activity:
        """Upload a run now; of the three change times, those the record lacks are set.

        Returns a copy of what is stored. Raises ValueError when the id is taken.
        """
        record: Activity = copy.deepcopy(dict(activity))
        now = self._clock.now()
        manual = record.get("source") == "manual"
        record.setdefault("syncDateTimeUTC", None if manual else minute_text(now))
        record.setdefault("dateCreatedUTC", utc_text(now))
        record.setdefault("dateUpdatedUTC", utc_text(now))
        known = activity_id(record)
        with self._lock:
            if known is not None and known in self._by_id:
                raise ValueError(f"activity {known} exists; edit or undelete it")
            if known is not None:
                self._by_id[known] = len(self._rows)
            self._rows.append(self._row(record))
            self._live = None
        return copy.deepcopy(record)

    def edit(self, wanted: int, touch: bool, changes: Mapping[str, Any]) -> None:
        """Change fields; with `touch`, `dateUpdatedUTC` moves too. Raises KeyError for an unknown id."""
        with self._lock:
            record: Activity = {**self._rows[self._index(wanted)].record, **copy.deepcopy(dict(changes))}
            if touch and "dateUpdatedUTC" not in changes:
                record["dateUpdatedUTC"] = utc_text(self._clock.now())
            self._put(wanted, record)

    def set_deleted(self, wanted: int, deleted: bool) -> None:
        """Delete or bring back a run. No change time moves. Raises KeyError for an unknown id."""
        with self._lock:
            index = self._index(wanted)
            self._rows[index] = replace(self._rows[index], deleted=deleted)
            self._live = None

    def resync(self, ids: Iterable[int] | None) -> None:
        """Give runs (None: all that have an id) a new sync and change time, as a mass re-sync does."""
        now = self._clock.now()
        with self._lock:
            for wanted in list(self._by_id) if ids is None else ids:
                record = self._rows[self._index(wanted)].record
                stamps = {"syncDateTimeUTC": minute_text(now), "dateUpdatedUTC": utc_text(now)}
                self._put(wanted, {**record, **stamps})

    def _index(self, wanted: int) -> int:
        if wanted not in self._by_id:
            raise KeyError(f"no activity {wanted} in the simulator")
        return self._by_id[wanted]

    def _put(self, wanted: int, record: Activity) -> None:
        index = self._index(wanted)
        self._rows[index] = replace(self._row(record), deleted=self._rows[index].deleted)
        self._live = None

    def _row(self, record: Activity) -> Row:
        created = utc_epoch(record.get("dateCreatedUTC"))
        updated = utc_epoch(record.get("dateUpdatedUTC"))
        start = start_of(record)
        if updated is None:
            updated = created if created is not None else start.timestamp() if start else self._fallback
        return Row(record, list_order(record), updated, utc_epoch(record.get("syncDateTimeUTC")))
