"""Which region syncs: never two at once, never the wrong one, also where a process dies."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from myrunstreak.contract.layout import S3Location
from myrunstreak.errors import AnotherRegion, StoreCorrupt
from myrunstreak.store.lease import Lease

from tests.stage.aws import new_bucket

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
EAST, WEST = "s3://east/runs.duckdb", "s3://west/runs.duckdb"
REGIONS = {EAST: "us-east-2", WEST: "us-west-2"}
HOUR = 3600.0


class Clock:
    """A clock that moves only where it is waited for."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let the time pass."""
        assert seconds > 0
        self.now += timedelta(seconds=seconds)


def beside(location: Path | S3Location, name: str) -> Path | S3Location:
    """Another note in the same place."""
    return location.with_name(name) if isinstance(location, Path) else S3Location(location.bucket, name)


def lease_of(owner: str, location: Path | S3Location, clock: Clock) -> Lease:
    """One region's view."""
    return Lease(location, "us-west-2", owner, REGIONS[owner], clock=clock, sleep=clock.sleep)


@pytest.fixture(params=["folder", "bucket"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Path | S3Location:
    """Where the note lies."""
    if request.param == "folder":
        return tmp_path / "lease.json"
    request.getfixturevalue("aws")
    return S3Location(new_bucket(), "lease.json")


def test_the_first_region_takes_it_and_the_other_finds_it_taken(location: Path | S3Location) -> None:
    """By name, with since when, and with what to do; the owner goes on as often as it likes."""
    clock = Clock()
    east, west = lease_of(EAST, location, clock), lease_of(WEST, location, clock)
    assert east.look() is None
    for _ in range(2):
        with (
            east.hold(HOUR),
            pytest.raises(AnotherRegion, match=r"east/runs.duckdb \(us-east-2\) since 2026"),
            west.hold(HOUR),
        ):
            pytest.fail("two regions sync")
    note = east.look()
    assert note is not None
    assert (EAST, {}, None) == (note.owner, note.busy, note.moving_from)


def test_two_syncs_of_one_region_do_not_end_each_others_time(location: Path | S3Location) -> None:
    """The page's short sync beside the daily one: a move waits for the longer."""
    clock = Clock()
    east, west = lease_of(EAST, location, clock), lease_of(WEST, location, clock)
    told: list[datetime] = []
    with ExitStack() as daily:
        daily.enter_context(east.hold(600))
        with east.hold(60):
            pass
        assert west.take(EAST, told.append)
    assert timedelta(seconds=600) <= told[0] - NOON == clock.now - NOON <= timedelta(seconds=720)


def test_a_move_waits_for_a_sync_whose_process_died_no_longer_than_it_could_have_run(
    location: Path | S3Location,
) -> None:
    """Within the hour, for a function that may run for fifteen minutes."""
    clock = Clock()
    killed = lease_of(EAST, location, clock).hold(900)
    killed.__enter__()
    assert lease_of(WEST, location, clock).take(EAST)
    assert clock.now - NOON < timedelta(minutes=20)


def test_until_a_move_is_finished_neither_region_syncs(location: Path | S3Location) -> None:
    """A move that stopped half-way is run again; one that is finished says that there is nothing to take over."""
    clock = Clock()
    east, west = lease_of(EAST, location, clock), lease_of(WEST, location, clock)
    with east.hold(HOUR):
        pass
    assert west.take(EAST)
    for region in (east, west):
        with pytest.raises(AnotherRegion), region.hold(HOUR):
            pass
    assert west.take(EAST), "it goes on"
    west.finish()
    assert not west.take(EAST)
    with west.hold(HOUR), pytest.raises(AnotherRegion), east.hold(HOUR):
        pass
    with pytest.raises(AnotherRegion):
        east.finish()
    assert east.take(WEST)


def test_of_two_regions_that_start_at_the_same_moment_one_syncs(location: Path | S3Location) -> None:
    """With no note yet, three threads a region: the conditional write decides."""
    clock = Clock()
    for round_ in range(5):
        start = threading.Barrier(6)
        inside: set[str] = set()

        def sync(
            owner: str, lease: Lease, start: threading.Barrier = start, inside: set[str] = inside
        ) -> bool:
            start.wait()
            try:
                with lease.hold(HOUR):
                    inside.add(owner)
            except AnotherRegion:
                return False
            return True

        place = beside(location, f"round-{round_}.json")
        regions = [owner for owner in REGIONS for _ in range(3)]
        leases = [lease_of(owner, place, clock) for owner in regions]
        with ThreadPoolExecutor(6) as pool:
            synced = list(pool.map(sync, regions, leases))
        assert 3 == sum(synced)
        assert 1 == len(inside)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"owner": 1}', "\x00\xff"])
def test_a_damaged_note_stops_every_sync_and_names_the_way_back(
    location: Path | S3Location, content: str
) -> None:
    """It is never taken for an empty one."""
    clock = Clock()
    east = lease_of(EAST, location, clock)
    with east.hold(HOUR):
        pass
    from myrunstreak.store.blobs import open_blobs, split_object

    folder, name = split_object(location)
    open_blobs(folder, "us-west-2").put(name, content.encode())
    for attempt in (east.hold(HOUR).__enter__, east.look, lambda: east.take(WEST)):
        with pytest.raises(StoreCorrupt, match="does not say which region"):
            attempt()


class TwoRegions(RuleBasedStateMachine):
    """Syncs begin, end or die, moves begin, stop and end, time passes: at most one region at work at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        self.clock = Clock()
        self.leases = {owner: lease_of(owner, folder / "lease.json", self.clock) for owner in REGIONS}
        # Of each sync that may still be at work: its region, until when, and how it ends.
        self.at_work: list[tuple[str, datetime, ExitStack]] = []
        self.owner: str | None = None
        self.moving = False

    def teardown(self) -> None:
        self.stack.close()

    @rule(owner=st.sampled_from(sorted(REGIONS)), seconds=st.integers(30, 900))
    def begin(self, owner: str, seconds: int) -> None:
        """A sync starts in a region."""
        sync = ExitStack()
        allowed = self.owner in (None, owner) and not self.moving
        try:
            sync.enter_context(self.leases[owner].hold(seconds))
        except AnotherRegion:
            assert not allowed
            return
        assert allowed
        self.owner = owner
        self.at_work.append((owner, self.clock.now + timedelta(seconds=seconds), sync))

    @rule(which=st.integers(0, 3))
    def end(self, which: int) -> None:
        """One of them ends."""
        if which < len(self.at_work):
            self.at_work.pop(which)[2].close()

    @rule(which=st.integers(0, 3))
    def die(self, which: int) -> None:
        """One of them is killed; Lambda would have ended it by its time anyway."""
        if which < len(self.at_work):
            self.at_work.pop(which)[2].pop_all()

    @rule(owner=st.sampled_from(sorted(REGIONS)))
    def take(self, owner: str) -> None:
        """A move begins, or goes on."""
        source = next(other for other in REGIONS if other != owner)
        more = self.leases[owner].take(source)
        # While it waited, Lambda ended what had used up its time.
        self.at_work = [one for one in self.at_work if one[1] > self.clock.now]
        assert more == (self.owner != owner or self.moving)
        assert all(region == owner for region, _, _ in self.at_work), "the other still syncs"
        self.moving, self.owner = more, owner

    @rule()
    def finish(self) -> None:
        """A move ends."""
        if self.owner is not None:
            self.leases[self.owner].finish()
            self.moving = False

    @rule(seconds=st.integers(1, 2000))
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.clock.sleep(seconds)
        self.at_work = [one for one in self.at_work if one[1] > self.clock.now]

    @invariant()
    def one_region(self) -> None:
        """At most one region is at work."""
        assert len({region for region, _, _ in self.at_work}) <= 1


TestTwoRegions = TwoRegions.TestCase
