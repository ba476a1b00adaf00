"""How many of the recordings behind the personal bests are stored: each sync fetches a budget of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from myrunstreak.analytics.best_models import Coverage
from myrunstreak.analytics.statements import Database, ask
from myrunstreak.measures import counted

# Smashrun's limit of requests an hour leaves this many to one sync, even where the budget is larger.
MOST_A_SYNC: Final = 200
# After this many failures a run's details are not fetched until the run changes.
ATTEMPTS: Final = 5
# One row: of the runs with a recording at Smashrun, how many have it stored and how many are pending, without those
# that failed too often; and how many requests are queued, including recordings to fetch again.
_COVERAGE: Final = """
SELECT
    count(*) FILTER (counts AND run.details_at IS NOT NULL) AS recordings,
    count(*) FILTER (counts AND run.details_at IS NULL AND queue.is_tried) AS pending,
    count(*) FILTER (counts AND (run.details_at IS NOT NULL OR queue.activity_id IS NOT NULL)) AS "of",
    count(*) FILTER (queue.is_tried) AS queued
FROM (
    SELECT activity_id, details_at, has_details AND counts_as(activity_type, activity_types()) AS counts
    FROM activities
    WHERE deleted_at IS NULL
) AS run
LEFT JOIN (
    SELECT activity_id, attempts < CAST($attempts AS INTEGER) AS is_tried FROM details_queue
) AS queue ON queue.activity_id = run.activity_id
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


def coverage_text(coverage: Coverage, spell: Callable[[date], str] = str) -> str:
    """``from 160 of 4,439 recordings; the rest by about 2026-12-18``; empty where Smashrun has no recording.

    Args:
        spell: how a date reads.
    """
    if not coverage.of:
        return ""
    if not coverage.pending and coverage.recordings < coverage.of:
        return f"from {coverage.recordings:,} of {counted(coverage.of, 'recording')}; no more can be fetched"
    if not coverage.pending:
        return (
            f"from all {counted(coverage.of, 'recording')}" if coverage.of > 1 else "from the one recording"
        )
    given_up = coverage.of - coverage.recordings - coverage.pending
    lost = f"; {given_up:,} cannot be fetched" if given_up else ""
    day = coverage.complete_about
    when = "details are off" if day is None else f"the rest by about {spell(day)}"
    return f"from {coverage.recordings:,} of {counted(coverage.of, 'recording')}; {when}{lost}"
