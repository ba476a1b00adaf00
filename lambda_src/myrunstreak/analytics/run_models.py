"""The models of the answers about single runs: their figures, laps, splits and best efforts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from myrunstreak.analytics.best_models import Measured
from myrunstreak.analytics.models import ActivityId, Answer, Part

Unit = Literal["km", "mi"]


class Run(Part):
    """A run in a list."""

    activity_id: ActivityId
    start_local: str = Field(description="wall clock as recorded")
    start_date: date
    activity_type: str | None = Field(description="as Smashrun names it; lists show every type")
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
    """One run in full, without positions."""

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
    """A run's splits; none without a recording."""

    activity_id: ActivityId
    unit: Unit
    items: list[Split]
