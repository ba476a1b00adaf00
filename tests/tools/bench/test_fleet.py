"""The figures of a club's schedule: by the very dispatch that runs, and the same each time."""

from __future__ import annotations

from scripts.bench.fleet import simulate, table
from tests.stage.paths import ROOT


def test_each_runner_is_synced_twice_a_day() -> None:
    """Neither the spread nor the delay loses or doubles a runner, once a day has gone round."""
    figures = simulate(60, 3)
    assert 24 * 3 == len(figures.per_hour)
    assert 2 * 60 == sum(figures.per_hour[24:48])
    assert sum(figures.per_quarter) == sum(figures.per_hour)


def test_the_figures_are_the_same_each_time() -> None:
    """Of one seed; another one's runners live elsewhere."""
    assert table([simulate(40, 1)]) == table([simulate(40, 1)])
    assert simulate(40, 1).per_hour != simulate(40, 1, seed=2).per_hour


def test_the_requests_of_all_runs_and_syncs_come_to_the_day() -> None:
    """Two a sync, two a day for old pages, and two for each run."""
    figures = simulate(50, 2)
    assert abs(2 * figures.syncs_a_day + 50 * (2 + 2) - figures.requests(figures.syncs_a_day)) < 1e-6


def test_the_document_says_what_the_program_says() -> None:
    """The column of a hundred runners; the other one is as deterministic, and takes longer."""
    written = [line.rsplit("|", 2)[0] + "|" for line in (ROOT / "docs" / "lake.md").read_text().splitlines()]
    heads, _, *rows = table([simulate(100, 2)])
    assert set(rows) | {heads} <= set(written)
