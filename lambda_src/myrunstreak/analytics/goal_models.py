"""The models of the answer about goals: how far to run in a year and in a month."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from myrunstreak.analytics.models import Answer, Part

GoalPeriod = Literal["year", "month"]
GoalSource = Literal["asked", "setting", "previous"]


class Goal(Part):
    """The goal of the running year or month, and how it stands."""

    period: GoalPeriod
    start_date: date
    end_date: date
    goal_km: float | None = Field(description="null where none is set and nothing was run in the one before")
    source: GoalSource = Field(
        description="asked: a parameter; setting: GOAL_YEAR or GOAL_MONTH; previous: the total of the one before"
    )
    done_km: float
    reached_on: date | None = Field(description="the day on which the runs added up to the goal")
    days: int = Field(description="of the whole period")
    days_gone: int = Field(description="before as_of, and as_of itself if it has a run or is over")
    days_left: int = Field(description="from today, which is one of them until it has a run")
    even_km: float | None = Field(description="the goal's share of the days gone: the even line")
    ahead_km: float | None = Field(description="done_km minus even_km; negative: behind")
    needed_km_per_day: float | None = Field(
        description="what each of the days left needs, 0 once the goal is reached; null when none is left"
    )
    projected_km: float | None = Field(
        description="at the end, at the average of the days gone; null before the first of them"
    )
    projected_recent_km: float = Field(description="at the end, at the average of the last 30 days")


class Goals(Answer):
    """The goals of the running year and month."""

    today: date
    as_of: date = Field(
        description="the day up to which the runs are known: today, or the runner's day at data_as_of where yesterday "
        "had not ended by then"
    )
    items: list[Goal]
