"""Says in words why a day counts or does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from myrunstreak.analytics.models import DayState
from myrunstreak.contract.units import Units
from myrunstreak.measures import exact


@dataclass(frozen=True)
class DayFacts:
    """What the record holds of a day.

    Attributes:
        runs: live runs of the counting types; deleted: those deleted at Smashrun.
        others: the other live activities, as ``name_activity`` names them.
        waiting: runs of the day in quarantine.
        distance_km: the sum of the runs.
        minimum_km: the sum that makes a run day; 0: any run counts.
    """

    runs: int
    deleted: int
    others: Sequence[str]
    waiting: int
    distance_km: float
    minimum_km: float


def explain_day(
    facts: DayFacts, state: DayState, *, counted_types: str, data_as_of: datetime | None, units: Units
) -> str:
    """The reason, one sentence a fact; distances in the runner's units."""
    is_empty_yet = state == "unknown" and not facts.runs
    sentences = [] if is_empty_yet else [_sum_up(facts, units, is_run_day=state == "run_day")]
    if state == "unknown" and data_as_of is not None:
        sentences.append(
            f"Not known yet: the record is as of {data_as_of:%Y-%m-%d %H:%M} UTC, before this day had ended."
        )
    if facts.deleted:
        sentences.append(f"{count(facts.deleted, 'run')} deleted at Smashrun and not counted.")
    if facts.others:
        kinds = ", ".join(dict.fromkeys(facts.others))
        do = "does" if len(facts.others) == 1 else "do"
        sentences.append(f"{kinds} {do} not count: ACTIVITY_TYPES is {counted_types}.")
    if facts.waiting:
        wait = "waits" if facts.waiting == 1 else "wait"
        records = count(facts.waiting, "record")
        sentences.append(f"{records} of this day {wait} in quarantine (`myrunstreak quarantine list`).")
    return " ".join(sentences)


def name_activity(activity_type: str | None, distance_km: float | None, units: Units) -> str:
    """``walking (3.2 km)``: an activity by its type."""
    name = activity_type or "an activity without a type"
    return f"{name} ({exact(distance_km, units)})" if distance_km else name


def explain_gap(
    *,
    runs: int,
    deleted: int,
    other_activities: int,
    other_types: Sequence[str | None],
    waiting: int,
    counted_types: str,
) -> str:
    """What there was in a gap instead of a run day, in one sentence.

    Args:
        runs: live runs of the counting types; deleted: those deleted at Smashrun.
        other_activities: live activities of other types; other_types: the names of these, each once.
        waiting: records of its days in quarantine.
    """
    parts = [f"{count(runs, 'run')} too short for a run day"] if runs else []
    if deleted:
        parts.append(f"{count(deleted, 'run')} deleted at Smashrun")
    if other_activities:
        kinds = ", ".join(name or "without a type" for name in other_types)
        parts.append(f"{other_activities} of other types ({kinds}; ACTIVITY_TYPES is {counted_types})")
    if waiting:
        parts.append(f"{count(waiting, 'record')} in quarantine")
    return "; ".join(parts) or "nothing recorded"


def _sum_up(facts: DayFacts, units: Units, *, is_run_day: bool) -> str:
    if not facts.runs:
        return "No run on this day."
    total = (
        f"{count(facts.runs, 'run')} of {exact(facts.distance_km, units)}"
        if facts.runs == 1
        else f"{facts.runs} runs that add up to {exact(facts.distance_km, units)}"
    )
    if not facts.minimum_km:
        return f"{total}: any recorded run counts."
    needed = f"the {exact(facts.minimum_km, units)} that a day needs."
    if is_run_day:
        return f"{total}: at least {needed}"
    return f"{total}: {exact(facts.minimum_km - facts.distance_km, units)} less than {needed}"


def count(number: int, noun: str) -> str:
    """``1 run``, ``2 runs``."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"
