"""The models of the answers about layered streaks."""

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
    end_date: date = Field(description="the last day of the last period that qualifies, at most today")
    length: int = Field(description="periods from the first to the last, including forgiven ones")
    unit: Period
    rest_used: int = Field(description="how many of them did not qualify and were forgiven")
    runs: int = Field(description="counting runs in the periods that qualify")
    distance_km: float = Field(description="of these runs")


class Missing(Part):
    """What a period still lacks; all 0 once it qualifies."""

    runs: int
    days: int
    distance_km: float
    duration_s: float


class RunningPeriod(Part):
    """The period around today, so far."""

    start_date: date = Field(description="its first day within the streak around it")
    end_date: date
    runs: int = Field(description="runs that count")
    days: int = Field(description="different days with a counting run")
    distance_km: float
    duration_s: float
    missing: Missing
    days_left: int = Field(description="including today")
    seconds_left: int = Field(description="until the period's last midnight, a day counted as 24 hours")
    rest_left: int = Field(
        description="how many more missed periods this week, month or year forgives, including the running one; a period "
        "that is not known counts as missed"
    )


class LayerState(Part):
    """The state of one definition."""

    name: str
    definition: str = Field(description="the definition in words")
    inside: str | None = Field(description="the streak whose days this one is counted within")
    state: LayerStateName = Field(
        description="done: the running period qualifies; at_risk: not yet, and missing it breaks the streak; "
        "resting: not yet, and missing it is forgiven; broken: there is no current streak; unknown: the period before "
        "does not qualify but had not ended by data_as_of, so later runs may be missing"
    )
    current: LayerStreak | None = Field(
        description="null when there is none; where the state is unknown, the streak as it stood on the day as_of"
    )
    as_of: date = Field(
        description="the day that current is as of: today, or the runner's day at data_as_of where the state is unknown"
    )
    longest: LayerStreak | None = Field(
        description="the longest ever, the newest of equals; null when there was none"
    )
    period: RunningPeriod | None = Field(description="null while the streak around it is broken")


class Layers(Answer):
    """The state of every layered streak, in the order of the file."""

    timezone: str = Field(description="the zone that decides today, or a UTC offset and its source")
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
    """The verdict of one definition on the period around a day, and the reason."""

    name: str
    definition: str
    inside: str | None
    date: date
    verdict: Verdict
    start_date: date | None = Field(description="of the period; null outside the streak around it")
    end_date: date | None
    runs: list[RunOfPeriod]
    distance_km: float = Field(description="of the counting runs")
    duration_s: float
    reason: str
    streak: LayerStreak | None = Field(description="the streak that covers the day; null without one")


class LayerExplanations(Answer):
    """The verdict of every definition on the period around a day, in the order of the file."""

    items: list[LayerExplanation]
