"""What is answered: one frozen model for each question, the same for the API's body and the command line's ``--json``.

Distances are km, times seconds, heights metres, paces seconds a km, all unrounded; dates are the runner's
own calendar days. ``data_as_of`` is the instant up to which the record is Smashrun's.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

State = Literal["done_today", "at_risk", "broken", "unknown"]
DayState = Literal["run_day", "no_run_day", "unknown"]
Unit = Literal["km", "mi"]
Measured = Literal["recording", "average"]
Source = Literal[Measured, "bound"]

# The largest whole number that a browser keeps: beyond it, JavaScript's numbers have gaps.
LARGEST_NUMBER: Final = 2**53 - 1


def id_for_browsers(activity_id: int) -> int | str:
    """A run's id as JSON holds it safely: a number, or its digits as a text beyond what JavaScript counts exactly."""
    return activity_id if abs(activity_id) <= LARGEST_NUMBER else str(activity_id)


ActivityId = Annotated[
    int,
    PlainSerializer(id_for_browsers, when_used="json"),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer"},
                {"type": "string", "pattern": r"^-?[0-9]{16,19}$"},
            ],
            "description": "a run's id on Smashrun: a number, or its digits as a text beyond 2^53 - 1",
        },
        mode="serialization",
    ),
]


class Part(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Answer(Part):
    """A whole answer."""

    data_as_of: datetime | None = Field(
        description="UTC instant up to which the record is Smashrun's; null before the first complete sync"
    )


# -- streaks ------------------------------------------------------------------------------------------


class Streak(Part):
    """Consecutive run days; both ends count."""

    start_date: date
    end_date: date
    length_days: int
    runs: int
    distance_km: float


class StreakAnswer(Answer):
    """The streak as it stands today, or as it stood at the end of a day."""

    today: date = Field(
        description="the runner's present day; a run dated a day ahead means it is that day there"
    )
    minimum_km: float = Field(
        description="what the runs of a day have to add up to; 0: any recorded run counts"
    )
    state: State = Field(
        description="unknown: yesterday has no run, but had not ended by data_as_of, so what was run since is not known"
    )
    current: Streak | None = Field(
        description="null when there is none; where the state is unknown, the streak as it stood on the day as_of"
    )
    as_of: date = Field(
        description="the day that current is told of: today, or the runner's day at data_as_of where the state is unknown"
    )
    needed_today_km: float = Field(
        description="what today still lacks of the minimum; 0 when it is a run day, or when any run will do"
    )
    seconds_left_today: int = Field(
        description="until the runner's midnight; 0 for the end of a day in the past"
    )
    longest: Streak | None = Field(
        description="the longest there was, the newest of equals; null without a run day"
    )
    waiting: list[date] = Field(
        description="days without enough runs beside these streaks, or today or yesterday, of which a record waits in "
        "quarantine: it may join them"
    )
    timezone: str = Field(description="what tells today: a zone, or a UTC offset and where it comes from")
    timezone_is_set: bool = Field(
        description="false: RUNNER_TIMEZONE is not set, and today may be wrong by an hour after the clocks change"
    )


class ListedStreak(Streak):
    """One of all streaks."""

    is_current: bool = Field(
        description="it reaches today or yesterday or, where the state is unknown, reached the runner's day at data_as_of"
    )
    break_days: int | None = Field(
        description="full days without a run day until the next streak, as far as they are known; null for the last"
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
        description="whether it counts towards the day; a run deleted at Smashrun does not, nor does another type of "
        "activity than ACTIVITY_TYPES has"
    )


class Day(Answer):
    """What counted on a day, and why."""

    date: date
    runs: list[RunOfDay]
    distance_km: float
    is_run_day: bool
    state: DayState = Field(
        description="unknown: no run day so far, but the day had not ended by data_as_of, so more may come"
    )
    waiting: int = Field(description="records of this day that wait in quarantine")
    reason: str


class CalendarDay(Part):
    """A day of the calendar."""

    date: date
    runs: int
    distance_km: float
    is_run_day: bool
    state: DayState = Field(description="unknown: no run day so far, and it had not ended by data_as_of")


class Calendar(Answer):
    """Every day of a year."""

    year: int
    days: list[CalendarDay]


class DayFigures(Part):
    """What a day adds up to."""

    date: date
    runs: int
    distance_km: float
    duration_s: float
    pace_s_per_km: float | None = Field(description="null without a run that has both time and distance")
    is_run_day: bool
    state: DayState = Field(description="unknown: no run day so far, and it had not ended by data_as_of")


class DaySeries(Answer):
    """Every day of a range, those without a run too."""

    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date
    items: list[DayFigures]


# -- statistics ---------------------------------------------------------------------------------------


class Figures(Part):
    """What a period adds up to.

    The average pace is the total time over the total distance of the runs that have both.
    """

    runs: int
    days: int = Field(description="days with a run")
    distance_km: float
    duration_s: float
    pace_s_per_km: float | None
    longest_run_km: float | None
    elevation_gain_m: float | None


class Period(Figures):
    """A year, month or week with a run."""

    period: str = Field(description="2024, 2024-05 or 2024-W05")
    start_date: date
    end_date: date


class Periods(Answer):
    """Periods with a run, newest first."""

    items: list[Period]


class Trailing(Answer, Figures):
    """The days up to and with today."""

    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date


class Compared(Figures):
    """One year up to the day that both are compared to."""

    year: int
    to: date


class Comparison(Answer):
    """Two years, to the same day of the year."""

    items: list[Compared]
    difference: Figures = Field(description="the second year less the first")


class EddingtonNumber(Part):
    """The largest E with at least E days of at least E units."""

    number: int
    days_to_next: int = Field(description="how many more days of at least E + 1 units make it E + 1")


class Eddington(Answer):
    """Eddington numbers over per-day sums."""

    km: EddingtonNumber
    mi: EddingtonNumber


# -- records ------------------------------------------------------------------------------------------


class Coverage(Part):
    """How much of what the records are made from is here: recordings arrive over days and weeks."""

    recordings: int = Field(description="runs whose recording is here")
    of: int = Field(description="runs that have a recording at Smashrun")
    pending: int = Field(
        description="runs whose recording is still to come, without those asked for in vain too often"
    )
    complete_about: date | None = Field(
        description="about when the last of them comes, with one sync a day; null when none waits or details are off"
    )


class Holding(Part):
    """What held a record once, before it was beaten."""

    value: float
    date: date | None
    period: str | None
    activity_id: ActivityId | None


class Record(Part):
    """A record: its first holder keeps it until it is beaten."""

    kind: str
    value: float = Field(
        description="a bound where source is bound: the best is at most that, by the pace of a longer effort"
    )
    unit: Literal["km", "days", "s"]
    date: date | None
    period: str | None = Field(
        description="the week, month, year, or first and last day (2024-01-02/2024-01-05)"
    )
    activity_id: ActivityId | None
    source: Source | None = Field(description="how a time was measured; null where nothing was timed")
    bounded_by: str | None = Field(description="the longer distance that the bound is from; null elsewhere")
    measured: float | None = Field(
        description="where the value is a bound, the best measured so far, if any; null elsewhere"
    )
    history: list[Holding] = Field(
        description="earlier holders, oldest first; under a bound the last one is the best measured so far"
    )


class Records(Answer):
    """Every record."""

    coverage: Coverage
    items: list[Record]


class HeldEffort(Part):
    """A best effort that held the record once."""

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
        description="a bound where source is bound: the best is at most that, by the pace of a longer effort"
    )
    activity_id: ActivityId
    date: date
    offset_s: float | None = Field(
        description="where in the run the stretch begins; null for a whole run's average, and for a bound"
    )
    source: Source
    bounded_by: str | None = Field(description="the longer distance that the bound is from; null elsewhere")
    measured_s: float | None = Field(
        description="where the time is a bound, the best measured so far, if any; null elsewhere"
    )
    flagged: bool = Field(description="faster than any human yet: shown, never counted")
    history: list[HeldEffort] = Field(
        description="earlier holders, oldest first; under a bound the last one is the best measured so far"
    )


class BestEfforts(Answer):
    """The fastest stretch over each distance, and those that are not counted."""

    coverage: Coverage
    items: list[BestEffort]
    not_counted: list[BestEffort] = Field(description="flagged stretches, the fastest first")


# -- runs ---------------------------------------------------------------------------------------------


class Run(Part):
    """A run in a list."""

    activity_id: ActivityId
    start_local: str = Field(description="wall clock as recorded")
    start_date: date
    activity_type: str | None = Field(description="as Smashrun has it; lists show every type")
    utc_offset_minutes: int | None
    distance_km: float | None
    duration_s: float | None
    pace_s_per_km: float | None
    heart_rate_avg: float | None
    heart_rate_max: int | None
    cadence_avg: float | None
    elevation_gain_m: float | None
    calories: int | None
    temperature_c: float | None
    weather_type: str | None
    terrain: str | None
    how_felt: str | None
    is_race: bool | None
    is_treadmill: bool | None
    city: str | None
    country: str | None
    source: str | None


class Runs(Answer):
    """A page of runs."""

    items: list[Run]
    next_cursor: str | None = Field(description="asks for the next page; null on the last one")


class Lap(Part):
    """A lap as recorded: running totals at its end, in Smashrun's own numbers."""

    lap_number: int
    lap_type: str | None
    end_duration_s: float | None
    end_distance: float | None


class RunEffort(Part):
    """A run's fastest stretch over a distance."""

    distance: str
    distance_m: float
    elapsed_s: float
    offset_s: float | None
    source: Measured
    flagged: bool


class RunAnswer(Answer, Run):
    """One run with what is known of it, positions left out."""

    heart_rate_min: int | None
    elevation_loss_m: float | None
    humidity: float | None
    wind_speed_kph: float | None
    notes: str | None
    state: str | None
    has_details: bool | None
    details_at: datetime | None = Field(description="when laps and recording were fetched")
    laps: list[Lap]
    best_efforts: list[RunEffort]


class Split(Part):
    """One split's own figures, not running totals."""

    split_number: int
    distance_km: float
    duration_s: float
    pace_s_per_km: float | None
    heart_rate_avg: float | None
    elevation_gain_m: float | None
    elevation_loss_m: float | None


class Splits(Answer):
    """A run's splits; none where there is no recording."""

    activity_id: ActivityId
    unit: Unit
    items: list[Split]


# -- state --------------------------------------------------------------------------------------------


class Status(Answer):
    """Streak, state and freshness, and nothing else: what may be made public."""

    state: State
    length_days: int = Field(description="where the state is unknown, as it stood on the day as_of")
    as_of: date = Field(
        description="the day that length_days is told of: today, or an earlier one where unknown"
    )
    timezone_is_set: bool
    last_success_at: datetime | None
    stale: bool = Field(description="no complete sync for 26 hours")
