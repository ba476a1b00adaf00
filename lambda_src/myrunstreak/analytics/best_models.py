"""The models of the answers about personal bests, and how many recordings they rest on."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from myrunstreak.analytics.models import ActivityId, Answer, Part

Measured = Literal["recording", "average"]
Source = Literal[Measured, "bound"]


class Coverage(Part):
    """How many of the recordings behind the personal bests are stored: they arrive over days and weeks."""

    recordings: int = Field(description="runs whose recording is stored")
    of: int = Field(description="runs that have a recording at Smashrun")
    pending: int = Field(
        description="runs whose recording is still to come; those that failed too often left out"
    )
    complete_about: date | None = Field(
        description="about when the last one arrives, with one sync a day; null when none is pending or details are off"
    )


class Holding(Part):
    """A previous best."""

    value: float
    date: date | None
    period: str | None
    activity_id: ActivityId | None


class Record(Part):
    """A personal best: its first holder keeps it until it is beaten."""

    kind: str
    value: float = Field(
        description="where source is bound: the best is at most this, given the pace of a longer effort"
    )
    unit: Literal["km", "days", "s"]
    date: date | None
    period: str | None = Field(description="week, month, year, or first and last day (2024-01-02/2024-01-05)")
    activity_id: ActivityId | None
    source: Source | None = Field(description="how a time was measured; null where there is no time")
    bounded_by: str | None = Field(description="the longer distance behind the bound; null elsewhere")
    measured: float | None = Field(
        description="beside a bound, the best measured so far, if any; null elsewhere"
    )
    history: list[Holding] = Field(
        description="previous bests, oldest first; below a bound, the last one is the best measured so far"
    )


class Records(Answer):
    """Every personal best."""

    coverage: Coverage
    items: list[Record]


class HeldEffort(Part):
    """A previous best effort."""

    elapsed_s: float
    activity_id: ActivityId
    date: date
    offset_s: float | None
    source: Measured


class BestEffort(Part):
    """The fastest stretch over a distance, on the clock that runs through pauses."""

    distance: str
    distance_m: float
    elapsed_s: float = Field(
        description="where source is bound: the best is at most this, given the pace of a longer effort"
    )
    activity_id: ActivityId
    date: date
    offset_s: float | None = Field(
        description="where in the run the stretch begins; null for the average of a whole run and for a bound"
    )
    source: Source
    bounded_by: str | None = Field(description="the longer distance behind the bound; null elsewhere")
    measured_s: float | None = Field(
        description="beside a bound, the best measured so far, if any; null elsewhere"
    )
    flagged: bool = Field(description="faster than any human so far: shown, never counted")
    history: list[HeldEffort] = Field(
        description="previous bests, oldest first; below a bound, the last one is the best measured so far"
    )


class BestEfforts(Answer):
    """The fastest stretch over each distance, and those that are not counted."""

    coverage: Coverage
    items: list[BestEffort]
    not_counted: list[BestEffort] = Field(description="flagged stretches, the fastest first")
