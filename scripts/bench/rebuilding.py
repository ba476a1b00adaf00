"""The database again from nothing but the raw archive: what a lost or damaged file costs."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.bench.environments import Sides
from scripts.bench.history import SOURCE, archive_history
from scripts.bench.limits import MEMORY_MB
from scripts.bench.processes import Figures, alternately, measure, medians, spread, stopwatch


@dataclass(frozen=True)
class Plan:
    """Runs, details objects of one run each, points of a recording, rounds; with ``whole`` every run has its details."""

    runs: int
    details: int
    samples: int
    rounds: int
    whole: bool


def measure_rebuild(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Without details and with some, in turn: what one of them costs. Then, once, with the details of every run."""
    roots = {0: folder / "without", plan.details: folder / "with"}
    for details, root in roots.items():
        archive_history(root, plan.runs, splits=False, details=[1] * details, samples=plan.samples)

    def rebuilt(root: Path) -> Figures:
        return measure("scripts.bench.rebuilding:rebuild", on=sides.ours, root=str(root))

    without, some = alternately(plan.rounds, [lambda root=root: rebuilt(root) for root in roots.values()])
    for root in roots.values():
        shutil.rmtree(root)
    each = [
        (one["seconds"] - other["seconds"]) / plan.details for one, other in zip(some, without, strict=True)
    ]
    result: Figures = {
        "runs": plan.runs,
        "details_objects": plan.details,
        "samples": plan.samples,
        "rounds": plan.rounds,
        **medians(some),
        "seconds_without": medians(without, "seconds")["seconds"],
        "a_detail": spread(each),
    }
    if plan.whole:
        archive_history(
            folder / "all", plan.runs, splits=False, details=[1] * plan.runs, samples=plan.samples
        )
        result["whole"] = rebuilt(folder / "all")
        shutil.rmtree(folder / "all")
    return result


def rebuild(root: str) -> Figures:
    """In its own process: catch up with the whole archive, recordings included, and publish."""
    from myrunstreak.store.blobs import open_blobs
    from myrunstreak.store.manager import DuckDBManager
    from myrunstreak.store.raw_archive import RawArchive

    figures = Figures()
    with tempfile.TemporaryDirectory() as name:
        with stopwatch(figures):
            manager = DuckDBManager(Path(name) / "runs.duckdb", memory_mb=MEMORY_MB)
            manager.catch_up(RawArchive(open_blobs(Path(root), ""), SOURCE, manager.work))
            manager.publish()
            tables = ("activities", "splits", "laps", "archive_log")
            counts = [manager.connect().execute(f"SELECT count(*) FROM {one}").fetchone() for one in tables]
            manager.close()
        points = 0
        if list(Path(name).glob("recordings/*/*.parquet")):
            import duckdb

            row = duckdb.execute(
                f"SELECT count(*) FROM read_parquet('{name}/recordings/*/*.parquet')"
            ).fetchone()
            points = row[0] if row else 0
    return figures | {"rows": sum(row[0] for row in counts if row), "points": points}
