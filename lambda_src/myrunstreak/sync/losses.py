"""What a sync took out of the record: deleted runs, and streaks that are shorter for it."""

from __future__ import annotations

from typing import Final

from myrunstreak.contract.events import DeletedRun, ShortenedStreak
from myrunstreak.sync.outcome import Outcome
from myrunstreak.sync.ports import Record
from myrunstreak.sync.values import Streak

# What a result names one by one; the counts are whole.
DELETIONS_NAMED: Final = 50
STREAKS_NAMED: Final = 10


class Losses:
    """The record as it was before a sync, to be held against what it is afterwards.

    Args:
        minimum_km: the runner's rule for a run day.
    """

    def __init__(self, record: Record, minimum_km: float) -> None:
        self._minimum_km = minimum_km
        self._deleted = record.deleted_ids()
        self._streaks = record.streaks(minimum_km)

    def note(self, record: Record, outcome: Outcome) -> None:
        """Tell the outcome what is gone since, whatever took it away."""
        outcome.deletions = [
            DeletedRun(
                activity_id=run.activity_id, date=run.start_date.isoformat(), distance_km=run.distance_km
            )
            for run in record.deleted_runs()
            if run.activity_id not in self._deleted
        ][:DELETIONS_NAMED]
        if not outcome.deletions:
            return
        outcome.streaks_shortened = shortened(self._streaks, record.streaks(self._minimum_km))[:STREAKS_NAMED]
        for one in outcome.streaks_shortened:
            outcome.warn(
                f"The streak of {one.days} days from {one.start_date} to {one.end_date} is shortened to {one.days_left} "
                "days in a row: runs were deleted on Smashrun. Undelete them there if that was a mistake."
            )


def shortened(before: list[Streak], after: list[Streak]) -> list[ShortenedStreak]:
    """Streaks of which only a part is left, longest first."""
    lost: list[ShortenedStreak] = []
    for streak in before:
        left = max([0, *(_days_in_both(streak, other) for other in after)])
        if left < streak.days:
            lost.append(
                ShortenedStreak(
                    start_date=streak.start_date.isoformat(),
                    end_date=streak.end_date.isoformat(),
                    days=streak.days,
                    days_left=left,
                )
            )
    return sorted(lost, key=lambda streak: -streak.days)


def _days_in_both(one: Streak, other: Streak) -> int:
    return (min(one.end_date, other.end_date) - max(one.start_date, other.start_date)).days + 1
