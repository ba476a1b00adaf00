"""A runner who thinks in miles is never told kilometres, and the other way round."""

from __future__ import annotations

import re

import pytest

from .conftest import Runner
from .pages import resolve
from .questions import questions

# Eddington numbers are known in both; columns of the record are named; settings are shown as they are written.
_BOTH = ("eddington", "sql", "config", "doctor")
# An amount has a blank before its unit; a name, such as the 5km of a best, has none.
_AMOUNT = {unit: re.compile(rf"[0-9] {unit}\b|/{unit}\b") for unit in ("km", "mi")}


@pytest.mark.parametrize("units", ["km", "mi"])
@pytest.mark.parametrize("question", [one for one in questions() if one[0] not in _BOTH], ids=" ".join)
def test_no_answer_mixes_units(
    synced: Runner, question: list[str], units: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option, and by the setting; what the runner named, such as 5km, stays as it is called."""
    other = "mi" if units == "km" else "km"
    command, _ = resolve(question)
    has_option = "--units" in {option for parameter in command.params for option in parameter.opts}
    monkeypatch.setenv("UNITS", other if has_option else units)
    answer = synced.types(*question, *(["--units", units] if has_option else []))
    assert [] == _AMOUNT[other].findall(answer.out), answer.out


def test_a_day_is_explained_in_the_runners_units(synced: Runner) -> None:
    """The reason, which the engine gives, as well as the figures."""
    answer = synced.types("streak", "--explain", "yesterday", "--min", "5mi", "--units", "mi")
    assert "3.18357 mi" in answer.out
    assert "less than the 5 mi that a day needs" in answer.out
    assert "km" not in answer.out
