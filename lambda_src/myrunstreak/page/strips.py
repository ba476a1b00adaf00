"""Strips of a run's splits: pace, heart rate and height, each with its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from myrunstreak.analytics.run_models import Split
from myrunstreak.page import pictures


def draw_strips(rows: Sequence[Split]) -> list[dict[str, Any]]:
    """Strips of a run's splits: pace, heart rate and height, each with its range in words."""
    found: list[dict[str, Any]] = []
    count = len(rows)
    paces = [row.pace_s_per_km for row in rows]
    if count > 1 and all(paces):
        known = [pace for pace in paces if pace]
        fastest, slowest = min(known), max(known)
        span = (slowest - fastest) or 1.0
        heights = [35 + (slowest - pace) / span * 65 for pace in known]
        found.append({"name": "Pace", "bars": _strip(heights), "low": slowest, "high": fastest})
    hearts = [row.heart_rate_avg for row in rows]
    if count > 1 and all(hearts):
        known = [heart for heart in hearts if heart]
        low, high = min(known), max(known)
        heights = [35 + (heart - low) / ((high - low) or 1.0) * 65 for heart in known]
        found.append({"name": "Heart rate", "bars": _strip(heights), "low": low, "high": high})
    if count > 1 and any(row.elevation_gain_m is not None for row in rows):
        height, heights_m = 0.0, [0.0]
        for row in rows:
            height += (row.elevation_gain_m or 0.0) - (row.elevation_loss_m or 0.0)
            heights_m.append(height)
        low, high = min(heights_m), max(heights_m)
        points = [(place / count, metres) for place, metres in enumerate(heights_m)]
        found.append(
            {
                "name": "Height",
                "points": pictures.draw_line(points, low, high),
                "low": low,
                "high": high,
            }
        )
    return found


def _strip(heights: Sequence[float]) -> list[pictures.Bar]:
    width = 100 / len(heights)
    return [
        pictures.Bar(round(place * width, 2), round(width * 0.9, 2), round(height, 1))
        for place, height in enumerate(heights)
    ]
