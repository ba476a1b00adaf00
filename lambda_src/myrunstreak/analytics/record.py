"""What every question about one open record shares: the connection, the instant, the runner's choices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from myrunstreak.analytics.bounds import minimum_of
from myrunstreak.analytics.statements import Database, ask
from myrunstreak.analytics.today import Today, today_of
from myrunstreak.contract.activity_types import choice_for_connection
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Tuning


class OpenRecord:
    """One record at one instant.

    Args:
        database: a connection to the runs' database.
        now: the present instant, aware.
        settings: the runner's choices: time zone, minimum of a run day, first day of the week.
        freshness: what the last complete sync said beside the database.
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
        self._told = freshness or Freshness()
        self._definitions = definitions
        database.execute(choice_for_connection(settings.counted_labels))

    def _ask(self, name: str, **parameters: object) -> list[dict[str, Any]]:
        return ask(self._database, name, parameters)

    def _today(self, as_of: date | None = None) -> Today:
        return today_of(
            self._database,
            now=self._now,
            timezone_name=self._settings.runner_timezone,
            as_of=as_of,
            data_as_of=self._freshness.data_as_of,
        )

    @cached_property
    def _logged(self) -> dict[str, Any]:
        [logged] = self._ask("freshness")
        return logged

    @cached_property
    def _freshness(self) -> Freshness:
        """The later of what the database and what the object beside it says: a quiet day publishes no database."""
        names = Freshness.model_fields
        return self._told.later(Freshness(**{name: utc(self._logged[name]) for name in names}))

    @property
    def _has_waiting(self) -> bool:
        """Whether any record waits in quarantine."""
        return bool(self._logged["has_waiting"])

    def _minimum(self, text: str | None) -> float:
        return self._settings.streak_min_km if text is None else minimum_of(text)


def utc(moment: datetime | None) -> datetime | None:
    """An instant of the database's, aware."""
    return moment.replace(tzinfo=UTC) if moment else None
