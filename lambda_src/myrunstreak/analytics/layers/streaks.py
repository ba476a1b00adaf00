"""Finds the streaks of every definition, and its period around one day.

One statement serves a definition of any kind; of the definition around it, it needs only the first and last days of
the streaks. The rules are in docs/streak-definitions.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final

from myrunstreak.analytics.bounds import FIRST_YEAR, LAST_YEAR
from myrunstreak.analytics.layers.definitions import Definition, Definitions
from myrunstreak.analytics.layers.models import LayerStreak, Missing
from myrunstreak.analytics.statements import Database, ask, statement
from myrunstreak.contract.tuning import WeekStart
from myrunstreak.errors import InvalidQuestion

_STEPS: Final = {"day": "1 day", "week": "7 days", "month": "1 month"}
_FIRST_DAY: Final = date(FIRST_YEAR, 1, 1)
_LAST_DAY: Final = date(LAST_YEAR, 12, 31)


@dataclass(frozen=True)
class World:
    """Days within which a definition is counted; where the last is today, the world goes on."""

    first: date
    last: date


@dataclass(frozen=True)
class Layer:
    """What the record holds of one definition.

    Attributes:
        streaks: all of them, oldest first.
        living: the one that goes on, if any.
        period: figures and verdict of the period around the day asked for; None where no world has that day.
        world_from: the first day of the world with that day.
        conditions: the parameters that say which runs count, and in which period.
    """

    streaks: Sequence[LayerStreak]
    living: LayerStreak | None
    period: Mapping[str, Any] | None
    world_from: date | None
    conditions: Mapping[str, Any]

    @property
    def longest(self) -> LayerStreak | None:
        """The longest streak, the newest of equals."""
        return max(self.streaks, key=lambda streak: (streak.length, streak.start_date), default=None)


def find_layers(
    database: Database, *, definitions: Definitions, today: date, day: date, week_start: WeekStart
) -> dict[str, Layer]:
    """Every definition's streaks, and its period around a day, by the definition's name.

    Args:
        today: the runner's present day; runs after it do not exist.

    Raises:
        InvalidQuestion: a day is in no year of the record's.
    """
    for asked in (day, today):
        if not _FIRST_DAY <= asked <= _LAST_DAY:
            raise InvalidQuestion(
                f"{asked} is in no year of the record; accepted: {_FIRST_DAY} to {_LAST_DAY}."
            )
    found: dict[str, Layer] = {}
    for definition in definitions.parents_first():
        worlds = [World(_FIRST_DAY, today)]
        if definition.inside is not None:
            around = found[definition.inside]
            worlds = [
                World(streak.start_date, today if streak is around.living else streak.end_date)
                for streak in around.streaks
            ]
        found[definition.name] = _find_layer(database, definition, worlds, today, day, week_start)
    return found


def encode_worlds(worlds: Sequence[World]) -> str:
    """Worlds as the statements take them."""
    return json.dumps([{"first_day": str(world.first), "last_day": str(world.last)} for world in worlds])


def find_missing(definition: Definition, period: Mapping[str, Any]) -> Missing:
    """What a period still lacks."""
    if period["verdict"] == "qualifies":
        return Missing(runs=0, days=0, distance_km=0.0, duration_s=0.0)
    return Missing(
        runs=max(0, definition.runs - period["runs"]),
        days=max(0, definition.days - period["days"]),
        distance_km=max(0.0, definition.distance_km - period["distance_km"]),
        duration_s=max(0.0, definition.duration_s - period["duration_s"]),
    )


def _find_layer(
    database: Database,
    definition: Definition,
    worlds: Sequence[World],
    today: date,
    day: date,
    week_start: WeekStart,
) -> Layer:
    around = next((world for world in worlds if world.first <= day <= world.last), None)
    each, rest = definition.each, definition.rest
    rest_per = rest.per if rest else "year"
    conditions = {
        "unit": definition.period,
        "shift": _shift(definition.period, week_start),
        "run_km": each.distance.value if each.distance else 0.0,
        "run_s": each.duration.value if each.duration else 0.0,
        "run_from": each.start_from or time(),
        "run_before": each.start_before,
    }
    parameters: dict[str, Any] = {
        **conditions,
        "worlds": encode_worlds(worlds),
        "step": _STEPS[definition.period],
        "runs": definition.runs,
        "days": definition.days,
        "distance_km": definition.distance_km,
        "duration_s": definition.duration_s,
        "rest": rest.periods if rest else 0,
        "rest_per": rest_per,
        "rest_shift": _shift(rest_per, week_start),
        "today": today,
        "asked": day,
        "asked_first": around.first if around else None,
        "asked_last": around.last if around else None,
    }
    streaks: list[LayerStreak] = []
    living = period = None
    for row in ask(database, statement("layers", layer_runs=statement("layer_runs")), parameters):
        if row["kind"] == "period":
            period = row
            continue
        fields = ("start_date", "end_date", "length", "rest_used", "runs", "distance_km")
        streaks.append(LayerStreak(unit=definition.period, **{name: row[name] for name in fields}))
        living = streaks[-1] if row["lives"] else living
    return Layer(streaks, living, period, around.first if around else None, conditions)


def _shift(span: str, week_start: WeekStart) -> int:
    return 1 if span == "week" and week_start == "sunday" else 0
