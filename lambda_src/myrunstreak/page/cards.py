"""Rows and bests of the page in words."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from myrunstreak import measures
from myrunstreak.analytics.best_models import Holding, Record
from myrunstreak.analytics.layers.models import LayerState
from myrunstreak.contract.units import KM_OF
from myrunstreak.page import words
from myrunstreak.page.numbers import Numbers, SoFar

# Previous bests that are shown; the number of all is named.
_HISTORY: Final = 3
# A date so far away is named with its year.
_FAR: Final = timedelta(days=300)


@dataclass(frozen=True)
class Row:
    """A line of a card: a label, a fact, and a bar from 0 to 1 with an optional mark."""

    label: str
    fact: str
    share: float
    mark: float | None = None


@dataclass(frozen=True)
class Best:
    """A personal best in words, with who held it before."""

    name: str
    value: str
    when: str
    before: list[tuple[str, str]]
    earlier: int


def rows_ahead(numbers: Numbers) -> list[Row]:
    units, rows = numbers.facts.units, list[Row]()
    if numbers.milestone:
        named = numbers.milestone
        day = f"{named.date:%A} {words.long_day(named.date)}"
        if named.date - numbers.today < _FAR:
            day = day.removesuffix(f" {named.date.year}")
        what = day if named.name.startswith("Day") else f"{day}, day {named.days:,}"
        rows.append(Row(named.name, what, numbers.standing.days / named.days))
    rows.append(_so_far_row(f"{numbers.month.first:%B}", numbers.month, units))
    rows.append(_so_far_row(str(numbers.year.first.year), numbers.year, units))
    return rows


def _so_far_row(label: str, so_far: SoFar, units: str) -> Row:
    difference = (so_far.km - so_far.before_km) / KM_OF[units]
    told = f"{round(abs(difference)):,} {'ahead' if difference >= 0 else 'behind'}"
    fact = f"{so_far.km / KM_OF[units]:,.0f} {units}"
    if so_far.whole_before_km:
        fact += f" · {told} on {so_far.last.day} {so_far.last:%b}"
    whole = max(so_far.km, so_far.whole_before_km, 1e-9)
    mark = so_far.before_km / whole if so_far.whole_before_km else None
    return Row(label, fact, so_far.km / whole, mark)


def layer_row(layer: LayerState, units: str) -> Row:
    length = measures.counted(layer.current.length, layer.current.unit) if layer.current else "none now"
    period = layer.period
    if layer.state == "unknown":
        return Row(layer.name, f"{length} as of {measures.day_text(layer.as_of)}, then not known", 0.0)
    if period is None:
        return Row(layer.name, f"broken; {length}", 0.0)
    missing = period.missing
    parts = [
        (missing.distance_km, period.distance_km, f"{missing.distance_km / KM_OF[units]:,.1f} {units}"),
        (missing.runs, period.runs, measures.counted(missing.runs, "run")),
        (missing.days, period.days, measures.counted(missing.days, "run day")),
        (missing.duration_s, period.duration_s, measures.duration(missing.duration_s)),
    ]
    lacking = [(lack / (lack + has), text) for lack, has, text in parts if lack > 0]
    if not lacking:
        return Row(layer.name, f"{length} · done", 1.0)
    share, text = max(lacking)
    left = "today" if period.days_left == 1 else f"in {measures.counted(period.days_left, 'day')}"
    rest = ", or a rest" if layer.state == "resting" else ""
    return Row(layer.name, f"{length} · {text} to go {left}{rest}", 1 - share)


def bests(numbers: Numbers) -> list[Best]:
    items = sorted(numbers.records.items, key=lambda item: item.unit != "s")
    return [best_of(item, numbers.facts.units) for item in items]


def best_of(item: Record, units: str) -> Best:
    return Best(
        name=_best_name(item.kind),
        value=("at most " if item.source == "bound" else "") + _best_value(item, item.value, units),
        when=_best_when(item),
        before=[
            (_best_value(item, held.value, units), _best_when(held))
            for held in reversed(item.history[-_HISTORY:])
        ],
        earlier=len(item.history),
    )


def _best_name(kind: str) -> str:
    """``Longest run``, ``5 km``, ``Half marathon``."""
    name = kind.removeprefix("fastest_")
    if kind != name and (match := re.fullmatch(r"([0-9/]+)(km|mi|m)", name)):
        number, unit = match[1].replace("1/2", "½"), match[2]
        return f"{number} {unit if unit != 'mi' else 'mile' if number in {'1', '½'} else 'miles'}"
    return name.replace("_", " ").replace("-", " ").capitalize()


def _best_value(item: Record, value: float, units: str) -> str:
    match item.unit:
        case "km":
            return f"{value / KM_OF[units]:,.2f} {units}"
        case "days":
            return measures.counted(int(value), "day")
        case _:
            return measures.duration(value)


def _best_when(one: Record | Holding) -> str:
    if one.period is None:
        return measures.day_text(one.date) if one.date else ""
    first, _, last = one.period.partition("/")
    if last:
        return words.span_text(date.fromisoformat(first), date.fromisoformat(last))
    year, _, part = first.partition("-")
    if part.startswith("W"):
        return f"week {int(part[1:])} of {year}"
    return f"{calendar.month_name[int(part)]} {year}" if part else year
