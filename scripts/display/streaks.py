"""The state of a streak in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from myrunstreak.measures import counted
from rich.console import Console

from scripts.display.terminal import plain

if TYPE_CHECKING:
    from myrunstreak.analytics.models import StreakAnswer

STATE_WORDS: Final = {
    "done_today": "done for today",
    "at_risk": "not run yet today",
    "broken": "no current streak",
    "unknown": "not known since the last sync",
}
STATE_STYLES: Final = {"done_today": "green", "at_risk": "yellow", "broken": "red", "unknown": "yellow"}


def stale_words(streak: StreakAnswer) -> str:
    """A streak whose last days are not known, as it stood before them."""
    length = counted(streak.current.length_days, "day") if streak.current else "0 days"
    age = counted((streak.today - streak.as_of).days, "day")
    return f"as of {streak.as_of} ({age} old): {length}; runs since then are not in it"


def show_zone_advice(out: Console, timezone: str, *, is_set: bool) -> None:
    """Print one line where the runner's time zone is not set."""
    if not is_set:
        out.print(
            f"RUNNER_TIMEZONE is not set: today follows {plain(timezone)}, and may be wrong by an hour after the clocks "
            "change.",
            style="dim",
        )
