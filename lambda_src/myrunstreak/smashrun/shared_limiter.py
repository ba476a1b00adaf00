"""The request limiter of syncs that may run at the same time: each counts what the others send.

The hour's requests are kept in the sync state. A sync reserves there what it is about to send, and writes afterwards
what it has sent: two at once keep to the one limit together, and what a killed one had reserved is forgotten within
the hour.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import Clock
from myrunstreak.smashrun.limiter import RequestLimiter, merge_windows
from myrunstreak.sync.ports import State
from myrunstreak.sync.state import SyncState

# A quiet sync needs a handful; one that needs more reserves a walk's worth. Secrets Manager keeps a hundred versions
# of a day, so a sync may write a few times, but not for every request.
_FIRST: Final = 40
_FURTHER: Final = 200

_log = logging.getLogger(__name__)


class SharedLimiter(RequestLimiter):
    """A limiter that reserves in the sync state what it sends.

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
        """Seconds to wait before the next request, which is reserved first."""
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
        """The hour's requests of every sync: the stored ones without this one's reservation, and its own since."""
        others = {minute: max(0, count - self._reserved.get(minute, 0)) for minute, count in stored.items()}
        # Two that write at the same instant lose one account: this one's own requests are never forgotten.
        known = merge_windows(_sum(others, self._unsaved), self._sent)
        return RequestLimiter(known, clock=self._clock).window()

    def adopt(self, window: Mapping[str, int]) -> None:
        """Go on from a window that is stored: it is what counts now, and nothing is reserved."""
        self._begin_with(window)
        self._is_known = True
        self._unsaved, self._reserved, self._left = {}, {}, 0

    def _reserve(self, requests: int) -> None:
        known, reserved = dict[str, int](), dict[str, int]()

        def change(state: SyncState) -> SyncState:
            nonlocal known, reserved
            known = self.merge_with(state.request_window)
            room = RequestLimiter(known, clock=self._clock).room()
            reserved = {self.minute(): min(requests, room)}
            return state.model_copy(update={"request_window": _sum(known, reserved)})

        try:
            self._state.update(change)
            self.adopt(known)
            self._reserved = reserved
        except MyRunStreakError as error:
            # The sync itself reports what is wrong with its state; the limit then holds for this sync alone.
            _log.warning("The requests of this sync could not be reserved: %s", error)
        self._left = requests


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {minute: left.get(minute, 0) + right.get(minute, 0) for minute in sorted({*left, *right})}
