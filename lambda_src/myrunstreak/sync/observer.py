"""Archives and applies what Smashrun says, as long as there is time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from myrunstreak.errors import SourceUnavailable
from myrunstreak.sync.observation_clock import ObservationClock
from myrunstreak.sync.outcome import CutShort, Outcome
from myrunstreak.sync.ports import Archive, Progress, Source, Store
from myrunstreak.sync.values import Form, Kind, ListPage, PageReport, RawObject

# How far our clock and Smashrun's may differ before ours counts as wrong.
CLOCKS_APART: Final = timedelta(hours=1)


class Observer:
    """One sync's way into archive and store.

    Args:
        clock: the present, aware.
        seconds_left: time until the sync has to commit.
        authorised: which consent the tokens in use come from.
        outcome: told which runs the answers show.
    """

    def __init__(
        self,
        source: Source,
        store: Store,
        archive: Archive,
        *,
        clock: Callable[[], datetime],
        seconds_left: Callable[[], float],
        progress: Progress,
        authorised: Callable[[], str],
        outcome: Outcome,
    ) -> None:
        self._source = source
        self._store = store
        self._archive = archive
        self._clock = clock
        self._seconds_left = seconds_left
        self._progress = progress
        self._authorised = authorised
        self._held_to: str | None = None
        self._outcome = outcome
        self._stamps = ObservationClock(clock, None)
        # Set where the archive has lost objects: pages that say nothing new are archived too.
        self.archive_every_page = False

    @property
    def day(self) -> int:
        """The number of the present day."""
        return self._present().toordinal()

    def stamp_after(self, newest: datetime | None) -> None:
        """Let every answer from here on be observed after the newest one that is stored."""
        self._stamps = ObservationClock(self._present, newest)

    def hold_to(self, authorisation: str) -> None:
        """Take answers to the tokens of one authorisation alone: tokens of another may be another runner's."""
        self._held_to = authorisation

    def page(self, page: ListPage) -> PageReport:
        """A list page: applied, and archived first, where it says anything new."""
        report = self._observe_page(page.form, page.body)
        self._outcome.seen |= report.activity_ids
        self._outcome.malformed += report.malformed
        self._progress.show_runs(len(self._outcome.seen))
        return report

    def runs(self, body: bytes) -> None:
        """Runs that were fetched one by one, as an array of whole activities."""
        self._outcome.seen |= self._observe_page("extended", body).activity_ids

    def observe(self, kind: Kind, body: bytes) -> None:
        """Any other answer."""
        self._store.observe(self._draft(kind, body), self._archive.add)

    def _observe_page(self, form: Form, body: bytes) -> PageReport:
        draft = self._draft(form, body)
        return self._store.observe_page(draft, self._archive.add, archive_always=self.archive_every_page)

    def _draft(self, kind: Kind, body: bytes) -> RawObject:
        if self._held_to is not None and self._authorised() != self._held_to:
            raise SourceUnavailable(
                "The Smashrun tokens were exchanged for those of another authorisation while the sync was running. "
                "What came before is kept; the next sync looks whose they are and goes on."
            )
        return self._archive.draft(kind, body, self._stamps.next())

    def check_time(self) -> None:
        """Go on only while there is time for another request."""
        if self._seconds_left() <= 0:
            raise CutShort

    def timed(self, pages: Iterable[ListPage]) -> Iterator[ListPage]:
        """The pages, as long as there is time for another request."""
        for page in pages:
            yield page
            self.check_time()

    def _present(self) -> datetime:
        """The present; by Smashrun's clock where ours has jumped: what is stored with it stays for good."""
        ours, theirs = self._clock().astimezone(UTC), self._source.server_time
        return theirs if theirs and abs(ours - theirs) > CLOCKS_APART else ours
