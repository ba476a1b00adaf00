"""What is said of layered streaks: one frozen model for each part of an answer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from myrunstreak.analytics.layers.definitions import Period
from myrunstreak.analytics.models import Answer, Part

LayerStateName = Literal["done", "at_risk", "resting", "broken", "unknown"]
Verdict = Literal["qualifies", "open", "rest", "missed", "outside", "unknown"]


class LayerStreak(Part):
    """Consecutive periods of a definition; it begins and ends with one that qualifies."""

    start_date: date
    end_date: date = Field(
        description="the last day of the last period that qualifies, as far as it has come"
    )
    length: int = Field(description="periods from the first to the last, forgiven ones included")
    unit: Period
    rest_used: int = Field(description="how many of them did not qualify and were forgiven")
    runs: int = Field(description="runs that count, in the periods that qualify")
    distance_km: float = Field(description="of the same runs")


class Missing(Part):
    """What a period still lacks; all 0 when it qualifies."""

    runs: int
    days: int
    distance_km: float
    duration_s: float


class RunningPeriod(Part):
    """The period that today lies in, so far."""

    start_date: date = Field(description="its first day that belongs to the definition around it")
    end_date: date
    runs: int = Field(description="runs that count")
    days: int = Field(description="different days with such a run")
    distance_km: float
    duration_s: float
    missing: Missing
    days_left: int = Field(description="today included")
    seconds_left: int = Field(description="until the period's last midnight, a day counted as 24 hours")
    rest_left: int = Field(
        description="how many more periods this week, month or year of the rest forgives, the running one included; "
        "one that is not known counts as missed here"
    )


class LayerState(Part):
    """One definition as it stands."""

    name: str
    definition: str = Field(description="what it asks for, in words")
    inside: str | None = Field(description="the streak within whose days this one is counted")
    state: LayerStateName = Field(
        description="done: the running period qualifies; at_risk: not yet, and missing it breaks the streak; "
        "resting: not yet, and missing it is forgiven; broken: there is no living streak; unknown: the period before "
        "does not qualify, but had not ended by data_as_of, so what was run since is not known"
    )
    current: LayerStreak | None = Field(
        description="null when there is none; where the state is unknown, the streak as it stood on the day as_of"
    )
    as_of: date = Field(
        description="the day that current is told of: today, or the runner's day at data_as_of where the state is unknown"
    )
    longest: LayerStreak | None = Field(description="the newest of equals; null when there never was one")
    period: RunningPeriod | None = Field(
        description="null while the definition around it has no living streak"
    )


class Layers(Answer):
    """Every layered streak as it stands, in the order of the file."""

    timezone: str = Field(description="what tells today: a zone, or a UTC offset and where it comes from")
    timezone_is_set: bool = Field(description="false: RUNNER_TIMEZONE is not set")
    items: list[LayerState]


class RunOfPeriod(Part):
    """A run in the explanation of a period."""

    activity_id: int
    start_local: str = Field(description="wall clock as recorded")
    distance_km: float | None
    duration_s: float | None
    counts: bool
    reason: str


class LayerExplanation(Part):
    """What one definition makes of the period around a day, and why."""

    name: str
    definition: str
    inside: str | None
    date: date
    verdict: Verdict
    start_date: date | None = Field(description="of the period; null when outside")
    end_date: date | None
    runs: list[RunOfPeriod]
    distance_km: float = Field(description="of the runs that count")
    duration_s: float
    reason: str
    streak: LayerStreak | None = Field(description="the streak that covers the day; null when none does")


class LayerExplanations(Answer):
    """The period around a day, by every definition, in the order of the file."""

    items: list[LayerExplanation]
