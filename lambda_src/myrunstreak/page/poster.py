"""The poster of a year: each day a circle, the longer the run the larger, and what the year came to."""

from __future__ import annotations

import calendar
import math
from datetime import date, timedelta
from typing import Final

from myrunstreak.contract.units import KM_OF
from myrunstreak.measures import counted
from myrunstreak.page.facts import Facts

_DAY: Final = timedelta(days=1)
_WIDTH: Final = 1080
_HEIGHT: Final = 1350
_LEFT: Final = 150
_TOP: Final = 330
_COLUMN: Final = 27.5
_ROW: Final = 62
_LARGEST: Final = 13.0
_FONT: Final = "font-family='system-ui,Helvetica,Arial,sans-serif'"


def draw_poster(facts: Facts, year: int, last_day: date) -> str | None:
    """The poster as SVG; None for a year without a run.

    Args:
        last_day: the last day that is shown.
    """
    if not 1 <= year <= last_day.year:
        return None
    last = min(date(year, 12, 31), last_day)
    days = [date(year, 1, 1) + _DAY * place for place in range((last - date(year, 1, 1)).days + 1)]
    run = {day: km for day in days if (km := facts.km_on(day)) is not None}
    if not run:
        return None
    run_days = [day for day in days if facts.is_run_day(day)]
    top = max([*run.values(), 1e-9])
    marks: list[str] = []
    for day in days:
        x, y = _LEFT + (day.day - 1) * _COLUMN, _TOP + (day.month - 1) * _ROW
        km = run.get(day)
        if km is None:
            marks.append(f"<circle cx='{x:.1f}' cy='{y}' r='1.5' fill='#5b554a'/>")
        else:
            size = 3.0 + (_LARGEST - 3.0) * math.sqrt(max(0.0, km) / top)
            colour = "#ffb183" if km == top else "#ff8a4c" if facts.is_run_day(day) else "#8f4617"
            marks.append(f"<circle cx='{x:.1f}' cy='{y}' r='{size:.1f}' fill='{colour}'/>")
    names = "".join(
        f"<text x='60' y='{_TOP + month * _ROW + 7}' font-size='22' fill='#a8a195'>"
        f"{calendar.month_abbr[month + 1]}</text>"
        for month in range(12)
    )
    total = sum(run.values()) / KM_OF[facts.units]
    figures = [
        (f"{total:,.0f}", facts.units),
        (f"{len(run_days):,}", "run day" if len(run_days) == 1 else "run days"),
        (f"{_longest(run_days):,}", "in a row"),
    ]
    texts = "".join(
        f"<text x='{60 + place * 330}' y='1190' font-size='92' font-weight='800' fill='#f4f0e8'>{number}</text>"
        f"<text x='{64 + place * 330}' y='1236' font-size='28' fill='#a8a195'>{unit}</text>"
        for place, (number, unit) in enumerate(figures)
    )
    description = (
        f"{counted(len(run_days), 'run day')}, {total:,.0f} {facts.units}, {_longest(run_days):,} in a row."
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-labelledby='t d'"
        f" {_FONT}>"
        f"<title id='t'>A year of running: {year}</title><desc id='d'>{description}</desc>"
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#141310'/>"
        f"<text x='52' y='210' font-size='210' font-weight='800' letter-spacing='-8' fill='#f4f0e8'>{year}</text>"
        f"{names}{''.join(marks)}{texts}</svg>"
    )


def _longest(run_days: list[date]) -> int:
    """The most run days in a row."""
    most = length = 0
    before: date | None = None
    for day in run_days:
        length = length + 1 if before is not None and day == before + _DAY else 1
        most, before = max(most, length), day
    return most
