"""Explains the verdict of every layered streak on the period around a day, run by run."""

from __future__ import annotations

from datetime import date
from typing import Any

from myrunstreak.analytics.layers.definitions import Definition, Definitions
from myrunstreak.analytics.layers.models import LayerExplanation, RunOfPeriod, Verdict
from myrunstreak.analytics.layers.reasons import explain_period, explain_run
from myrunstreak.analytics.layers.streaks import (
    Layer,
    World,
    encode_worlds,
    find_layers,
    find_missing,
)
from myrunstreak.analytics.statements import Database, ask, statement
from myrunstreak.contract.tuning import WeekStart
from myrunstreak.contract.units import Units
from myrunstreak.errors import InvalidQuestion


def explain_layers(
    database: Database,
    *,
    definitions: Definitions,
    day: date,
    today: date,
    unknown_from: date | None = None,
    week_start: WeekStart = "monday",
    units: Units = "km",
) -> list[LayerExplanation]:
    """The verdict of every definition on the period around a day, run by run.

    Args:
        today: the runner's present day.
        unknown_from: the first day that had not ended by ``data_as_of``; see ``Today``.

    Raises:
        InvalidQuestion: the day is still to come, or in no year of the record's.
    """
    if day > today:
        raise InvalidQuestion(f"{day} is still to come; accepted: a day up to today, {today}.")
    layers = find_layers(database, definitions=definitions, today=today, day=day, week_start=week_start)
    verdicts: dict[str, Verdict] = {}
    for definition in definitions.parents_first():
        around = verdicts.get(definition.inside or "")
        verdicts[definition.name] = _verdict(layers[definition.name], around, today, unknown_from)
    return [
        _explain(database, definition, layers[definition.name], verdicts[definition.name], day, today, units)
        for definition in definitions.items
    ]


def _verdict(layer: Layer, around: Verdict | None, today: date, unknown_from: date | None) -> Verdict:
    """The verdict on a period; a period did not qualify only once the record covers its end."""
    if layer.period is None:
        return "unknown" if around == "unknown" else "outside"
    verdict: Verdict = layer.period["verdict"]
    end_date = layer.period["end_date"]
    is_known = unknown_from is None or end_date < unknown_from or end_date >= today
    return verdict if is_known or verdict == "qualifies" else "unknown"


def _explain(
    database: Database,
    definition: Definition,
    layer: Layer,
    verdict: Verdict,
    day: date,
    today: date,
    units: Units,
) -> LayerExplanation:
    period = layer.period
    about: dict[str, Any] = {
        "name": definition.name,
        "definition": definition.describe(),
        "inside": definition.inside,
        "date": day,
        "verdict": verdict,
        "streak": next(
            (streak for streak in layer.streaks if streak.start_date <= day <= streak.end_date), None
        ),
    }
    if period is None:
        known = "covers this day" if verdict == "outside" else "is known to cover this day yet"
        return LayerExplanation(
            **about, start_date=None, end_date=None, runs=[], distance_km=0.0, duration_s=0.0,
            reason=f"No streak of {definition.inside} {known}.",
        )  # fmt: skip
    # The period alone, as far as it has come, is the world of its runs.
    world = World(period["start_date"], min(period["end_date"], today))
    runs = [
        RunOfPeriod(
            activity_id=run["activity_id"],
            start_local=run["start_local"].isoformat(timespec="seconds"),
            distance_km=run["distance_km"],
            duration_s=run["duration_s"],
            counts=run["counts"],
            reason=explain_run(definition.each, run, units),
        )
        for run in ask(
            database, statement("layer_runs"), {**layer.conditions, "worlds": encode_worlds([world])}
        )
    ]
    missing = find_missing(definition, period).model_dump()
    figures = ("start_date", "end_date", "distance_km", "duration_s")
    return LayerExplanation(
        **about,
        **{name: period[name] for name in figures},
        runs=runs,
        reason=explain_period(definition, {**period, "verdict": verdict}, missing, len(runs), units),
    )
