"""Computes the state of every layered streak: done, at risk, resting, broken or not known."""

from __future__ import annotations

from datetime import date, timedelta

from myrunstreak.analytics.layers.definitions import Definition, Definitions
from myrunstreak.analytics.layers.models import LayerState, LayerStateName, RunningPeriod
from myrunstreak.analytics.layers.streaks import Layer, find_layers, find_missing
from myrunstreak.analytics.statements import Database
from myrunstreak.contract.tuning import WeekStart


def compute_states(
    database: Database,
    *,
    definitions: Definitions,
    today: date,
    seconds_left_today: int,
    unknown_from: date | None = None,
    stood_on: date | None = None,
    week_start: WeekStart = "monday",
) -> list[LayerState]:
    """The state of every definition.

    Args:
        today: the runner's present day; runs after it do not exist.
        unknown_from, stood_on: how far the record is known; see ``Today``.

    Raises:
        InvalidQuestion: today is in no year of the record's.
    """
    layers = find_layers(database, definitions=definitions, today=today, day=today, week_start=week_start)
    states = [
        _state(definition, layers[definition.name], today, seconds_left_today)
        for definition in definitions.items
    ]
    if unknown_from is None or stood_on is None:
        return states
    unknown = _find_unknown(definitions, layers, unknown_from)
    if not unknown:
        return states
    then = find_layers(database, definitions=definitions, today=stood_on, day=stood_on, week_start=week_start)
    return [
        state.model_copy(
            update={
                "state": "unknown",
                "current": then[state.name].living,
                "longest": then[state.name].longest,
                "as_of": stood_on,
            }
        )
        if state.name in unknown
        else state
        for state in states
    ]


def _find_unknown(definitions: Definitions, layers: dict[str, Layer], unknown_from: date) -> set[str]:
    """The names of the streaks whose state is not known, and of those inside them."""
    unknown = set[str]()
    for definition in definitions.parents_first():
        if definition.inside in unknown or _is_unknown(layers[definition.name], unknown_from):
            unknown.add(definition.name)
    return unknown


def _is_unknown(layer: Layer, unknown_from: date) -> bool:
    """Whether the period before the running one does not qualify, but had not ended by ``data_as_of``."""
    if layer.period is None or layer.period["verdict"] == "qualifies" or layer.world_from is None:
        return False
    day_before: date = layer.period["start_date"] - timedelta(days=1)
    if day_before < max(layer.world_from, unknown_from):
        return False
    # A streak that ends with the period before qualifies in it.
    return not any(streak.end_date >= day_before for streak in layer.streaks)


def _state(definition: Definition, layer: Layer, today: date, seconds_left_today: int) -> LayerState:
    row, period = layer.period, None
    state: LayerStateName = "broken"
    if row is not None:
        rest_left = max(0, (definition.rest.periods if definition.rest else 0) - row["rest_used"])
        days_left = (row["end_date"] - today).days + 1
        figures = ("start_date", "end_date", "runs", "days", "distance_km", "duration_s")
        period = RunningPeriod(
            **{name: row[name] for name in figures},
            missing=find_missing(definition, row),
            days_left=days_left,
            seconds_left=(days_left - 1) * 86_400 + seconds_left_today,
            rest_left=rest_left,
        )
        if row["verdict"] == "qualifies":
            state = "done"
        elif layer.living:
            state = "resting" if rest_left else "at_risk"
    return LayerState(
        name=definition.name,
        definition=definition.describe(),
        inside=definition.inside,
        state=state,
        current=layer.living,
        as_of=today,
        longest=layer.longest,
        period=period,
    )
