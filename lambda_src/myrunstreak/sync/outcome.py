"""What the steps of one sync leave for its commit."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime

from myrunstreak.contract.events import DeletedRun, ShortenedStreak
from myrunstreak.sync.state import Backfill, Identity, Listing, Rereading

_log = logging.getLogger(__name__)


class CutShort(Exception):
    """The sync cannot go on now (time, the hour's requests, a list in motion): commit what is there."""


@dataclass
class Outcome:
    """What one sync did, beyond what the store counts.

    Attributes:
        seen: ids of the runs that its lists showed.
        next_page: where a walk through the whole history goes on.
        changes_since: the window of the changes that took more than one page.
        behind_archive: what is archived is not applied yet; nothing was asked of Smashrun.
        listing: the list of changes that this sync has come to.
        listed: ids in Smashrun's complete list.
        rereading: how far old pages are read again, where this sync came to that.
        begun: when the lists that the record is compared with were begun; None: by this sync.
        relisting: what has changed since then is still to be listed, although the record is whole as of then.
        identity: whose tokens this sync uses, where that is known.
        history_complete, list_complete: the whole history is stored; the complete id list agrees.
    """

    seen: set[int] = field(default_factory=set[int])
    malformed: int = 0
    next_page: int = 0
    read_everything: bool = False
    changes_since: datetime | None = None
    history_begun: bool = False
    history_complete: bool = False
    list_complete: bool = False
    stopped_early: bool = False
    behind_archive: bool = False
    withheld: int = 0
    archive_objects_lost: int = 0
    accepted_deletes: bool = False
    listing: Listing | None = None
    listed: int = 0
    rereading: Rereading | None = None
    begun: datetime | None = None
    relisting: bool = False
    deletions: list[DeletedRun] = field(default_factory=list[DeletedRun])
    streaks_shortened: list[ShortenedStreak] = field(default_factory=list[ShortenedStreak])
    published: bool = False
    identity: Identity | None = None
    warnings: list[str] = field(default_factory=list[str])

    @property
    def is_whole(self) -> bool:
        """Whether the record was found to be Smashrun's."""
        return self.history_complete and self.list_complete

    @property
    def fetched(self) -> int:
        """Records that were read from lists."""
        return len(self.seen) + self.malformed

    def warn(self, text: str) -> None:
        """Note something that the runner should know."""
        _log.warning(text)
        self.warnings.append(text)

    def pending(self, stored: Listing) -> Listing:
        """What is still to be listed or compared by the next sync."""
        if self.is_whole and not self.relisting:
            return Listing()
        return self.listing or stored

    def backfill(self, stored: Backfill, as_of: datetime) -> Backfill:
        """How far the walk through the whole history has come.

        Args:
            as_of: when this sync began to list.
        """
        if self.history_complete and (self.list_complete or self.history_begun):
            return Backfill(next_page=0, complete=True, changes_since=None)
        if not self.history_begun:
            return stored
        # Changes from the beginning of the walk on are listed first when it is resumed.
        since = stored.changes_since if stored.next_page and not stored.complete else as_of
        return Backfill(next_page=self.next_page, complete=False, changes_since=since)
