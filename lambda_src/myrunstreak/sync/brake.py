"""The brake: how many runs may vanish before the runner has to accept it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

# Where more runs than both of these vanish within the window, the runner has to accept it.
BRAKE_RUNS: Final = 10
BRAKE_SHARE: Final = 0.05
BRAKE_WINDOW: Final = timedelta(days=30)
# Nor does more than this share vanish, however small the record is.
MOST_SHARE: Final = 0.5


@dataclass(frozen=True)
class Brake:
    """Counts what vanishes now together with what vanished lately.

    Attributes:
        recent: runs marked deleted within the window, without those that the runner accepted.
    """

    recent: int

    def holds(self, gone: int, live: int) -> bool:
        """Whether the deletion of so many of the live runs is withheld."""
        together, record = gone + self.recent, live + self.recent
        if not gone:
            return False
        return (together > BRAKE_RUNS and together > BRAKE_SHARE * record) or together > MOST_SHARE * record

    def reason(self, gone: int, live: int) -> str:
        """Why they are withheld, in words."""
        if self.recent:
            return f"with the {self.recent} of the last {BRAKE_WINDOW.days} days that would be {gone + self.recent}"
        return f"that would be {gone / max(live, 1):.0%} of the record at once"
