"""The geometry of the pictures: where each mark of a chart lies. The templates draw them as SVG."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from myrunstreak.page.facts import Facts

_DAY: Final = timedelta(days=1)
# Squares of the calendar: how far apart, and how large; the stroke around them rounds their corners.
_PITCH: Final = 10
_SIZE: Final = 6
_MONTH_PITCH: Final = 13
# Of the days that count, so many are shorter than the second, third and fourth shade.
_SHADES: Final = (0.4, 0.75, 0.95)
# A streak is drawn at least so wide, in per cent.
_LEAST_WIDTH: Final = 0.25


@dataclass(frozen=True)
class Label:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Squares:
    """A year as squares: a path for each shade (``l1`` to ``l4``, ``short``, ``none``, ``ahead``), and labels."""

    width: int
    height: int
    paths: dict[str, str]
    labels: list[Label]


@dataclass(frozen=True)
class Bar:
    """A piece of a line or a bar, in per cent of the width (``x``, ``width``) and of the height (``height``)."""

    x: float
    width: float
    height: float = 100.0
    kind: str = ""


def shade_days(facts: Facts, year: int, today: date) -> dict[date, str]:
    """The shade of each day of a year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = [first + _DAY * place for place in range((last - first).days + 1)]
    counting = sorted(facts.km_on(day) or 0.0 for day in days if facts.is_run_day(day))
    edges = [counting[min(len(counting) - 1, int(share * len(counting)))] for share in _SHADES if counting]
    # Today is no day without a run before it is over.
    over_to = max(today - _DAY, facts.last_run_day or date.min)
    shades: dict[date, str] = {}
    for day in days:
        km = facts.km_on(day)
        if facts.is_run_day(day):
            shades[day] = f"l{1 + sum((km or 0.0) >= edge for edge in edges)}"
        elif km is not None:
            shades[day] = "short"
        else:
            shades[day] = "none" if day <= over_to else "ahead"
    return shades


def draw_months(shades: dict[date, str]) -> Squares:
    """A row a month: for a narrow screen."""
    places = {day: (30 + (day.day - 1) * _PITCH, (day.month - 1) * _MONTH_PITCH + 2) for day in shades}
    labels = [Label(0, month * _MONTH_PITCH + 9, calendar.month_abbr[month + 1]) for month in range(12)]
    return Squares(30 + 31 * _PITCH, 12 * _MONTH_PITCH, _paths(shades, places), labels)


def draw_weeks(shades: dict[date, str]) -> Squares:
    """A column a week, Mondays on top: for a wide screen."""
    first = min(shades)
    before = first.weekday()
    places: dict[date, tuple[int, int]] = {}
    labels = [Label(0, 24 + row * _PITCH, name) for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"))]
    for day in shades:
        column, row = divmod((day - first).days + before, 7)
        places[day] = (28 + column * _PITCH, 17 + row * _PITCH)
        if day.day == 1:
            labels.append(Label(places[day][0] - 1, 10, calendar.month_abbr[day.month]))
    return Squares(28 + 54 * _PITCH, 18 + 7 * _PITCH, _paths(shades, places), labels)


def _paths(shades: dict[date, str], places: dict[date, tuple[int, int]]) -> dict[str, str]:
    paths: dict[str, str] = {}
    for day, shade in shades.items():
        x, y = places[day]
        size, inset = (_SIZE, 1) if shade != "none" else (2, 3)
        paths[shade] = paths.get(shade, "") + f"M{x + inset} {y + inset}h{size}v{size}h-{size}z"
    return paths


def draw_streaks(spans: Sequence[tuple[date, date, str]], first: date, last: date) -> list[Bar]:
    """Streaks on one line from the first day to the last; what lies on one place is drawn once."""
    days = max(1, (last - first).days + 1)
    bars: dict[tuple[float, float], Bar] = {}
    for start, end, kind in spans:
        x = round((start - first).days / days * 100, 2)
        width = round(max(_LEAST_WIDTH, ((min(end, last) - start).days + 1) / days * 100 - 0.1), 2)
        # Many short streaks beside each other: to a tenth they are one mark.
        place = (round(x, 1), round(width, 1))
        if kind or place not in bars:
            bars[place] = Bar(x, width, kind=kind)
    return list(bars.values())


def year_marks(first: date, last: date) -> list[tuple[float, int]]:
    """Where years begin between two days, in per cent; so many that they can be read."""
    days = max(1, (last - first).days + 1)
    years = [year for year in range(first.year, last.year + 1) if date(year, 1, 1) >= first]
    step = -(-len(years) // 6) if years else 1
    return [(round((date(year, 1, 1) - first).days / days * 100, 2), year) for year in years[::-step]][::-1]


def draw_bars(values: Sequence[float], marks: Sequence[float]) -> tuple[list[Bar], list[Bar]]:
    """Bars beside each other, and marks of the same scale."""
    top = max([*values, *marks, 1e-9])
    width = 100 / len(values)
    bars = [
        Bar(round(place * width + width * 0.16, 2), round(width * 0.68, 2), round(value / top * 100, 1))
        for place, value in enumerate(values)
    ]
    ticks = [
        Bar(round(place * width + width * 0.06, 2), round(width * 0.88, 2), round(value / top * 100, 1))
        for place, value in enumerate(marks)
    ]
    return bars, ticks


def draw_line(points: Sequence[tuple[float, float]], low: float, high: float) -> str:
    """Points in a square of 100 by 100: x from 0 to 1, the highest value on top."""
    span = (high - low) or 1.0
    return " ".join(f"{x * 100:.1f},{(high - y) / span * 100:.1f}" for x, y in points)


def cumulate(facts: Facts, year: int, last: date) -> list[float]:
    """Kilometres from 1 January to each day up to the last."""
    total, sums = 0.0, list[float]()
    day = date(year, 1, 1)
    while day <= last:
        total += facts.km_on(day) or 0.0
        sums.append(total)
        day += _DAY
    return sums
