"""A second witness of a deletion: the list page where the run would stand.

The complete id list may lag; asking it again asks the same witness. A page of the list of runs, newest first, covers a
stretch of time: a run that would have to stand on it and does not is gone.
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
    """Looks for runs at their places in the list; what a page shows on the way is stored as by any walk."""

    def __init__(self, context: Context, observer: Observer) -> None:
        self._source = context.source
        self._record = context.store.database
        self._observer = observer
        self._outcome = context.outcome
        self._pages: dict[int, tuple[datetime, datetime]] = {}  # newest and oldest start

    def look_for(self, missing: set[int]) -> set[int]:
        """Those of the runs that the list does not show at their place; none whose place could not be looked at."""
        starts = self._record.starts()
        rest = sorted((start for one, start in starts.items() if one not in missing), reverse=True)
        # Known from quarantine alone: such a record has no place in the list.
        sure = {one for one in missing if one not in starts}
        try:
            for one in missing & starts.keys():
                if len(self._pages) >= PAGES_AT_MOST:
                    self._read_everything()
                    sure = set(missing)
                    break
                self._look_around(starts[one], sum(other > starts[one] for other in rest))
                sure.add(one)
        except (Partial, SourceUnavailable) as error:
            if str(error):
                self._outcome.warn(str(error))
        return sure - self._outcome.walked.seen

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
            shown = self._observer.page(page).activity_ids if page else frozenset[int]()
            starts = self._record.starts()
            known = [starts[one] for one in shown if one in starts]
            nothing = (_NEVER, _ALWAYS) if page else (_NEVER, _NEVER)
            self._pages[number] = (max(known), min(known)) if known else nothing
        return self._pages[number]

    def _read_everything(self) -> None:
        for page in self._observer.while_time(self._source.pages(None)):
            self._observer.page(page)
