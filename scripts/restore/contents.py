"""What a database file holds, in the few figures that tell whether it is the right one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myrunstreak.analytics.engine import Engine
from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, StoreCorrupt
from myrunstreak.instants import to_text
from myrunstreak.store.copies.checks import Damaged
from myrunstreak.store.schema.migrations import SchemaTooNew
from myrunstreak.store.stored_runs import SOURCE_FACT, StoredRuns

from scripts.record.figures import figures_of, source_words
from scripts.record.reading import open_reading

if TYPE_CHECKING:
    from myrunstreak.sync.owner import Owner


class Unreadable(Exception):
    """A file is no database that this program can read; says in words what is wrong with it."""


@dataclass(frozen=True)
class Contents:
    """A database in figures.

    Attributes:
        streak_days: of the current streak; where its last days are not known, as it stood before them.
        state: of that streak.
        newest_day: the newest day with a run; None without one.
        data_as_of: up to when the record is Smashrun's, in UTC; None where that is not known.
        source, owner: where the runs are from, and whose they are; None where that was never noted.
    """

    runs: int
    streak_days: int
    state: str
    newest_day: date | None
    data_as_of: datetime | None
    source: str | None
    owner: Owner | None

    def facts(self) -> dict[str, Any]:
        """The figures as JSON."""
        return {
            "runs": self.runs,
            "streak_days": self.streak_days,
            "state": self.state,
            "newest_day": self.newest_day.isoformat() if self.newest_day else None,
            "data_as_of": to_text(self.data_as_of) if self.data_as_of else None,
        }

    def require_same_record(self, what: str, *, source: str, owner: Owner | None) -> None:
        """Refuse the record of another Smashrun or another runner.

        Args:
            source, owner: of the present record.

        Raises:
            InvalidSettings: it is another's.
        """
        if self.source is not None and self.source != source:
            raise InvalidSettings(
                f"{what} holds runs from {source_words(self.source)}, the record here is from {source_words(source)}. "
                "Nothing was changed."
            )
        if owner is not None and self.owner is not None and owner.user_id != self.owner.user_id:
            raise InvalidSettings(
                f"{what} holds the runs of {self.owner}, the record here is of {owner}. Nothing was changed."
            )


def read_contents(file: Path, settings: Settings, now: datetime, note: Freshness | None = None) -> Contents:
    """What a file holds; it is read from end to end, and not changed.

    Args:
        note: what stands beside it.

    Raises:
        Unreadable: it is damaged, or newer code wrote it.
    """
    try:
        with open_reading(Settings(duckdb_path=str(file))) as reading:
            connection, stored = reading.connection, StoredRuns(reading.connection)
            figures = figures_of(connection, settings)
            known = (note or Freshness()).about(stored.newest_observation(), stored.restored_at())
            engine = Engine(connection, now=now, settings=settings, freshness=known)
            streak = engine.streak()
            return Contents(
                runs=figures.runs,
                streak_days=streak.current.length_days if streak.current else 0,
                state=streak.state,
                newest_day=figures.last_day,
                data_as_of=engine.data_as_of,
                source=stored.fact(SOURCE_FACT),
                owner=stored.owner(),
            )
    except SchemaTooNew:
        raise Unreadable("is newer than this program: install or deploy the newer MyRunStreak") from None
    except StoreCorrupt as error:
        if isinstance(error.__cause__, Damaged):
            raise Unreadable(str(error.__cause__)) from None
        raise
