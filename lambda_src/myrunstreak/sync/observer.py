"""Archives and applies what Smashrun says, as long as there is time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from myrunstreak.errors import SourceUnavailable
from myrunstreak.sync.context import Context
from myrunstreak.sync.observation_clock import ObservationClock
from myrunstreak.sync.outcome import Partial
from myrunstreak.sync.values import Form, Kind, ListPage, PageReport, RawObject

# How far our clock and Smashrun's may differ before ours counts as wrong.
CLOCKS_APART: Final = timedelta(hours=1)


class Observer:
    """One sync's way into archive and store.

    Attributes:
        archive_every_page: set where the archive has lost objects: pages that say nothing new are archived too.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._archive = context.archive
        self._authorisation: str | None = None
        self._clock = ObservationClock(self._present, None)
        self.archive_every_page = False

    @property
    def day(self) -> int:
        """The number of the present day."""
        return self._present().toordinal()

    def observe_after(self, newest: datetime | None) -> None:
        """Date every answer from here on later than the newest one that is stored."""
        self._clock = ObservationClock(self._present, newest)

    def hold_to(self, authorisation: str) -> None:
        """Take answers to the tokens of one authorisation alone: tokens of another may be another runner's."""
        self._authorisation = authorisation

    def observe_page(self, page: ListPage) -> PageReport:
        """Archive and apply a list page where it says anything new."""
        report = self._apply_page(page.form, page.body)
        self._context.outcome.walk.malformed += report.malformed
        self._context.progress.show_runs(len(self._context.outcome.walk.seen))
        return report

    def observe_runs(self, body: bytes) -> None:
        """Archive and apply an array of whole activities that were fetched one by one."""
        self._apply_page("extended", body)

    def observe(self, kind: Kind, body: bytes) -> None:
        """Archive and apply any other answer."""
        self._store.observe(self._draft(kind, body), self._archive.add)

    def check_time(self) -> None:
        """Go on only while there is time for another request.

        Raises:
            Partial: the time is up.
        """
        if self._context.seconds_left() <= 0:
            raise Partial

    def while_time(self, pages: Iterable[ListPage]) -> Iterator[ListPage]:
        """The pages, as long as there is time for another request."""
        for page in pages:
            yield page
            self.check_time()

    def _apply_page(self, form: Form, body: bytes) -> PageReport:
        draft = self._draft(form, body)
        report = self._store.observe_page(draft, self._archive.add, archive_always=self.archive_every_page)
        self._context.outcome.walk.seen |= report.activity_ids
        return report

    def _draft(self, kind: Kind, body: bytes) -> RawObject:
        if self._authorisation is not None and self._context.authorisation() != self._authorisation:
            raise SourceUnavailable(
                "The Smashrun tokens were exchanged for those of another authorisation while the sync was running. "
                "What came before is kept; the next sync looks whose they are and goes on."
            )
        return self._archive.draft(kind, body, self._clock.next())

    def _present(self) -> datetime:
        """The present; by Smashrun's clock where ours has jumped: what is stored with it stays for good."""
        ours, theirs = self._context.now(), self._context.source.server_time
        return theirs if theirs and abs(ours - theirs) > CLOCKS_APART else ours
