"""How long the campaigns are and what chance they follow."""

from __future__ import annotations

import os
import random
from typing import Final

SEED: Final = int(os.environ.get("SOAK_SEED", "1"))
COUNT: Final = int(os.environ.get("SOAK_COUNT", "200"))
# Side by side, so that several processors can share a campaign.
PARTS: Final = 8


def chance(campaign: str, number: int) -> random.Random:
    """The dice of one journey; the same for the same seed."""
    return random.Random(f"{SEED}:{campaign}:{number}")


def journeys(part: int) -> range:
    """The numbers of the journeys that one part makes."""
    return range(part, COUNT, PARTS)
