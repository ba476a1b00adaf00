"""The public files: status, badge, calendar feed, poster. Made from facts alone, and from no more than others may see.

No start time, place, weather, height, device, note or id is among the facts; what is added here is only the streak.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from myrunstreak.measures import counted
from myrunstreak.page.facts import Facts
from myrunstreak.page.milestones import next_milestones
from myrunstreak.page.poster import draw_poster
from myrunstreak.page.standing import Standing, find_standing

_DAY: Final = timedelta(days=1)
_TOTALS: Final = 365
_MILESTONES: Final = 6

# What a state is called at the end of a day.
_STATES: Final = {"done_today": "kept", "at_risk": "kept", "broken": "broken", "unknown": "unknown"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SharedStreak(_Part):
    """A streak as others see it."""

    days: int
    since: date | None


class Totals(_Part):
    """Kilometres a day, one decimal; null: no run."""

    first_day: date
    km: list[float | None]


class SharedStatus(_Part):
    """``status.json``: all that others may see."""

    streak: SharedStreak
    longest: SharedStreak
    minimum_km: float
    state: Literal["kept", "broken", "unknown"] = Field(description="at the end of the day as_of")
    as_of: date
    fresh_on: date | None = Field(description="the day of the last complete sync")
    is_stale: bool = Field(description="no complete sync for 26 hours")
    totals: Totals


@dataclass(frozen=True)
class SharedFile:
    """A public file."""

    content_type: str
    body: str


@dataclass(frozen=True)
class View:
    """What others may see of the facts at an instant.

    Attributes:
        facts: without today, unless it is shared live, and without later days.
        last_day: the last day that is shared.
    """

    facts: Facts
    standing: Standing
    last_day: date

    @classmethod
    def of(cls, facts: Facts, now: datetime, *, is_live: bool) -> View:
        """Cut the facts at the end of yesterday, or of today."""
        today = now.astimezone(facts.zone).date()
        last_day = today if is_live else today - _DAY
        kept = facts.km[: max(0, (last_day - facts.first_day).days + 1)] if facts.first_day else ()
        shared = replace(facts, km=kept, first_day=facts.first_day if kept else None)
        return cls(shared, find_standing(shared, now), last_day)


def make_file(name: str, facts: Facts, now: datetime, *, is_live: bool) -> SharedFile | None:
    """A public file by its name; None: there is no such file."""
    view = View.of(facts, now, is_live=is_live)
    if name in _FILES:
        return _FILES[name](view)
    year = name.removeprefix("poster-").removesuffix(".svg")
    if name == f"poster-{year}.svg" and year.isascii() and year.isdigit() and len(year) == 4:
        poster = draw_poster(view.facts, int(year), view.last_day)
        return SharedFile("image/svg+xml", poster) if poster else None
    return None


def make_status(view: View) -> SharedStatus:
    """What others may see, in one document."""
    facts, standing = view.facts, view.standing
    longest = max(facts.streaks(), key=lambda one: (one[1], one[0]), default=(None, 0))
    first = view.last_day - (_TOTALS - 1) * _DAY
    days = [first + _DAY * place for place in range(_TOTALS)]
    return SharedStatus(
        streak=SharedStreak(days=standing.days, since=standing.since),
        longest=SharedStreak(days=longest[1], since=longest[0]),
        minimum_km=facts.minimum_km,
        state=_STATES[standing.state],  # type: ignore[arg-type]
        as_of=standing.as_of if standing.state == "unknown" else view.last_day,
        fresh_on=facts.last_success_at.astimezone(facts.zone).date() if facts.last_success_at else None,
        is_stale=standing.is_stale,
        totals=Totals(first_day=first, km=[_one_decimal(facts.km_on(day)) for day in days]),
    )


def _status_json(view: View) -> SharedFile:
    return SharedFile("application/json", make_status(view).model_dump_json())


def _words(view: View) -> str:
    """``634 days``, with its date where it is not known any further."""
    standing = view.standing
    seen = f" as of {standing.as_of}" if standing.state == "unknown" else ""
    return f"{counted(standing.days, 'day')}{seen}{', stale' if standing.is_stale else ''}"


def _badge_json(view: View) -> SharedFile:
    """For shields.io's endpoint badge."""
    is_error = view.standing.is_stale or view.standing.state == "unknown"
    document: dict[str, Any] = {
        "schemaVersion": 1,
        "label": "running streak",
        "message": _words(view),
        "color": "d9480f" if view.standing.days and not is_error else "lightgrey",
        "isError": is_error,
        "cacheSeconds": 300,
    }
    return SharedFile("application/json", json.dumps(document))


# The badge follows the reader's light or dark; its style is named in the answer's policy by its hash.
BADGE_STYLE: Final = (
    "text{font:600 11px system-ui,Verdana,sans-serif}.l{fill:#ece7dd}.lt{fill:#1c1a16}.v{fill:#b93a08}.vt{fill:#fff}"
    ".stale .v{fill:#6a655b}"
    "@media(prefers-color-scheme:dark){.l{fill:#2f2c26}.lt{fill:#f4f0e8}.v{fill:#ff8a4c}.vt{fill:#1c1a16}"
    ".stale .v{fill:#a8a195}}"
)


def _badge_svg(view: View) -> SharedFile:
    label, message = "running streak", _words(view)
    is_stale = view.standing.is_stale or view.standing.state == "unknown"
    left, right = 14 + len(label) * 6.6, 14 + len(message) * 6.6
    width = left + right
    kind = ' class="stale"' if is_stale else ""
    return SharedFile(
        "image/svg+xml",
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="20" viewBox="0 0 {width:.1f} 20" role="img"'
        f' aria-label="{label}: {message}"{kind}><title>{label}: {message}</title>'
        f"<style>{BADGE_STYLE}</style>"
        f'<rect class="l" width="{width:.1f}" height="20" rx="5"/>'
        f'<path class="v" d="M{left:.1f} 0h{right - 5:.1f}a5 5 0 0 1 5 5v10a5 5 0 0 1-5 5H{left:.1f}z"/>'
        f'<text class="lt" x="7" y="14" textLength="{left - 14:.1f}">{label}</text>'
        f'<text class="vt" x="{left + 7:.1f}" y="14" textLength="{right - 14:.1f}">{message}</text></svg>',
    )


def _calendar_feed(view: View) -> SharedFile:
    """The milestones ahead as days of a calendar (RFC 5545)."""
    standing = view.standing
    stamp = (
        view.facts.last_success_at.strftime("%Y%m%dT000000Z")
        if view.facts.last_success_at
        else "19700101T000000Z"
    )
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//MyRunStreak//Milestones//EN",
        "X-WR-CALNAME:Running streak",
    ]
    ahead = next_milestones(standing.since, standing.days, _MILESTONES) if standing.since else []
    for milestone in ahead:
        name = (
            milestone.name if milestone.name.startswith("Day") else f"{milestone.name} of running every day"
        )
        lines += [
            "BEGIN:VEVENT",
            f"UID:day-{milestone.days}-since-{standing.since}@myrunstreak",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{milestone.date:%Y%m%d}",
            f"DTEND;VALUE=DATE:{milestone.date + _DAY:%Y%m%d}",
            f"SUMMARY:{name} of the streak" if name.startswith("Day") else f"SUMMARY:{name}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return SharedFile("text/calendar; charset=utf-8", "\r\n".join(lines) + "\r\n")


def _one_decimal(km: float | None) -> float | None:
    return None if km is None else round(km, 1)


_FILES: Final[Mapping[str, Callable[[View], SharedFile]]] = {
    "status.json": _status_json,
    "badge.json": _badge_json,
    "badge.svg": _badge_svg,
    "streak.ics": _calendar_feed,
}
