"""When the sun sets for the runner: whether what is left of the day is dark."""

from __future__ import annotations

from datetime import date, datetime, tzinfo


def find_sunset(place: tuple[float, float], day: date, zone: tzinfo) -> datetime | None:
    """The sunset of a day on the runner's clock; None where the sun does not set on it.

    Args:
        place: latitude and longitude in degrees.
    """
    from astral import Observer
    from astral.sun import sunset

    try:
        found = sunset(Observer(*place), day, tzinfo=zone)
    except ValueError:  # midsummer and midwinter of the far north and south
        return None
    return found if found.date() == day else None
