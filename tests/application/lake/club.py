"""A club on disk with small records, and what its lake has to hold."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
from myrunstreak.contract.club import DATABASE_NAME, SHARING_NAME, ClubSettings, new_runner_id
from myrunstreak.lake.catalog import Catalog, full_name
from myrunstreak.lake.record import PublishedRecords
from myrunstreak.lake.tables import DAYS, RUNNERS, RUNS, Table
from myrunstreak.lake.writer import LakeWriter
from myrunstreak.store.blobs import open_blobs

from tests.stage.emulator import REGION
from tests.stage.runs import Stored, on, opened

Rows = list[tuple[Any, ...]]


@dataclass
class Club:
    """Records in a folder, and a lake behind a catalog."""

    settings: ClubSettings
    catalog: Catalog
    scratch: Path
    slept: list[float] = field(default_factory=list[float])

    def writer(self) -> LakeWriter:
        """A new one, which remembers nothing."""
        records = PublishedRecords(self.settings, open_blobs(self.settings.folder, REGION), self.scratch)
        return LakeWriter(self.catalog, records, sleep=self.slept.append)

    def folder(self, runner: str) -> Path:
        """Where a runner's record lies."""
        return Path(str(self.settings.record_of(runner)))

    def publish(self, runner: str, runs: Iterable[Stored], sharing: str | None = None) -> None:
        """A new version of a runner's record."""
        file = self.folder(runner) / DATABASE_NAME
        file.parent.mkdir(parents=True, exist_ok=True)
        following = file.with_suffix(".new")
        opened(runs, str(following)).close()
        following.replace(file)
        if sharing is not None:
            (file.parent / SHARING_NAME).write_text(json.dumps({"sharing": sharing}))

    def spoil(self, runner: str) -> None:
        """Let a runner's database be something else."""
        (self.folder(runner) / DATABASE_NAME).write_bytes(b"not a database" * 1000)

    def join(self, days: int, sharing: str = "days") -> str:
        """A new runner with a run on each of so many days."""
        runner = new_runner_id()
        self.publish(runner, [on(f"2026-05-{day:02d}", day) for day in range(1, days + 1)], sharing)
        return runner

    def lake(self, table: Table) -> Rows:
        """The rows of a table of the lake, sorted."""
        with self.catalog.read_newest() as connection:
            return sorted(
                connection.execute(f"SELECT {table.names} FROM {full_name(table.name)}").fetchall(), key=repr
            )

    def truth(self, *runners: str) -> dict[Table, Rows]:
        """What the records say that the tables should hold; the versions are left out."""
        rows: dict[Table, Rows] = {RUNS: [], DAYS: []}
        columns = [name for name in RUNS.columns if name != "runner_id"]
        for runner in runners:
            with duckdb.connect(str(self.folder(runner) / DATABASE_NAME), read_only=True) as record:
                rows[RUNS] += record.execute(
                    f"SELECT '{runner}', {', '.join(columns)} FROM activities WHERE deleted_at IS NULL"
                ).fetchall()
                rows[DAYS] += record.execute(
                    f"SELECT '{runner}', start_date, sum(distance_km), count(*) FROM activities"
                    " WHERE deleted_at IS NULL GROUP BY ALL"
                ).fetchall()
        return {table: sorted(found, key=repr) for table, found in rows.items()}

    def holds(self, *runners: str) -> bool:
        """Whether the lake is what these runners' records say, row by row, and nothing else."""
        versions = {row[0]: row[1] for row in self.lake(RUNNERS)}
        return (
            self.truth(*runners) == {table: self.lake(table) for table in (RUNS, DAYS)}
            and versions.keys() == set(runners)
            and all(versions.values())
        )
