"""The same work within what Lambda gives a function of 512 MB: that memory, and 0.29 of a core."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from scripts.bench.answering import measure_cold
from scripts.bench.environments import Sides
from scripts.bench.history import archive_history
from scripts.bench.limits import LimitsUnavailable, lambda_limits
from scripts.bench.processes import Figures, alternately, measure, spread


@dataclass(frozen=True)
class Plan:
    """The history, and how often each is done."""

    runs: int
    rounds: int


def measure_within_lambda(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Seconds; or why they could not be measured here."""
    root, base = folder / "raw", folder / "base" / "runs.duckdb"
    archive_history(root, plan.runs)
    measure("scripts.bench.daily:prepare", on=sides.ours, root=str(root), database=str(base))
    try:
        with lambda_limits() as limits:
            ours = sides.ours.within(limits)
            days = iter(range(1_000))
            storing, day = alternately(
                plan.rounds,
                [
                    lambda: measure("scripts.bench.storing:ours", on=ours, root=str(root)),
                    lambda: measure(
                        "scripts.bench.daily:one_day",
                        on=ours,
                        database=str(base),
                        history=plan.runs,
                        day=next(days),
                    ),
                ],
            )
            cold = measure_cold(plan.rounds, base, replace(sides, ours=ours))
    except LimitsUnavailable as unavailable:
        return {"unavailable": str(unavailable)}
    return {
        "runs": plan.runs,
        "rounds": plan.rounds,
        "storing": _spreads(storing),
        "day": _spreads(day),
        "cold": cold,
    }


def _spreads(figures: list[Figures]) -> Figures:
    return {
        "seconds": spread([one["seconds"] for one in figures]),
        "cpu_seconds": spread([one["cpu_seconds"] for one in figures]),
        "peak_mb": max(one["peak_mb"] for one in figures),
    }
