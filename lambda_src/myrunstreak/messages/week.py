"""The week, told on the first morning of the next one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from myrunstreak.contract.tuning import WeekStart
from myrunstreak.contract.units import KM_OF
from myrunstreak.messages.calendar import COLOURS, calendar_rows, draw_calendar
from myrunstreak.messages.message import Message, Silence
from myrunstreak.messages.review import Span, review
from myrunstreak.messages.slots import Slot
from myrunstreak.messages.texts import html_text, plain_text
from myrunstreak.messages.view import View
from myrunstreak.page.cards import best_of, layer_row
from myrunstreak.page.numbers import Numbers
from myrunstreak.page.questions import PageEngine
from myrunstreak.page.words import short_number, span_text

_DAY: Final = timedelta(days=1)
_FIRST_WEEKDAY: Final[dict[str, int]] = {"monday": 0, "sunday": 6}


def write_week(
    engine: PageEngine, numbers: Numbers, view: View, slot: Slot, week_start: WeekStart
) -> Message | Silence:
    """The digest of the week that ended yesterday; nothing on another day."""
    if slot.is_over(view.now):
        return Silence("the day of this message is over", view.state)
    if slot.day.weekday() != _FIRST_WEEKDAY[week_start]:
        return Silence("no week ended yesterday", view.state)
    if numbers.facts.first_day is None:
        return Silence("there is no run yet", view.state)
    return tell_week(engine, numbers, view, slot, slot.day - _DAY)


def last_day_of_week(today: date, week_start: WeekStart) -> date:
    """The last day of the newest week that is over."""
    return today - _DAY * (1 + (today.weekday() - _FIRST_WEEKDAY[week_start]) % 7)


def tell_week(engine: PageEngine, numbers: Numbers, view: View, slot: Slot, last: date) -> Message:
    """The digest of the seven days up to a day."""
    first = last - 6 * _DAY
    week = review(engine, numbers, first, last, first - 7 * _DAY)
    facts = numbers.facts
    values = {
        "view": view,
        "facts": facts,
        "standing": view.standing,
        "week": week,
        "span": span_text(first, last),
        "comparison": compare_km(week, facts.units, "the week before"),
        "layers": [layer_row(layer, facts.units) for layer in numbers.layers],
        "bests": [best_of(one, facts.units) for one in week.broken],
        "milestone": numbers.milestone,
        "is_known": view.is_known(last),
    }
    title, text = plain_text("week", **values)
    html = html_text(
        "week",
        title=title,
        rows=calendar_rows(facts, last.year, view.calendar_day),
        colours=COLOURS,
        **values,
    )
    return Message(
        slot=f"week-{first}",
        title=title,
        text=text,
        html=html,
        pictures=(draw_calendar(facts, last.year, view.calendar_day),),
        expires_at=slot.ends_at,
        why="a week is over",
        state=view.state,
    )


def compare_km(span: Span, units: str, before: str) -> str:
    """``4.1 km more than the week before``; as the numbers are shown, so that they agree with each other."""
    one, other = (
        float(short_number(km, units).replace(",", ""))
        for km in (span.figures.distance_km, span.before.distance_km)
    )
    if one == other:
        return f"as much as {before}"
    kind = "more" if one > other else "less"
    return f"{short_number(abs(one - other) * KM_OF[units], units)} {units} {kind} than {before}"
