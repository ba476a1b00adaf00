"""An evening's reminder over the whole way: Smashrun over real HTTP, the record, the handler, a channel on loopback."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from myrunstreak.instants import parse_instant
from myrunstreak.messages.marks import SentMarks
from myrunstreak.messages.messenger import Messenger, Told
from myrunstreak.store.blobs import open_blobs

from scripts.simulator import Fault
from tests.stage.channels import Kept
from tests.stage.history import Record, run
from tests.stage.world import MakeWorld, World

EVENING = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)  # 18:30 in Amsterdam
TODAY = date(2026, 11, 27)
YESTERDAY = TODAY - timedelta(days=1)


def test_a_run_that_waits_in_quarantine_is_told(make_world: MakeWorld) -> None:
    """It is there, and whether it counts is not known."""
    evening = of_world(make_world, [*_records(9), run(9, newest=TODAY, of=10, distance="a mile")])
    assert "at_risk" == evening.tell().state
    (message,) = evening.channels[0].taken
    assert message.text.startswith("A run of today cannot be read, so it is not known whether it counts.")


def _records(count: int) -> list[Record]:
    """A run on each day up to yesterday, as Smashrun has them."""
    return [run(number, newest=YESTERDAY, of=count, hasDetails=0) for number in range(count)]


@dataclass
class WorldStage:
    """A whole world: its syncs are the looks."""

    world: World
    channels: list[Kept] = field(default_factory=lambda: [Kept("mail")])

    def tell(self) -> Told:
        """One start."""
        clock = self.world.clock.now
        marks = SentMarks(open_blobs(self.world.settings.messages, "us-east-2"), clock=clock)

        def look() -> datetime | None:
            return parse_instant(self.world.sync({"short": True}).data_as_of)

        return Messenger(self.world.settings, look, self.channels, marks, clock).tell("reminder")


def of_world(make_world: MakeWorld, records: list[Record]) -> WorldStage:
    """A synced world in the evening."""
    world = make_world(
        records, now=EVENING - timedelta(hours=11), runner_timezone="Europe/Amsterdam", remind_at="18:30"
    )
    world.sync()
    world.clock.advance(11 * 3600)
    return WorldStage(world)


def test_a_look_takes_four_requests_at_most_and_finds_the_run(make_world: MakeWorld) -> None:
    """The whole way: Smashrun, HTTP, record, silence."""
    evening = of_world(make_world, _records(40))
    evening.world.sim.add(run(40, newest=TODAY, of=41, hasDetails=0))
    before = len(evening.world.sim.requests)
    assert (False, "today is done") == ((told := evening.tell()).is_sent, told.reason)
    assert len(evening.world.sim.requests) - before <= 4


@pytest.mark.parametrize(
    "fault",
    [Fault.status(503, times=99), Fault.drop(times=99), Fault.truncated_json(times=99), Fault.revoke_all()],
)
def test_the_runner_is_told_the_truth_about_every_failure_of_smashrun(
    make_world: MakeWorld, fault: Fault
) -> None:
    """Down, cut off, damaged, or the tokens are dead."""
    evening = of_world(make_world, _records(40))
    evening.world.sim.inject(fault)
    told = evening.tell()
    assert (True, "unknown") == (told.is_sent, told.state)
    (message,) = evening.channels[0].taken
    assert "I last saw it at 07:30: you had not run today by then." in message.text
    assert not any(word in message.whole.lower() for word in ("token", "sync", "http", "503", "port example"))


def test_a_hiccup_is_no_outage(make_world: MakeWorld) -> None:
    """One answer that fails is asked for again."""
    evening = of_world(make_world, _records(40))
    evening.world.sim.inject(Fault.status(503))
    assert (True, "at_risk") == ((told := evening.tell()).is_sent, told.state)
