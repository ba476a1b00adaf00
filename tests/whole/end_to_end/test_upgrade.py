"""A record that the version before has kept, with its tokens, state and keys, goes on under today's code.

``before/1ddc2b3.tar.gz`` is the folder of a `World` of commit 1ddc2b3 after ``live(world, world.sync)``, with a
``streaks.toml`` beside the database, and the ``keys.json`` of an API key, which lies in ``key.txt``.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.api.service import Api
from myrunstreak.store.published import PublishedDatabase
from myrunstreak.store.schema.migrations import latest_version, schema_version

from scripts.display.progress import SyncProgress
from scripts.display.terminal import standard_error
from scripts.record.drift import compare
from scripts.record.reading import open_record
from tests.stage.history import FIRST_ID, history, late, run
from tests.stage.world import World, assert_rebuilds

KEPT = Path(__file__).parent / "before" / "1ddc2b3.tar.gz"
PENDING = FIRST_ID + 45


def live(world: World, sync: Callable[..., object]) -> None:
    """Three days: the first sync; news, a correction, a deletion and a recording not fetched; nothing."""
    sync()
    world.next_day()
    world.sim.add(run(45, hasDetails=1))
    world.sim.add(late(1))
    world.sim.edit(FIRST_ID + 20, distance=12.5, notes="corrected")
    world.sim.delete(FIRST_ID + 5)
    world.sim.expire_access_tokens()
    sync({"details": False})
    world.next_day()
    sync({"details": False})


class Upgrade:
    """Today's first sync of the kept folder, beside the same one of a folder that today's code has kept all along.

    Attributes:
        kept, fresh: the two worlds after it, with two more runs.
        longest_before: the longest streak that the API gave before it, from the database of then.
        asked, expected: the paths that the two asked Smashrun for in it.
    """

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        with tarfile.open(KEPT) as before:
            before.extractall(folder / "kept", filter="data")
        keys = f"file:{folder / 'kept' / 'keys.json'}"
        self.kept = World(folder / "kept", history(), api_keys=keys)
        stack.callback(self.kept.close)
        self.fresh = World(folder / "fresh", history())
        stack.callback(self.fresh.close)
        live(self.kept, lambda *_: None)  # only Smashrun: the folder is there already
        live(self.fresh, self.fresh.sync)
        self.longest_before = self.get("/v1/streak")["longest"]["length_days"]
        self.asked, self.result = self._sync(self.kept)
        self.expected, self.result_expected = self._sync(self.fresh)

    def _sync(self, world: World) -> tuple[list[str], Any]:
        since = len(world.sim.requests)
        world.sim.add(run(46))
        world.sim.add(run(47))
        result = world.clean_sync()
        return [request.path for request in world.sim.requests[since:]], result

    def get(self, path: str) -> Any:
        """What the API answers to the key of then."""
        settings, clock = self.kept.settings, self.kept.clock.now
        api = Api(settings, PublishedDatabase(settings), ApiKeys.open(settings), clock=clock)
        event = {
            "rawPath": path,
            "headers": {"authorization": f"Bearer {(self.kept.folder / 'key.txt').read_text()}"},
            "requestContext": {"stage": "$default", "http": {"method": "GET", "path": path}},
        }
        answer = api.answer(event)
        assert 200 == answer["statusCode"], answer
        return json.loads(answer["body"])


@pytest.fixture(scope="module")
def upgrade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upgrade]:
    """The one upgrade that all tests here look at."""
    with ExitStack() as stack:
        yield Upgrade(tmp_path_factory.mktemp("upgrade"), stack)


def test_the_kept_database_is_one_of_then(tmp_path: Path) -> None:
    """Otherwise nothing here would be an upgrade."""
    import duckdb

    with tarfile.open(KEPT) as before:
        before.extract("./data/runs.duckdb", tmp_path, filter="data")
    with duckdb.connect(str(tmp_path / "data" / "runs.duckdb"), read_only=True) as connection:
        assert 2 == schema_version(connection) < latest_version()


def test_the_record_is_what_today_would_have_made_of_it(upgrade: Upgrade) -> None:
    """Schema, every row, recordings; and the archive, old objects and new, gives all of it again."""
    with open_record(upgrade.kept.settings) as connection:
        assert latest_version() == schema_version(connection)
    assert upgrade.fresh.content() == upgrade.kept.content()
    assert upgrade.fresh.recordings() == upgrade.kept.recordings() != []
    assert_rebuilds(upgrade.kept)


def test_nothing_that_is_there_is_fetched_again(upgrade: Upgrade) -> None:
    """The lists of every sync, the recording that was pending, and who the runner is, which is not in the old state."""
    assert f"/my/activities/{PENDING}" in upgrade.expected
    again = [
        "/my/userinfo",
        "/oauth2/token",
        "/my/userinfo",
    ]  # the pair of then is renewed: its first half has expired
    assert [*again, *upgrade.expected] == upgrade.asked
    assert ("complete", 2, 0, 1, []) == (
        upgrade.result.status, upgrade.result.runs_new, upgrade.result.runs_updated, upgrade.result.details_fetched,
        upgrade.result.warnings,
    )  # fmt: skip


def test_the_streak_is_the_one_that_smashruns_days_give(upgrade: Upgrade) -> None:
    """Counted here by hand, asked of the API with a key of then; a layer of then's file is answered too.

    Before the first sync as well: a function that is updated answers at once.
    """
    days = {
        date.fromisoformat(str(one["startDateTimeLocal"])[:10])
        for one in upgrade.kept.sim.activities
        if one.get("activityId") and one.get("startDateTimeLocal")
    }
    length, day = 0, max(days)
    while day in days:
        length, day = length + 1, day - timedelta(days=1)
    assert length - 2 == upgrade.longest_before, "without the two runs that only today's sync has found"
    current = upgrade.get("/v1/streak")["current"]
    assert (length, max(days).isoformat()) == (current["length_days"], current["end_date"])
    assert ["mile"] == [layer["name"] for layer in upgrade.get("/v1/layers")["items"]]


def test_verify_finds_no_difference_to_smashrun(upgrade: Upgrade) -> None:
    """Field by field, and every object of the archive is there."""
    drift = compare(upgrade.kept.settings, SyncProgress(standard_error()))
    assert (False, [], 48) == (drift.is_drift, drift.archive_objects_lost, drift.compared)
