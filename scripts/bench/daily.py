"""Three new runs onto a history, as a day's sync stores them: read, page and splits applied, published."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from scripts.bench.environments import Sides
from scripts.bench.history import SOURCE, archive_history, read_archive
from scripts.bench.limits import MEMORY_MB
from scripts.bench.processes import Figures, alternately, measure, medians, ratio, spread, stopwatch
from scripts.bench.records import PER_DAY, increment, observed_after, run, splits_of
from scripts.bench.stand_in import BUCKET, s3_stand_in

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """Which histories get their daily increment how often."""

    histories: Sequence[int]
    rounds: int


def measure_days(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Every history on disk and on S3, and how the longest compares with the shortest."""
    with s3_stand_in() as (endpoint, environment):
        places = list[tuple[int, str]]()
        for history in plan.histories:
            base = folder / f"base-{history}" / "runs.duckdb"
            archive_history(folder / "raw", history)
            measure(
                "scripts.bench.daily:prepare", on=sides.ours, root=str(folder / "raw"), database=str(base)
            )
            shutil.rmtree(folder / "raw")
            upload(endpoint, base, f"{history}/runs.duckdb")
            places += [(history, str(base)), (history, f"s3://{BUCKET}/{history}/runs.duckdb")]
        days = {place: iter(range(10_000)) for _, place in places}

        def contestant(history: int, place: str) -> Callable[[], Figures]:
            return lambda: measure(
                "scripts.bench.daily:one_day",
                on=sides.ours,
                environment=environment,
                database=place,
                history=history,
                day=next(days[place]),
            )

        figures = alternately(plan.rounds, [contestant(history, place) for history, place in places])
    rows = [
        {
            "history": history,
            "place": "S3" if place.startswith("s3:") else "disk",
            **medians(own),
            "cpu": spread([one["cpu_seconds"] for one in own]),
            "runs_after": own[-1]["runs_after"],
        }
        for (history, place), own in zip(places, figures, strict=True)
    ]
    found = {place: own for (_, place), own in zip(places, figures, strict=True)}
    on_disk = [place for _, place in places if not place.startswith("s3:")]
    return {
        "runs_a_day": PER_DAY,
        "rounds": plan.rounds,
        "days": rows,
        "longest_of_shortest": ratio(found[on_disk[-1]], found[on_disk[0]], "cpu_seconds"),
    }


def upload(endpoint: str, file: Path, key: str) -> None:
    """Put the prepared database into the stand-in's bucket."""
    import boto3.session

    session: Any = boto3.session.Session()
    keys = {"aws_access_key_id": "bench", "aws_secret_access_key": "bench"}
    client: Any = session.client("s3", endpoint_url=endpoint, region_name="us-east-2", **keys)
    client.upload_file(str(file), BUCKET, key)


# -- in their own processes ---------------------------------------------------------------------------


def prepare(root: str, database: str) -> Figures:
    """Publish the history that the days are added to."""
    from myrunstreak.store.manager import DuckDBManager

    manager = DuckDBManager(database, memory_mb=MEMORY_MB)
    manager.database.apply(read_archive(Path(root)).objects)
    manager.publish()
    manager.close()
    return {}


def one_day(database: str, history: int, day: int) -> Figures:
    """Open the database, apply a page of three runs and their splits, publish, close."""
    from myrunstreak.contract.layout import beside, parse_location
    from myrunstreak.store.blobs import open_blobs, split_object
    from myrunstreak.store.blobs.port import Blobs
    from myrunstreak.store.manager import DuckDBManager
    from myrunstreak.store.raw_archive import RawArchive

    page = increment(day, history)
    records = [run(-number, history) for number in range(day * PER_DAY + 1, (day + 1) * PER_DAY + 1)]
    splits = json.dumps([splits_of(record) for record in records]).encode()
    location, region = parse_location(database), os.environ.get("AWS_REGION", "us-east-2")
    for name in ("duckdb",) if isinstance(location, Path) else ("duckdb", "boto3.session"):
        import_module(name)  # imports are not what is measured
    meter = Meter(open_blobs(split_object(location)[0], region))
    figures = Figures()
    with stopwatch(figures):
        store: Blobs = meter  # type: ignore[assignment]
        manager = DuckDBManager(database, region_name=region, blobs=store, memory_mb=MEMORY_MB)
        archived = Meter(open_blobs(beside(location, "raw"), region))
        archive = RawArchive(archived, SOURCE, manager.work)  # type: ignore[arg-type]
        manager.observe_page(archive.draft("extended", page, observed_after(day)), archive.add)
        later = observed_after(day) + timedelta(seconds=5)
        manager.observe(archive.draft("splits", splits, later), archive.add)
        manager.publish()
        count = manager.connect().execute("SELECT count(*) FROM runs").fetchone()
        manager.close()
    figures["runs_after"] = count[0] if count else 0
    figures["transfer_seconds"] = meter.seconds + archived.seconds
    figures["work_seconds"] = figures["seconds"] - figures["transfer_seconds"]
    figures["bytes_down"] = meter.down + archived.down
    figures["bytes_up"] = meter.up + archived.up
    return figures


class Meter:
    """Stands before a folder of objects and counts time and bytes on the way."""

    def __init__(self, blobs: Any) -> None:
        self._blobs = blobs
        self.seconds = 0.0
        self.down = self.up = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    def fetch(self, name: str, to: Path, known: Any = None) -> Any:
        """Counted as bytes down, unless the known state is still the right one."""
        version = self._timed(lambda: self._blobs.fetch(name, to, known))
        if version is not None and version != known:
            self.down += to.stat().st_size
        return version

    def write(self, name: str, source: Path, expected: Any, note: str = "") -> Any:
        """Counted as bytes up."""
        self.up += source.stat().st_size
        return self._timed(lambda: self._blobs.write(name, source, expected, note))

    def add(self, name: str, content: bytes) -> None:
        """Counted as bytes up."""
        self.up += len(content)
        self._timed(lambda: self._blobs.add(name, content))

    def _timed(self, call: Callable[[], T]) -> T:
        started = time.perf_counter()
        try:
            return call()
        finally:
            self.seconds += time.perf_counter() - started
