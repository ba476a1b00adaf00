"""What all ways to best efforts share: the points that they read, and how they are compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

SAMPLES: Final = "SELECT activity_id, point, clock_ms, distance_cm FROM samples"


def read_aims(connection: Any) -> list[int]:
    """The distances in cm, shortest first."""
    sql = "SELECT CAST(distance_m * 100 AS INTEGER) FROM effort_distances ORDER BY distance_m"
    return [aim for (aim,) in connection.execute(sql).fetchall()]


def sum_efforts(elapsed_s: Sequence[float]) -> dict[str, Any]:
    """How many efforts were found, and their sum, which is the same for all exact ways."""
    return {"efforts": len(elapsed_s), "checksum_s": math.fsum(elapsed_s)}
