"""What a period adds up to, as columns of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from myrunstreak.measures import Units, climb, distance, duration, pace

from scripts.display.tables import Column

if TYPE_CHECKING:
    from myrunstreak.analytics.period_models import Figures


def figure_columns(units: Units) -> list[tuple[Column, Callable[[Figures], str]]]:
    """The columns, each with the function that makes its cell."""
    return [
        (Column("runs", right=True), lambda of: f"{of.runs:,}"),
        (Column("days", right=True, needed=False), lambda of: f"{of.days:,}"),
        (Column("distance", right=True), lambda of: distance(of.distance_km, units, 1)),
        (Column("time", right=True, needed=False), lambda of: duration(of.duration_s)),
        (Column("pace", right=True), lambda of: pace(of.pace_s_per_km, units)),
        (Column("longest", right=True, needed=False), lambda of: distance(of.longest_run_km, units, 1)),
        (Column("climb", right=True, needed=False), lambda of: climb(of.elevation_gain_m, units)),
    ]
