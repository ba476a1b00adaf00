"""Each occasion's message reaches each channel once: schedulers deliver twice, channels fail, processes die."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.contract.layout import S3Location
from myrunstreak.messages.delivery import Delivery, deliver
from myrunstreak.messages.marks import CLAIM, SentMarks
from myrunstreak.store.blobs import open_blobs
from myrunstreak.store.blobs.port import Blobs

from tests.stage.aws import REGION, new_bucket
from tests.stage.channels import Kept, a_message
from tests.stage.examples import examples

NOW = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 27, 23, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when something sleeps."""

    def __init__(self, now: datetime = NOW) -> None:
        self.time = now
        self.slept = 0.0

    def now(self) -> datetime:
        """The present."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.slept += seconds
        self.time += timedelta(seconds=seconds)


@pytest.fixture(params=["disk", "S3"])
def open_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Blobs]:
    """Opens the folder of the marks, as each process does for itself."""
    if request.param == "disk":
        return lambda: open_blobs(tmp_path / "messages", REGION)
    request.getfixturevalue("aws")
    bucket = new_bucket()
    return lambda: open_blobs(S3Location(bucket, "messages/"), REGION)


def test_a_message_is_sent_once_however_often_its_start_is_delivered(
    open_folder: Callable[[], Blobs],
) -> None:
    """The second delivery finds it sent, to every channel."""
    channels, clock = [Kept("mail"), Kept("ntfy 1")], Clock()
    first, second = (
        deliver(a_message(MIDNIGHT), channels, SentMarks(open_folder(), clock=clock.now), clock.now)
        for _ in range(2)
    )
    assert (["mail", "ntfy 1"], []) == (sorted(first.sent), first.already)
    assert ([], ["mail", "ntfy 1"]) == (second.sent, sorted(second.already))
    assert [1, 1] == [len(one.taken) for one in channels]


def test_another_occasion_is_another_message(open_folder: Callable[[], Blobs]) -> None:
    """Half past six and half past nine."""
    channel, clock = Kept("mail"), Clock()
    marks = SentMarks(open_folder(), clock=clock.now)
    for slot in ("reminder-2026-11-27-1830", "reminder-2026-11-27-2130"):
        deliver(a_message(MIDNIGHT, slot), [channel], marks, clock.now)
    assert 2 == len(channel.taken)


def test_deliveries_at_once_send_it_once(open_folder: Callable[[], Blobs]) -> None:
    """Eight at once, three channels: each takes it once, and nothing failed."""
    channels = [Kept("mail"), Kept("ntfy 1"), Kept("json 2")]
    start = threading.Barrier(8)

    def run(_: int) -> Delivery:
        marks = SentMarks(open_folder(), clock=lambda: NOW, sleep=lambda _: time.sleep(0.02))
        start.wait()
        return deliver(a_message(MIDNIGHT), channels, marks, lambda: NOW)

    with ThreadPoolExecutor(8) as pool:
        deliveries = list(pool.map(run, range(8)))
    assert [1, 1, 1] == [len(one.taken) for one in channels]
    assert {} == {name: why for one in deliveries for name, why in one.failed.items()}
    assert 3 == sum(len(one.sent) for one in deliveries)


def test_one_channel_that_fails_keeps_no_other_from_it_and_is_tried_again(
    open_folder: Callable[[], Blobs],
) -> None:
    """The retry reaches the one that failed, and only that one."""
    channels, clock = [Kept("mail"), Kept("ntfy 1", failures=1), Kept("json 2")], Clock()
    marks = SentMarks(open_folder(), clock=clock.now, sleep=clock.sleep)
    first = deliver(a_message(MIDNIGHT), channels, marks, clock.now)
    assert {"ntfy 1": "ntfy 1 does not answer"} == first.failed
    second = deliver(a_message(MIDNIGHT), channels, marks, clock.now)
    assert (["ntfy 1"], ["json 2", "mail"], {}) == (second.sent, sorted(second.already), second.failed)
    assert [1, 1, 1] == [len(one.taken) for one in channels]
    assert 0 == clock.slept, "what has failed may be tried again at once"


def test_a_channel_that_hangs_keeps_no_other_from_it(tmp_path: Path) -> None:
    """It counts as failed; what it holds ends by itself, and it is tried again then."""
    gate = threading.Event()
    channels, clock = [Kept("ntfy 1", gate=gate), Kept("mail")], Clock()
    marks = SentMarks(open_blobs(tmp_path, REGION), clock=clock.now, sleep=clock.sleep)
    delivery = deliver(a_message(MIDNIGHT), channels, marks, clock.now, patience_s=0.5)
    assert (["mail"], {"ntfy 1": "it did not answer in time"}) == (delivery.sent, delivery.failed)
    gate.set()


def test_nothing_is_sent_after_midnight(open_folder: Callable[[], Blobs]) -> None:
    """Also where waiting for another delivery took until then; and it is not marked as sent."""
    channel, clock = Kept("mail"), Clock(MIDNIGHT - timedelta(seconds=30))
    marks = SentMarks(open_folder(), clock=clock.now, sleep=clock.sleep)
    assert marks.claim("reminder-2026-11-27-1830", "mail"), "a process that then died"
    delivery = deliver(a_message(MIDNIGHT), [channel], marks, clock.now)
    assert (["mail"], []) == (delivery.late, channel.taken)
    assert clock.time >= MIDNIGHT


def test_a_claim_of_a_process_that_died_ends_by_itself(open_folder: Callable[[], Blobs]) -> None:
    """The next delivery waits for it, and then sends."""
    channel, clock = Kept("mail"), Clock()
    marks = SentMarks(open_folder(), clock=clock.now, sleep=clock.sleep)
    assert marks.claim("reminder-2026-11-27-1830", "mail"), "a process that then died"
    delivery = deliver(a_message(MIDNIGHT), [channel], marks, clock.now)
    assert (["mail"], 1) == (delivery.sent, len(channel.taken))
    assert CLAIM.total_seconds() - 2 <= clock.slept <= CLAIM.total_seconds() + 2


def test_a_claim_that_ends_while_it_is_looked_at_is_claimed_before_anything_is_sent(tmp_path: Path) -> None:
    """A clock that moves at every look at it: what is sent is always claimed."""
    clock = Clock()

    def ticking() -> datetime:
        clock.sleep(0.4)
        return clock.now()

    died = SentMarks(open_blobs(tmp_path, REGION), clock=clock.now)
    died.claim("reminder-2026-11-27-1830", "mail")
    mine = SentMarks(open_blobs(tmp_path, REGION), clock=ticking, sleep=clock.sleep).claim(
        "reminder-2026-11-27-1830", "mail"
    )
    assert mine == json.loads((tmp_path / "mail.json").read_bytes())["reminder-2026-11-27-1830"]["by"]


def test_a_damaged_mark_is_no_reason_for_silence(tmp_path: Path) -> None:
    """A message too many is better than none."""
    (tmp_path / "mail.json").write_bytes(b'{"reminder-2026-11-27-1830": {"state": "se')
    channel, clock = Kept("mail"), Clock()
    marks = SentMarks(open_blobs(tmp_path, REGION), clock=clock.now, sleep=clock.sleep)
    assert ["mail"] == deliver(a_message(MIDNIGHT), [channel], marks, clock.now).sent


def test_the_marks_of_years_stay_few(tmp_path: Path) -> None:
    """The oldest go; those of the last weeks stay."""
    channel, clock = Kept("ntfy 1"), Clock()
    marks = SentMarks(open_blobs(tmp_path, REGION), clock=clock.now)
    for number in range(230):
        deliver(a_message(MIDNIGHT, f"reminder-{number}"), [channel], marks, clock.now)
    kept = json.loads((tmp_path / "ntfy-1.json").read_bytes())
    assert [f"reminder-{number}" for number in range(30, 230)] == list(kept)
    assert ["ntfy 1"] == deliver(a_message(MIDNIGHT, "reminder-30"), [channel], marks, clock.now).already
    assert 230 == len(channel.taken)


@examples(60)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["takes it", "refuses", "dies before", "dies after"]), st.integers(0, 200)),
        min_size=1,
        max_size=7,
    )
)
def test_a_death_at_any_step_and_a_retry_send_it_once_or_the_death_came_after_the_sending(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    """Without a death after the sending it is taken at most once, and as soon as the channel takes it."""
    clock, channel = Clock(), Kept("mail")
    folder = open_blobs(tmp_path_factory.mktemp(uuid4().hex), REGION)
    marks = SentMarks(folder, clock=clock.now, sleep=clock.sleep)
    message, deaths_after = a_message(MIDNIGHT), 0
    is_known = False
    for how, later in steps:
        clock.sleep(later)
        if how.startswith("dies"):
            claim = marks.claim(message.slot, channel.name)
            assert (claim is None) == is_known
            if claim and how == "dies after":
                channel.send(message)
                deaths_after += 1
            continue
        channel.failures = int(how == "refuses")
        delivery = deliver(message, [channel], marks, clock.now)
        assert is_known == (delivery.already == ["mail"])
        assert (how == "refuses" and not is_known) == bool(delivery.failed)
        is_known = is_known or how == "takes it"
    assert len(channel.taken) == int(is_known) + deaths_after
