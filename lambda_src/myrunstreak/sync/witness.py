"""A second witness of a deletion: the list page where the run would stand.

The complete id list may lag, and asking it again asks the same witness. A page of the list of runs, newest first, covers
a span of time: a run of that time that is not on it is gone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from myrunstreak.errors import SourceUnavailable
from myrunstreak.sync.context import Context
from myrunstreak.sync.observer import Observer
from myrunstreak.sync.outcome import Partial

# Pages that are asked for one by one; where more are needed, the whole list is read.
PAGES_AT_MOST: Final = 20

_PAGE_SIZE: Final = 100
# Which clock the list is ordered by is not known: by the wall clock or by UTC, a run stands within this of its place.
_SLACK: Final = timedelta(hours=27)
_NEVER, _ALWAYS = datetime.min, datetime.max  # noqa: DTZ901 - beside wall clocks, which carry no zone


class Witness:
    """Looks for runs at their places in the list; pages that it reads are stored as by any walk."""

    def __init__(self, context: Context, observer: Observer) -> None:
        self._source = context.source
        self._record = context.store.database
        self._observer = observer
        self._outcome = context.outcome
        self._pages: dict[int, tuple[datetime, datetime]] = {}  # newest and oldest start

    def look_for(self, missing: set[int]) -> set[int]:
        """The runs that are certainly not at their place in the list; without those whose place could not be read."""
        starts = self._record.starts()
        rest = sorted((start for run, start in starts.items() if run not in missing), reverse=True)
        # Known from quarantine alone: such a record has no place in the list.
        sure = {run for run in missing if run not in starts}
        try:
            for run in missing & starts.keys():
                if len(self._pages) >= PAGES_AT_MOST:
                    self._read_everything()
                    sure = set(missing)
                    break
                self._look_around(starts[run], sum(other > starts[run] for other in rest))
                sure.add(run)
        except (Partial, SourceUnavailable) as error:
            if str(error):
                self._outcome.warn(str(error))
        return sure - self._outcome.walk.seen

    def _look_around(self, start: datetime, rank: int) -> None:
        """Read the page where a run would stand, and its neighbours until they surely reach around it."""
        first = last = rank // _PAGE_SIZE
        while True:
            if first > 0 and self._span(first)[0] - start < _SLACK:
                first -= 1
            elif start - self._span(last)[1] < _SLACK:
                last += 1
            else:
                return

    def _span(self, number: int) -> tuple[datetime, datetime]:
        """Newest and oldest start on a page; one beyond the end of the list is older than everything."""
        if number not in self._pages:
            self._observer.check_time()
            page = next(iter(self._source.pages(None, first_page=number)), None)
            shown = self._observer.observe_page(page).activity_ids if page else frozenset[int]()
            starts = self._record.starts()
            known = [starts[run] for run in shown if run in starts]
            nothing = (_NEVER, _ALWAYS) if page else (_NEVER, _NEVER)
            self._pages[number] = (max(known), min(known)) if known else nothing
        return self._pages[number]

    def _read_everything(self) -> None:
        for page in self._observer.while_time(self._source.pages(None)):
            self._observer.observe_page(page)
