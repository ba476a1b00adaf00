"""The models of the answers about years, months, weeks, the last days, and Eddington numbers."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from myrunstreak.analytics.models import Answer, Part


class Figures(Part):
    """The sums of a period.

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
    """The last N days, including today."""

    from_: date = Field(serialization_alias="from", validation_alias="from")
    to: date


class Compared(Figures):
    """One year, up to the day of the year at which both are compared."""

    year: int
    to: date


class Comparison(Answer):
    """Two years, to the same day of the year."""

    items: list[Compared]
    difference: Figures = Field(description="the second year minus the first")


class EddingtonNumber(Part):
    """The largest E with at least E days of at least E units."""

    number: int
    days_to_next: int = Field(
        description="how many more days of at least E + 1 units it takes to reach E + 1"
    )


class Eddington(Answer):
    """Eddington numbers over per-day sums."""

    km: EddingtonNumber
    mi: EddingtonNumber
