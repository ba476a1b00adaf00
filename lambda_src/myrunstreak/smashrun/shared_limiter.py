"""The request limiter of an invocation that is perhaps not alone: what each sends, the others count.

The hour's requests lie in the sync state. What an invocation is about to send is written there beforehand, as a
reservation, and what it has really sent afterwards: two of them at once keep to the one limit together, and what a
killed one had reserved is forgotten within the hour.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock
from myrunstreak.smashrun.limiter import RequestLimiter, merged_windows
from myrunstreak.sync.ports import State
from myrunstreak.sync.state import SyncState

# A quiet sync needs a handful; whoever needs more reserves a walk's worth. Secrets Manager keeps a hundred versions
# of a day, so that a sync may write a few times, but not for every request.
_FIRST: Final = 40
_FURTHER: Final = 200

_log = logging.getLogger(__name__)


class SharedLimiter(RequestLimiter):
    """A limiter that tells the sync state what it sends.

    Args:
        state: where the hour's requests are kept.
    """

    def __init__(self, state: State, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self._state = state
        self._is_known = False
        self._sent: dict[str, int] = {}
        self._unsaved: dict[str, int] = {}
        self._reserved: dict[str, int] = {}
        self._left = 0

    def wait_s(self) -> float:
        """Seconds to wait before the next request; what is reserved for it is written down first."""
        if self._left <= 0:
            self._reserve(_FURTHER if self._sent else _FIRST)
        return super().wait_s()

    def room(self) -> int:
        """Requests that can be sent before the hour's limit asks for a wait."""
        if not self._is_known:
            self._begin_with(self.merge_with(self._state.load().request_window))
            self._is_known = True
        return super().room()

    def note(self) -> None:
        """Count one request, sent now."""
        super().note()
        minute = self.minute()
        for account in (self._sent, self._unsaved):
            account[minute] = account.get(minute, 0) + 1
        self._left -= 1

    def merge_with(self, stored: Mapping[str, int]) -> dict[str, int]:
        """The hour's requests of all: what is stored, without this one's reservation, and what it has sent since."""
        others = {minute: max(0, count - self._reserved.get(minute, 0)) for minute, count in stored.items()}
        # Where two write at the same instant one account is lost: of this one's own requests none is forgotten.
        known = merged_windows(_sum(others, self._unsaved), self._sent)
        return RequestLimiter(known, clock=self._clock).window()

    def adopt(self, window: Mapping[str, int]) -> None:
        """Go on from a window that is stored: it is what counts now, and nothing is reserved."""
        self._begin_with(window)
        self._is_known = True
        self._unsaved, self._reserved, self._left = {}, {}, 0

    def _reserve(self, requests: int) -> None:
        known, ahead = dict[str, int](), dict[str, int]()

        def change(state: SyncState) -> SyncState:
            nonlocal known, ahead
            known = self.merge_with(state.request_window)
            room = RequestLimiter(known, clock=self._clock).room()
            ahead = {self.minute(): min(requests, room)}
            return state.model_copy(update={"request_window": _sum(known, ahead)})

        try:
            self._state.update(change)
            self.adopt(known)
            self._reserved = ahead
        except MyRunStreakError as error:
            # The sync itself says at its end what is wrong with its state; the limit holds for this one alone.
            _log.warning("The requests of this sync could not be announced: %s", error)
        self._left = requests


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {minute: one.get(minute, 0) + other.get(minute, 0) for minute in sorted({*one, *other})}
