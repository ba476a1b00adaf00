"""The values that pass between the sync and its adapters: frozen, plain, and the sync's own.

Adapters make them and take them; the verbs between are in `ports`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Literal

from myrunstreak.instants import naive_utc

Form = Literal["summary", "extended"]
Kind = Literal["summary", "extended", "details", "splits", "deletions"]
DetailPart = Literal["details", "splits"]
SplitUnit = Literal["km", "mi"]


@dataclass(frozen=True)
class ListPage:
    """One page of Smashrun's list: number from 0, body verbatim, count of records in it, form of the list."""

    number: int
    body: bytes = field(repr=False)
    size: int
    form: Form


@dataclass(frozen=True)
class RawObject:
    """One answer of Smashrun's, named for the archive and kept in a local file.

    Attributes:
        name: its name in the archive.
        kind: ``summary`` or ``extended`` (a list page), ``details`` (an array of whole activities),
            ``splits`` (an array of ``{activityId, unit, splits}``) or ``deletions`` (ids that vanished
            from and returned to Smashrun's complete id list).
        observed_at: when it was observed, UTC; unique and ascending within one database's history.
        file: a local copy, gzipped JSON.
        damage: why it cannot be read; its copy is then an empty list.
    """

    name: str
    kind: Kind
    observed_at: datetime
    file: Path
    damage: str | None = None

    @property
    def observed_utc(self) -> datetime:
        """``observed_at`` as the naive UTC timestamp that the database stores."""
        return naive_utc(self.observed_at)


@dataclass(frozen=True)
class LostObject:
    """An object that the database contains and the archive does not hold; `observed_at` is naive UTC."""

    name: str
    kind: str
    observed_at: datetime


@dataclass(frozen=True)
class PageReport:
    """What a group of pages means for the database; ``malformed`` counts repeats and known ones too.

    ``drifted`` are those of the updated runs whose stamp of the last change did not move.
    """

    malformed: int = 0
    new: int = 0
    updated: int = 0
    drifted: int = 0
    revived: int = 0
    quarantined: int = 0
    settled: int = 0
    with_recordings: int = 0
    oldest_start: date | None = None
    activity_ids: frozenset[int] = frozenset()

    @property
    def changes(self) -> bool:
        """Whether applying the pages would change anything."""
        return bool(self.new or self.updated or self.revived or self.quarantined or self.settled)


@dataclass(frozen=True)
class Applied:
    """What applying objects changed; the sum of several is their element-wise sum.

    ``settled`` counts records that no longer wait in quarantine; ``drifted`` those of the updated runs whose stamp did
    not move, which tells no change from another.
    """

    new: int = 0
    updated: int = 0
    drifted: int = field(default=0, compare=False)
    deleted: int = 0
    revived: int = 0
    quarantined: int = 0
    settled: int = 0
    details: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


@dataclass(frozen=True)
class DatedRun:
    """A run with its local date."""

    activity_id: int
    start_date: date
    distance_km: float | None


@dataclass(frozen=True)
class Streak:
    """Run days in a row, from the first to the last."""

    start_date: date
    end_date: date
    days: int
