"""Details that can never be stored cost a few requests, not one a day; the runner hears of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from myrunstreak.composition import Services
from myrunstreak.errors import SourceUnavailable
from myrunstreak.store.detail_queue import ATTEMPTS

from tests.stage.history import runs
from tests.stage.world import World

DAYS = 24
Answer = Callable[[int, bytes], bytes]


def _fails(activity_id: int, body: bytes) -> bytes:
    raise SourceUnavailable("Smashrun answers /my/activities with status 500.")


def _changed(**fields: object) -> Answer:
    return lambda _, body: json.dumps(json.loads(body) | fields).encode()


def _without_id(_: int, body: bytes) -> bytes:
    record = json.loads(body)
    del record["activityId"]
    return json.dumps(record).encode()


SHAPES: dict[str, Answer] = {
    "always 500": _fails,
    "no id": _without_id,
    "another run's id": _changed(activityId=9_000_000_001),
    "an id that is no number": _changed(activityId="x"),
    "an id that is null": _changed(activityId=None),
    "an object in an array": lambda _, body: b"[" + body + b"]",
    "null": lambda *_: b"null",
    "an empty object": lambda *_: b"{}",
    "a text": lambda *_: b'"no details"',
}


class Odd:
    """Answers of their own to the questions for some runs' details."""

    def __init__(self, answers: dict[int, Answer]) -> None:
        self._answers = answers
        self.asked: list[int] = []

    def arrange(self, services: Services) -> None:
        """Let this sync's client answer so."""
        original = services.client.detail

        def detail(activity_id: int) -> bytes:
            body = original(activity_id)
            if activity_id not in self._answers:
                return body
            self.asked.append(activity_id)
            return self._answers[activity_id](activity_id, body)

        services.client.detail = detail  # type: ignore[method-assign]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A few runs of which some have details."""
    return World(tmp_path, runs(45))


def test_details_that_cannot_be_stored_are_given_up_after_some_days(tmp_path: Path) -> None:
    """Asked for on days 1, 2, 4, 8 and 16; every other day neither asks nor publishes. The others have theirs."""
    world = World(tmp_path, [one | {"hasDetails": 1} for one in runs(len(SHAPES) + 3)])
    ids = [one["activityId"] for one in world.sim.activities]
    odd = Odd(dict(zip(ids, SHAPES.values(), strict=False)))
    asked: dict[int, list[int]] = {}
    published: list[int] = []
    pending = -1
    for day in range(1, DAYS):
        odd.asked.clear()
        result = world.sync(arrange=odd.arrange)
        assert "complete" == result.status
        for activity_id in odd.asked:
            asked.setdefault(activity_id, []).append(day)
        if result.published:
            published.append(day)
        pending = result.details_pending
        world.next_day()
    world.close()
    rests = [1, 2, 4, 8, 16]
    assert rests == published
    assert dict.fromkeys(ids[: len(SHAPES)], rests) == asked
    assert 0 == pending
    waiting = world.ask("SELECT activity_id, attempts, last_error <> '' FROM details_queue ORDER BY 1")
    assert [(one, ATTEMPTS, True) for one in sorted(asked)] == waiting
    assert [(3,)] == world.ask("SELECT count(*) FROM runs WHERE details_at IS NOT NULL")


def test_a_change_of_the_run_brings_its_details_back_to_the_queue(world: World) -> None:
    """What failed before the change says nothing about what comes after it."""
    (run, *_) = [one for one in world.sim.activities if one["hasDetails"]]
    odd = Odd({run["activityId"]: _fails})
    for _ in range(18):
        world.sync(arrange=odd.arrange)
        world.next_day()
    assert (0, ATTEMPTS) == (world.sync().details_pending, len(odd.asked))
    world.sim.edit(run["activityId"], notes="recorded anew")
    assert 1 == world.sync().details_fetched
    assert [] == world.ask("SELECT * FROM details_queue")
    world.close()


def test_splits_that_always_fail_are_given_up_too_and_hold_up_nobody(world: World) -> None:
    """A run without a usable recording whose splits Smashrun cannot give; another one's come the first day."""
    first, second = [one["activityId"] for one in world.sim.activities if one["hasDetails"]][-2:]
    asked: list[int] = []

    def arrange(services: Services) -> None:
        original, bare = services.client.splits, services.client.detail

        def splits(activity_id: int, unit: str) -> bytes:
            asked.append(activity_id)
            if activity_id == second:
                raise SourceUnavailable("status 500")
            return original(activity_id, unit)  # type: ignore[arg-type]

        def detail(activity_id: int) -> bytes:
            record = json.loads(bare(activity_id))
            return json.dumps({k: v for k, v in record.items() if not k.startswith("recording")}).encode()

        services.client.splits = splits  # type: ignore[method-assign]
        services.client.detail = detail  # type: ignore[method-assign]

    published: list[int] = []
    for day in range(1, DAYS):
        if world.sync(arrange=arrange).published:
            published.append(day)
        world.next_day()
    world.close()
    assert ATTEMPTS == asked.count(second)
    assert 2 == asked.count(first)
    assert [1, 2, 4, 8, 16] == published
    assert [(second, ATTEMPTS)] == world.ask("SELECT activity_id, attempts FROM splits_failures")


def test_a_rest_is_over_when_the_daily_sync_begins_a_little_earlier(world: World) -> None:
    """The schedule is flexible by minutes: a run that failed yesterday is asked for today."""
    detailed = [one["activityId"] for one in world.sim.activities if one["hasDetails"]]
    odd = Odd({detailed[0]: _fails})
    world.sync(arrange=odd.arrange)
    world.clock.advance(timedelta(hours=23, minutes=40).total_seconds())
    world.sync(arrange=odd.arrange)
    assert 2 == len(odd.asked)
    world.close()
