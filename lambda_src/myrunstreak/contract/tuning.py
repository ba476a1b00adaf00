"""What an operator may choose: shared by the application's settings and the stack's configuration.

Names, defaults and bounds exist here only.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from myrunstreak.contract.activity_types import RUNNING, expand_labels, normalise
from myrunstreak.contract.distances import DISTANCES_ACCEPTED, parse_distance_km
from myrunstreak.contract.times import TIMES_ACCEPTED, parse_times
from myrunstreak.contract.units import Units

MINIMUM_ACCEPTED: Final = f"any, {DISTANCES_ACCEPTED}, above 0 and at most 1000 km"
_MOST_MINIMUM_KM: Final = 1000
# How far a year or a month may be.
_MOST_GOAL_KM: Final = 100_000.0
GOAL_ACCEPTED: Final = "a distance such as 2000, 2000km or 1200mi, above 0 and at most 100000 km"
WeekStart = Literal["monday", "sunday"]


def parse_minimum_km(text: str) -> float:
    """A streak minimum in km: 0 for ``any``, else a distance.

    Raises:
        ValueError: text is neither, or the distance is 0 or more than 1000 km.
    """
    if text == "any":
        return 0.0
    km = parse_distance_km(text)
    if not 0 < km <= _MOST_MINIMUM_KM:
        raise ValueError(f"expected {MINIMUM_ACCEPTED}")
    return km


def parse_goal_km(text: str) -> float:
    """How far to run in a year or a month, in km.

    Raises:
        ValueError: text is no distance, or 0, or more than 100000 km.
    """
    km = parse_distance_km(text)
    if not 0 < km <= _MOST_GOAL_KM:
        raise ValueError(f"expected {GOAL_ACCEPTED}")
    return km


def _check_goal(value: str) -> str:
    parse_goal_km(value)
    return value


def check_minimum(value: str) -> str:
    """A streak minimum as it is; see ``parse_minimum_km`` for what is none."""
    parse_minimum_km(value)
    return value


def check_zone(value: str) -> str:
    """An IANA time zone as it is.

    Raises:
        ValueError: there is no such zone.
    """
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("unknown time zone") from None
    return value


def _check_times(value: str) -> str:
    return ",".join(parse_times(value))


class Tuning(BaseModel):
    """What the operator may choose, each within bounds."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        str_min_length=1,  # an empty variable counts as unset, so an empty value could not come back
    )

    runner_timezone: Annotated[str, Field(max_length=64), AfterValidator(check_zone)] | None = Field(
        default=None, description="an IANA time zone such as Europe/Amsterdam; decides 'today'"
    )
    streak_min_distance: Annotated[str, AfterValidator(check_minimum)] = Field(
        title="what a day needs to count",
        default="any",
        max_length=16,
        description=MINIMUM_ACCEPTED,
    )
    activity_types: Annotated[str, AfterValidator(normalise)] = Field(
        title="which activities count",
        default=RUNNING,
        max_length=400,
        description="any, or labels with commas between, such as running,walking; running stands for every label "
        "with run in it, treadmill, trail, track, unknown and none",
    )
    detail_requests_per_sync: int = Field(
        title="most runs whose laps and recordings one sync fetches",
        default=200,
        ge=0,
        le=100_000,
        description="a whole number from 0 (off) to 100000",
    )
    stop_margin_s: int = Field(
        default=20,
        ge=1,
        le=600,
        description="seconds from 1 to 600 kept for committing before the time is up",
    )
    environment: str = Field(
        title="the name of a deployed stack",
        default="dev",
        pattern=r"^[a-z][a-z0-9-]{0,30}$",
        description="lower-case letters, digits and dashes, at most 31",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        title="how much a deployed function logs", default="INFO", description="DEBUG, INFO, WARNING or ERROR"
    )

    week_start: WeekStart = Field(
        default="monday", description="monday (ISO weeks) or sunday: the first day of the runner's weeks"
    )
    units: Units = Field(default="km", description="km or mi, in all that a person reads")
    goal_year: Annotated[str, Field(max_length=16), AfterValidator(_check_goal)] | None = Field(
        title="how far to run in a year", default=None, description=GOAL_ACCEPTED
    )
    goal_month: Annotated[str, Field(max_length=16), AfterValidator(_check_goal)] | None = Field(
        title="how far to run in a month", default=None, description=GOAL_ACCEPTED
    )
    share: bool = Field(
        default=False,
        description="true or false: whether badge, status, calendar feed and posters have a public address",
    )
    remind_at: Annotated[str, Field(max_length=60), AfterValidator(_check_times)] | None = Field(
        default=None, description=f"{TIMES_ACCEPTED}; RUNNER_TIMEZONE has to be set too"
    )
    digest: bool = Field(
        default=False,
        description="true or false: whether milestones, the week and the year are told in the morning",
    )
    api_public_status: bool = Field(
        default=False, description="true or false: whether /v1/status answers without a key"
    )
    api_cors_origin: str | None = Field(
        default=None,
        max_length=256,
        pattern=r"^(https://[a-z0-9.-]{1,200}|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?$",
        description="the one web origin that may read the API from a browser, such as https://runs.example.org",
    )

    @property
    def counted_labels(self) -> list[str] | None:
        """Labels of the activities that count, as the database compares them; None: all do."""
        return expand_labels(self.activity_types)

    @property
    def reminder_times(self) -> list[str]:
        """When the runner is reminded, each as HH:MM, the earliest first; none: never."""
        return sorted(parse_times(self.remind_at)) if self.remind_at else []

    @property
    def streak_min_km(self) -> float:
        """The minimum of a run day in km; 0 where any run counts."""
        return parse_minimum_km(self.streak_min_distance)
