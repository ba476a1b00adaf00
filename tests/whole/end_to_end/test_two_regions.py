"""A record moves between two regions and back: one living pair of tokens, every run once, also where a move stops."""

from __future__ import annotations

import boto3
import pytest
from myrunstreak.contract.layout import DATABASE_NAME, FRESHNESS_NAME
from myrunstreak.secrets import open_secret

from scripts.record.reading import open_engine
from tests.stage.campaign import chance
from tests.stage.handler import Function
from tests.stage.history import runs
from tests.stage.regions import (
    DAY_S,
    ROTATING,
    WEST,
    TwoRegions,
    everything_in,
    objects,
    refused,
    run_today,
    travel,
    two_regions,
)
from tests.stage.world import MakeWorld


@pytest.fixture
def regions(aws: str, make_world: MakeWorld) -> TwoRegions:
    """A first region that has synced once, and its copies."""
    made = two_regions(make_world(runs(80), ROTATING))
    made.sync(made.first)
    made.replicate()
    return made


def test_the_second_region_goes_on_where_the_first_stopped(regions: TwoRegions) -> None:
    """With what is new alone; the streak is right before the first sync there, and after it."""
    first_requests = regions.world.sim.count()
    regions.world.next_day()
    run_today(regions)
    regions.fail_over()
    with open_engine(regions.settings(regions.second)) as engine:
        before = engine.streak(as_of=None)
    with open_engine(regions.settings(regions.copies)) as engine:
        assert engine.streak(as_of=None).current == before.current
    result = regions.sync(regions.second)
    assert ("complete", 1, 0) == (result.status, result.runs_new, result.runs_updated)
    assert result.requests < first_requests / 2, "the history is not walked again"
    assert regions.truth() == regions.runs(regions.second)


def test_the_region_that_comes_back_late_finds_the_record_taken(
    regions: TwoRegions, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its function neither fails nor retries; it says which region keeps the record, and how to bring it back."""
    regions.fail_over()
    regions.sync(regions.second)
    refused(regions, regions.first)
    before = everything_in(regions.first)
    regions.world.settings = regions.settings(regions.first)
    invoke = Function(regions.world, monkeypatch, capsys)
    said = invoke()
    assert "at_rest" == said["status"]
    assert f"{regions.second.database} ({WEST})" in said["reason"]
    assert "make failback" in said["reason"]
    printed = invoke.printed()
    assert ([0.0], [0.0]) == (printed.metrics["SyncSuccess"], printed.metrics["SyncFailures"])
    assert said["reason"] in {line["message"] for line in printed.logs}
    assert before == everything_in(regions.first)


def test_back_again_both_archives_are_equal_and_the_first_region_goes_on(regions: TwoRegions) -> None:
    """Also what the first had archived and not replicated before it was lost is in both."""
    regions.world.next_day()
    run_today(regions)
    regions.sync(regions.first)
    lost = objects(regions.first, "raw/").keys() - objects(regions.copies, "raw/").keys()
    assert lost
    # The pair is copied within seconds; the objects of that sync never are.
    regions.replicate(lambda name: name == regions.first.tokens_secret)
    regions.fail_over()
    regions.world.next_day()
    run_today(regions)
    regions.sync(regions.second)
    regions.fail_back()
    assert objects(regions.first, "raw/") == objects(regions.second, "raw/")
    refused(regions, regions.second)
    regions.world.next_day()
    run_today(regions)
    assert "complete" == regions.sync(regions.first).status
    assert regions.truth() == regions.runs(regions.first)


def test_a_move_that_is_made_again_changes_nothing(regions: TwoRegions) -> None:
    """Neither the tokens that the second region has renewed nor its newer database are replaced by copies."""
    regions.fail_over()
    regions.world.next_day()
    run_today(regions)
    regions.sync(regions.second)
    before = everything_in(regions.second)
    assert regions.fail_over().was_here
    assert before == everything_in(regions.second)


def test_a_state_that_arrived_before_its_database_hides_no_run(regions: TwoRegions) -> None:
    """The secret's copy is there, the object's is not: the watermark goes back to what the database knows."""
    regions.world.next_day()
    run_today(regions)
    regions.sync(regions.first)
    regions.replicate(lambda name: name in (regions.first.tokens_secret, regions.first.sync_state_secret))
    regions.world.next_day()
    regions.fail_over()
    asked = regions.world.sim.count()
    result = regions.sync(regions.second)
    assert ("complete", 1) == (result.status, result.runs_new)
    assert regions.world.sim.count() - asked < 8, "the history is not walked again"
    assert regions.truth() == regions.runs(regions.second)


def test_a_note_of_freshness_never_outlives_its_database(regions: TwoRegions) -> None:
    """One that was written for a newer database would make today's missing run look like a day off.

    Neither the first region's is copied, nor does one stay that the second has from an earlier time.
    """
    regions.world.next_day()
    run_today(regions)
    regions.sync(regions.first)
    regions.replicate(lambda name: name != DATABASE_NAME and not name.startswith("raw/"))
    note = boto3.client("s3").get_object(Bucket=regions.first.bucket, Key=FRESHNESS_NAME)["Body"].read()
    boto3.client("s3").put_object(Bucket=regions.second.bucket, Key=FRESHNESS_NAME, Body=note)
    regions.fail_over()
    with open_engine(regions.settings(regions.second)) as engine:
        status = engine.status()
    assert status.data_as_of is not None
    assert (regions.world.clock.now() - status.data_as_of).total_seconds() >= DAY_S / 2


def test_a_consent_that_is_newer_than_the_copied_pair_stays(regions: TwoRegions) -> None:
    """The runner has authorised the second region before the move was made again."""
    regions.world.next_day()
    regions.world.authorise()
    fresh = regions.world.tokens()
    open_secret(regions.second.tokens_secret, WEST).write(fresh)
    regions.fail_over()
    assert (
        fresh["access_token"]
        == (open_secret(regions.second.tokens_secret, WEST).read() or {})["access_token"]
    )


@pytest.mark.parametrize("number", range(2))
def test_the_pair_lives_and_every_run_is_there_once_on_any_journey(
    aws: str, make_world: MakeWorld, number: int
) -> None:
    """Both regions alive all the time, both schedules running, moves stopped at any step and made again."""
    travel(two_regions(make_world(runs(24), ROTATING)), chance("two regions", number), steps=8)
