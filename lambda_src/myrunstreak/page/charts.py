"""The charts of the page: which marks and numbers each has."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from myrunstreak.contract.units import KM_OF
from myrunstreak.page import pictures
from myrunstreak.page.numbers import Numbers

_PACE_MONTHS: Final = 36
# A point of the lead every so many days.
_LEAD_STEP: Final = 5


def streaks_line(numbers: Numbers) -> dict[str, Any]:
    if not numbers.streaks:
        return {"bars": [], "marks": [], "named": []}
    first, last = numbers.streaks[0].start_date, max(numbers.today, numbers.streaks[-1].end_date)
    longest = max(numbers.streaks, key=lambda one: (one.length_days, one.start_date))
    bars = [
        (one.start_date, one.end_date, "now" if one.is_current else "longest" if one is longest else "")
        for one in numbers.streaks
    ]
    named = [one for one in numbers.streaks if one.is_current or one is longest]
    return {
        "bars": pictures.draw_streaks(bars, first, last),
        "marks": pictures.year_marks(first, last),
        "named": named,
        "longest": longest,
        "first": first,
    }


def month_chart(numbers: Numbers) -> dict[str, Any]:
    year, units = numbers.today.year, numbers.facts.units
    values = [
        [
            period.distance_km / KM_OF[units] if (period := numbers.months.get(date(of, month, 1))) else 0.0
            for month in range(1, 13)
        ]
        for of in (year, year - 1)
    ]
    bars, marks = pictures.draw_bars(*values)
    return {"bars": bars, "marks": marks, "values": values, "this": numbers.today.month}


def lead(numbers: Numbers) -> dict[str, Any]:
    """How far this year is ahead of last year, day by day."""
    facts, today = numbers.facts, numbers.today
    units = KM_OF[facts.units]
    end = date(today.year, 12, 31)
    mine = pictures.cumulate(facts, today.year, today)
    before = pictures.cumulate(facts, today.year - 1, date(today.year - 1, 12, 31))
    differences = [(one - before[min(place, len(before) - 1)]) / units for place, one in enumerate(mine)]
    days = (end - date(today.year, 1, 1)).days
    every = [
        place for place in range(len(differences)) if place % _LEAD_STEP == 0 or place == len(differences) - 1
    ]
    low, high = min([*differences, 0.0]), max([*differences, 0.0])
    points = [(place / days, differences[place]) for place in every]
    return {
        "points": pictures.draw_line(points, low, high),
        "zero": high / ((high - low) or 1.0) * 100,
        "x": points[-1][0] * 100,
        "y": (high - differences[-1]) / ((high - low) or 1.0) * 100,
        "now": differences[-1],
        "years": sorted(numbers.years, reverse=True),
        "has_before": (today.year - 1) in numbers.years,
    }


def pace_trend(numbers: Numbers) -> dict[str, Any] | None:
    """The pace of each of the last months: total time over total distance."""
    known = [
        (first, period.pace_s_per_km * KM_OF[numbers.facts.units])
        for first, period in sorted(numbers.months.items())
        if period.pace_s_per_km
    ][-_PACE_MONTHS:]
    if len(known) < 2:
        return None
    begin = known[0][0]
    span = _months_between(begin, known[-1][0]) or 1
    paces = [pace for _, pace in known]
    slowest, fastest = max(paces), min(paces)
    # The faster, the higher.
    points = [(_months_between(begin, first) / span, -pace) for first, pace in known]
    return {
        "points": pictures.draw_line(points, -slowest, -fastest),
        "months": known,
        "first": begin,
        "last": known[-1],
        "best": min(known, key=lambda one: one[1]),
        "y": (known[-1][1] - fastest) / ((slowest - fastest) or 1.0) * 100,
    }


def _months_between(one: date, other: date) -> int:
    return (other.year - one.year) * 12 + other.month - one.month
