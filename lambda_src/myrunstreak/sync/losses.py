"""What a sync took out of the record: deleted runs, and streaks that are shorter for it."""

from __future__ import annotations

from datetime import date
from typing import Final

from myrunstreak.contract.events import DeletedRun, ShortenedStreak
from myrunstreak.sync.outcome import Outcome
from myrunstreak.sync.ports import Record

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
            DeletedRun(activity_id=activity_id, date=day.isoformat(), distance_km=distance_km)
            for activity_id, day, distance_km in record.runs_marked_deleted()
            if activity_id not in self._deleted
        ][:DELETIONS_NAMED]
        if not outcome.deletions:
            return
        outcome.streaks_shortened = shortened(self._streaks, record.streaks(self._minimum_km))[:STREAKS_NAMED]
        for one in outcome.streaks_shortened:
            outcome.warn(
                f"The streak of {one.days} days from {one.start_date} to {one.end_date} is shortened to {one.days_left} "
                "days in a row: runs were deleted on Smashrun. Undelete them there if that was a mistake."
            )


def shortened(
    before: list[tuple[date, date, int]], after: list[tuple[date, date, int]]
) -> list[ShortenedStreak]:
    """Streaks (first day, last day, days) of which only a part is left, the longest first."""
    lost: list[ShortenedStreak] = []
    for first, last, days in before:
        left = max(((min(last, end) - max(first, start)).days + 1 for start, end, _ in after), default=0)
        if left < days:
            lost.append(
                ShortenedStreak(
                    start_date=first.isoformat(), end_date=last.isoformat(), days=days, days_left=max(left, 0)
                )
            )
    return sorted(lost, key=lambda one: -one.days)
