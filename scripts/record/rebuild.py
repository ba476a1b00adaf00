"""Builds a database from the raw archive alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.settings import Settings
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.port import Blobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive
from myrunstreak.store.schema.tables import CONTENT_TABLES
from myrunstreak.store.stored_runs import KNOWN_UNTIL_FACT, StoredRuns
from myrunstreak.sync.values import RawObject

from scripts.display.progress import SyncProgress
from scripts.record.reading import open_record

if TYPE_CHECKING:
    import duckdb

_TABLES: Final = (*CONTENT_TABLES, "details_queue")


class FewerRuns(MyRunStreakError):
    """The archive gives fewer runs than the record has."""


class _WatchedArchive(RawArchive):
    """An archive that shows how much of it has been read."""

    def __init__(self, blobs: Blobs, source: str, work: Path, progress: SyncProgress) -> None:
        super().__init__(blobs, source, work)
        self._progress = progress
        self._total = sum(name.startswith(f"{source}/") for name in blobs.names())
        self.read = 0

    def unapplied(self, applied: set[str], newest: datetime | None) -> Iterator[RawObject]:
        """As in every archive."""
        for item in super().unapplied(applied, newest):
            self.read += 1
            self._progress.count("Replaying the raw archive", self.read, self._total)
            yield item


def runs_expected(settings: Settings, to: Path) -> int:
    """The number of live runs in the published record or in the file to be replaced, the larger of the two.

    One that cannot be read counts as empty: a damaged record is a reason to rebuild.
    """
    counts = [0]
    places = dict.fromkeys([settings.duckdb_path, str(to)] if to.exists() else [settings.duckdb_path])
    for place in places:
        with (
            suppress(MyRunStreakError),
            open_record(Settings(duckdb_path=place, aws_region=settings.aws_region)) as connection,
        ):
            if StoredRuns(connection).fact("source") in (None, settings.source_name):
                counts.append(_count(connection, "runs"))
    return max(counts)


def build(
    settings: Settings, to: Path, progress: SyncProgress, *, at_least: int = 0
) -> tuple[str, int, dict[str, int]]:
    """Replay the archive into a new file, which replaces ``to`` at the end: source, objects, rows by table.

    Raises:
        FewerRuns: there are fewer live runs than ``at_least``; nothing was put in place.
    """
    blobs = open_blobs(settings.archive, settings.aws_region)
    unfinished = to.with_name(f".{to.name}.rebuilding-{os.getpid()}")
    manager = DuckDBManager(
        unfinished, region_name=settings.aws_region, activity_types=settings.activity_types
    )
    try:
        source = _choose(RawArchive(blobs, settings.source_name, manager.work).sources(), settings)
        archive = _WatchedArchive(blobs, source, manager.work, progress)
        manager.claim(source, archive.owner())
        manager.catch_up(archive)
        progress.stage("checking the database")
        counts = {table: _count(manager.connect(), table) for table in _TABLES}
        runs = _count(manager.connect(), "runs")
        if runs < at_least:
            raise FewerRuns(
                f"The archive {settings.archive} gives {runs:,} runs, the record has {at_least:,}. Nothing was replaced: "
                "run `myrunstreak sync --full`, which archives again what is missing, or use --accept-fewer."
            )
        _note_what_is_known(manager)
        manager.publish()
        unfinished.replace(to)
    finally:
        manager.close()
        unfinished.unlink(missing_ok=True)
        for beside in ("lock", "note"):
            unfinished.with_name(f".{unfinished.name}.{beside}").unlink(missing_ok=True)
    return source, archive.read, counts


def _note_what_is_known(manager: DuckDBManager) -> None:
    """Say that nothing is known of the days from the newest run on: which syncs found it whole, no archive tells."""
    # One row: the start of the newest run, never later than what was observed last (UTC).
    row = (
        manager.connect()
        .execute(
            """
        SELECT least(
            max(start_local - to_minutes(coalesce(utc_offset_minutes, 0))), (SELECT max(observed_at) FROM archive_log)
        )
        FROM runs
        """
        )
        .fetchone()
    )
    if row and row[0]:
        manager.database.set_fact(KNOWN_UNTIL_FACT, row[0].isoformat(sep=" "))


def _choose(sources: list[str], settings: Settings) -> str:
    """The source to rebuild: the configured one, or the only one there is."""
    if settings.source_name in sources:
        return settings.source_name
    if len(sources) == 1:
        return sources[0]
    if not sources:
        raise InvalidSettings(
            f"There is no raw archive in {settings.archive}. Set RAW_ARCHIVE to where it lies, or run `myrunstreak sync`."
        )
    raise InvalidSettings(
        f"The archive {settings.archive} holds {' and '.join(sources)}, none of which SMASHRUN_API_URL names "
        f"({settings.smashrun_api_url}). Set it to the one to rebuild."
    )


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(row[0]) if row else 0
