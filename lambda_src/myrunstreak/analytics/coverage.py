"""How much of what the records are made from is here: recordings arrive a day's budget at a time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from myrunstreak.analytics.models import Coverage
from myrunstreak.analytics.statements import Database, ask

# What Smashrun's limit of requests an hour leaves to one sync, whatever the budget is.
MOST_A_SYNC: Final = 200
# After so many failures a run's details are left alone until it changes.
ATTEMPTS: Final = 5


def coverage_of(database: Database, *, today: date, requests_per_sync: int) -> Coverage:
    """How many recordings are here, how many wait, and about when the rest will be here with one sync a day.

    Args:
        today: the runner's present day.
        requests_per_sync: the budget of details; with 0 none are fetched.
    """
    [row] = ask(database, "coverage", {"attempts": ATTEMPTS})
    queued, pending = row["queued"], row["pending"]
    each = min(requests_per_sync, MOST_A_SYNC)
    complete_about = today + timedelta(days=-(-queued // each)) if pending and each else None
    return Coverage(
        recordings=row["recordings"],
        of=row["all_there_are"],
        pending=pending,
        complete_about=complete_about,
    )
