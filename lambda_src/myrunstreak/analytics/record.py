"""An open record: the connection, the instant and the runner's choices that all questions share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, Final

from myrunstreak.analytics.bounds import parse_minimum
from myrunstreak.analytics.statements import Database, ask, statement
from myrunstreak.analytics.today import Today, find_today
from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.tuning import Tuning, WeekStart

# By how many days a week begins before Monday.
_SHIFT: Final = {"monday": 0, "sunday": 1}
# One row: up to when the record was Smashrun's, when the last sync that found it so ended (naive UTC), whether anything
# waits in quarantine, and whether the stored days and bests are those of the runs and of the activities that count here.
_STANDING: Final = """
SELECT
    coalesce(
        max(data_as_of), (SELECT max(CAST(value AS TIMESTAMP)) FROM file_facts WHERE name = 'known_until')
    ) AS data_as_of,
    max(finished_at) FILTER (data_as_of IS NOT NULL) AS last_success_at,
    (SELECT count(*) > 0 FROM quarantine) AS has_waiting,
    coalesce(
        (SELECT content FROM numbers_content) = (SELECT max(value) FROM file_facts WHERE name = 'numbers_of'), false
    ) AS are_stored
FROM sync_log
"""


class OpenRecord:
    """One record at one instant.

    Args:
        database: a connection to the runs' database.
        now: the present instant, aware.
        settings: the runner's choices: time zone, minimum of a run day, first day of the week.
        freshness: what the last complete sync wrote beside the database.
        definitions: the text of the runner's own streak definitions; None: they have none.
    """

    def __init__(
        self,
        database: Database,
        *,
        now: datetime,
        settings: Tuning,
        freshness: Freshness | None = None,
        definitions: str | None = None,
    ) -> None:
        self._database = database
        self._now = now
        self._settings = settings
        self._freshness_beside = freshness or Freshness()
        self._definitions = definitions
        self._days_known: dict[date | None, Today] = {}
        database.execute(choice_for_connection(settings.counted_labels))

    def _ask(self, query: str, **parameters: object) -> list[Any]:
        return ask(self._database, query, parameters)

    def _statement(self, name: str, **parts: str | float) -> str:
        """A statement over days and bests: of the stored tables, or of their views where the runs have changed."""
        if self._standing["are_stored"]:
            return statement(name, stored="stored_", streaks_in="streaks_in_order", **parts)
        return statement(name, stored="", streaks_in="streaks_in", **parts)

    def today(self) -> date:
        """The runner's present day."""
        return self._today().day

    def _today(self, as_of: date | None = None) -> Today:
        if as_of not in self._days_known:
            self._days_known[as_of] = self._find_today(as_of)
        return self._days_known[as_of]

    def _find_today(self, as_of: date | None) -> Today:
        return find_today(
            self._database,
            self._statement("nearby_days"),
            now=self._now,
            timezone_name=self._settings.runner_timezone,
            as_of=as_of,
            data_as_of=self.data_as_of,
        )

    @cached_property
    def _standing(self) -> dict[str, Any]:
        [row] = self._ask(_STANDING)
        return row

    @cached_property
    def _freshness(self) -> Freshness:
        """The later of what the database and the object beside it say: a quiet day publishes no database."""
        beside, own = self._freshness_beside, self._standing
        return beside.later(
            Freshness(
                data_as_of=as_utc(own["data_as_of"]),
                last_success_at=as_utc(own["last_success_at"]),
                restored_at=beside.restored_at,
            )
        )

    @property
    def data_as_of(self) -> datetime | None:
        """The instant up to which the record is Smashrun's; None before the first complete sync."""
        return self._freshness.data_as_of

    def _figures(self, first: date, last: date) -> dict[str, Any]:
        """What the days from the first to the last add up to."""
        query = """
            SELECT *
            FROM figures_in('run_measures', (SELECT CAST($first_day AS DATE)), (SELECT CAST($last_day AS DATE)))
        """
        [row] = self._ask(query, first_day=first, last_day=last)
        return row

    def _minimum_km(self, text: str | None) -> float:
        return self._settings.streak_min_km if text is None else parse_minimum(text)

    def _shift(self, week_start: WeekStart | None) -> int:
        return _SHIFT[week_start or self._settings.week_start]


def as_utc(moment: datetime | None) -> datetime | None:
    """An instant of the database's, aware."""
    return moment.replace(tzinfo=UTC) if moment else None
