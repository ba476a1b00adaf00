"""The schedules that this program accepts: one that fires at least once a day, and further times of the day."""

from __future__ import annotations

import re
from typing import Final

from myrunstreak.contract.times import TIMES_ACCEPTED, parse_times

ACCEPTED: Final = (
    "a time of every day such as cron(0 6 * * ? *) (minutes, hours, * * ? *), or rate(N hours), at most 24"
)

NO_TIMES: Final = "none"
EXTRA_ACCEPTED: Final = f"{TIMES_ACCEPTED}, or {NO_TIMES}"

_CRON = re.compile(r"cron\((?P<fields>[^()]+)\)")
_RATE = re.compile(r"rate\((?:1 hour|(?P<hours>\d{1,2}) hours|1 day)\)")
_EVERY_DAY = {("*", "*", "?", "*"), ("?", "*", "*", "*")}
_HOUR_PART = re.compile(r"(?:\*|(?P<low>\d{1,2})(?:-(?P<high>\d{1,2}))?)(?:/(?P<step>\d{1,2}))?")


def runs_every_day(expression: str) -> bool:
    """Whether EventBridge Scheduler accepts the text and fires at least once every day.

    A rarer schedule would keep the alarm "no success for 26 hours" ringing.
    """
    if rate := _RATE.fullmatch(expression):
        return rate["hours"] is None or 2 <= int(rate["hours"]) <= 24
    cron = _CRON.fullmatch(expression)
    fields = cron["fields"].split() if cron else []
    if len(fields) != 6:
        return False
    minute, hours, *days = fields
    return (
        re.fullmatch(r"\d{1,2}", minute) is not None
        and int(minute) <= 59
        and all(_is_hours(part) for part in hours.split(","))
        and tuple(days) in _EVERY_DAY
    )


def parse_extra_times(text: str) -> list[str]:
    """The times in a text such as ``12:30,22:00``, each as HH:MM; ``none`` holds none.

    Raises:
        ValueError: it is no such text.
    """
    return [] if text == NO_TIMES else parse_times(text)


def daily_at(time: str) -> str:
    """The schedule that fires every day at HH:MM."""
    hour, minute = map(int, time.split(":"))
    return f"cron({minute} {hour} * * ? *)"


def _is_hours(part: str) -> bool:
    match = _HOUR_PART.fullmatch(part)
    if match is None:
        return False
    low, high = int(match["low"] or 0), int(match["high"] or match["low"] or 23)
    step = int(match["step"] or 1)
    return low <= high <= 23 and 1 <= step <= 23
