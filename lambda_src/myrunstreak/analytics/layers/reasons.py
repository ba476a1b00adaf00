"""Says in words why a run counts for a layered streak, and why a period qualifies or does not."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any, Final

from myrunstreak.analytics.layers.definitions import Definition, Each
from myrunstreak.analytics.reasons import count
from myrunstreak.contract.units import Units
from myrunstreak.measures import duration, exact

_VERDICTS: Final = {
    "qualifies": "It qualifies",
    "open": "It is not over",
    "unknown": "It is not known yet, as the record ends before it did",
    "rest": "It does not qualify and is forgiven as rest",
    "missed": "It does not qualify",
}


def explain_run(each: Each, run: Mapping[str, Any], units: Units) -> str:
    """The conditions that a run fails, or that it counts."""
    clock = f"{run['start_local']:%H:%M}"
    reasons: list[str] = []
    if run["too_short"] and each.distance:
        reasons.append(f"{exact(run['distance_km'] or 0, units)} are less than {each.distance.text}")
    if run["too_brief"] and each.duration:
        reasons.append(f"{_clock(run['duration_s'] or 0)} is less than {each.duration.text}")
    if run["too_early"]:
        reasons.append(f"it started at {clock}, before {each.start_from:%H:%M}")
    if run["too_late"]:
        reasons.append(f"it started at {clock}, not before {each.start_before:%H:%M}")
    return f"does not count: {', and '.join(reasons)}" if reasons else "counts"


def explain_period(
    definition: Definition, row: Mapping[str, Any], missing: Mapping[str, Any], runs: int, units: Units
) -> str:
    """The sums of a period, its verdict, and what it lacks.

    Args:
        row: the period's figures and verdict.
        missing: what it lacks, under the same names.
        runs: all its runs, counting or not.
    """
    counting = f"{row['runs']} of {count(runs, 'run')} count{'s' if row['runs'] == 1 else ''}"
    distance = f"{exact(row['distance_km'], units)} in {_clock(row['duration_s'])}"
    lacks = [
        count(missing["runs"], "run") if missing["runs"] else "",
        f"{count(missing['days'], 'day')} with a run" if missing["days"] and definition.days > 1 else "",
        exact(missing["distance_km"], units) if missing["distance_km"] else "",
        f"{_clock(ceil(missing['duration_s']))} of running" if missing["duration_s"] else "",
    ]
    lacking = ", ".join(filter(None, lacks))
    ending = f": {lacking} missing" if lacking else ""
    span = "This day" if definition.period == "day" else f"{row['start_date']} to {row['end_date']}"
    return f"{span}: {counting}, on {count(row['days'], 'day')}, {distance}. {_VERDICTS[row['verdict']]}{ending}."


def _clock(seconds: float) -> str:
    """Whole seconds that were reached: 29:59.5 are not yet half an hour."""
    return duration(int(seconds + 1e-6))
