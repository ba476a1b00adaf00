"""The jobs that the settings ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.times import DIGEST_AT
from myrunstreak.errors import InvalidSettings

from scripts.schedule.jobs import Job, Schedule, differences, schedule_of
from tests.tools.schedule.conftest import EXECUTABLE

FOLDER = Path("/home/runner/runs")


def jobs(**settings: Any) -> tuple[Job, ...]:
    """The jobs of some settings."""
    return schedule_of(Settings(**settings), FOLDER, Path(EXECUTABLE)).jobs


def test_without_further_settings_there_is_the_sync_alone() -> None:
    """At six, by this machine's clock."""
    assert (Job("sync", EXECUTABLE, ("06:00",), None),) == jobs()
    assert (EXECUTABLE, "sync") == jobs()[0].command


def test_reminders_come_at_each_time_in_the_runners_zone() -> None:
    """The earliest first; the sync is in that zone too."""
    sync, reminder = jobs(runner_timezone="Europe/Amsterdam", remind_at="21:30,18:30")
    assert Job("reminder", EXECUTABLE, ("18:30", "21:30"), "Europe/Amsterdam") == reminder
    assert (EXECUTABLE, "message", "reminder", "--send") == reminder.command
    assert "Europe/Amsterdam" == sync.zone


def test_the_digest_has_a_time_of_its_own() -> None:
    """That of the contract, whether there are reminders or not."""
    _, digest = jobs(digest=True)
    assert Job("digest", EXECUTABLE, (DIGEST_AT,), None) == digest
    assert (EXECUTABLE, "message", "digest", "--send") == digest.command


def test_the_sync_can_have_another_time() -> None:
    """And the others keep theirs."""
    schedule = schedule_of(Settings(digest=True), FOLDER, Path(EXECUTABLE), "05:15")
    assert ["05:15", DIGEST_AT] == [job.times[0] for job in schedule.jobs]
    assert "05:15" == schedule.sync_at


@pytest.mark.parametrize("name", ["a\nb", "a\\b", "a\x1bb", "a ", "a\udcff", "a\u2028b"])
def test_a_path_that_no_schedule_can_hold_is_refused(name: str) -> None:
    """The folder's or the program's, and the line that says so is one."""
    for folder, program in ((Path("/runs", name), EXECUTABLE), (FOLDER, f"/{name}")):
        with pytest.raises(InvalidSettings) as refused:
            schedule_of(Settings(), folder, Path(program))
        assert str(refused.value).isprintable()
        assert "rename the folder" in str(refused.value)


def test_what_has_changed_is_named_as_the_setting() -> None:
    """So that the runner knows what to look at."""
    zone = "Europe/Amsterdam"
    before = schedule_of(
        Settings(runner_timezone=zone, remind_at="18:30", digest=True), FOLDER, Path(EXECUTABLE)
    )

    def after(**changed: Any) -> list[str]:
        settings = {"runner_timezone": zone, "remind_at": "18:30", "digest": True, **changed}
        return differences(before, schedule_of(Settings(**settings), FOLDER, Path(EXECUTABLE)))

    assert [] == after()
    assert ["REMIND_AT"] == after(remind_at="19:30")
    assert ["REMIND_AT"] == after(remind_at=None)
    assert ["DIGEST"] == after(digest=False)
    assert ["RUNNER_TIMEZONE"] == after(runner_timezone="Europe/Lisbon")
    assert ["REMIND_AT", "DIGEST"] == after(remind_at="18:30,19:30", digest=False)
    moved = tuple(replace(job, executable="/elsewhere/myrunstreak") for job in before.jobs)
    assert ["the place of myrunstreak"] == differences(before, Schedule(FOLDER, moved))
