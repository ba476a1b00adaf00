"""Storing with dlt: merge on the run's id, splits as a child table, Parquet as the loader's format."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from scripts.bench.processes import Figures, stopwatch
from scripts.bench.records import Record, count_rows, read_nested


def dlt_merge(root: str) -> Figures:
    """The rows and the seconds, imports left out."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    import duckdb

    dlt: Any = import_module("dlt")
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.duckdb"

        def activities() -> Iterable[list[Record]]:
            yield from read_nested(Path(root))

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
            figures |= count_rows(stored, "smashrun.activities", "smashrun.activities__splits")
    return figures
