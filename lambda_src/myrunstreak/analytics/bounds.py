"""The bounds of what a question may ask for, and the messages for parameters outside of them.

Every function raises ``InvalidQuestion`` with the parameter, the value seen and what is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from myrunstreak.contract.activity_types import expand_labels, normalise
from myrunstreak.contract.distances import parse_distance_km
from myrunstreak.contract.tuning import GOAL_ACCEPTED, Tuning, parse_goal_km, parse_minimum_km
from myrunstreak.errors import InvalidQuestion

PAGE_LIMIT: Final = 1000
TRAILING_LIMIT: Final = 36_525
# A hundred years and a few days more.
SERIES_LIMIT: Final = 36_600
SERIES_DEFAULT: Final = 365
# Smashrun's years, as the record stores them.
FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2999

_SHOWN: Final = 40
# A distance that is written with fewer digits is still that one: 21.1 is a half marathon.
_NEARLY_KM: Final = 0.006


def parse_minimum(text: str) -> float:
    """A day's minimum in km; 0 where any run counts."""
    try:
        return parse_minimum_km(text)
    except ValueError:
        accepted = Tuning.model_fields["streak_min_distance"].description
        raise InvalidQuestion(f"min is {text[:_SHOWN]!r}; accepted: {accepted}.") from None


def parse_goal(name: str, text: str) -> float:
    """A goal in km."""
    try:
        return parse_goal_km(text)
    except ValueError:
        raise InvalidQuestion(f"{name} is {text[:_SHOWN]!r}; accepted: {GOAL_ACCEPTED}.") from None


def parse_types(text: str | None) -> list[str] | None:
    """Labels of activities as the database compares them; None takes all."""
    if text is None:
        return None
    try:
        return expand_labels(normalise(text))
    except ValueError:
        accepted = Tuning.model_fields["activity_types"].description
        raise InvalidQuestion(f"type is {text[:_SHOWN]!r}; accepted: {accepted}.") from None


def match_distance(text: str, known: Mapping[str, float]) -> str:
    """The known distance that is meant, by its name or as a runner writes it: 10k, half, mile, 10 miles.

    In a name blanks, dashes and capitals make no difference.

    Args:
        known: km by the name of each distance, the shortest first.
    """
    for name in known:
        if _squeeze(name) == _squeeze(text):
            return name
    with suppress(ValueError):
        km = parse_distance_km(text)
        name = min(known, key=lambda one: abs(known[one] - km))
        if abs(known[name] - km) < _NEARLY_KM:
            return name
    raise InvalidQuestion(f"distance is {text[:_SHOWN]!r}; accepted: {', '.join(known)}.")


def look_ahead(limit: int | None) -> int | None:
    """The rows to ask for: one more than a page, which shows whether there is a next one; None: all."""
    if limit is None:
        return None
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidQuestion(f"limit is {limit}; accepted: a whole number from 1 to {PAGE_LIMIT}, or all.")
    return limit + 1


def check_days(days: int) -> None:
    """Refuse a trailing window outside its bounds."""
    if not 1 <= days <= TRAILING_LIMIT:
        raise InvalidQuestion(f"days is {days}; accepted: a whole number from 1 to {TRAILING_LIMIT}.")


def choose_range(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    """The first and last day of a series: the year up to today unless given."""
    last = until or max(today, since or today)
    first = since or date.fromordinal(max(1, last.toordinal() - SERIES_DEFAULT + 1))
    if not 0 <= (last - first).days < SERIES_LIMIT:
        raise InvalidQuestion(
            f"from is {first} and to is {last}; accepted: from 1 to {SERIES_LIMIT} days, the first one first."
        )
    return first, last


def check_order(since: date | None, until: date | None) -> None:
    """Refuse a range that ends before it begins."""
    if since is not None and until is not None and until < since:
        raise InvalidQuestion(f"from is {since} and to is {until}; accepted: the first day first.")


def check_choice(name: str, value: str, accepted: Sequence[str]) -> None:
    """Refuse what is not one of the accepted words."""
    if value not in accepted:
        raise InvalidQuestion(f"{name} is {value!r}; accepted: {', '.join(accepted)}.")


def check_year(year: int) -> None:
    """Refuse a year that no record has."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidQuestion(f"year is {year}; accepted: from {FIRST_YEAR} to {LAST_YEAR}.")


def check_km(**distances: float | None) -> None:
    """Refuse distances that are no numbers: DuckDB takes NaN for larger than everything."""
    for name, km in distances.items():
        if km is not None and not math.isfinite(km):
            raise InvalidQuestion(f"{name} is {km}; accepted: a number of km.")


def is_run_id(activity_id: int) -> bool:
    """Whether a number can be a run's id."""
    return -(2**63) <= activity_id < 2**63


def find_year_end(year: int, cut: date | None) -> date:
    """The last day of a year in a comparison: the cut's month and day, or the last day of a shorter February."""
    if cut is None:
        return date(year, 12, 31)
    if (cut.month, cut.day) == (2, 29):
        return date(year, 3, 1) - timedelta(days=1)
    return date(year, cut.month, cut.day)


def _squeeze(name: str) -> str:
    return name.lower().replace(" ", "").replace("-", "").replace("_", "")
