"""A record belongs to one Smashrun user: tokens of another one are refused, wherever the first one's runs lie."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from myrunstreak.errors import InvalidSettings, SourceUnavailable
from myrunstreak.secrets import open_secret

from scripts.simulator import Fault, Simulator
from tests.stage.content import everything
from tests.stage.handler import Function
from tests.stage.history import FIRST_ID, runs
from tests.stage.world import REGION, SMALL_PAGES, MakeWorld, World, assert_rebuilds

USERINFO = "/my/userinfo"
OWNER = "SELECT name, value FROM file_facts WHERE name LIKE 'owner%' ORDER BY name"


@pytest.fixture
def world(make_world: MakeWorld) -> World:
    """The first runner's record of 40 runs."""
    world = make_world(runs(40, hasDetails=0))
    world.sync()
    return world


@pytest.fixture
def other(world: World) -> Iterator[Simulator]:
    """The Smashrun of a second runner with 30 other runs, to be reached with the second runner's tokens."""
    with Simulator(runs(30, hasDetails=0, source="strava"), SMALL_PAGES, world.clock, seed=8) as sim:
        yield sim


def use_tokens_of(world: World, sim: Simulator) -> None:
    """The tokens of another runner replace those of the first, as one file replaces another."""
    mine, world.sim = world.sim, sim
    world.settings = world.settings.model_copy(
        update={"smashrun_api_url": sim.api_url, "smashrun_token_url": sim.token_url}
    )
    try:
        world.authorise()
    finally:
        world.sim = mine


def back_to_the_owner(world: World) -> None:
    """The first runner authorises again."""
    use_tokens_of(world, world.sim)


def requests_for(world: World, path: str) -> int:
    """Requests for this path so far."""
    return sum(request.path == path for request in world.sim.requests)


def test_the_first_sync_notes_whose_record_it_is(world: World) -> None:
    """In the database and in the archive, by the id that Smashrun gives; one request, and none on later days."""
    assert [("owner", "90211"), ("owner_name", "Sam Runner")] == world.ask(OWNER)
    noted = Path(world.database_file.parent / "raw" / "loopback" / "owner.json").read_bytes()
    assert {"id": "90211", "name": "Sam Runner"} == json.loads(noted)
    assert 1 == requests_for(world, USERINFO)
    for _ in range(3):
        world.clean_sync()
    assert 1 == requests_for(world, USERINFO)
    assert_rebuilds(world)


@pytest.mark.parametrize("event", [{}, {"full": True}, {"accept_deletes": True}])
def test_tokens_of_another_runner_are_refused(event: dict[str, bool], world: World, other: Simulator) -> None:
    """In one line that names both, day after day; nothing is read, and the owner goes on as if nothing had been."""
    before, archived = world.content(everything), world.archived()
    use_tokens_of(world, other)
    for _ in range(2):
        world.next_day()
        with pytest.raises(InvalidSettings) as refused:
            world.sync(event)
        message = str(refused.value)
        assert {True} == {part in message for part in ("Sam Runner", "90211", "90218", "`myrunstreak auth`")}
        assert "\n" not in message
    assert 1 == sum(request.path == USERINFO for request in other.requests)
    assert 0 == sum(request.path != USERINFO for request in other.requests)
    attempt = world.state().last_attempt
    assert ("failed", True) == (attempt and attempt.status, "90218" in str(attempt and attempt.error))
    assert (before, archived) == (world.content(everything), world.archived())
    back_to_the_owner(world)
    assert ("complete", 0, 0) == _figures(world)


def _figures(world: World) -> tuple[str, int, int]:
    result = world.clean_sync()
    return result.status, result.runs_new, result.runs_deleted


@pytest.mark.parametrize("lost", ["database", "archive", "state", "database and state"])
def test_what_is_left_of_a_record_still_knows_its_owner(lost: str, world: World, other: Simulator) -> None:
    """Database, archive and state may be lost: what is left refuses another runner."""
    if "database" in lost:
        world.database_file.unlink()
    if "state" in lost:
        (world.folder / "state.json").unlink()
    if "archive" in lost:
        (world.database_file.parent / "raw" / "loopback" / "owner.json").unlink()
    use_tokens_of(world, other)
    archived = world.archived()
    with pytest.raises(InvalidSettings, match="90211"):
        world.clean_sync()
    assert archived == world.archived()


def test_a_database_put_in_the_place_of_another_runners_is_refused(
    world: World, make_world: MakeWorld
) -> None:
    """The tokens are those of yesterday, the database is another runner's: no request is needed to see that."""
    second = make_world(runs(10, hasDetails=0))
    with Simulator(runs(10, hasDetails=0), SMALL_PAGES, second.clock, seed=8) as sim:
        use_tokens_of(second, sim)
        second.sync()
    world.database_file.write_bytes(second.database_file.read_bytes())
    with pytest.raises(InvalidSettings, match="90218"):
        world.clean_sync()


def test_a_record_without_an_owner_gets_one(world: World) -> None:
    """A database and an archive of an older version are noted at the next sync; that publishes once."""
    with_no_owner(world)
    result = world.clean_sync()
    assert ("complete", True) == (result.status, result.published)
    assert [("owner", "90211"), ("owner_name", "Sam Runner")] == world.ask(OWNER)
    assert not world.clean_sync().published


def with_no_owner(world: World) -> None:
    """The record as an older version left it."""
    import duckdb

    with duckdb.connect(str(world.database_file)) as connection:
        connection.execute("DELETE FROM file_facts WHERE name LIKE 'owner%'")
    (world.database_file.parent / "raw" / "loopback" / "owner.json").unlink()
    state = open_secret(world.settings.sync_state_secret, REGION)
    state.update(lambda stored: {name: value for name, value in stored.items() if name != "identity"})


def test_a_renewal_of_the_tokens_asks_nothing(world: World) -> None:
    """The tokens are exchanged for new ones at half their life: they are still of the same authorisation."""
    old = world.tokens()["access_token"]
    world.clock.advance(50 * 86_400)
    assert "complete" == world.clean_sync().status
    assert old != world.tokens()["access_token"]
    world.clean_sync()
    assert 1 == requests_for(world, USERINFO)


def test_authorising_again_as_the_owner_costs_one_request(world: World) -> None:
    """New tokens of the same user: asked once, then known."""
    world.authorise()
    for _ in range(2):
        assert "complete" == world.clean_sync().status
    assert 2 == requests_for(world, USERINFO)


@pytest.mark.parametrize("body", [None, "{}", '{"id": null}', "[]", '{"userName": "sample_runner"}'])
def test_without_a_profile_a_new_record_goes_on_and_an_old_one_is_kept(
    body: str | None, make_world: MakeWorld
) -> None:
    """Smashrun does not say whose tokens they are: a record without an owner is begun, one with an owner is not mixed."""
    fault = Fault.status(404 if body is None else 200, path=USERINFO, times=None, body=body)
    world = make_world(runs(20, hasDetails=0))
    world.sim.inject(fault)
    result = world.sync()
    assert ("complete", 20) == (result.status, result.runs_new)
    assert any("whose runs" in warning for warning in result.warnings)
    assert [] == world.clean_sync().warnings
    assert [("90211",)] == world.ask("SELECT value FROM file_facts WHERE name = 'owner'")
    world.sim.inject(fault)
    assert "complete" == world.sync().status
    world.authorise()
    with pytest.raises(SourceUnavailable, match="90211"):
        world.sync()
    assert "complete" == world.clean_sync().status


def test_tokens_exchanged_in_mid_sync_end_it(world: World) -> None:
    """A new authorisation while pages are read: the owner of the pages that follow is unknown, so none is stored."""

    def exchange(sim: Simulator) -> None:
        sim.expire_access_tokens()
        answer = sim.issue_tokens()
        secret = open_secret(world.settings.tokens_secret, REGION)
        secret.update(lambda stored: stored | {"access_token": answer["access_token"]})
        sim.edit(FIRST_ID + 1, notes="on the third page")

    before = world.content(everything)
    world.next_day()
    world.sim.inject(Fault.call(exchange, path="/my/activities/search/extended", at=2))
    with pytest.raises(SourceUnavailable, match="exchanged"):
        world.sync({"full": True})
    assert before == world.content(everything)
    assert ("complete", 0, 1) == (*_figures(world)[:2], requests_for(world, USERINFO) - 1)


def test_the_function_refuses_too(
    world: World, other: Simulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The handler raises, and counts a failure."""
    use_tokens_of(world, other)
    function = Function(world, monkeypatch, capsys)
    with pytest.raises(InvalidSettings, match="90218"):
        function()
    assert [1] == function.printed().metrics["SyncFailures"]
