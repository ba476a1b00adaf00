"""One record between two regions: buckets, secrets and the copies of both, replicated by hand."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
import pytest
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent, SyncResult
from myrunstreak.contract.layout import LEASE_NAME, S3Location
from myrunstreak.contract.settings import Settings
from myrunstreak.errors import AnotherRegion
from myrunstreak.secrets import open_secret

from scripts.failover import moving
from scripts.failover.homes import Home
from scripts.failover.moving import Moved, Note, move
from scripts.record.reading import open_record
from scripts.simulator import Switches
from tests.stage.aws import new_bucket
from tests.stage.content import Rows, content
from tests.stage.world import World

EAST, WEST = "us-east-2", "us-west-2"
DAY_S = 86_400
# Strict rotation: a refresh token that was used is dead, and each sync of a new day renews the pair.
ROTATING = Switches(largest_page=10, rate_limits=False, refresh="rotate", access_token_life_s=2 * DAY_S)


def home_in(region: str, name: str) -> Home:
    """A bucket of its own and the names of two secrets that do not exist yet."""
    return Home(region, new_bucket(region=region), f"{name}/tokens", f"{name}/state", f"{name}-sync")


@dataclass
class TwoRegions:
    """A runner's Smashrun and the two regions that may keep the record.

    Attributes:
        world: the first region's; its tokens are of a fresh consent.
        first, second: the two homes.
        copies: what replication makes of the first; the test does it, as a whole or in part.
    """

    world: World
    first: Home
    second: Home
    copies: Home = field(init=False)
    note: Note = field(init=False)

    def __post_init__(self) -> None:
        self.copies = self.first.replica(new_bucket(region=WEST), WEST)
        self.note = Note(S3Location(self.copies.bucket, LEASE_NAME), WEST)

    @property
    def owner(self) -> Home | None:
        """The home that the lease names."""
        note = self.note.of(self.first).look()
        homes = {home.database: home for home in (self.first, self.second)}
        return homes[note.owner] if note else None

    def settings(self, home: Home) -> Settings:
        """The settings of a region's function."""
        return self.world.settings.model_copy(
            update={
                "duckdb_path": home.database,
                "tokens_secret": home.tokens_secret,
                "sync_state_secret": home.sync_state_secret,
                "aws_region": home.region,
                "lease": str(self.note.location),
                "lease_region": self.note.region,
            }
        )

    def sync(self, home: Home, event: dict[str, Any] | None = None) -> SyncResult:
        """A region's schedule starts its function."""
        with open_services(
            self.settings(home), clock=self.world.clock.now, sleep=self.world.clock.advance
        ) as services:
            return services.sync(SyncEvent.parse(event))

    def replicate(self, keep: Callable[[str], bool] = lambda _: True) -> None:
        """Copy the first region's objects and secrets to the other, those that ``keep`` names; in no order."""
        s3: Any = boto3.client("s3", region_name=WEST)
        for key in objects(self.first):
            if keep(key):
                source = {"Bucket": self.first.bucket, "Key": key}
                s3.copy_object(Bucket=self.copies.bucket, Key=key, CopySource=source)
        for secret in (self.first.tokens_secret, self.first.sync_state_secret):
            value = open_secret(secret, EAST).read()
            if value is not None and keep(secret):
                open_secret(secret, WEST).write(value)

    def fail_over(self, show: Callable[..., None] = lambda *_: None) -> Moved:
        """The first region is lost."""
        return move(self.copies, self.second, self.note, show, lambda _: None)

    def fail_back(self, show: Callable[..., None] = lambda *_: None) -> Moved:
        """It is back."""
        return move(self.second, self.first, self.note, show, lambda _: None, unite=True)

    def runs(self, home: Home) -> list[tuple[Any, ...]]:
        """Every live run that a region's database holds."""
        return self.ask(home, "SELECT activity_id, start_date::VARCHAR, distance_km FROM runs ORDER BY ALL")

    def ask(self, home: Home, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a region's database."""
        with open_record(home.settings) as connection:
            return connection.execute(sql).fetchall()

    def content(self, home: Home) -> dict[str, Rows]:
        """What a region's database says about the runs."""
        with open_record(home.settings) as connection:
            return content(connection)

    def truth(self) -> list[tuple[Any, ...]]:
        """Every run as Smashrun has it."""
        return sorted(
            (int(run["activityId"]), str(run["startDateTimeLocal"])[:10], float(run["distance"]))
            for run in self.world.sim.activities
        )


def two_regions(world: World) -> TwoRegions:
    """Two regions for a world whose tokens lie in a file."""
    name = f"two-regions-{uuid4().hex[:8]}"
    regions = TwoRegions(world, home_in(EAST, name), home_in(WEST, f"{name}-west"))
    open_secret(regions.first.tokens_secret, EAST).write(world.tokens())
    return regions


def objects(home: Home, prefix: str = "") -> dict[str, str]:
    """Keys of a bucket with their ETags."""
    s3: Any = boto3.client("s3", region_name=home.region)
    pages = s3.get_paginator("list_objects_v2")
    return {
        entry["Key"]: entry["ETag"]
        for page in pages.paginate(Bucket=home.bucket, Prefix=prefix)
        for entry in page.get("Contents", [])
    }


def everything_in(home: Home) -> list[Any]:
    """A region's objects and its two secrets, to see whether anything has changed."""
    secrets = (home.tokens_secret, home.sync_state_secret)
    return [objects(home), *(open_secret(name, home.region).read() for name in secrets)]


def run_today(regions: TwoRegions) -> None:
    """The runner runs."""
    newest = dict(max(regions.world.sim.activities, key=lambda run: int(run["activityId"])))
    for stamp in ("dateCreatedUTC", "dateUpdatedUTC", "syncDateTimeUTC", "externalId"):
        newest.pop(stamp, None)
    start = regions.world.clock.now().replace(hour=6, minute=30).isoformat()
    regions.world.sim.add(newest | {"activityId": newest["activityId"] + 1, "startDateTimeLocal": start})


def refused(regions: TwoRegions, home: Home) -> None:
    """A region that does not keep the record says so, asks Smashrun nothing, and changes nothing."""
    before, asked = everything_in(home), regions.world.sim.count()
    with pytest.raises(AnotherRegion, match="Nothing was synced"):
        regions.sync(home)
    assert (before, asked) == (everything_in(home), regions.world.sim.count())


_STEPS = ("copy_record", "unite_archives", "take_state", "take_tokens", "copying")


class Stopped(Exception):
    """The process ends here."""


def _stop_at(step: str, patch: pytest.MonkeyPatch, *, after: bool, countdown: int) -> Callable[..., None]:
    """Let the next move end before or after a step, or after some copied objects; what shows its progress."""
    if step == "copying":

        def show(_: str, done: int, of: int | None) -> None:
            if done > countdown:
                raise Stopped

        return show
    real: Any = getattr(moving, step)

    def stopping(*arguments: Any) -> Any:
        if after:
            real(*arguments)
        raise Stopped

    patch.setattr(moving, step, stopping)
    return lambda *_: None


def travel(regions: TwoRegions, dice: random.Random, *, steps: int) -> None:
    """Live through syncs of both regions, moves and moves that stop; at the end nothing is lost, doubled or dead."""
    regions.sync(regions.first)
    regions.replicate()
    homes = (regions.first, regions.second)
    owner: Home | None = regions.first
    for _ in range(steps):
        if dice.random() < 0.7:
            regions.world.clock.advance(dice.randrange(3600, DAY_S))
            run_today(regions)
        for home in dice.sample(homes, 2):
            if home is owner:
                assert regions.sync(home).status == "complete"
            else:
                refused(regions, home)
        regions.replicate(
            lambda name: name == regions.first.tokens_secret or dice.random() < 0.7,
        )
        if dice.random() < 0.6:
            there = owner is regions.first
            go = regions.fail_over if there else regions.fail_back
            if dice.random() < 0.5:
                step = dice.choice([one for one in _STEPS if not there or one != "unite_archives"])
                with pytest.MonkeyPatch.context() as patch, suppress(Stopped):
                    go(_stop_at(step, patch, after=dice.random() < 0.5, countdown=dice.randrange(5)))
                    step = ""  # there was less to copy
                for home in homes if step else ():
                    refused(regions, home)
            go()
            owner = regions.second if there else regions.first
    if owner is regions.second:
        regions.fail_back()
    assert objects(regions.first, "raw/").items() >= objects(regions.second, "raw/").items()
    for _ in range(2):
        regions.world.next_day()
        run_today(regions)
        assert "complete" == regions.sync(regions.first).status
    assert regions.truth() == regions.runs(regions.first)
    doubled = "SELECT activity_id FROM activities GROUP BY ALL HAVING count(*) > 1"
    assert [] == regions.ask(regions.first, doubled)
