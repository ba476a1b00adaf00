"""What a period adds up to, as cells of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scripts.display.measures import Units, climb, distance, duration, pace
from scripts.display.tables import Column

if TYPE_CHECKING:
    from myrunstreak.analytics.models import Figures

COLUMNS: Final = (
    Column("runs", right=True),
    Column("days", right=True, needed=False),
    Column("distance", right=True),
    Column("time", right=True, needed=False),
    Column("pace", right=True),
    Column("longest", right=True, needed=False),
    Column("climb", right=True, needed=False),
)


def cells(figures: Figures, units: Units) -> list[str]:
    """The cells of ``COLUMNS``."""
    return [
        f"{figures.runs:,}",
        f"{figures.days:,}",
        distance(figures.distance_km, units, 1),
        duration(figures.duration_s),
        pace(figures.pace_s_per_km, units),
        distance(figures.longest_run_km, units, 1),
        climb(figures.elevation_gain_m, units),
    ]
