"""Every measurement of ``make bench`` runs, at a tiny size; the times it finds mean nothing here."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from scripts.bench import answering, daily, efforts, growth, overview, rebuilding, report, storing
from scripts.bench.__main__ import run, tiny
from scripts.bench.history import archive_history, increment, read_archive
from scripts.bench.processes import ContestantFailed, Figures, measure, peak_mb

MEASUREMENTS = ("storing", "daily", "growth", "imports", "rebuilding", "overview", "answering", "efforts")
# What has to begin with a fresh interpreter, or changes its process for good; and one of the others.
OWN_PROCESS = ("answering:cold", "storing:dlt_merge", "storing:only_parsing")


def measure_here(contestant: str, *, environment: dict[str, str] | None = None, **arguments: Any) -> Figures:
    """As `measure`, in this process where that makes no difference: most of a process's time is its start."""
    if contestant.endswith(OWN_PROCESS):
        return measure(contestant, environment=environment, **arguments)
    module, _, name = contestant.partition(":")
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in (environment or {}).items():
            patch.setenv(variable, value)
        figures = getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))
    return json.loads(json.dumps({**figures, "peak_mb": peak_mb()}))


@pytest.fixture(scope="module")
def results() -> Iterator[Figures]:
    """All measurements; rivals take part where the bench's own dependencies are installed."""
    rival = find_spec("dlt") is not None and find_spec("pyarrow") is not None
    frames = find_spec("pandas") is not None and find_spec("polars") is not None
    with pytest.MonkeyPatch.context() as patch:
        for module in (answering, daily, efforts, growth, overview, rebuilding, storing):
            patch.setattr(module, "measure", measure_here)
        yield run(tiny(rival, frames), set(MEASUREMENTS), Console(file=io.StringIO()))


def test_every_measurement_gives_figures_that_can_be_written_and_shown(results: Figures) -> None:
    """The tables name every way, and results.json can hold everything."""
    shown = io.StringIO()
    report.show(json.loads(json.dumps(results)), Console(file=shown, width=160))
    assert set(MEASUREMENTS) <= set(results)
    for text in ("MyRunStreak", "only parsing", "row by row, 10 runs only", "S3", "freshly built", "Goals"):
        assert text in shown.getvalue()


def test_every_way_of_storing_stores_the_same_rows(results: Figures) -> None:
    """A rival that loses rows would be no rival."""
    stored = results["storing"]
    ways = [stored["ours"], *([stored["dlt"]] if "dlt" in stored else [])]
    assert [(60, 600)] * len(ways) == [(way["activities"], way["splits"]) for way in ways]
    curve = stored["row_by_row"]["curve"]
    assert [(5, 50), (10, 100)] == [(one["activities"], one["splits"]) for one in curve]


def test_days_are_published_on_disk_and_on_s3_and_counted(results: Figures) -> None:
    """Three runs come on top of the history, and their bytes go both ways."""
    days = results["daily"]["days"]
    assert [(60, "disk"), (60, "S3"), (120, "disk"), (120, "S3")] == [
        (d["history"], d["place"]) for d in days
    ]
    assert [63, 63, 123, 123] == [day["runs_after"] for day in days]
    assert all(day["bytes_up"] > 0 and day["bytes_down"] > 0 for day in days)


def test_growth_compares_equal_rows(results: Figures) -> None:
    """The grown and the fresh database hold the same runs and splits."""
    assert results["growth"]["nothing_lost"]
    assert 60 + 3 * 3 == results["growth"]["runs"]


def test_the_handler_imports_nothing_heavy_in_vain(results: Figures) -> None:
    """boto3 comes with S3, the X-Ray SDK with tracing, numpy and its kin never."""
    assert [] == results["imports"]["unwanted"]


def test_a_rebuild_reads_runs_laps_and_points(results: Figures) -> None:
    """Two details objects of one run each bring two laps and twenty points a run."""
    assert 2 * 20 == results["rebuilding"]["points"]


def test_the_seeded_archive_is_the_same_every_time(tmp_path: Path) -> None:
    """Names carry a hash of the content: equal names are equal pages."""
    first = archive_history(tmp_path / "first", 30, details=[2], samples=5)
    second = archive_history(tmp_path / "second", 30, details=[2], samples=5)
    assert [one.name for one in first.objects] == [one.name for one in second.objects]
    assert [one.name for one in first.objects] == [one.name for one in read_archive(first.root).objects]
    assert increment(0, 30) == increment(0, 30) != increment(1, 30)


def test_a_curve_is_scaled_by_its_power_and_in_proportion() -> None:
    """Twice the runs in four times the time: the power is two; in proportion only the last point counts."""
    scaled = storing.scale([(10, 1.0), (20, 4.0)], 40)
    assert 2.0 == pytest.approx(scaled["power"])
    assert 16.0 == pytest.approx(scaled["seconds_by_curve"])
    assert 8.0 == pytest.approx(scaled["seconds_proportional"])


def test_a_contestant_that_fails_is_not_counted() -> None:
    """Its process's error is raised with its own words."""
    with pytest.raises(ContestantFailed, match="No such file"):
        measure(
            "scripts.bench.daily:upload",
            endpoint="http://127.0.0.1:9",
            file="/nowhere",
            key="x",
            environment={"AWS_REGION": "x"},
        )


def test_all_ways_to_best_efforts_find_the_same_times(results: Figures) -> None:
    """Ours, two pointers and windows; beginnings alone may miss the fastest, and never beat it."""
    assert results["efforts"]["same_times"]
    assert results["efforts"]["efforts"] >= 3
