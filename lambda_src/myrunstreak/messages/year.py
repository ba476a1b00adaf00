"""The year, told on the first morning of the next one, with its poster."""

from __future__ import annotations

from datetime import date
from typing import Final

from myrunstreak.analytics.period_models import Period
from myrunstreak.messages.calendar import COLOURS, calendar_rows, draw_calendar
from myrunstreak.messages.message import Message, Picture, Silence
from myrunstreak.messages.review import review
from myrunstreak.messages.slots import Slot
from myrunstreak.messages.texts import html_text, plain_text
from myrunstreak.messages.view import View
from myrunstreak.messages.week import compare_km
from myrunstreak.page.cards import best_of
from myrunstreak.page.numbers import Numbers
from myrunstreak.page.poster import draw_poster
from myrunstreak.page.questions import PageEngine

# More would be a list to skip.
_SHOWN_BESTS: Final = 8


def write_year(engine: PageEngine, numbers: Numbers, view: View, slot: Slot) -> Message | Silence:
    """The year in review on 1 January; nothing on another day, or where the year had no run."""
    if slot.is_over(view.now):
        return Silence("the day of this message is over", view.state)
    if (slot.day.month, slot.day.day) != (1, 1):
        return Silence("no year ended yesterday", view.state)
    if slot.day.year - 1 not in numbers.years:
        return Silence("the year had no run", view.state)
    return tell_year(engine, numbers, view, slot, slot.day.year - 1)


def tell_year(engine: PageEngine, numbers: Numbers, view: View, slot: Slot, year: int) -> Message:
    """The review of a year with a run."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    facts = numbers.facts
    span = review(engine, numbers, first, last, date(year - 1, 1, 1))
    values = {
        "view": view,
        "facts": facts,
        "standing": view.standing,
        "year": year,
        "span": span,
        "days_of_year": (last - first).days + 1,
        "comparison": compare_km(span, facts.units, str(year - 1)),
        "best_month": _best_month(numbers, year),
        "longest_run": span.figures.longest_run_km,
        "bests": [best_of(one, facts.units) for one in span.broken[:_SHOWN_BESTS]],
        "more_bests": max(0, len(span.broken) - _SHOWN_BESTS),
        "is_known": view.is_known(last),
    }
    title, text = plain_text("year", **values)
    html = html_text(
        "year", title=title, rows=calendar_rows(facts, year, view.calendar_day), colours=COLOURS, **values
    )
    poster = draw_poster(facts, year, last)
    pictures = [draw_calendar(facts, year, view.calendar_day)]
    if poster is not None:
        pictures.append(Picture(f"year-{year}.svg", poster.encode()))
    return Message(
        slot=f"year-{year}",
        title=title,
        text=text,
        html=html,
        pictures=tuple(pictures),
        expires_at=slot.ends_at,
        why="a year is over",
        state=view.state,
    )


def _best_month(numbers: Numbers, year: int) -> Period | None:
    """The month with the most kilometres; the earlier of equals."""
    months = [one for first, one in sorted(numbers.months.items()) if first.year == year]
    return max(months, key=lambda one: one.distance_km, default=None)
