"""What a run day is and how long a mile is stand in one place each."""

from __future__ import annotations

import re
from pathlib import Path

from tests.stage.paths import ROOT

# Migrations are history; the simulator stands for Smashrun and shares nothing with the program.
_APART = ("lambda_src/myrunstreak/store/schema/", "scripts/simulator/")


def _files_with(pattern: str) -> list[str]:
    """Sources and statements of the program that hold the pattern."""
    files = [
        path
        for folder in ("lambda_src", "infra", "scripts")
        for suffix in ("*.py", "*.sql")
        for path in sorted((ROOT / folder).rglob(suffix))
    ]
    names = [_name(path) for path in files if re.search(pattern, path.read_text(encoding="utf-8"))]
    return [name for name in names if not name.startswith(_APART)]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_how_long_a_mile_is_stands_once() -> None:
    """The settings, the statements and the display read it from the contract."""
    assert ["lambda_src/myrunstreak/contract/units.py"] == _files_with(r"\b1\.6093")


def test_what_a_run_day_is_stands_in_the_schema_the_facts_that_travel_and_the_board() -> None:
    """Every statement takes run days from the streaks; the page's facts are held to them by a table of cases, the board,
    which other engines read too, by the same oracle."""
    assert [
        "lambda_src/myrunstreak/lake/sql/board.sql",
        "lambda_src/myrunstreak/page/facts.py",
    ] == sorted(_files_with(r">=?\s*(\$?minimum_km|\{minimum_km\}|km)\s*-\s*1e-9"))
