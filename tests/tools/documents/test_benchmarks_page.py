"""docs/benchmarks.md is written from the results of one whole run of `make bench`."""

from __future__ import annotations

import json
import re

import pytest

from scripts.bench.__main__ import MEASUREMENTS
from scripts.bench.engines import SIZES
from scripts.bench.goals import goals
from scripts.documents.benchmarks import ENGINES, PAGE, RESULTS, page, read_figures
from tests.stage.paths import ROOT

FIGURES = json.loads(RESULTS.read_text(encoding="utf-8"))
OF_ENGINES = read_figures(ENGINES)


def test_the_page_is_written_from_the_results() -> None:
    """No figure on it is typed by hand."""
    assert PAGE.read_text(encoding="utf-8") == page(FIGURES, OF_ENGINES), (
        "run: python -m scripts.documents.benchmarks"
    )


def test_the_results_are_those_of_one_whole_run() -> None:
    """Every measurement took part, with every rival, and the goals are judged as they are kept today."""
    assert {"machine", "goals", *MEASUREMENTS} == set(FIGURES)
    assert {"ours", "dlt", "frames"} == set(FIGURES["machine"]["versions"])
    assert [vars(goal) for goal in goals(FIGURES)] == FIGURES["goals"]


@pytest.mark.skipif(OF_ENGINES is None, reason="not measured yet: `make engines`, then `make bench`")
def test_the_engines_were_measured_at_every_size() -> None:
    """And the words beside their table are true: DuckDB is ahead on one machine."""
    assert OF_ENGINES
    assert list(SIZES) == [size["runs"] for size in OF_ENGINES["sizes"]]
    for size in OF_ENGINES["sizes"]:
        ours, *others = size["engines"]
        assert ["DuckDB", "Trino", "Spark"] == [one["name"].split()[0] for one in (ours, *others)]
        assert all(one["ratio"]["least"] > 1 for one in others)


def test_the_page_has_every_goal_and_every_measurement() -> None:
    """Guards the writer: a page without figures would also equal itself."""
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| {goal['name']} |" in text for goal in FIGURES["goals"])
    assert text.count("\n## ") >= len(MEASUREMENTS)


def test_decisions_quote_the_page() -> None:
    """Every "N times" beside a link to it is a ratio of the last run, rounded."""
    ratios = [goal["measured"] for goal in FIGURES["goals"]]
    quoted = [
        number
        for decision in sorted((ROOT / "docs" / "decisions").glob("0*.md"))
        for paragraph in re.split(r"\n\n|\n- ", decision.read_text(encoding="utf-8"))
        if "(../benchmarks.md)" in paragraph
        for number in re.findall(r"(\d+(?:\.\d+)?) times", paragraph)
    ]
    assert len(quoted) >= 5
    for number in quoted:
        digits = len(number.partition(".")[2])
        assert any(f"{ratio:.{digits}f}" == number for ratio in ratios), (
            f"{number} times is no figure of the page"
        )
