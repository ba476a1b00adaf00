"""2,000 runners in one batch, as after a rebuild: what the lake's writer takes of the memory that its function has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from myrunstreak.contract.club import ClubSettings, new_runner_id

from tests.stage.databases import new_database
from tests.stage.lake import TableBucket, emulator, table_bucket

__all__ = ["emulator", "table_bucket"]
pytestmark = pytest.mark.soak

RUNNERS = 2000
RUNS = 870
RECORDS = 20  # that differ; the runners share them
MEMORY_MB = 2048  # the function's, unless lake_memory_mb says otherwise
WRITE = f"""
import json, os, resource
from pathlib import Path
from myrunstreak.contract.club import ClubSettings
from myrunstreak.lake.opening import open_lake
club = ClubSettings.from_env(os.environ)
with open_lake(club, "us-east-2", memory_mb={MEMORY_MB}) as lake:
    outcome = lake.writer.apply(os.listdir(Path(club.club, "runners")))
    members = lake.publish_board()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps([outcome.runners, outcome.written.inserted, members, peak]))
"""
# What a column of a run is filled with, by its type: no two runs and few texts alike.
FILLED = {
    "BIGINT": "i",
    "INTEGER": "CAST(hash(i + {n}) % 200 AS INTEGER)",
    "DOUBLE": "round((hash(i * {n}) % 100000) / 1000.0, 5)",
    "BOOLEAN": "i % 3 = 0",
    "VARCHAR": "'a text ' || (hash(i + {n}) % 50)",
    "TIMESTAMP": "TIMESTAMP '2023-01-01' + to_days(CAST(i AS INTEGER))",
    "DATE": "DATE '2023-01-01' + CAST(i AS INTEGER)",
}


def fill(club: ClubSettings, folder: Path) -> None:
    """Let the runners join, each with a record in which every column says something."""
    for number in range(RECORDS):
        with new_database(str(folder / f"{number}.duckdb")) as record:
            columns = record.execute("DESCRIBE activities").fetchall()
            values = ", ".join(
                {"deleted_at": "NULL", "activity_type": "'running'"}.get(name)
                or FILLED[kind].format(n=number + place)
                for place, (name, kind, *_) in enumerate(columns, start=1)
            )
            record.execute(f"INSERT INTO activities SELECT {values} FROM range({RUNS}) AS runs (i)")
    for number in range(RUNNERS):
        place = Path(str(club.record_of(new_runner_id())))
        place.mkdir(parents=True)
        (place / "sharing.json").write_text('{"sharing": "distances"}')
        os.link(folder / f"{number % RECORDS}.duckdb", place / "runs.duckdb")


def test_2000_runners_take_less_than_the_functions_memory(table_bucket: TableBucket, tmp_path: Path) -> None:
    """1.74 million runs, and as many days; measured by the operating system."""
    club = table_bucket.settings(tmp_path / "club")
    fill(club, tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", WRITE],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | club.to_env() | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert 0 == done.returncode, done.stderr
    runners, rows, members, peak_mb = json.loads(done.stdout.splitlines()[-1])
    assert (RUNNERS, 2 * RUNNERS * RUNS, RUNNERS) == (runners, rows, members)
    print(f"{runners} runners, {rows} rows: {peak_mb} MB")
    assert MEMORY_MB > peak_mb
