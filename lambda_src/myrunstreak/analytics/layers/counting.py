"""Layered streaks: every definition's streaks, their state in the running period, and why a period counted.

One statement answers for a definition of any kind; what it needs from the definition around it is where that
one's streaks began and ended. The rules are in docs/streak-definitions.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from typing import Any, Final, Literal

from pydantic import Field

from myrunstreak.analytics.layers.definitions import Definition, Definitions, Period
from myrunstreak.analytics.layers.reasons import reason_of_period, reason_of_run
from myrunstreak.analytics.models import Answer, Part
from myrunstreak.analytics.statements import Database, ask, rows_of, statement
from myrunstreak.errors import InvalidQuestion

LayerStateName = Literal["done", "at_risk", "resting", "broken", "unknown"]
Verdict = Literal["qualifies", "open", "rest", "missed", "outside", "unknown"]
WeekStart = Literal["monday", "sunday"]

_STEPS: Final = {"day": "1 day", "week": "7 days", "month": "1 month"}
# Smashrun's years, as the record stores them.
_FIRST_DAY: Final = date(1900, 1, 1)
_LAST_DAY: Final = date(2999, 12, 31)


class LayerStreak(Part):
    """Consecutive periods of a definition; it begins and ends with one that qualifies."""

    start_date: date
    end_date: date = Field(
        description="the last day of the last period that qualifies, as far as it has come"
    )
    length: int = Field(description="periods from the first to the last, forgiven ones included")
    unit: Period
    rest_used: int = Field(description="how many of them did not qualify and were forgiven")
    runs: int = Field(description="runs that count, in the periods that qualify")
    distance_km: float = Field(description="of the same runs")


class Missing(Part):
    """What a period still lacks; all 0 when it qualifies."""

    runs: int
    days: int
    distance_km: float
    duration_s: float


class RunningPeriod(Part):
    """The period that today lies in, so far."""

    start_date: date = Field(description="its first day that belongs to the definition around it")
    end_date: date
    runs: int = Field(description="runs that count")
    days: int = Field(description="different days with such a run")
    distance_km: float
    duration_s: float
    missing: Missing
    days_left: int = Field(description="today included")
    seconds_left: int = Field(description="until the period's last midnight, a day counted as 24 hours")
    rest_left: int = Field(
        description="how many more periods this week, month or year of the rest forgives, the running one included; "
        "one that is not known counts as missed here"
    )


class LayerState(Part):
    """One definition as it stands."""

    name: str
    definition: str = Field(description="what it asks for, in words")
    inside: str | None = Field(description="the streak within whose days this one is counted")
    state: LayerStateName = Field(
        description="done: the running period qualifies; at_risk: not yet, and missing it breaks the streak; "
        "resting: not yet, and missing it is forgiven; broken: there is no living streak; unknown: the period before "
        "does not qualify, but had not ended by data_as_of, so what was run since is not known"
    )
    current: LayerStreak | None = Field(
        description="null when there is none; where the state is unknown, the streak as it stood on the day as_of"
    )
    as_of: date = Field(
        description="the day that current is told of: today, or the runner's day at data_as_of where the state is unknown"
    )
    longest: LayerStreak | None = Field(description="the newest of equals; null when there never was one")
    period: RunningPeriod | None = Field(
        description="null while the definition around it has no living streak"
    )


class Layers(Answer):
    """Every layered streak as it stands, in the order of the file."""

    timezone: str = Field(description="what tells today: a zone, or a UTC offset and where it comes from")
    timezone_is_set: bool = Field(description="false: RUNNER_TIMEZONE is not set")
    items: list[LayerState]


class RunOfPeriod(Part):
    """A run in the explanation of a period."""

    activity_id: int
    start_local: str = Field(description="wall clock as recorded")
    distance_km: float | None
    duration_s: float | None
    counts: bool
    reason: str


class LayerExplanation(Part):
    """What one definition makes of the period around a day, and why."""

    name: str
    definition: str
    inside: str | None
    date: date
    verdict: Verdict
    start_date: date | None = Field(description="of the period; null when outside")
    end_date: date | None
    runs: list[RunOfPeriod]
    distance_km: float = Field(description="of the runs that count")
    duration_s: float
    reason: str
    streak: LayerStreak | None = Field(description="the streak that covers the day; null when none does")


class LayerExplanations(Answer):
    """The period around a day, by every definition, in the order of the file."""

    items: list[LayerExplanation]


@dataclass(frozen=True)
class _World:
    """Days that a definition is counted in; with ``last`` today it goes on."""

    first: date
    last: date


@dataclass(frozen=True)
class _Found:
    """All streaks of a definition, oldest first, and the row of the period asked for, in the world from a day on."""

    world_from: date | None
    streaks: Sequence[LayerStreak]
    living: LayerStreak | None
    asked: Mapping[str, Any] | None
    parameters: Mapping[str, Any]


def layers(
    database: Database,
    *,
    definitions: Definitions,
    today: date,
    seconds_left_today: int,
    unknown_from: date | None = None,
    stood_on: date | None = None,
    week_start: WeekStart = "monday",
) -> list[LayerState]:
    """Every definition as it stands.

    Args:
        today: the runner's present day; runs after it do not exist.
        unknown_from, stood_on: how far the record is known; see ``Today``.

    Raises:
        InvalidQuestion: today is in no year of the record's.
    """
    found = _find(database, definitions, today, today, week_start)
    unknown = set[str]()
    stood: dict[str, _Found] = {}
    if unknown_from is not None and stood_on is not None:
        for one in definitions.parents_first():
            if one.inside in unknown or _is_unknown(found[one.name], unknown_from):
                unknown.add(one.name)
        if unknown:
            stood = _find(database, definitions, stood_on, stood_on, week_start)
    states: list[LayerState] = []
    for one in definitions.items:
        state = _state(one, found[one.name], today, seconds_left_today)
        if one.name in unknown and stood_on is not None:
            then = stood[one.name]
            update = {
                "state": "unknown",
                "current": then.living,
                "longest": _longest(then),
                "as_of": stood_on,
            }
            state = state.model_copy(update=update)
        states.append(state)
    return states


def _is_unknown(found: _Found, unknown_from: date) -> bool:
    """Whether the period before the running one does not qualify, but had not ended by ``data_as_of``."""
    row = found.asked
    if row is None or row["verdict"] == "qualifies" or found.world_from is None:
        return False
    day_before: date = row["start_date"] - timedelta(days=1)
    if day_before < max(found.world_from, unknown_from):
        return False
    # A streak that ends with the period before qualifies in it.
    return not any(one.end_date >= day_before for one in found.streaks)


def layer_streaks(
    database: Database, *, definitions: Definitions, today: date, week_start: WeekStart = "monday"
) -> dict[str, list[LayerStreak]]:
    """Every streak of every definition by its name, oldest first.

    Raises:
        InvalidQuestion: today is in no year of the record's.
    """
    found = _find(database, definitions, today, today, week_start)
    return {one.name: list(found[one.name].streaks) for one in definitions.items}


def explain_layers(
    database: Database,
    *,
    definitions: Definitions,
    day: date,
    today: date,
    unknown_from: date | None = None,
    week_start: WeekStart = "monday",
) -> list[LayerExplanation]:
    """What every definition makes of the period around a day, run by run.

    Args:
        today: the runner's present day.
        unknown_from: the first day that had not ended by ``data_as_of``; see ``Today``.

    Raises:
        InvalidQuestion: the day is still to come, or in no year of the record's.
    """
    if day > today:
        raise InvalidQuestion(f"{day} is still to come; accepted: a day up to today, {today}.")
    _check_day(day)
    found = _find(database, definitions, today, day, week_start)
    verdicts: dict[str, Verdict] = {}
    for one in definitions.parents_first():
        around = verdicts.get(one.inside or "")
        verdicts[one.name] = _verdict(found[one.name], around, today, unknown_from)
    return [
        _explanation(database, one, found[one.name], verdicts[one.name], day, today)
        for one in definitions.items
    ]


def _verdict(found: _Found, around: Verdict | None, today: date, unknown_from: date | None) -> Verdict:
    """What a period is found to be; a period that did not qualify is only known to when its end is."""
    row = found.asked
    if row is None:
        return "unknown" if around == "unknown" else "outside"
    is_known = unknown_from is None or row["end_date"] < unknown_from or row["end_date"] >= today
    verdict: Verdict = row["verdict"]
    return verdict if is_known or verdict == "qualifies" else "unknown"


def _find(
    database: Database, definitions: Definitions, today: date, asked: date, week_start: WeekStart
) -> dict[str, _Found]:
    _check_day(today)
    found: dict[str, _Found] = {}
    for definition in definitions.parents_first():
        worlds = [_World(_FIRST_DAY, today)]
        if definition.inside is not None:
            around = found[definition.inside]
            worlds = [
                _World(one.start_date, today if one is around.living else one.end_date)
                for one in around.streaks
            ]
        found[definition.name] = _streaks_of(database, definition, worlds, today, asked, week_start)
    return found


def _streaks_of(
    database: Database,
    definition: Definition,
    worlds: Sequence[_World],
    today: date,
    asked: date,
    week_start: WeekStart,
) -> _Found:
    around = next((one for one in worlds if one.first <= asked <= one.last), None)
    conditions = _conditions(definition, week_start)
    parameters: dict[str, Any] = {
        **conditions,
        "worlds": _as_json(worlds),
        "step": _STEPS[definition.period],
        "runs": definition.runs,
        "days": definition.days,
        "distance_km": definition.distance.value if definition.distance else 0.0,
        "duration_s": definition.duration.value if definition.duration else 0.0,
        "rest": definition.rest.periods if definition.rest else 0,
        "rest_per": definition.rest.per if definition.rest else "year",
        "rest_shift": _shift(definition.rest.per if definition.rest else "year", week_start),
        "today": today,
        "asked": asked,
        "asked_first": around.first if around else None,
        "asked_last": around.last if around else None,
    }
    streaks: list[LayerStreak] = []
    living = period = None
    for row in rows_of(database.execute(_statement(), parameters)):
        if row["kind"] == "period":
            period = row
            continue
        fields = ("start_date", "end_date", "length", "rest_used", "runs", "distance_km")
        streaks.append(LayerStreak(unit=definition.period, **{name: row[name] for name in fields}))
        living = streaks[-1] if row["lives"] else living
    return _Found(around.first if around else None, streaks, living, period, conditions)


def _conditions(definition: Definition, week_start: WeekStart) -> dict[str, Any]:
    """The parameters that say which runs count, and in which period."""
    each = definition.each
    return {
        "unit": definition.period,
        "shift": _shift(definition.period, week_start),
        "run_km": each.distance.value if each.distance else 0.0,
        "run_s": each.duration.value if each.duration else 0.0,
        "run_from": each.start_from or time(),
        "run_before": each.start_before,
    }


@cache
def _statement() -> str:
    return statement("layers").replace("{layer_runs}", statement("layer_runs"), 1)


def _state(definition: Definition, found: _Found, today: date, seconds_left_today: int) -> LayerState:
    row, period = found.asked, None
    state: LayerStateName = "broken"
    if row is not None:
        rest_left = max(0, (definition.rest.periods if definition.rest else 0) - row["rest_used"])
        days_left = (row["end_date"] - today).days + 1
        period = RunningPeriod(
            **{
                name: row[name]
                for name in ("start_date", "end_date", "runs", "days", "distance_km", "duration_s")
            },
            missing=_missing(definition, row),
            days_left=days_left,
            seconds_left=(days_left - 1) * 86_400 + seconds_left_today,
            rest_left=rest_left,
        )
        if row["verdict"] == "qualifies":
            state = "done"
        elif found.living:
            state = "resting" if rest_left else "at_risk"
    return LayerState(
        name=definition.name,
        definition=definition.described(),
        inside=definition.inside,
        state=state,
        current=found.living,
        as_of=today,
        longest=_longest(found),
        period=period,
    )


def _longest(found: _Found) -> LayerStreak | None:
    """The newest of equals."""
    return max(found.streaks, key=lambda one: (one.length, one.start_date), default=None)


def _missing(definition: Definition, row: Mapping[str, Any]) -> Missing:
    if row["verdict"] == "qualifies":
        return Missing(runs=0, days=0, distance_km=0.0, duration_s=0.0)
    km = definition.distance.value if definition.distance else 0.0
    seconds = definition.duration.value if definition.duration else 0.0
    return Missing(
        runs=max(0, definition.runs - row["runs"]),
        days=max(0, definition.days - row["days"]),
        distance_km=max(0.0, km - row["distance_km"]),
        duration_s=max(0.0, seconds - row["duration_s"]),
    )


def _explanation(
    database: Database, definition: Definition, found: _Found, verdict: Verdict, day: date, today: date
) -> LayerExplanation:
    row = found.asked
    covering = next((one for one in found.streaks if one.start_date <= day <= one.end_date), None)
    about: dict[str, Any] = {
        "name": definition.name,
        "definition": definition.described(),
        "inside": definition.inside,
        "date": day,
        "streak": covering,
    }
    if row is None:
        known = "covers this day" if verdict == "outside" else "is known to cover this day yet"
        reason = f"No streak of {definition.inside} {known}."
        return LayerExplanation(
            **about, verdict=verdict, start_date=None, end_date=None, runs=[], distance_km=0.0, duration_s=0.0,
            reason=reason,
        )  # fmt: skip
    # The period alone, as far as it has come, is the world of its runs.
    world = _World(row["start_date"], min(row["end_date"], today))
    parameters = {**found.parameters, "worlds": _as_json([world])}
    missing = _missing(definition, row)
    runs = [
        RunOfPeriod(
            activity_id=run["activity_id"],
            start_local=run["start_local"].isoformat(timespec="seconds"),
            distance_km=run["distance_km"],
            duration_s=run["duration_s"],
            counts=run["counts"],
            reason=reason_of_run(definition.each, run),
        )
        for run in ask(database, "layer_runs", parameters)
    ]
    return LayerExplanation(
        **about,
        verdict=verdict,
        start_date=row["start_date"],
        end_date=row["end_date"],
        runs=runs,
        distance_km=row["distance_km"],
        duration_s=row["duration_s"],
        reason=reason_of_period(definition, {**row, "verdict": verdict}, missing.model_dump(), len(runs)),
    )


def _as_json(worlds: Sequence[_World]) -> str:
    return json.dumps([{"first_day": str(one.first), "last_day": str(one.last)} for one in worlds])


def _shift(span: str, week_start: WeekStart) -> int:
    return 1 if span == "week" and week_start == "sunday" else 0


def _check_day(day: date) -> None:
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise InvalidQuestion(f"{day} is in no year of the record; accepted: {_FIRST_DAY} to {_LAST_DAY}.")
