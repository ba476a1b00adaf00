"""The models of the answers about gaps: stretches without a run day."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from myrunstreak.analytics.models import Answer, GapSpan

GapUnit = Literal["day", "week"]


class Gap(GapSpan):
    """Days or weeks in a row without a run day, between the first run day and today."""

    is_open: bool = Field(description="no run day is known to have ended it")
    streak_before: int = Field(description="days or weeks with a run day in a row, up to the gap")
    streak_after: int | None = Field(description="the same behind the gap; null where it is open")
    runs: int = Field(description="runs in it, of days that lack the minimum")
    deleted: int = Field(description="runs in it that were deleted at Smashrun")
    other_activities: int = Field(description="activities in it of types that ACTIVITY_TYPES leaves out")
    waiting: int = Field(description="records of its days that wait in quarantine")
    reason: str = Field(description="what there was instead of a run day")


class Gaps(Answer):
    """A page of the gaps, and what all of them add up to.

    With from and to, a gap is what of it lies in the range; the streaks around it are whole.
    """

    unit: GapUnit
    minimum_km: float = Field(description="the sum that makes a run day; 0: any recorded run counts")
    from_: date | None = Field(
        serialization_alias="from",
        validation_alias="from",
        description="the first day looked at: the first run day or that of its week, unless from is later; null if none",
    )
    to: date | None = Field(
        description="the end of the last day or week looked at: one that is not known, or that is not over and has no "
        "run day yet, is not missed"
    )
    of: int = Field(description="days or weeks from the first to the last looked at")
    missed: int = Field(description="days or weeks of all gaps together")
    share: float | None = Field(description="missed over of; null where of is 0")
    gaps: int = Field(description="how many gaps there are, on this page and others")
    longest: GapSpan | None = Field(description="the newest of equals")
    last: GapSpan | None
    items: list[Gap]
    next_cursor: str | None = Field(description="asks for the next page; null on the last one")
