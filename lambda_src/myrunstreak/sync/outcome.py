"""What the steps of one sync leave for its commit, stage by stage."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from myrunstreak.contract.events import DeletedRun, ShortenedStreak
from myrunstreak.sync.state import Backfill, Identity, Listing, Rereading

_log = logging.getLogger(__name__)


class Partial(Exception):
    """The sync ends here and commits what it has.

    Attributes:
        reason: what the runner should know; empty where only the time is up.
    """

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class WalkOutcome:
    """How far the walk through Smashrun's lists came.

    Attributes:
        seen: ids of the runs that the lists showed.
        malformed: records that cannot be read as runs.
        history_begun, history_complete: the whole history was walked by this sync; it is stored.
        next_page: where a walk through the whole history goes on.
        read_everything: this sync read every page there is.
        listing: the list of changes that this sync came to.
        begun: when the lists that the record is compared with were begun; None: by this sync.
        changes_since: the window of the changes that took more than one page.
        relisting: what has changed since `begun` is still to be listed, although the record is whole as of then.
    """

    seen: set[int] = field(default_factory=set[int])
    malformed: int = 0
    history_begun: bool = False
    history_complete: bool = False
    next_page: int = 0
    read_everything: bool = False
    listing: Listing | None = None
    begun: datetime | None = None
    changes_since: datetime | None = None
    relisting: bool = False


@dataclass
class Comparison:
    """How the store stands against Smashrun's complete id list.

    Attributes:
        ids: how many ids the list has.
        agrees: store and list agree, or what differs is withheld.
        withheld: runs that are missing on Smashrun and were not marked deleted.
        accepted_deletes: the runner accepted deletions that would have been withheld.
    """

    ids: int = 0
    agrees: bool = False
    withheld: int = 0
    accepted_deletes: bool = False


@dataclass
class Outcome:
    """What one sync did, beyond what the store counts.

    Attributes:
        identity: whose tokens this sync uses, where that is known.
        behind_archive: what is archived is not applied yet; no list was read.
        restored_at: the restore that the database came from when the lists were begun.
        partial: the sync ended before its last step.
        rereading: how far old pages are read again, where this sync came to that.
        archive_objects_lost: objects that the audit of the archive missed.
        deletions, streaks_shortened: what the sync took out of the record.
        published: a new database was published.
    """

    identity: Identity | None = None
    behind_archive: bool = False
    restored_at: str | None = None
    walk: WalkOutcome = field(default_factory=WalkOutcome)
    comparison: Comparison = field(default_factory=Comparison)
    rereading: Rereading | None = None
    partial: bool = False
    archive_objects_lost: int = 0
    deletions: list[DeletedRun] = field(default_factory=list[DeletedRun])
    streaks_shortened: list[ShortenedStreak] = field(default_factory=list[ShortenedStreak])
    published: bool = False
    warnings: list[str] = field(default_factory=list[str])

    @property
    def is_whole(self) -> bool:
        """Whether the record was found to be Smashrun's."""
        return self.walk.history_complete and self.comparison.agrees

    @property
    def fetched(self) -> int:
        """Records that were read from lists."""
        return len(self.walk.seen) + self.walk.malformed

    def warn(self, text: str) -> None:
        """Note something that the runner should know."""
        _log.warning(text)
        self.warnings.append(text)

    def end_in_part(self, reason: str, *, behind_archive: bool = False) -> None:
        """Note that the sync ends before its last step, and why."""
        self.partial, self.behind_archive = True, behind_archive
        if reason:
            self.warn(reason)

    def next_listing(self, stored: Listing) -> Listing:
        """What the next sync still has to list or compare."""
        if self.is_whole and not self.walk.relisting:
            return Listing()
        return self.walk.listing or stored

    def next_backfill(self, stored: Backfill, as_of: datetime) -> Backfill:
        """How far the walk through the whole history has come.

        Args:
            as_of: when this sync began to list.
        """
        walk = self.walk
        if walk.history_complete and (self.comparison.agrees or walk.history_begun):
            return Backfill(next_page=0, complete=True, changes_since=None)
        if not walk.history_begun:
            return stored
        # Changes from the beginning of the walk on are listed first when it is resumed.
        since = stored.changes_since if stored.next_page and not stored.complete else as_of
        return Backfill(next_page=walk.next_page, complete=False, changes_since=since)
