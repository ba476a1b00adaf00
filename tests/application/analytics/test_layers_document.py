"""docs/streak-definitions.md says what the program does: keys, presets, and the examples' results."""

from __future__ import annotations

import re

import pytest
from myrunstreak.analytics.layers.definitions import Definitions, Each
from myrunstreak.analytics.layers.file import PRESETS
from myrunstreak.analytics.layers.models import LayerState

from tests.application.analytics.layer_histories import Bench, ask, every
from tests.stage.paths import ROOT

TEXT = (ROOT / "docs" / "streak-definitions.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
KEYS = ("name", "preset", "inside", "period", "distance", "duration", "runs", "days", "each", "rest")


def titles(heading: str) -> set[str]:
    """What stands in code in the first column of a section's table."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    return set(re.findall(r"`([^`]+)`", " ".join(first)))


def example(name: str) -> str:
    """The example that defines a streak."""
    [text] = [one for one in EXAMPLES if f'name = "{name}"' in one]
    return text


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_is_understood(number: int) -> None:
    """A reader may copy it as it stands."""
    Definitions.parse(EXAMPLES[number], "the document")


def test_every_key_and_preset_is_described_and_no_other() -> None:
    """The tables are complete; the keys of each run stand in the text."""
    assert set(KEYS) == titles("Keys")
    assert set(PRESETS) == titles("Presets")
    assert all(f"`{name}" in TEXT for name in Each.model_fields)


def length(state: LayerState) -> int:
    """Periods of the living streak."""
    return state.current.length if state.current else 0


def test_the_example_of_rest_comes_out_as_written() -> None:
    """12 days with 2 rested to the 12th; a new streak since the 14th."""
    runs = every("2026-05", 1, 2, 3, *range(5, 11), 12, 14)
    [state] = ask(Bench(), example("days with rest"), runs, "2026-05-14")
    assert state.longest is not None
    assert (12, 2, "2026-05-12", 1) == (
        state.longest.length,
        state.longest.rest_used,
        str(state.longest.end_date),
        length(state),
    )


def test_the_example_of_the_month_comes_out_as_written() -> None:
    """Two months to the 10th; 5 km missing and 12 days left on the 20th."""
    runs = every("2026-04", *range(1, 31)) + every("2026-05", *range(1, 11), *range(12, 21))
    _, months = ask(Bench(), example("months"), runs, "2026-05-20")
    assert months.longest is not None
    assert months.period is not None
    assert (2, "2026-05-10", 45.0, 5.0, 12) == (
        months.longest.length,
        str(months.longest.end_date),
        months.period.distance_km,
        months.period.missing.distance_km,
        months.period.days_left,
    )
