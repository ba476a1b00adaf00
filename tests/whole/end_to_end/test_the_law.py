"""Whatever goes wrong with Smashrun, wherever: afterwards one clean sync gives the rows of an undisturbed one."""

from __future__ import annotations

import pytest

from tests.stage.content import live_content
from tests.stage.history import history
from tests.stage.source_changes import change_the_source
from tests.stage.sync_faults import (
    DAILY_REQUESTS,
    FIRST_REQUESTS,
    KINDS,
    LIES,
    LISTS_AND_DETAILS,
    check_daily_sync,
    check_first_sync,
)
from tests.stage.world import MakeWorld, World


def spread(kind: str, positions: int, step: int) -> list[int]:
    """Some of the positions, other ones for every kind, together all of them."""
    offset = list(KINDS).index(kind)
    return [at for at in range(positions) if (at + offset) % step == 0]


FIRST = [(kind, at) for kind in KINDS for at in spread(kind, FIRST_REQUESTS, 7)]
DAILY = [(kind, at) for kind in KINDS for at in spread(kind, DAILY_REQUESTS, 7)]

OUTAGES = [(kind, (3 * number + 1) % DAILY_REQUESTS) for number, kind in enumerate(KINDS)]


@pytest.fixture(scope="module")
def expected_first(synced: World) -> object:
    """What an undisturbed first sync gives."""
    return synced.content()


@pytest.fixture(scope="module")
def expected_daily(tmp_path_factory: pytest.TempPathFactory) -> object:
    """What a first sync of the changed source gives."""
    world = World(tmp_path_factory.mktemp("expected"), history())
    change_the_source(world)
    world.sync()
    expected = world.content(live_content)
    world.close()
    return expected


@pytest.mark.parametrize(("kind", "at"), FIRST)
def test_a_first_sync_survives_a_fault(
    kind: str, at: int, make_world: MakeWorld, expected_first: object
) -> None:
    """One request of a first sync goes wrong: the next sync leaves nothing of it."""
    check_first_sync(make_world(), KINDS[kind](path=LISTS_AND_DETAILS, at=at), expected_first)


@pytest.mark.parametrize(("kind", "at"), DAILY)
def test_a_daily_sync_survives_a_fault(
    kind: str, at: int, synced_world: World, expected_daily: object
) -> None:
    """One request of a sync with news goes wrong: the next sync leaves nothing of it."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at)
    check_daily_sync(synced_world, fault, expected_daily)


@pytest.mark.parametrize(("kind", "at"), OUTAGES[::2])
def test_a_first_sync_survives_an_outage(
    kind: str, at: int, make_world: MakeWorld, expected_first: object
) -> None:
    """From one request on everything goes wrong, to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None)
    check_first_sync(make_world(), fault, expected_first, lying=kind in LIES)


@pytest.mark.parametrize(("kind", "at"), OUTAGES[1::2])
def test_a_daily_sync_survives_an_outage(
    kind: str, at: int, synced_world: World, expected_daily: object
) -> None:
    """From one request of a sync with news on everything goes wrong, to the sync's end."""
    fault = KINDS[kind](path=LISTS_AND_DETAILS, at=at, times=None)
    check_daily_sync(synced_world, fault, expected_daily, lying=kind in LIES)
