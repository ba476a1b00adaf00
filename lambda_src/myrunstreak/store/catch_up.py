"""Applies what the archive holds and the database lacks: left by a crash, or newer than a restored file."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Final

from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.copies.opening import PublishedCopies
from myrunstreak.store.freshness import forget_freshness
from myrunstreak.store.loading.portions import portions
from myrunstreak.store.private_copy import PrivateCopy
from myrunstreak.sync.ports import Archive
from myrunstreak.sync.values import Applied, RawObject

# JSON after which a catch-up publishes before it goes on.
_PUBLISHED_BYTES: Final = 64 << 20

CheckTime = Callable[[], None]


class CatchUp:
    """Brings a private copy up to its archive.

    Args:
        blobs: the folder of the database.
        publish: publishes the private copy in between.
    """

    def __init__(
        self, private: PrivateCopy, copies: PublishedCopies, blobs: Blobs, publish: Callable[[], object]
    ) -> None:
        self._private = private
        self._copies = copies
        self._blobs = blobs
        self._publish = publish
        self._archive: Archive | None = None
        self._aside_before: set[str] | None = None

    def run(self, archive: Archive, check_time: CheckTime | None) -> Applied:
        """Apply everything; see ``DuckDBManager.catch_up``."""
        self._archive = archive
        session = self._private.session

        def after_year() -> None:
            session.dirty = True
            if check_time:
                check_time()

        with self._copies.machine_errors():
            # Before anything is applied: what is applied brings its own.
            refreshed = session.database.refresh_best_efforts(after_year)
        session.dirty = session.dirty or refreshed
        if self._aside_before is None:
            self._aside_before = session.database.set_aside()
        applied = self._try_again(archive, session.database.set_aside(of_older_code=True))
        applied += self._replay_all(archive, check_time)
        return applied + self._private.retry_quarantine()

    def run_again(self, missed: Sequence[RawObject]) -> None:
        """After a lost race: catch up with the same archive, then apply the lost copy's own objects."""
        if self._archive is not None:
            self.run(self._archive, None)
        database = self._private.session.database
        applied = database.applied_names()
        objects = {item.name: item for item in missed if item.name not in applied}
        if not objects:
            return
        newest = database.newest_observation()
        first = min(item.observed_at for item in objects.values())
        if newest is not None and first < newest and self._archive is not None:
            later = self._archive.since(first)
            objects |= {item.name: item for item in later if item.name not in objects}
        self._private.apply(sorted(objects.values(), key=lambda item: (item.observed_at, item.name)))

    def retry_set_aside(self) -> Applied:
        """Try everything that is set aside again, with the archive of the last ``run``."""
        if self._archive is None:
            return Applied()
        applied = self._try_again(self._archive, self._private.session.database.set_aside())
        return applied + self._replay_all(self._archive, None)

    def newly_set_aside(self) -> list[str]:
        """See ``DuckDBManager.newly_set_aside``."""
        before = self._aside_before or set()
        return [
            f"The archived object {name} could not be applied ({reason}). It is set aside, everything else is stored; "
            "see `myrunstreak quarantine list`."
            for name, reason in sorted(self._private.session.database.set_aside_reasons().items())
            if name not in before
        ]

    def _try_again(self, archive: Archive, names: set[str]) -> Applied:
        """Apply objects that were set aside. What was observed after one that succeeds is applied again later."""
        if not names:
            return Applied()
        database = self._private.session.database
        with self._copies.machine_errors():
            database.lift(names)
            database.forget_applied(sorted(names))
            objects = list(archive.named(names))
        applied = self._private.apply(objects)
        still = database.set_aside()
        mended = [item.observed_at for item in objects if item.name not in still]
        if mended:
            database.forget_applied(archive.names_since(min(mended)))
        return applied

    def _replay_all(self, archive: Archive, check_time: CheckTime | None) -> Applied:
        applied, more = self._replay(archive, check_time)
        while more:
            self._publish()
            portion, more = self._replay(archive, check_time)
            applied += portion
        return applied

    def _replay(self, archive: Archive, check_time: CheckTime | None) -> tuple[Applied, bool]:
        """Apply what the database lacks, in order; where time is limited only a part, and then there may be more.

        If some objects are older than what the database contains, everything observed since is applied again,
        so that the end is the same as with all objects in their order.
        """
        session = self._private.session
        database, total, size = session.database, Applied(), 0
        newest = database.newest_observation()
        missed = archive.unapplied(database.applied_names(), newest)
        first = next(missed, None)
        if first is None:
            return total, False
        if check_time and session.copy.version is None:
            forget_freshness(self._blobs, self._copies.work)
        objects = itertools.chain([first], missed)
        if newest is not None and first.observed_at < newest:
            # If the time runs out in between, the rest is still known to be missing.
            database.forget_applied(archive.names_since(first.observed_at))
            objects = archive.since(first.observed_at)
        for portion in portions(objects):
            size += portion.size
            with self._copies.machine_errors():
                applied = database.apply_portion(portion)
                for item in portion.complete:
                    item.file.unlink(missing_ok=True)
            session.note([], applied)
            total += applied
            if check_time and (portion.complete or applied != Applied()):
                check_time()
            if check_time and size > _PUBLISHED_BYTES:
                return total, True
        return total, False
