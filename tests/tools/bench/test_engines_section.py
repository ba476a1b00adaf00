"""What the page says about engines follows from the figures."""

from __future__ import annotations

from typing import Any

import pytest

from scripts.bench.engines_section import introduce_engines, reason_about_engines
from scripts.bench.sheets import engines_sheet


def engine(name: str, seconds: float, ratio: float) -> dict[str, Any]:
    """The figures of one engine at one size."""
    spreads = ({"median": value, "least": value * 0.9, "greatest": value * 1.1} for value in (seconds, ratio))
    measured, compared = spreads
    return {
        "name": name, "start_seconds": 20.0, "first_seconds": 30.0, "seconds": measured, "ratio": compared
    }  # fmt: skip


def figures(seconds: float = 20.0) -> dict[str, Any]:
    """Two sizes, on two cores."""
    return {
        "measured_at": "2026-11-28T01:02:03+00:00",
        "system": "Linux x86_64",
        "cores": 2,
        "memory_gb": 4,
        "rounds": 3,
        "sizes": [
            {
                "runs": runs, "runners": runs // 870, "days": runs * 0.966, "rows": 10, "files": 64, "bytes": runs * 9.6,
                "load_before": [0.5, 1, 1], "load_after": [2.5, 1, 1],
                "engines": [engine("DuckDB 1", seconds, 1), engine("Trino 2", 100, 5), engine("Spark 3", 140, 7)],
            }
            for runs in (1_000_000, 40_000_000)
        ],
    }  # fmt: skip


def test_the_introduction_says_what_was_read_and_how_calm_it_was() -> None:
    """All from the figures."""
    text = introduce_engines(figures())
    assert "Measured 2026-11-28" in text
    assert "load average 0.5 to 2.5" in text
    assert "40 million runs of 45,977 runners are 39 million days in 384 MB" in text


@pytest.mark.parametrize(
    ("seconds", "for_people", "for_the_board"),
    [(20.0, "120 million", "310 million"), (400.0, "6 million", "270 million")],
)
def test_the_sizes_follow_from_the_speed(seconds: float, for_people: str, for_the_board: str) -> None:
    """A minute of these cores; the room of the largest function, or its quarter of an hour where that ends first."""
    text = reason_about_engines(figures(seconds))
    assert f"**Up to about {for_people} runs: DuckDB**" in text
    assert f"**Up to about {for_the_board} runs: DuckDB for the board**" in text
    assert f"it takes {seconds:.0f} s, Trino 2 5.0 times and Spark 3 7.0 times that" in text
    assert "more than 5 times the cores" in text


def test_the_table_has_a_row_for_each_engine_at_each_size() -> None:
    """With the spread of its rounds."""
    rows = engines_sheet(figures()).rows
    assert 6 == len(rows)
    assert ("40 million runs, Trino 2", "20.0", "30.00", "100 (90 to 110)", "5.00 (4.50 to 5.50)") == rows[4]
