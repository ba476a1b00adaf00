"""B: three new runs onto a history, as a day's sync stores them: read, page and splits applied, published."""

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

from scripts.bench.history import (
    PER_DAY,
    SOURCE,
    archive_history,
    increment,
    observed_after,
    read_archive,
    run,
    splits_of,
)
from scripts.bench.processes import Figures, alternately, measure, median, stopwatch
from scripts.bench.stand_in import BUCKET, s3_stand_in

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """Which histories get their daily increment how often."""

    histories: Sequence[int]
    rounds: int


def measure_all(plan: Plan, folder: Path) -> Figures:
    """Every history on disk and on S3; medians, and how the longest compares with the shortest."""
    places = list[tuple[int, str]]()
    with s3_stand_in() as (endpoint, environment):
        for history in plan.histories:
            base = folder / f"base-{history}"
            archive_history(folder / "raw", history)
            measure(
                "scripts.bench.daily:prepare", root=str(folder / "raw"), database=str(base / "runs.duckdb")
            )
            shutil.rmtree(folder / "raw")
            _upload(endpoint, base / "runs.duckdb", f"{history}/runs.duckdb", environment)
            places += [
                (history, str(base / "runs.duckdb")),
                (history, f"s3://{BUCKET}/{history}/runs.duckdb"),
            ]
        days = {place: iter(range(1_000)) for _, place in places}

        def contestant(history: int, place: str) -> Callable[[], Figures]:
            return lambda: measure(
                "scripts.bench.daily:one_day",
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
            **{
                name: median(own, name)
                for name in (
                    "seconds",
                    "transfer_seconds",
                    "work_seconds",
                    "cpu_seconds",
                    "bytes_down",
                    "bytes_up",
                    "peak_mb",
                )
            },
            "runs_after": own[-1]["runs_after"],
        }
        for (history, place), own in zip(places, figures, strict=True)
    ]
    longest, shortest = max(plan.histories), min(plan.histories)
    ratios = {
        f"work_ratio_{place}": _of(rows, longest, place) / _of(rows, shortest, place)
        for place in ("disk", "S3")
    }
    return {"runs_a_day": PER_DAY, "rounds": plan.rounds, "days": rows, **ratios}


def _of(rows: Sequence[Figures], history: int, place: str) -> float:
    return next(row["work_seconds"] for row in rows if (row["history"], row["place"]) == (history, place))


def _upload(endpoint: str, file: Path, key: str, environment: dict[str, str]) -> None:
    measure("scripts.bench.daily:upload", environment=environment, endpoint=endpoint, file=str(file), key=key)


# -- in their own processes ---------------------------------------------------------------------------


def upload(endpoint: str, file: str, key: str) -> Figures:
    """Put the prepared database into the stand-in's bucket."""
    import boto3.session

    session: Any = boto3.session.Session()
    client: Any = session.client("s3", endpoint_url=endpoint, region_name=os.environ["AWS_REGION"])
    client.upload_file(file, BUCKET, key)
    return {}


def prepare(root: str, database: str) -> Figures:
    """Publish the history that the days are added to."""
    from myrunstreak.store.manager import DuckDBManager

    manager = DuckDBManager(database)
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
    if not isinstance(location, Path):
        import_module("boto3.session")  # imports are not what is measured
    meter = Meter(open_blobs(split_object(location)[0], region))
    figures = Figures()
    with stopwatch(figures):
        store: Blobs = meter  # type: ignore[assignment]
        manager = DuckDBManager(database, region_name=region, blobs=store)
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
