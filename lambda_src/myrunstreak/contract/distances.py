"""Distances as a runner writes them."""

from __future__ import annotations

import re
from typing import Final

from myrunstreak.contract.units import MILE_KM

DISTANCES_ACCEPTED: Final = "mile, half, marathon, or a distance such as 5km, 3.1mi or 10k"
_NAMED_KM: Final = {"mile": MILE_KM, "half": 21.0975, "half marathon": 21.0975, "marathon": 42.195}
_UNITS_KM: Final = {"": 1.0, "k": 1.0, "km": 1.0, "mi": MILE_KM, "mile": MILE_KM, "miles": MILE_KM}
_NUMBER: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?([a-z]*)")
# As Smashrun rounds, so that a run of exactly so many miles is that far.
_DECIMALS: Final = 5


def parse_distance_km(text: str) -> float:
    """A distance in km; a number alone is km, and capitals do not matter.

    Raises:
        ValueError: the text is no distance.
    """
    written = text.strip().lower()
    if written in _NAMED_KM:
        return _NAMED_KM[written]
    found = _NUMBER.fullmatch(written)
    if found is None or found[2] not in _UNITS_KM:
        raise ValueError(f"expected {DISTANCES_ACCEPTED}")
    km = float(found[1]) * _UNITS_KM[found[2]]
    return km if _UNITS_KM[found[2]] == 1.0 else round(km, _DECIMALS) or km


def spell_distance(text: str) -> str:
    """``5 km``, ``3.1 mi``: a distance that can be understood, with its unit.

    Raises:
        ValueError: the text is no distance.
    """
    km = parse_distance_km(text)
    found = _NUMBER.fullmatch(text.strip().lower())
    if found is None:
        return "1 mi" if km == MILE_KM else f"{km} km"
    return f"{found[1]} {'km' if _UNITS_KM[found[2]] == 1.0 else 'mi'}"
