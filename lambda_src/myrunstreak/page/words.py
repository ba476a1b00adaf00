"""What the page says about the streak: a state in a word or two, and one line about it.

``static/page.js`` says the same at the reader's present instant; one table of cases holds both.
"""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Final

from myrunstreak.contract.units import KM_OF
from myrunstreak.measures import counted, day_text, enough, time_left
from myrunstreak.page.facts import Facts
from myrunstreak.page.standing import Standing

_WORDS: Final = {
    "done_today": "Done today",
    "at_risk": "Not yet today",
    "broken": "Broken",
    "unknown": "Not known",
}


def state_word(standing: Standing, facts: Facts) -> str:
    """The state in a word or two."""
    return _WORDS[standing.state] if facts.km else "No run yet"


def state_line(standing: Standing, facts: Facts) -> str:
    """What the state means, and what today needs."""
    least = f"{enough(facts.minimum_km, facts.units)} or more" if facts.minimum_km else "any run"
    if not facts.km:
        return f"{least} begins a streak"
    match standing.state:
        case "done_today":
            return f"{short_km(facts.km_on(standing.today) or 0.0, facts.units)} · safe until tomorrow"
        case "at_risk":
            needed = enough(standing.needed_km, facts.units) if standing.needed_km else least
            return f"{needed} by midnight · {time_left(standing.seconds_left)} left"
        case "unknown":
            return f"{counted(standing.days, 'day')} as of {day_text(standing.as_of)}; later runs are not known yet"
        case _:
            yesterday = facts.km_on(standing.today - timedelta(days=1))
            if yesterday is None:
                return f"yesterday had no run; {least} begins a new streak"
            return f"yesterday had {short_km(yesterday, facts.units)}; {least} begins a new streak"


def day_word(day: date, today: date, facts: Facts) -> str:
    """A day in a cell: its distance, a dash without a run, ``?`` where it had not ended when Smashrun was seen."""
    km = facts.km_on(day)
    if km is not None:
        return short_number(km, facts.units)
    is_open = facts.data_as_of is not None and facts.data_as_of.astimezone(facts.zone).date() <= day
    return "?" if day < today and is_open else "–"


def freshness_line(facts: Facts, today: date) -> str:
    """Up to when the record is Smashrun's, on the runner's clock."""
    if facts.data_as_of is None:
        return "no complete sync yet"
    seen = facts.data_as_of.astimezone(facts.zone)
    day = "" if seen.date() == today else f" on {day_text(seen.date())}"
    return f"as Smashrun knew it{day} at {seen:%H:%M}"


def since_line(standing: Standing, facts: Facts) -> str:
    """Since when, and what a day needs."""
    rule = f"{enough(facts.minimum_km, facts.units)} a day" if facts.minimum_km else "any run counts"
    return f"since {long_day(standing.since)} · {rule}" if standing.since else rule


def short_km(km: float, units: str) -> str:
    """One decimal, halves upwards as the browser's script has it: ``8.3 km``."""
    return f"{short_number(km, units)} {units}"


def short_number(km: float, units: str) -> str:
    """``short_km`` without its unit."""
    return f"{math.floor(km / KM_OF[units] * 10 + 0.5) / 10:,.1f}"


def long_day(day: date) -> str:
    """``1 March 2025``."""
    return f"{day.day} {day:%B %Y}"


def span_text(first: date, last: date) -> str:
    """``10 to 12 May 2015``, ``30 Dec 2015 to 2 Jan 2016``."""
    if first == last:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_text(last)}"
    return f"{day_text(first)} to {day_text(last)}"


def local_instant(moment: datetime, facts: Facts) -> str:
    """``27 Nov 2026, 06:00`` on the runner's clock."""
    local = moment.astimezone(facts.zone)
    return f"{day_text(local.date())}, {local:%H:%M}"
