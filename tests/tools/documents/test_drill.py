"""The day of the last drill in the runbook."""

from __future__ import annotations

from datetime import date

import pytest

from scripts.documents.drill import RUNBOOK, note_drill

DAY = date(2026, 11, 27)


def test_the_runbook_gets_the_day_and_nothing_else() -> None:
    """A second drill replaces the line of the first."""
    once = note_drill("Before\n\nLast drilled: never\n\nafter\n", DAY, 170)
    assert "Before\n\nLast drilled: 2026-11-27, in 3 min\n\nafter\n" == once
    again = note_drill(once, date(2026, 12, 27), 9)
    assert "Before\n\nLast drilled: 2026-12-27, in 1 min\n\nafter\n" == again


def test_the_runbook_has_the_line() -> None:
    """In the chapter that it is about."""
    chapter = RUNBOOK.read_text().partition("## Restoring")[2].partition("\n## ")[0]
    assert "Last drilled: 2026-11-27" in note_drill(chapter, DAY, 60)


@pytest.mark.parametrize("text", ["", "Last drilled: never\nLast drilled: never\n"])
def test_a_runbook_without_its_line_is_refused(text: str) -> None:
    """Better than a drill that leaves no trace."""
    with pytest.raises(ValueError, match="not one"):
        note_drill(text, DAY, 1)
