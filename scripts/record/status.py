"""Gathers what there is to know about the record, its tokens and its syncs; no network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from myrunstreak.analytics.engine import Engine
from myrunstreak.analytics.models import StreakAnswer
from myrunstreak.contract.freshness import LATE_AFTER
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import MyRunStreakError
from myrunstreak.instants import to_text, utc_now
from myrunstreak.smashrun.oauth import SmashrunOAuth
from myrunstreak.store.archive_audit import lost_objects
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.published import NothingPublished
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.sync.state import SyncState
from myrunstreak.sync_state import SyncStateManager
from myrunstreak.tokens import TokenManager, TokenStatus

from scripts.record.figures import Figures, GivenUp, figures_of, given_up_details, size_of
from scripts.record.reading import open_reading

if TYPE_CHECKING:
    import duckdb

Part = Literal["sync", "tokens", "database"]
Read = TypeVar("Read")


@dataclass(frozen=True)
class Archive:
    """How many objects the raw archive holds, and how many that the database was made of are missing.

    Where it cannot be listed both are None, and ``error`` says why; ``lost`` is None where the database
    cannot be read either.
    """

    place: str
    objects: int | None = None
    lost: int | None = None
    error: str | None = None


@dataclass(frozen=True)
class Region:
    """Which region keeps a record that has two.

    Attributes:
        is_here: whether it is this one; None where that cannot be read, and ``error`` says why.
        kept_in: the database that is synced; None before the first sync of either.
        moving_from: whose content is still being taken over; None: no move is under way.
    """

    is_here: bool | None
    kept_in: str | None = None
    moving_from: str | None = None
    error: str | None = None


@dataclass(frozen=True)
class Record:
    """The published record; ``size`` is in bytes."""

    figures: Figures
    streak: StreakAnswer
    size: int
    given_up: list[GivenUp]

    def facts(self) -> dict[str, Any]:
        """The record but its streak, as JSON."""
        failed = [asdict(run) for run in self.given_up]
        return {"bytes": self.size, **asdict(self.figures), "details_failed": failed}


@dataclass(frozen=True)
class Status:
    """The state of things at an instant.

    Attributes:
        record: None where nothing is published yet, or where it cannot be read.
        archive: None where there is no record either.
        region: None where the record has no second one.
        damage: why a part cannot be read, by its name. Such a part is None; the state of the sync is empty.
    """

    settings: Settings
    now: datetime
    state: SyncState
    tokens: TokenStatus | None
    record: Record | None
    archive: Archive | None
    region: Region | None
    damage: Mapping[Part, str]

    @property
    def freshness(self) -> Literal["never", "late", "fresh"]:
        """Whether there was a complete sync, within the last 26 hours."""
        mark = self.state.last_sync_at
        if mark is None:
            return "never"
        return "late" if self.now - mark > LATE_AFTER else "fresh"

    def _error(self, part: Part) -> dict[str, str]:
        return {"error": self.damage[part]} if part in self.damage else {}

    def facts(self) -> dict[str, Any]:
        """Everything as JSON; a part that cannot be read has an ``error``."""
        mark, attempt, record = self.state.last_sync_at, self.state.last_attempt, self.record
        return {
            "sync": {
                "last_sync_at": to_text(mark) if mark else None,
                "hours_ago": round((self.now - mark) / timedelta(hours=1), 2) if mark else None,
                "freshness": self.freshness,
                "last_attempt": attempt.model_dump(mode="json") if attempt else None,
                "backfill": self.state.backfill.model_dump(mode="json"),
                **self._error("sync"),
            },
            "tokens": {
                "secret": self.settings.tokens_secret,
                "usable": bool(self.tokens and self.tokens.is_usable),
                **(self.tokens.model_dump(mode="json") if self.tokens else {}),
                **self._error("tokens"),
            },
            "database": {
                "place": self.settings.duckdb_path,
                "exists": record is not None,
                **(record.facts() if record else {"bytes": None}),
                **self._error("database"),
            },
            "archive": asdict(self.archive) if self.archive else None,
            **({"region": asdict(self.region)} if self.region else {}),
            "streak": {
                **record.streak.model_dump(mode="json", exclude={"data_as_of"}),
                "length_days": record.streak.current.length_days if record.streak.current else 0,
            }
            if record
            else None,
        }


def read_status(settings: Settings) -> Status:
    """Read the sync state, the tokens, the published record and the archive, each by itself."""
    now = utc_now()
    damage: dict[Part, str] = {}
    states = SyncStateManager(settings.sync_state_secret, settings.aws_region)
    state = _try(damage, "sync", states.load) or SyncState()
    if states.warnings:
        damage["sync"] = states.warnings[0]
    tokens = TokenManager(settings.tokens_secret, SmashrunOAuth.from_settings(settings), settings.aws_region)
    status = _try(damage, "tokens", tokens.status)
    read = _try(damage, "database", lambda: _read_record(settings, now))
    if read is None and "database" in damage:
        read = None, _read_archive(None, settings, None)
    record, archive = read or (None, None)
    return Status(settings, now, state, status, record, archive, _read_region(settings), damage)


def _read_region(settings: Settings) -> Region | None:
    if settings.lease is None:
        return None
    from myrunstreak.composition import open_lease

    try:
        lease = open_lease(settings)
        note = lease.look() if lease else None
    except MyRunStreakError as error:
        return Region(None, error=str(error))
    if note is None:
        return Region(is_here=True)
    return Region(note.owner == settings.duckdb_path, note.place, note.moving_from)


def _try(damage: dict[Part, str], part: Part, read: Callable[[], Read]) -> Read | None:
    """What is read, or None and the reason among the damage."""
    try:
        return read()
    except MyRunStreakError as error:
        damage[part] = str(error)
        return None


def _read_record(settings: Settings, now: datetime) -> tuple[Record, Archive] | None:
    try:
        with open_reading(settings) as reading:
            connection = reading.connection
            figures = figures_of(connection, settings)
            if figures.source is None and not figures.runs:
                return None
            streak = Engine(connection, now=now, settings=settings, freshness=reading.freshness).streak()
            record = Record(figures, streak, size_of(connection), given_up_details(connection))
            return record, _read_archive(connection, settings, figures.source or settings.source_name)
    except NothingPublished:
        return None


def _read_archive(
    connection: duckdb.DuckDBPyConnection | None, settings: Settings, source: str | None
) -> Archive:
    """List the archive: one request for each thousand objects where it is on S3.

    Args:
        connection: the record's, which knows what should be there; None where it cannot be read.
        source: whose objects; None: all, where the record cannot tell.
    """
    place = str(settings.archive)
    try:
        blobs = open_blobs(settings.archive, settings.aws_region)
        if connection is None or source is None:
            return Archive(place, sum(name.endswith(".json.gz") for name in blobs.names()))
        with TemporaryDirectory() as work:
            held = RawArchive(blobs, source, Path(work)).names()
        return Archive(place, len(held), len(lost_objects(connection, held)))
    except MyRunStreakError as error:
        return Archive(place, error=str(error))
