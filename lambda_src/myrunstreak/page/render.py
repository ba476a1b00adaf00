"""Renders the pages: the runner's page, one for each year, and one for each month with its days."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from myrunstreak.analytics.coverage import coverage_text
from myrunstreak.analytics.models import Day
from myrunstreak.analytics.run_models import Split
from myrunstreak.contract.units import KM_OF
from myrunstreak.measures import day_text
from myrunstreak.page import assets, cards, charts, pictures, words
from myrunstreak.page.facts import Facts
from myrunstreak.page.jinja import make_environment
from myrunstreak.page.numbers import Numbers
from myrunstreak.page.strips import draw_strips

if TYPE_CHECKING:
    from jinja2 import Environment

_DAY: Final = timedelta(days=1)
_TEMPLATES: Final = Path(__file__).with_name("templates")
# So many of the longest streaks stand in the table; a record of many short ones would not fit the page.
_LISTED_STREAKS: Final = 12


@dataclass(frozen=True)
class Place:
    """How pages find each other.

    Attributes:
        home: the runner's page, from a page in ``page/``.
        is_on_disk: nothing can be asked there.
    """

    home: str
    is_on_disk: bool = False


SERVED: Final = Place("../")
ON_DISK: Final = Place("../index.html", is_on_disk=True)


def render_home(numbers: Numbers, place: Place) -> str:
    """The runner's page."""
    facts, today = numbers.facts, numbers.today
    shades = pictures.shade_days(facts, today.year, today)
    return _environment().get_template("home.html").render(
        n=numbers,
            place=place,
        facts=facts,
        today=today,
        excerpt=facts.excerpt(today).to_dict(),
        word=words.state_word(numbers.standing, facts),
        line=words.state_line(numbers.standing, facts),
        freshness=words.freshness_line(facts, today),
        since=words.since_line(numbers.standing, facts),
        week=[(day, words.day_word(day, today, facts)) for day in (today - _DAY * back for back in range(6, -1, -1))],
        ahead=cards.rows_ahead(numbers),
        layers=[cards.layer_row(layer, facts.units) for layer in numbers.layers],
        year=today.year,
        other_years=sorted(set(numbers.years) - {today.year}, reverse=True),
        drawn=[("narrow", pictures.draw_months(shades)), ("wide", pictures.draw_weeks(shades))],
        run_days=sum(facts.is_run_day(day) for day in shades if day <= today),
        days_so_far=(today - date(today.year, 1, 1)).days + 1,
        table=calendar_table(facts, today.year),
        line_of_streaks=charts.streaks_line(numbers),
        longest=sorted(numbers.streaks, key=lambda one: (-one.length_days, one.start_date))[:_LISTED_STREAKS],
        month_chart=charts.month_chart(numbers),
        lead=charts.lead(numbers),
        pace=charts.pace_trend(numbers),
        bests=cards.bests(numbers),
        coverage=coverage_text(numbers.records.coverage, day_text),
        rendered=words.local_instant(facts.data_as_of, facts) if facts.data_as_of else "no sync yet",
    )  # fmt: skip


def render_year(facts: Facts, year: int, today: date, years: Sequence[int], place: Place) -> str:
    """The page of a year: its calendar, with a link for each day."""
    shades = pictures.shade_days(facts, year, today)
    return _environment().get_template("year.html").render(
        facts=facts,
        place=place,
        year=year,
        years=years,
        drawn=[("narrow", pictures.draw_months(shades)), ("wide", pictures.draw_weeks(shades))],
        run_days=sum(facts.is_run_day(day) for day in shades),
        km=sum(facts.km_on(day) or 0.0 for day in shades),
        table=calendar_table(facts, year),
    )  # fmt: skip


def render_month(
    facts: Facts,
    days: Sequence[Day],
    splits: Mapping[int, Sequence[Split]],
    months: Sequence[date],
    place: Place,
) -> str:
    """The page of a month: each day with the reason why it counts, its runs and their splits.

    Args:
        months: the first days of all months that have a page.
    """
    first = days[0].date.replace(day=1)
    position = months.index(first)
    starts = facts.streaks()
    shown = [day for day in days if day.runs or day.waiting]
    return _environment().get_template("month.html").render(
        facts=facts,
        place=place,
        first=first,
        before=months[position - 1] if position else None,
        after=months[position + 1] if position + 1 < len(months) else None,
        days=days,
        shown=shown,
        splits=splits,
        number_of=partial(_day_of_streak, starts),
        strips=draw_strips,
    )  # fmt: skip


def calendar_table(facts: Facts, year: int) -> list[tuple[date, list[tuple[date, float | None]]]]:
    """A year's days by month, each with its kilometres."""
    return [
        (
            date(year, month, 1),
            [
                (date(year, month, day), facts.km_on(date(year, month, day)))
                for day in range(1, calendar.monthrange(year, month)[1] + 1)
            ],
        )
        for month in range(1, 13)
    ]


def _day_of_streak(starts: Sequence[tuple[date, int]], day: date) -> int:
    return next(
        ((day - start).days + 1 for start, length in starts if start <= day < start + length * _DAY), 0
    )


@cache
def _environment() -> Environment:
    made: Any = make_environment(_TEMPLATES)
    made.globals |= {"asset": assets.named, "KM_OF": KM_OF}
    return made
