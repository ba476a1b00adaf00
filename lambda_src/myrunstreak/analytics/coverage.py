"""How many of the recordings behind the personal bests are stored: each sync fetches a budget of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from myrunstreak.analytics.models import Coverage
from myrunstreak.analytics.statements import Database, ask

# Smashrun's limit of requests an hour leaves this many to one sync, even where the budget is larger.
MOST_A_SYNC: Final = 200
# After this many failures a run's details are not fetched until the run changes.
ATTEMPTS: Final = 5
# One row: of the runs with a recording at Smashrun, how many have it stored and how many are pending, without those
# that failed too often; and how many requests are queued, including recordings to fetch again.
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
    """How many recordings are stored, how many are pending, and about when the rest arrives with one sync a day.

    Args:
        today: the runner's present day.
        requests_per_sync: the budget of requests for details; 0: none are fetched.
    """
    [row] = ask(database, _COVERAGE, {"attempts": ATTEMPTS})
    queued = row.pop("queued")
    each = min(requests_per_sync, MOST_A_SYNC)
    complete_about = today + timedelta(days=-(-queued // each)) if row["pending"] and each else None
    return Coverage(**row, complete_about=complete_about)
