"""Distances, times and paces as a runner reads them, in km or miles."""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from myrunstreak.contract.units import KM_OF, Units

NOTHING: Final = "-"


def distance(km: float | None, units: Units, decimals: int = 2) -> str:
    """``12.34 km``, ``1,234.5 mi``."""
    if km is None:
        return NOTHING
    return f"{km / KM_OF[units]:,.{decimals}f} {units}"


def enough(km: float, units: Units) -> str:
    """Two decimals, upwards, so that the distance shown is enough: ``1.61 km``."""
    return f"{math.ceil(km / KM_OF[units] * 100 - 1e-6) / 100:.2f} {units}"


def exact(km: float, units: Units) -> str:
    """Smashrun's five decimals, without trailing zeros: ``5.12345 km``, ``5 mi``."""
    return f"{km / KM_OF[units]:.5f}".rstrip("0").rstrip(".") + f" {units}"


def duration(seconds: float | None) -> str:
    """``4:05``, ``1:02:03``, ``123:00:00``: whole seconds, halves rounded up."""
    if seconds is None:
        return NOTHING
    whole = int(abs(seconds) + 0.5)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    text = f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"
    return f"-{text}" if seconds < 0 and whole else text


def pace(seconds_per_km: float | None, units: Units) -> str:
    """``5:00 /km``: sixty seconds are a minute more, never ``4:60``."""
    if seconds_per_km is None:
        return NOTHING
    return f"{duration(seconds_per_km * KM_OF[units])} /{units}"


def climb(metres: float | None, units: Units) -> str:
    """``123 m`` or ``404 ft``."""
    if metres is None:
        return NOTHING
    return f"{metres / 0.3048:,.0f} ft" if units == "mi" else f"{metres:,.0f} m"


def time_left(seconds: int) -> str:
    """``7 h 05 min``, ``12 min``."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours} h {rest // 60:02d} min" if hours else f"{rest // 60} min"


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 run``, ``2 runs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day_text(day: date) -> str:
    """``1 Mar 2025``."""
    return f"{day.day} {day:%b %Y}"
