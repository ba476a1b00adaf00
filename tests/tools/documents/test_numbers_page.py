"""docs/numbers.md: its examples are run, its table of the world's best is the database's own."""

from __future__ import annotations

import re
from datetime import date
from itertools import count

import pytest

from tests.stage.efforts import Effort, asked
from tests.stage.paths import ROOT
from tests.stage.runs import answers, on, opened

PAGE = (ROOT / "docs" / "numbers.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """The rows of the table whose first heading this is."""
    block = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert block, heading
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in block[1].splitlines()]


@pytest.mark.parametrize("row", table("day"), ids=lambda row: row[0])
def test_what_makes_a_day_count(row: list[str]) -> None:
    """Each example day, by both rules."""
    numbers = count(1)
    runs = [on(row[0], next(numbers), distance_km=float(km)) for km in row[1].split("+")]
    asked = answers(*runs)
    found = [asked.day(date.fromisoformat(row[0]), minimum=minimum).is_run_day for minimum in ("any", "mile")]
    assert [cell == "yes" for cell in row[2:]] == found


def test_the_average_pace_of_the_example() -> None:
    """Total time over total distance; a run without a duration is in neither."""
    rows = table("km")
    example = [row for row in rows if "a km" in row[2] or "not in the pace" in row[2]]
    assert 4 == len(example)
    numbers = count(1)
    runs = [
        on("2026-05-10", next(numbers), distance_km=float(km), duration_s=float(seconds))
        for km, seconds, _ in example
    ]
    figures = answers(*runs).trailing(1)
    assert (333.3, 18.0) == (round(figures.pace_s_per_km or 0, 1), figures.distance_km)
    assert "333.3 s a km; their distance is 18 km" in PAGE


def test_the_week_of_the_example() -> None:
    """The third of January 2021 is in the last week of 2020."""
    assert ["2020-W53"] == [item.period for item in answers(on("2021-01-03")).stats("week").items]


def test_the_worlds_best_is_the_databases() -> None:
    """A tenth of a second faster than each is beyond human, a tenth slower is not."""
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \| .*\d{4} \|$", PAGE, re.MULTILINE)
    assert 14 == len(rows)
    connection = opened()
    for km, seconds in rows:
        for change, expected in ((-0.1, True), (0.1, False)):
            found = connection.execute(
                "SELECT beyond_human(?, ?)", [float(km), float(seconds) + change]
            ).fetchone()
            assert (expected,) == found, (km, change)


def test_the_distances_are_the_databases() -> None:
    """Each that is computed is named."""
    names = [name for (name,) in opened().execute("SELECT distance FROM effort_distances").fetchall()]
    squeezed = re.sub(r"[\s-]+", "", PAGE.lower())
    assert not [name for name in names if name.replace("-", "") not in squeezed]


@pytest.mark.parametrize("row", table("distance"), ids=lambda row: f"{row[0]} {row[1]}")
def test_the_bounds_of_the_examples(row: list[str]) -> None:
    """What was measured by a recording, the longer effort by its average, and what is shown."""
    distance, measured, longer, shown = row
    name, seconds = longer.split(" in ")
    efforts = [Effort(1, date(2026, 5, 1), name, float(seconds), "average")]
    if measured != "nothing":
        efforts.append(Effort(2, date(2026, 5, 2), distance, float(measured)))
    [found] = asked(efforts).best_efforts(distance=distance).items
    assert float(shown.removeprefix("at most ")) == pytest.approx(found.elapsed_s)
    assert shown.startswith("at most ") == (found.source == "bound")


def test_every_link_leads_somewhere() -> None:
    """To a file beside it, or to a heading of its own."""
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in PAGE.splitlines()
        if line.startswith("## ")
    }
    for target in re.findall(r"\]\(([^)]+)\)", PAGE):
        if target.startswith("#"):
            assert target[1:] in headings, target
        else:
            assert (ROOT / "docs" / target).exists(), target
