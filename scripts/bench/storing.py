"""A: a history from raw pages into a typed, upserted, checkpointed and closed database, and its rivals.

Every contestant reads the same archived files. Imports are done before the clock starts; opening the
database, creating its tables, checking and closing are inside.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from scripts.bench.history import Archived, Record, archive_history, read_archive
from scripts.bench.processes import Figures, alternately, measure, median, stopwatch

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
        row_by_row: sizes of the row-by-row contestant, ascending.
        rounds: repetitions whose median counts; ``row_by_row`` is run once a size.
        rival: with the dlt contestant.
    """

    runs: int
    many: int
    row_by_row: Sequence[int]
    rounds: int
    rival: bool = True


def run(plan: Plan, folder: Path) -> Figures:
    """Measure all contestants; seconds, peak memory and ratios."""
    archive_history(folder / "raw", plan.runs)
    root = str(folder / "raw")
    contestants = [
        lambda: measure("scripts.bench.storing:ours", root=root),
        lambda: measure("scripts.bench.storing:only_parsing", root=root),
    ]
    if plan.rival:
        contestants.append(lambda: measure("scripts.bench.storing:dlt_merge", root=root))
    figures = alternately(plan.rounds, contestants)
    ours, parsing = figures[0], figures[1]
    curve = [_row_by_row(size, folder) for size in plan.row_by_row]
    scaled = scale([(one["runs"], one["seconds"]) for one in curve], plan.runs)
    result: Figures = {
        "runs": plan.runs,
        "splits_each": 10,
        "rounds": plan.rounds,
        "ours": _summary(ours),
        "only_parsing": _summary(parsing),
        "row_by_row": {"curve": curve, **scaled},
        "times_row_by_row": scaled["seconds_proportional"] / median(ours, "seconds"),
        "times_row_by_row_by_curve": scaled["seconds_by_curve"] / median(ours, "seconds"),
        "of_parsing": median(ours, "seconds") / median(parsing, "seconds"),
        "of_parsing_cpu": median(ours, "cpu_seconds") / median(parsing, "cpu_seconds"),
    }
    if plan.rival:
        result["dlt"] = _summary(figures[2])
        result["times_dlt"] = median(figures[2], "seconds") / median(ours, "seconds")
    shutil.rmtree(folder / "raw")
    archive_history(folder / "raw-many", plan.many)
    result["many"] = {
        "runs": plan.many,
        **measure("scripts.bench.storing:ours", root=str(folder / "raw-many")),
    }
    shutil.rmtree(folder / "raw-many")
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


def _row_by_row(size: int, folder: Path) -> Figures:
    root = folder / f"raw-{size}"
    archive_history(root, size)
    figures = measure("scripts.bench.storing:row_by_row", root=str(root))
    shutil.rmtree(root)
    return {"runs": size, **figures}


def _summary(figures: Sequence[Figures]) -> Figures:
    names = [name for name, value in figures[0].items() if isinstance(value, int | float)]
    return {name: median(figures, name) for name in names} | {"all_seconds": [f["seconds"] for f in figures]}


# -- contestants, each in its own process -----------------------------------------------------------


def ours(root: str) -> Figures:
    """MyRunStreak: the archive applied to an empty database, which is then checked and published."""
    import duckdb
    from myrunstreak.store.manager import DuckDBManager

    archived, figures = read_archive(Path(root)), Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"
        with stopwatch(figures):
            manager = DuckDBManager(file)
            manager.database.apply(archived.objects)
            manager.publish()
            manager.close()
        figures["file_mb"] = file.stat().st_size / 1e6
        with duckdb.connect(str(file), read_only=True) as stored:
            figures |= _counts(stored, "activities", "splits")
    return figures


def only_parsing(root: str) -> Figures:
    """The same files through the same parser into the same structures; nothing is stored."""
    import duckdb
    from myrunstreak.store.loading.columns import record_structure

    archived, figures = read_archive(Path(root)), Figures()
    parsed = [(archived.of("extended"), record_structure()), (archived.of("splits"), _SPLITS)]
    files = [("[" + ", ".join(f"'{one.file}'" for one in kind) + "]", into) for kind, into in parsed]
    counts = list[int]()
    with stopwatch(figures), duckdb.connect() as connection:
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


def row_by_row(root: str) -> Figures:
    """Through Python models, each row its own statement, into tables with keys.

    A run is one ``INSERT ... ON CONFLICT``; its splits are replaced by one ``DELETE`` and one ``INSERT`` each.
    """
    import duckdb
    from pydantic import BaseModel, Field

    class Split(BaseModel):
        distance: float
        seconds: float
        heart_rate: float | None = Field(None, alias="heartRate")
        elevation_gain: float | None = Field(None, alias="elevationGain")
        elevation_loss: float | None = Field(None, alias="elevationLoss")

    class Run(BaseModel):
        activity_id: int = Field(alias="activityId")
        start: datetime = Field(alias="startDateTimeLocal")
        distance: float
        duration: float
        calories: int | None = None
        heart_rate_average: float | None = Field(None, alias="heartRateAverage")
        heart_rate_min: float | None = Field(None, alias="heartRateMin")
        heart_rate_max: float | None = Field(None, alias="heartRateMax")
        cadence_average: float | None = Field(None, alias="cadenceAverage")
        temperature: float | None = None
        humidity: float | None = None
        wind_speed: float | None = Field(None, alias="windSpeed")
        weather_type: str | None = Field(None, alias="weatherType")
        how_felt: str | None = Field(None, alias="howFelt")
        terrain: str | None = None
        is_race: bool | None = Field(None, alias="isRace")
        is_treadmill: bool | None = Field(None, alias="isTreadmill")
        source: str | None = None
        external_id: str | None = Field(None, alias="externalId")
        notes: str | None = None
        elevation_gain: float | None = Field(None, alias="elevationGain")
        elevation_loss: float | None = Field(None, alias="elevationLoss")
        city: str | None = None
        state: str | None = None
        country: str | None = None

    kinds = {int: "BIGINT", datetime: "TIMESTAMP", float: "DOUBLE", bool: "BOOLEAN", str: "VARCHAR"}
    names = list(Run.model_fields)
    columns = ", ".join(
        f"{name} {next(sql for python, sql in kinds.items() if python.__name__ in str(field.annotation))}"
        for name, field in Run.model_fields.items()
        if name != "activity_id"
    )
    changed = ", ".join(f"{name} = EXCLUDED.{name}" for name in names if name != "activity_id")
    upsert = (
        f"INSERT INTO activities ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)}) "
        f"ON CONFLICT (activity_id) DO UPDATE SET {changed}"
    )
    archived, figures = read_archive(Path(root)), Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"
        with stopwatch(figures), duckdb.connect(str(file)) as connection:
            connection.execute(f"CREATE TABLE activities (activity_id BIGINT PRIMARY KEY, {columns})")
            connection.execute(
                """
                CREATE TABLE splits (
                    activity_id BIGINT REFERENCES activities (activity_id), split_number INTEGER, distance DOUBLE,
                    seconds DOUBLE, heart_rate DOUBLE, elevation_gain DOUBLE, elevation_loss DOUBLE,
                    PRIMARY KEY (activity_id, split_number)
                )
                """
            )
            for record, splits in nested_runs(archived):
                one = Run.model_validate(record)
                connection.execute(upsert, list(one.model_dump().values()))
                connection.execute("DELETE FROM splits WHERE activity_id = ?", [one.activity_id])
                for number, split in enumerate(splits, 1):
                    row = Split.model_validate(split).model_dump()
                    connection.execute(
                        "INSERT INTO splits VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [one.activity_id, number, *row.values()],
                    )
            connection.execute("CHECKPOINT")
        figures["file_mb"] = file.stat().st_size / 1e6
        with duckdb.connect(str(file), read_only=True) as stored:
            figures |= _counts(stored, "activities", "splits")
    return figures


def dlt_merge(root: str) -> Figures:
    """dlt into DuckDB: merge on the run's id, splits as a child table, Parquet as the loader's format."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    import duckdb

    dlt: Any = import_module("dlt")  # of the bench's own dependencies
    archived, figures = read_archive(Path(root)), Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"

        def activities() -> Iterable[list[Record]]:
            splits = _splits_by_run(archived)
            for page in archived.of("extended"):
                yield [
                    {**record, "splits": splits.get(record["activityId"], [])}
                    for record in _content(page.file)
                ]

        with stopwatch(figures):
            pipeline: Any = dlt.pipeline(
                pipeline_name="bench",
                pipelines_dir=folder,
                destination=dlt.destinations.duckdb(str(file)),
                dataset_name="smashrun",
            )
            runs = dlt.resource(activities, primary_key="activityId", write_disposition="merge")
            pipeline.run(runs, loader_file_format="parquet")
        figures["file_mb"] = file.stat().st_size / 1e6
        with duckdb.connect(str(file), read_only=True) as stored:
            figures |= _counts(stored, "smashrun.activities", "smashrun.activities__splits")
    return figures


def nested_runs(archived: Archived) -> Iterable[tuple[Record, list[Record]]]:
    """The runs, newest first, each with its splits."""
    splits = _splits_by_run(archived)
    for page in archived.of("extended"):
        for record in _content(page.file):
            yield record, splits.get(record["activityId"], [])


def _splits_by_run(archived: Archived) -> dict[int, list[Record]]:
    return {
        answer["activityId"]: answer["splits"]
        for one in archived.of("splits")
        for answer in _content(one.file)
    }


def _content(file: Path) -> list[Record]:
    return json.loads(gzip.decompress(file.read_bytes()))


def _counts(connection: Any, runs: str, splits: str) -> Figures:
    row = connection.execute(
        f"SELECT (SELECT count(*) FROM {runs}), (SELECT count(*) FROM {splits})"
    ).fetchone()
    return {"activities": row[0], "splits": row[1]}
