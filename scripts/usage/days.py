"""Days as they are typed: a date, or a word that depends on the runner's today."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from scripts.usage.errors import did_you_mean, quoted

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WORDS: Final = ("today", "yesterday", *_WEEKDAYS)
# How dates are written elsewhere, the day before the month where both can be.
_ELSEWHERE: Final = (
    *("%Y%m%d", "%Y/%m/%d", "%Y.%m.%d", "%Y %m %d"),
    *("%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%m/%d/%Y", "%m-%d-%Y"),
    *("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%d-%b-%Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"),
)


@dataclass(frozen=True)
class RelativeDay:
    """A day by one of WORDS."""

    word: str

    def on(self, today: date) -> date:
        """The day that it is on the runner's today; a weekday is the latest one, which may be today."""
        if self.word == "today":
            return today
        if self.word == "yesterday":
            return today - timedelta(days=1)
        return today - timedelta(days=(today.weekday() - _WEEKDAYS.index(self.word)) % 7)


def parse_day(text: str) -> date | RelativeDay:
    """What was typed as a day.

    Raises:
        ValueError: it is none; the message says what to write instead.
    """
    typed = text.strip()
    if typed.lower() in WORDS:
        return RelativeDay(typed.lower())
    if (day := _parse(typed, "%Y-%m-%d")) is not None:
        return day
    raise ValueError(f"{quoted(text)} is not a date{_advice(typed)}")


def _advice(typed: str) -> str:
    if parts := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", typed):
        year, month = int(parts[1]), int(parts[2])
        if year and 1 <= month <= 12:
            days = calendar.monthrange(year, month)[1]
            return f": {calendar.month_name[month]} {year} has {days} days."
    plain = typed.replace(",", " ").split()
    known = [day for form in _ELSEWHERE if (day := _parse(" ".join(plain), form)) is not None]
    if known:
        other = next((f" (or {day})" for day in known if day != known[0]), "")
        return f"; write {known[0]}{other}."
    meant = did_you_mean(typed.lower(), WORDS)
    return f"; {meant}" if meant else "; write one such as 2024-03-01, today, yesterday or monday."


def _parse(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text, form).date()  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None
