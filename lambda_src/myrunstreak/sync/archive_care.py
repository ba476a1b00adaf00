"""Care for the raw archive: a monthly audit of what it has lost, and the mending of it in a full walk."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from myrunstreak.errors import MyRunStreakError
from myrunstreak.raw_json import as_json
from myrunstreak.redaction import redact
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.values import LostObject

AUDIT_EVERY: Final = timedelta(days=30)

_log = logging.getLogger(__name__)


class ArchiveCare:
    """What one sync does for the archive."""

    def __init__(self, context: Context, observer: Observer) -> None:
        self._context = context
        self._store = context.store
        self._archive = context.archive
        self._observer = observer
        self._outcome = context.outcome
        self._lost: list[LostObject] = []

    def begin_mending(self) -> None:
        """Before a full walk: where objects are lost, have every page archived, even one that says nothing new."""
        self._lost = self._store.lost_objects(self._archive)
        self._observer.archive_every_page = bool(self._lost)
        if self._lost:
            self._outcome.warn(
                f"The raw archive has lost {len(self._lost)} objects: everything that this walk reads is archived again."
            )

    def end_mending(self) -> None:
        """After a full walk: archive the deletions again, and queue the details that only lost objects held."""
        if not self._lost:
            return
        self._observer.archive_every_page = False
        deleted = sorted(self._store.database.deleted_ids())
        if deleted:
            self._observer.observe("deletions", as_json({"vanished": deleted, "returned": []}))
        waiting = self._store.forget_lost_objects(self._lost, self._context.now())
        if waiting:
            self._outcome.warn(
                f"The details of {waiting} runs are lost in the archive; they are fetched again."
            )

    def audit(self, last: datetime | None) -> datetime | None:
        """Hold the archive's list against the database once a month; when the archive was last found whole.

        It never fails a sync. Every sync warns of what is lost until it is made good.
        """
        now = self._context.now()
        if last is not None and timedelta(0) <= now - last < AUDIT_EVERY:
            return last
        try:
            lost = self._store.lost_objects(self._archive)
        except MyRunStreakError as error:
            _log.warning("The raw archive could not be looked through: %s", redact(str(error)))
            return last
        self._outcome.archive_objects_lost = len(lost)
        if not lost:
            return now
        self._outcome.warn(
            f"{len(lost)} objects of the raw archive are missing, the first of them {lost[0].name}: a rebuild could not "
            "bring their runs back. Restore them, or read everything again: `myrunstreak sync --full` "
            '({"full": true}).'
        )
        return None
