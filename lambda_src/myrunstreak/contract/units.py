"""How long a mile is: the only place that says so."""

from __future__ import annotations

from typing import Final, Literal

Units = Literal["km", "mi"]

# Smashrun rounds distances to five decimals of a km: a run of exactly a mile is a mile.
MILE_KM: Final = 1.60934
KM_OF: Final[dict[str, float]] = {"km": 1.0, "mi": MILE_KM}
# Smashrun's splits end where the recording passes a mile itself.
SPLIT_MILE_KM: Final = 1.609344
