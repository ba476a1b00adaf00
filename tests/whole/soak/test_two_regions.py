"""A record between two regions for a long time: the journeys of `make test`, many more of them and longer."""

from __future__ import annotations

import pytest

from tests.stage.campaign import PARTS, chance, journeys
from tests.stage.history import runs
from tests.stage.regions import ROTATING, travel, two_regions
from tests.stage.world import MakeWorld

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("part", range(PARTS))
def test_no_journey_loses_a_run_or_the_pair(aws: str, make_world: MakeWorld, part: int) -> None:
    """Every journey of this part."""
    for number in journeys(part):
        travel(two_regions(make_world(runs(24), ROTATING)), chance("long two regions", number), steps=15)
