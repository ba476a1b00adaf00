"""Every measurement of ``make bench`` runs, at a tiny size; the times it finds mean nothing here."""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from scripts.bench import answering, daily, efforts, growth, overview, rebuilding, report, storing
from scripts.bench.__main__ import MEASUREMENTS, run
from scripts.bench.environments import Environment, Sides
from scripts.bench.history import archive_history, read_archive
from scripts.bench.plans import TINY
from scripts.bench.processes import ContestantFailed, Figures, measure, peak_mb
from scripts.bench.records import increment
from tests.stage.paths import ROOT

HERE = Environment.here()
# What has to begin with a fresh interpreter, or changes its process for good; and one of the others.
OWN_PROCESS = ("cold:page", "cold:data", "cold:runtime_client", "answering:warm", "storing:only_parsing")


def measure_here(
    contestant: str, *, on: Environment, environment: dict[str, str] | None = None, **arguments: Any
) -> Figures:
    """As `measure`, in this process where that makes no difference: most of a process's time is its start."""
    if contestant.endswith(OWN_PROCESS):
        return measure(contestant, on=on, environment=environment, **arguments)
    module, _, name = contestant.partition(":")
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in (environment or {}).items():
            patch.setenv(variable, value)
        figures = getattr(importlib.import_module(module), name)(**json.loads(json.dumps(arguments)))
    return json.loads(json.dumps({**figures, "peak_mb": peak_mb()}))


@pytest.fixture(scope="module")
def results() -> Iterator[Figures]:
    """All measurements without rivals of other packages; what a control group limits is another test's."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (answering, daily, efforts, growth, overview, rebuilding, storing):
            patch.setattr(module, "measure", measure_here)
        only = set(MEASUREMENTS) - {"within_lambda"}
        yield run(TINY, Sides(HERE), only, Console(file=io.StringIO()))


def test_every_measurement_gives_figures_that_can_be_written_and_shown(results: Figures) -> None:
    """The tables name every way, and results.json can hold everything."""
    shown = io.StringIO()
    report.show(json.loads(json.dumps(results)), Console(file=shown, width=160))
    for text in (
        "MyRunStreak",
        "only parsing",
        "row by row, 10 runs",
        "on S3",
        "freshly built",
        "sqlite",
        "Goals",
    ):
        assert text in shown.getvalue()


def test_every_way_of_storing_stores_the_same_rows(results: Figures) -> None:
    """A rival that loses rows would be no rival."""
    stored = results["storing"]
    assert (60, 600) == (stored["ours"]["activities"], stored["ours"]["splits"])
    assert 60 == stored["only_parsing"]["activities"]
    curve = stored["row_by_row"]["curve"]
    assert [(5, 50), (10, 100)] == [(one["activities"], one["splits"]) for one in curve]


def test_days_are_published_on_disk_and_on_s3_and_counted(results: Figures) -> None:
    """Three runs a day come on top of the history, two days with the first round, and their bytes go up."""
    days = results["daily"]["days"]
    assert [(60, "disk"), (60, "S3"), (120, "disk"), (120, "S3")] == [
        (d["history"], d["place"]) for d in days
    ]
    assert [66, 66, 126, 126] == [day["runs_after"] for day in days]
    assert all(day["bytes_up"] > 0 for day in days)


def test_growth_compares_equal_rows(results: Figures) -> None:
    """The grown and the fresh database hold the same runs and splits."""
    assert results["growth"]["nothing_lost"]
    assert 60 + 3 * 3 == results["growth"]["runs"]


def test_the_handler_imports_nothing_heavy_in_vain(results: Figures) -> None:
    """boto3 comes with S3, the X-Ray SDK with tracing, numpy and its kin never."""
    assert [] == results["imports"]["unwanted"]


def test_a_rebuild_reads_runs_laps_and_points(results: Figures) -> None:
    """Each details object of one run brings twenty points: two of them, and then those of all runs."""
    assert 2 * 20 == results["rebuilding"]["points"]
    assert 60 * 20 == results["rebuilding"]["whole"]["points"]


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
    with pytest.raises(ContestantFailed, match="needs at least one file"):
        measure("scripts.bench.storing:only_parsing", on=HERE, root="/nowhere")


def test_a_contestant_sees_only_what_it_is_given(tmp_path: Path) -> None:
    """A module beside the bench's own files, or of the environment, does not stand for a library."""
    (tmp_path / "json_lines.py").write_text("def look(): import sys; return {'paths': sys.path}")
    given = replace(HERE, options=("-I", "-S"), paths=(str(tmp_path), str(ROOT)))
    found = measure("json_lines:look", on=given, environment={"PYTHONPATH": "/nowhere"})
    assert [str(tmp_path), str(ROOT)] == found["paths"][:2]
    assert not [path for path in found["paths"] if "site-packages" in path or path.endswith("scripts/bench")]


def test_all_ways_to_best_efforts_find_the_same_times(results: Figures) -> None:
    """Ours, two pointers and windows; beginnings alone may miss the fastest, and never beat it."""
    assert results["efforts"]["same_times"]
    assert results["efforts"]["efforts"] >= 3
