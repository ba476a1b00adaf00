"""What the store's tests share: runs, archived objects, open databases and their content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.store.recordings import Recordings
from myrunstreak.store.schema.tables import CONTENT_TABLES
from myrunstreak.sync.values import Kind, RawObject

from tests.stage.databases import new_database

FIRST = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
Run = dict[str, Any]
Content = dict[str, list[tuple[str, ...]]]


def at(minutes: float) -> datetime:
    """A time of observation: so many minutes after the first one."""
    return FIRST + timedelta(minutes=minutes)


def naive(minutes: float) -> datetime:
    """The same as the database stores it: UTC without a zone."""
    return at(minutes).replace(tzinfo=None)


def run(activity_id: Any = 1, **fields: Any) -> Run:
    """A sound record in summary form."""
    return {
        "activityId": activity_id,
        "startDateTimeLocal": "2026-10-01T07:12:00+02:00",
        "distance": 5.0,
        "duration": 1500.0,
        "notes": "",
        **fields,
    }


def recorded(record: Run, **series: list[Any]) -> Run:
    """A record with a recording."""
    return record | {"recordingKeys": list(series), "recordingValues": list(series.values())}


def paced(*stages: tuple[float, float], every_s: float = 10) -> dict[str, list[Any]]:
    """Clock and distance of stages (seconds, km), each at an even pace."""
    clock, distance = [0.0], [0.0]
    for seconds, km in stages:
        parts = max(1, round(seconds / every_s))
        begin, way = clock[-1], distance[-1]
        clock += [begin + seconds * part / parts for part in range(1, parts + 1)]
        distance += [way + km * part / parts for part in range(1, parts + 1)]
    return {"clock": clock, "distance": distance}


class Shelf:
    """An archive in a folder, and drafts of objects for it."""

    def __init__(self, folder: Path, source: str = "test") -> None:
        work = folder / "work"
        work.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.blobs = LocalBlobs(folder / "raw")
        self.archive = RawArchive(self.blobs, source, work)

    def draft(self, kind: Kind, minutes: float, content: Any) -> RawObject:
        """An object observed at a minute; not archived."""
        return self.archive.draft(kind, json.dumps(content).encode(), at(minutes))

    def page(self, minutes: float, *records: Any, form: Kind = "extended") -> RawObject:
        """A list page observed at a minute."""
        return self.draft(form, minutes, list(records))

    def verbatim(self, minutes: float, text: str, form: Kind = "extended") -> RawObject:
        """A list page of exactly this text."""
        return self.archive.draft(form, text.encode(), at(minutes))

    def details(self, minutes: float, *records: Any) -> RawObject:
        """Whole activities observed at a minute."""
        return self.draft("details", minutes, list(records))

    def vanished(self, minutes: float, *ids: int) -> RawObject:
        """A decision that these runs are gone at the source."""
        return self.draft("deletions", minutes, {"vanished": list(ids), "returned": []})

    def returned(self, minutes: float, *ids: int) -> RawObject:
        """A decision that these runs are back at the source."""
        return self.draft("deletions", minutes, {"vanished": [], "returned": list(ids)})

    def add(self, *objects: RawObject) -> None:
        """Archive drafts."""
        for one in objects:
            self.archive.add(one)


def open_database(recordings: Path | None = None, work: Path | None = None) -> RunDatabase:
    """A new database in memory."""
    connection = new_database()
    if recordings and work:
        return RunDatabase(connection, Recordings(LocalBlobs(recordings), work))
    return RunDatabase(connection)


def rows(database: RunDatabase, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    """The rows of a question."""
    return database.connection.execute(sql, parameters).fetchall()


def value(database: RunDatabase, sql: str, parameters: Sequence[Any] | None = None) -> Any:
    """The first value of a question's first row."""
    return rows(database, sql, parameters)[0][0]


def content(database: RunDatabase, without: Iterable[str] = ()) -> Content:
    """Every row of every table of content, in an order of its own."""
    return {
        table: sorted(tuple(map(repr, row)) for row in rows(database, f"SELECT * FROM {table}"))
        for table in CONTENT_TABLES
        if table not in set(without)
    }


def live(database: RunDatabase) -> list[tuple[Any, ...]]:
    """What the runs say now, book-keeping of this side left out."""
    return rows(
        database,
        "SELECT * EXCLUDE (first_seen_at, synced_at, details_at, splits_at, deleted_at) FROM runs "
        "ORDER BY activity_id",
    )
