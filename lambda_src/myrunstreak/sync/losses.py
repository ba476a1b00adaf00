"""What a sync took out of the record: deleted runs, and the streaks that they shortened."""

from __future__ import annotations

from typing import Final

from myrunstreak.contract.events import DeletedRun, ShortenedStreak
from myrunstreak.sync.outcome import Outcome
from myrunstreak.sync.ports import Record
from myrunstreak.sync.values import Streak

# How many a result names one by one; its counts are complete.
DELETIONS_NAMED: Final = 50
STREAKS_NAMED: Final = 10


class Losses:
    """The record as it was before a sync, for a comparison with the record afterwards.

    Args:
        minimum_km: the runner's rule for a run day.
    """

    def __init__(self, record: Record, minimum_km: float) -> None:
        self._minimum_km = minimum_km
        self._deleted = record.deleted_ids()
        self._streaks = record.streaks(minimum_km)

    def note(self, record: Record, outcome: Outcome) -> None:
        """Note in the outcome what is gone since."""
        outcome.deletions = [
            DeletedRun(
                activity_id=run.activity_id, date=run.start_date.isoformat(), distance_km=run.distance_km
            )
            for run in record.deleted_runs()
            if run.activity_id not in self._deleted
        ][:DELETIONS_NAMED]
        if not outcome.deletions:
            return
        outcome.streaks_shortened = find_shortened(self._streaks, record.streaks(self._minimum_km))[
            :STREAKS_NAMED
        ]
        for cut in outcome.streaks_shortened:
            outcome.warn(
                f"The streak of {cut.days} days from {cut.start_date} to {cut.end_date} is shortened to {cut.days_left} "
                "days in a row: runs were deleted on Smashrun. Undelete them there if that was a mistake."
            )


def find_shortened(before: list[Streak], after: list[Streak]) -> list[ShortenedStreak]:
    """The streaks that are shorter now, longest first."""
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
