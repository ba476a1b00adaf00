"""E: the database again from nothing but the raw archive: what a lost or damaged file costs."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.history import SOURCE, archive_history
from scripts.bench.processes import Figures, alternately, measure, median, stopwatch


@dataclass(frozen=True)
class Plan:
    """Runs, details objects of one run each, points of a recording, repetitions."""

    runs: int
    details: int
    samples: int
    rounds: int


def measure_rebuild(plan: Plan, folder: Path) -> Figures:
    """Medians of seconds and rows a second."""
    archive_history(folder / "raw", plan.runs, splits=False, details=[1] * plan.details, samples=plan.samples)
    figures = alternately(
        plan.rounds, [lambda: measure("scripts.bench.rebuilding:rebuild", root=str(folder / "raw"))]
    )[0]
    names = ("seconds", "cpu_seconds", "peak_mb", "rows", "points")
    result: Figures = {name: median(figures, name) for name in names}
    return {
        "runs": plan.runs,
        "details_objects": plan.details,
        "samples": plan.samples,
        "rounds": plan.rounds,
        **result,
        "rows_a_second": (result["rows"] + result["points"]) / result["seconds"],
    }


def rebuild(root: str) -> Figures:
    """In its own process: catch up with the whole archive, recordings included, and publish."""
    from myrunstreak.store.blobs import open_blobs
    from myrunstreak.store.manager import DuckDBManager
    from myrunstreak.store.raw_archive import RawArchive

    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        with stopwatch(figures):
            manager = DuckDBManager(Path(name) / "runs.duckdb")
            manager.catch_up(RawArchive(open_blobs(Path(root), ""), SOURCE, manager.work))
            manager.publish()
            tables = ("activities", "splits", "laps", "archive_log")
            counts = [manager.connect().execute(f"SELECT count(*) FROM {one}").fetchone() for one in tables]
            manager.close()
        import duckdb

        points = duckdb.execute(
            f"SELECT count(*) FROM read_parquet('{name}/recordings/*/*.parquet')"
        ).fetchone()
    return figures | {"rows": sum(row[0] for row in counts if row), "points": points[0] if points else 0}
