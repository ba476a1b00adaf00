"""Storing a history from raw pages into a typed, upserted, checkpointed and closed database, and rivals.

Every contestant reads the same archived files. Imports are done before the clock starts; opening the
database, creating its tables, checking and closing are inside.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.bench.environments import Environment, Sides
from scripts.bench.history import archive_history, read_archive
from scripts.bench.limits import MEMORY_MB
from scripts.bench.processes import Figures, alternately, measure, medians, ratio, stopwatch
from scripts.bench.records import count_rows

_SPLITS: Final = (
    '{"activityId": "BIGINT", "unit": "VARCHAR", "splits": [{"distance": "DOUBLE", "seconds": "DOUBLE",'
    ' "heartRate": "DOUBLE", "elevationGain": "DOUBLE", "elevationLoss": "DOUBLE"}]}'
)


@dataclass(frozen=True)
class Plan:
    """How much is stored how often.

    Attributes:
        runs: the history of the comparison.
        many: the history whose memory is held to the limit.
        row_by_row: sizes of the row-by-row contestant, ascending; each is stored once.
        rounds: of the others.
    """

    runs: int
    many: int
    row_by_row: Sequence[int]
    rounds: int


def measure_storing(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Seconds, peak memory and ratios of all ways."""
    archive_history(folder / "raw", plan.runs)
    root = str(folder / "raw")
    ways = {"ours": ("scripts.bench.storing:ours", sides.ours)}
    ways["only_parsing"] = ("scripts.bench.storing:only_parsing", sides.ours)
    if sides.dlt:
        ways["dlt"] = ("scripts.bench.rivals.dlt_merge:dlt_merge", sides.dlt)
    found = dict(
        zip(
            ways,
            alternately(
                plan.rounds,
                [lambda name=name, on=on: measure(name, on=on, root=root) for name, on in ways.values()],
            ),
            strict=True,
        )
    )
    curve = [_row_by_row(size, folder, sides.ours) for size in plan.row_by_row]
    scaled = scale([(one["runs"], one["seconds"]) for one in curve], plan.runs)
    by_row = [{"seconds": scaled["seconds_proportional"]}] * plan.rounds
    archive_history(folder / "raw-many", plan.many)
    many = measure("scripts.bench.storing:ours", on=sides.ours, root=str(folder / "raw-many"))
    growth = many["seconds"] / plan.many * plan.runs
    result: Figures = {
        "runs": plan.runs,
        "splits_each": 10,
        "rounds": plan.rounds,
        **{name: medians(figures) for name, figures in found.items()},
        "row_by_row": {"curve": curve, **scaled},
        "many": {"runs": plan.many, **many},
        "times_row_by_row": ratio(by_row, found["ours"]),
        "of_parsing": ratio(found["ours"], found["only_parsing"]),
        "of_parsing_cpu": ratio(found["ours"], found["only_parsing"], "cpu_seconds"),
        "many_of_linear": ratio([{"seconds": growth}] * plan.rounds, found["ours"]),
    }
    if sides.dlt:
        result["times_dlt"] = ratio(found["dlt"], found["ours"])
    return result


def scale(curve: Sequence[tuple[int, float]], runs: int) -> Figures:
    """What a curve of (runs, seconds) says of a longer history.

    Proportionally from its longest point, which no row-by-row way beats as its index grows, and by the
    power that fits its points.
    """
    size, seconds = curve[-1]
    power = 1.0
    if len(curve) > 1:
        xs, ys = [math.log(n) for n, _ in curve], [math.log(s) for _, s in curve]
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        power = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
        power /= sum((x - mean_x) ** 2 for x in xs)
    return {
        "runs": runs,
        "power": power,
        "seconds_proportional": seconds * runs / size,
        "seconds_by_curve": seconds * (runs / size) ** power,
    }


def _row_by_row(size: int, folder: Path, on: Environment) -> Figures:
    root = folder / f"raw-{size}"
    archive_history(root, size)
    figures = measure("scripts.bench.rivals.row_by_row:row_by_row", on=on, root=str(root))
    shutil.rmtree(root)
    return {"runs": size, **figures}


# -- contestants, each in its own process -----------------------------------------------------------


def ours(root: str) -> Figures:
    """MyRunStreak: the archive applied to an empty database, which is then checked and published."""
    import duckdb
    from myrunstreak.store.manager import DuckDBManager

    archived, figures = read_archive(Path(root)), Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"
        with stopwatch(figures):
            manager = DuckDBManager(file, memory_mb=MEMORY_MB)
            manager.database.apply(archived.objects)
            manager.publish()
            manager.close()
        figures["file_mb"] = file.stat().st_size / 1e6
        with duckdb.connect(str(file), read_only=True) as stored:
            figures |= count_rows(stored, "activities", "splits")
    return figures


def only_parsing(root: str) -> Figures:
    """The same files through the same parser into the same structures; nothing is stored."""
    import duckdb
    from myrunstreak.store.loading.columns import record_structure

    archived, figures = read_archive(Path(root)), Figures()
    parsed = [(archived.of("extended"), record_structure()), (archived.of("splits"), _SPLITS)]
    files = [("[" + ", ".join(f"'{one.file}'" for one in kind) + "]", into) for kind, into in parsed]
    counts = list[int]()
    with stopwatch(figures), duckdb.connect(config={"threads": 1}) as connection:
        for names, into in files:
            row = connection.execute(
                f"""
                    SELECT count(a) FROM (
                        SELECT json_transform(json, '{into}') AS a FROM read_json_objects({names}, format = 'array')
                    )
                    """
            ).fetchone()
            counts.append(row[0] if row else 0)
    return figures | {"activities": counts[0]}
