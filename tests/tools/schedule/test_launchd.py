"""Property lists: what launchd finds in them, and what is read back."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest
from hypothesis import given

from scripts.schedule.jobs import Schedule
from scripts.schedule.launchd import agents, schedule_in
from tests.stage.examples import examples
from tests.tools.schedule.conftest import EXECUTABLE, a_schedule, schedules

LOGS = Path("/Users/runner/Library/Logs/myrunstreak")


@examples(200)
@given(schedules(zones=False))
def test_agents_say_the_schedule_they_were_made_of(schedule: Schedule) -> None:
    """Read back, they give the same."""
    assert schedule == schedule_in(agents(schedule, LOGS))


def test_an_agent_says_what_starts_where_and_when() -> None:
    """And where its output goes."""
    texts = agents(a_schedule(Path("/Users/runner/my <runs>")), LOGS)
    assert [
        "org.myrunstreak.sync.plist",
        "org.myrunstreak.reminder.plist",
        "org.myrunstreak.digest.plist",
    ] == list(texts)
    assert {
        "Label": "org.myrunstreak.reminder",
        "ProgramArguments": [EXECUTABLE, "message", "reminder", "--send"],
        "WorkingDirectory": "/Users/runner/my <runs>",
        "StartCalendarInterval": [{"Hour": 18, "Minute": 30}, {"Hour": 21, "Minute": 30}],
        "StandardOutPath": f"{LOGS}/reminder.log",
        "StandardErrorPath": f"{LOGS}/reminder.log",
    } == plistlib.loads(texts["org.myrunstreak.reminder.plist"].encode())


@pytest.mark.parametrize("text", ["no plist", "<plist></plist>", plistlib.dumps({"Label": "x"}).decode()])
def test_agents_that_say_something_else_say_no_schedule(text: str) -> None:
    """Rather than a wrong one."""
    texts = agents(a_schedule(Path("/runs")), LOGS)
    assert schedule_in({**texts, "org.myrunstreak.sync.plist": text}) is None
