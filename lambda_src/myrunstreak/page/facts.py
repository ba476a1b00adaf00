"""The facts that travel: kilometres a day, the rule of a run day, the runner's clock, and how far the record is known.

The streak's state is not among them: it is computed from them at the reader's present instant (``standing``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from myrunstreak.contract.freshness import Freshness
from myrunstreak.contract.units import Units
from myrunstreak.instants import to_text

_DAY: Final = timedelta(days=1)
# An excerpt holds so many days before the newest known one, and runs dated so many days ahead.
_BEHIND: Final = 20
_AHEAD: Final = 60


@dataclass(frozen=True)
class Facts:
    """What a record says of its days.

    Attributes:
        version: of the database that they are from.
        database_mark, restored_at: of this database; see ``Freshness``.
        data_as_of: up to when the record is Smashrun's, aware; None before the first complete sync.
        last_success_at: when the last complete sync ended, aware.
        timezone: the runner's zone; None: the UTC offset of the latest run stands in for it.
        utc_offset_minutes: that offset.
        minimum_km: the sum that makes a run day; 0: any run counts.
        units: km or mi, as the runner reads distances.
        first_day: the day of the first element of ``km``; None: there was no run yet.
        km: the sum of each day from the first to the last with a run, None for a day without one. Rounded to two
            decimals where that leaves the day on its side of the minimum.
        carried: run days in a row up to the day before ``first_day``; only an excerpt has any.
    """

    version: str
    data_as_of: datetime | None
    last_success_at: datetime | None
    timezone: str | None
    utc_offset_minutes: int
    minimum_km: float
    units: Units
    first_day: date | None
    km: tuple[float | None, ...]
    carried: int = 0
    database_mark: datetime | None = None
    restored_at: str | None = None

    @property
    def zone(self) -> tzinfo:
        """The runner's clock."""
        return (
            ZoneInfo(self.timezone) if self.timezone else timezone(timedelta(minutes=self.utc_offset_minutes))
        )

    @property
    def last_run_day(self) -> date | None:
        """The newest day with a run."""
        return self.first_day + _DAY * (len(self.km) - 1) if self.first_day and self.km else None

    def km_on(self, day: date) -> float | None:
        """The sum of a day; None without a run."""
        if self.first_day is None or not 0 <= (place := (day - self.first_day).days) < len(self.km):
            return None
        return self.km[place]

    def is_run_day(self, day: date) -> bool:
        """Whether a day counts, as ``is_run_day`` of the database says."""
        return _counts(self.km_on(day), self.minimum_km)

    def streaks(self) -> list[tuple[date, int]]:
        """First day and length of each streak, oldest first."""
        found: list[tuple[date, int]] = []
        length = self.carried
        for place, km in enumerate((*self.km, None)):
            if _counts(km, self.minimum_km):
                length += 1
            elif length and self.first_day:
                found.append((self.first_day + _DAY * (place - length), length))
                length = 0
        return found

    def excerpt(self, today: date) -> Self:
        """The last weeks before a day: all that the state of the streak depends on from then on."""
        if self.first_day is None or self.last_run_day is None:
            return self
        known = min(today, self.data_as_of.astimezone(self.zone).date()) if self.data_as_of else today
        begin = max(self.first_day, min(self.last_run_day, known) - _BEHIND * _DAY)
        end = min(self.last_run_day, known + _AHEAD * _DAY)
        carried, day = 0, begin - _DAY
        while self.is_run_day(day):
            carried, day = carried + 1, day - _DAY
        offset = (begin - self.first_day).days
        return replace(
            self,
            first_day=begin,
            km=self.km[offset : offset + (end - begin).days + 1],
            carried=carried,
        )

    def seen_at(self, note: Freshness) -> Self:
        """The same facts, known up to a later instant: a quiet day changes nothing else."""
        later = note.about(self.database_mark, self.restored_at)
        return replace(
            self,
            data_as_of=max(filter(None, (self.data_as_of, later.data_as_of)), default=None),
            last_success_at=max(filter(None, (self.last_success_at, later.last_success_at)), default=None),
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values: ``summary.json``."""
        document = asdict(self) | {
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_run_day": self.last_run_day.isoformat() if self.last_run_day else None,
            "data_as_of": to_text(self.data_as_of) if self.data_as_of else None,
            "last_success_at": to_text(self.last_success_at) if self.last_success_at else None,
            "database_mark": to_text(self.database_mark) if self.database_mark else None,
            "km": list(self.km),
        }
        return document if self.carried else {k: v for k, v in document.items() if k != "carried"}

    def to_json(self) -> str:
        """``summary.json`` as text."""
        return json.dumps(self.to_dict(), separators=(",", ":"), allow_nan=False)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """The facts in a document of ``to_dict``.

        Raises:
            KeyError, TypeError, ValueError: it is no such document.
        """
        return cls(
            version=str(document["version"]),
            data_as_of=_instant(document["data_as_of"]),
            last_success_at=_instant(document["last_success_at"]),
            timezone=document["timezone"],
            utc_offset_minutes=int(document["utc_offset_minutes"]),
            minimum_km=float(document["minimum_km"]),
            units="mi" if document["units"] == "mi" else "km",
            first_day=date.fromisoformat(document["first_day"]) if document["first_day"] else None,
            km=tuple(document["km"]),
            carried=int(document.get("carried", 0)),
            database_mark=_instant(document.get("database_mark")),
            restored_at=document.get("restored_at"),
        )


def round_km(km: float, minimum_km: float) -> float:
    """Two decimals, or as many as leave the day on its side of the minimum."""
    for decimals in (2, 5, 9):
        rounded = round(km, decimals)
        if _counts(rounded, minimum_km) == _counts(km, minimum_km):
            return rounded
    return km


def _counts(km: float | None, minimum_km: float) -> bool:
    """Whether a day of this many km is a run day."""
    return km is not None and km >= minimum_km - 1e-9


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
