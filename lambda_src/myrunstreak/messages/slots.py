"""The occasion that a start is for: two deliveries of one start have one occasion, and a late one keeps its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class Slot:
    """An occasion on one of the runner's days.

    Attributes:
        day: the runner's day.
        time: HHMM, the reminder's time of that day.
        ends_at: the midnight that ends the day, in UTC.
    """

    day: date
    time: str
    ends_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Whether the day has ended."""
        return now >= self.ends_at

    @property
    def reminder(self) -> str:
        """The name of this reminder."""
        return f"reminder-{self.day}-{self.time}"


def find_slot(scheduled: datetime, zone: tzinfo, times: Sequence[str] = ()) -> Slot:
    """The occasion of a start that was meant for an aware instant.

    Args:
        times: when reminders are wanted, HH:MM. A start stands for the latest of them that has passed; before the
            first it is one of its own.
    """
    local = scheduled.astimezone(zone)
    minute = f"{local:%H:%M}"
    named = max((one for one in times if one <= minute), default=minute)
    return Slot(local.date(), named.replace(":", ""), midnight_after(local.date(), zone))


def midnight_after(day: date, zone: tzinfo) -> datetime:
    """The end of a day on the runner's clock, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
