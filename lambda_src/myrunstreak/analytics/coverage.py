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
# One row: of the runs that have a recording at Smashrun, how many have theirs here and how many wait for it, without
# those that were asked for in vain too often; and how many requests that makes, with recordings that are fetched again.
_COVERAGE: Final = """
WITH waiting AS (
    SELECT q.activity_id, q.attempts < $attempts AS pending
    FROM details_queue AS q JOIN runs AS r ON r.activity_id = q.activity_id
)
SELECT
    count(*) FILTER (a.details_at IS NOT NULL) AS recordings,
    count(*) FILTER (a.details_at IS NULL AND q.pending) AS pending,
    count(*) FILTER (a.details_at IS NOT NULL OR q.activity_id IS NOT NULL) AS "of",
    (SELECT count(*) FROM waiting WHERE pending) AS queued
FROM run_measures AS r
JOIN activities AS a ON a.activity_id = r.activity_id
LEFT JOIN waiting AS q ON q.activity_id = r.activity_id
WHERE a.has_details
"""


def measure_coverage(database: Database, *, today: date, requests_per_sync: int) -> Coverage:
    """How many recordings are here, how many wait, and about when the rest will be here with one sync a day.

    Args:
        today: the runner's present day.
        requests_per_sync: the budget of details; with 0 none are fetched.
    """
    [row] = ask(database, _COVERAGE, {"attempts": ATTEMPTS})
    queued = row.pop("queued")
    each = min(requests_per_sync, MOST_A_SYNC)
    complete_about = today + timedelta(days=-(-queued // each)) if row["pending"] and each else None
    return Coverage(**row, complete_about=complete_about)
