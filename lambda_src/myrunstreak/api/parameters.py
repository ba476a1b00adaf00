"""The types of the API's parameters, for validation and document alike."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from myrunstreak.analytics.bounds import FIRST_YEAR, LAST_YEAR, PAGE_LIMIT, TRAILING_LIMIT
from myrunstreak.analytics.engine import RecordOrder, RunOrder
from myrunstreak.analytics.gap_models import GapUnit
from myrunstreak.analytics.models import ListOrder
from myrunstreak.api.router import Named
from myrunstreak.contract.tuning import GOAL_ACCEPTED, Tuning

# Items of a page of JSON.
DEFAULT_LIMIT: Final = 100

_TYPES: Final = Tuning.model_fields["activity_types"].description
_MINIMUM: Final = Tuning.model_fields["streak_min_distance"].description


def _iso_day(value: object) -> object:
    # Otherwise a number would count as seconds since 1970.
    if isinstance(value, str) and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise ValueError("a day is written YYYY-MM-DD")
    return value


def _plain_number(value: object) -> object:
    # Otherwise blanks, underscores, exponents and words such as "nan" would count as numbers.
    if isinstance(value, str) and not re.fullmatch(r"-?\d{1,19}(\.\d{1,9})?", value, re.ASCII):
        raise ValueError("a number is written in plain digits")
    return value


def _plain_flag(value: object) -> object:
    if value not in {"true", "false"}:
        raise ValueError("accepted: true or false")
    return value


def _limit(value: object) -> object:
    text = str(value)
    if text != "all" and not (re.fullmatch(r"\d{1,4}", text, re.ASCII) and 1 <= int(text) <= PAGE_LIMIT):
        raise ValueError(f"accepted: a whole number from 1 to {PAGE_LIMIT}, or all")
    return text


_Day = Annotated[date, BeforeValidator(_iso_day)]
_Whole = Annotated[int, BeforeValidator(_plain_number)]
_Number = Annotated[float, BeforeValidator(_plain_number)]
_Flag = Annotated[bool, BeforeValidator(_plain_flag)]

Minimum = Annotated[
    str | None,
    Named("min"),
    Field(max_length=16, description=f"what a day needs: {_MINIMUM}; the setting unless given"),
]
AsOf = Annotated[
    _Day | None,
    Field(description="answer as of the end of this day (YYYY-MM-DD); today unless given"),
]
Limit = Annotated[
    str | None,
    BeforeValidator(_limit),
    Field(
        description=f"items of a page, from 1 to {PAGE_LIMIT}, or all; unless given {DEFAULT_LIMIT} in JSON, in CSV all"
    ),
]
Cursor = Annotated[
    str | None, Field(max_length=200, description="the next_cursor of the page before, unchanged")
]
DayPath = Annotated[_Day, Field(description="a calendar day of the runner's (YYYY-MM-DD)")]
YearPath = Annotated[_Whole, Field(ge=FIRST_YEAR, le=LAST_YEAR, description="a year")]
RunPath = Annotated[_Whole, Field(description="a run's id on Smashrun")]
Since = Annotated[_Day | None, Named("from"), Field(description="first day (YYYY-MM-DD)")]
Until = Annotated[_Day | None, Named("to"), Field(description="last day (YYYY-MM-DD)")]
GoalText = Annotated[
    str | None,
    Field(max_length=16, description=f"{GOAL_ACCEPTED}; the setting unless given, or what was run before"),
]
Km = Annotated[_Number | None, Field(ge=0, le=100_000, description="a distance in km")]
Race = Annotated[_Flag | None, Field(description="only races, or only others")]
Treadmill = Annotated[_Flag | None, Field(description="only on a treadmill, or only elsewhere")]
Types = Annotated[
    str | None,
    Named("type"),
    Field(max_length=400, description=f"which kinds of activities: {_TYPES}; all unless given"),
]
Sort = Annotated[RunOrder, Field(description="the order; with a minus descending")]
SortOfList = Annotated[ListOrder, Field(description="what comes first; of equally long ones the newest")]
SortOfRecords = Annotated[RecordOrder, Field(description="by kind, or the newest best first")]
UnitOfGaps = Annotated[GapUnit, Field(description="what is missed: days, or whole weeks without a run day")]
UnitOfSplits = Annotated[Literal["km", "mi"], Field(description="the length of a split")]
WeekStartDay = Annotated[
    Literal["monday", "sunday"] | None,
    Field(description="the first day of a week; the setting unless given"),
]
Days = Annotated[_Whole, Field(ge=1, le=TRAILING_LIMIT, description="how many days, today included")]
Distance = Annotated[
    str | None,
    Field(
        max_length=20, description="one of the distances, such as 5km, 10k, half or mile; all unless given"
    ),
]
Year = Annotated[_Whole, Field(ge=FIRST_YEAR, le=LAST_YEAR, description="a year")]
