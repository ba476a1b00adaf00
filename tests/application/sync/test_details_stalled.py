"""Details that wait and do not come: the sync says for how many days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from myrunstreak.sync.state import DetailsProgress

DAY = timedelta(days=1)
START = datetime(2026, 11, 1, 6, tzinfo=UTC)


def stalled(*waiting: int) -> list[float]:
    """Days without any, after each of so many daily syncs."""
    progress, found = DetailsProgress(), list[float]()
    for day, pending in enumerate(waiting):
        progress = progress.after(pending, START + day * DAY)
        found.append(progress.stalled_days(START + day * DAY))
    return found


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ((0, 0, 0), [0, 0, 0]),
        ((900, 700, 500), [0, 0, 0]),
        ((0, 1, 1, 1), [0, 1, 2, 3]),
        ((5, 5, 6, 6, 5, 5), [0, 1, 2, 3, 0, 1]),
        ((3, 3, 0, 3), [0, 1, 0, 1]),
    ],
)
def test_the_days_count_from_when_fewer_waited_than_before(
    waiting: tuple[int, ...], expected: list[float]
) -> None:
    """A history that arrives over weeks is no trouble; a run that waits while none comes is."""
    assert expected == stalled(*waiting)


def test_the_progress_survives_being_stored() -> None:
    """It is part of the sync state."""
    progress = DetailsProgress(pending=4, fell_at=START)
    assert progress == DetailsProgress.model_validate(progress.model_dump(mode="json"))
