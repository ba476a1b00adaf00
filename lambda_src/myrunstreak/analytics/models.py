"""The models of the answers: one a question, the same for the API's body and the command line's ``--json``.

Here are what they have in common, and those about streaks and days; other subjects have a module each.

Distances are km, times seconds, heights metres, paces seconds a km, all unrounded; dates are the runner's
own calendar days. ``data_as_of`` is the instant up to which the record is Smashrun's.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

State = Literal["done_today", "at_risk", "broken", "unknown"]
DayState = Annotated[
    Literal["run_day", "no_run_day", "unknown"],
    Field(
        description="unknown: no run day so far, but it had not ended by data_as_of, so runs may be missing"
    ),
]
ListOrder = Literal["newest", "longest"]

# The largest whole number that a browser keeps: beyond it, JavaScript's numbers have gaps.
LARGEST_NUMBER: Final = 2**53 - 1


def id_for_browsers(activity_id: int) -> int | str:
    """A run's id as JSON holds it safely: a number, or its digits as text where JavaScript would round it."""
    return activity_id if abs(activity_id) <= LARGEST_NUMBER else str(activity_id)


ActivityId = Annotated[
    int,
    PlainSerializer(id_for_browsers, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^-?[0-9]{16,19}$"}],
            "description": "a run's id on Smashrun: a number, or its digits as text beyond 2^53 - 1",
        },
        mode="serialization",
    ),
]


class Part(BaseModel):
    """A part of an answer."""

    # Built when it is first answered: a question needs few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Answer(Part):
    """A whole answer."""

    data_as_of: datetime | None = Field(
        description="UTC instant up to which the record is Smashrun's; null before the first complete sync"
    )


class Streak(Part):
    """Consecutive run days; both ends count."""

    start_date: date
    end_date: date
    length_days: int
    runs: int
    distance_km: float


class EndedStreak(Streak):
    """A streak that is over, and why."""

    ended_by: date = Field(description="the first day without a run day after it")
    reason: str = Field(description="what was recorded on that day, and why it does not count")


class StreakAnswer(Answer):
    """The streak as it stands today, or as it stood at the end of a day."""

    today: date = Field(
        description="the runner's present day; a run dated a day ahead means it is that day there"
    )
    minimum_km: float = Field(description="the sum that makes a run day; 0: any recorded run counts")
    state: State = Field(
        description="unknown: yesterday has no run but had not ended by data_as_of, so later runs may be missing"
    )
    current: Streak | None = Field(
        description="null when there is none; where the state is unknown, the streak as it stood on the day as_of"
    )
    as_of: date = Field(
        description="the day that current is as of: today, or the runner's day at data_as_of where the state is unknown"
    )
    needed_today_km: float = Field(
        description="what today still lacks of the minimum; 0 on a run day, or when any run counts"
    )
    seconds_left_today: int = Field(description="until the runner's midnight; 0 for a day in the past")
    longest: Streak | None = Field(
        description="the longest ever, the newest of equals; null without a run day"
    )
    previous: EndedStreak | None = Field(
        description="the last streak before current, or before as_of where there is none; null without one"
    )
    waiting: list[date] = Field(
        description="today, yesterday or days next to these streaks that are no run days but have a run waiting in "
        "quarantine, which may extend or join them"
    )
    timezone: str = Field(description="the zone that decides today, or a UTC offset and its source")
    timezone_is_set: bool = Field(
        description="false: RUNNER_TIMEZONE is not set; today may be off by an hour after the clocks change"
    )


class ListedStreak(Streak):
    """A streak in the list of all."""

    is_current: bool = Field(
        description="it reaches today or yesterday; where the state is unknown, it reached the runner's day at data_as_of"
    )
    break_days: int | None = Field(
        description="days missed until the next streak, as far as they are known; null for the last"
    )


class Streaks(Answer):
    """A page of all streaks, longest first, the newest of equals first."""

    items: list[ListedStreak]
    next_cursor: str | None = Field(description="asks for the next page; null on the last one")


class RunOfDay(Part):
    """A run in the explanation of a day."""

    activity_id: ActivityId
    start_local: str = Field(description="wall clock as recorded")
    distance_km: float | None
    duration_s: float | None
    activity_type: str | None
    counts: bool = Field(
        description="whether it counts towards the day; a run deleted at Smashrun does not, nor does a type of activity "
        "that ACTIVITY_TYPES leaves out"
    )


class Day(Answer):
    """What counted on a day, and why."""

    date: date
    runs: list[RunOfDay]
    distance_km: float
    is_run_day: bool
    state: DayState
    waiting: int = Field(description="runs of this day that wait in quarantine")
    reason: str


class GapSpan(Part):
    """From when to when, and how long."""

    start_date: date
    end_date: date
    length: int = Field(description="days, or weeks where unit is week")


class CalendarDay(Part):
    """A day of the calendar."""

    date: date
    runs: int
    distance_km: float
    is_run_day: bool
    state: DayState


class Calendar(Answer):
    """Every day of a year."""

    year: int
    days: list[CalendarDay]
    missed: int = Field(
        description="days off: no run days, from the first run day to yesterday, as far as known"
    )
    days_off: list[GapSpan] = Field(description="these days in rows, oldest first")


class DayFigures(Part):
    """The sums of a day."""

    date: date
    runs: int
    distance_km: float
    duration_s: float
    pace_s_per_km: float | None = Field(description="null without a run with time and distance")
    is_run_day: bool
    state: DayState


class DaySeries(Answer):
    """Every day of a range, including days without a run."""

    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date
    items: list[DayFigures]


class Status(Answer):
    """Streak, state and freshness only: this part may be public."""

    state: State
    length_days: int = Field(description="where the state is unknown, as of the day as_of")
    as_of: date = Field(
        description="the day of length_days: today, or an earlier day where the state is unknown"
    )
    timezone_is_set: bool
    last_success_at: datetime | None
    stale: bool = Field(description="no complete sync for 26 hours")
