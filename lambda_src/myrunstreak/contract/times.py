"""Times of the day in a setting, such as ``18:30,21:30``."""

from __future__ import annotations

import re
from typing import Final

# When milestones, the week and the year are told: after the daily sync, before the day begins.
DIGEST_AT: Final = "07:30"
MOST_TIMES: Final = 6
TIMES_ACCEPTED: Final = f"up to {MOST_TIMES} times of the day such as 18:30,21:30 (24 hours, each once)"

_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def parse_times(text: str) -> list[str]:
    """The times in a text, each as HH:MM, in the order in which they stand there.

    Raises:
        ValueError: it is no such text.
    """
    times = [part.strip() for part in text.split(",")]
    if len(times) > MOST_TIMES or len(times) != len(set(times)) or not all(map(_TIME.fullmatch, times)):
        raise ValueError("not times of the day")
    return times
