"""Units: what systemd makes of them, and what is read back."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from myrunstreak.errors import InvalidSettings

from scripts.schedule.jobs import Job, Schedule
from scripts.schedule.systemd import schedule_in, units
from tests.stage.examples import examples
from tests.tools.schedule.conftest import a_schedule, schedules

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")


@examples(200)
@given(schedules(zones=True))
def test_units_say_the_schedule_they_were_made_of(schedule: Schedule) -> None:
    """Read back, they give the same."""
    assert schedule == schedule_in(units(schedule))


def test_each_job_has_a_service_and_a_timer() -> None:
    """And a job that is not there has none."""
    assert {
        f"myrunstreak-{job}.{kind}" for job in ("sync", "digest") for kind in ("service", "timer")
    } == set(units(a_schedule(Path("/runs"), reminders=())))


def test_a_timer_has_each_time_in_its_zone_and_makes_up_for_a_missed_one() -> None:
    """A reminder's too: a late one still helps."""
    texts = units(a_schedule(Path("/runs"), zone="Europe/Amsterdam"))
    lines = texts["myrunstreak-reminder.timer"].splitlines()
    assert "OnCalendar=*-*-* 18:30:00 Europe/Amsterdam" in lines
    assert "OnCalendar=*-*-* 21:30:00 Europe/Amsterdam" in lines
    assert all("Persistent=true" in text for name, text in texts.items() if name.endswith(".timer"))


def test_a_job_that_fails_is_tried_again_and_never_kept_from_its_times() -> None:
    """Three tries an hour beside the starts of all its times, should they be close together."""
    texts = units(a_schedule(Path("/runs"), reminders=("20:00", "20:10", "20:20", "20:30", "20:40", "20:50")))
    assert "StartLimitIntervalSec=1h\nStartLimitBurst=9\n" in texts["myrunstreak-reminder.service"]
    assert "StartLimitIntervalSec=1h\nStartLimitBurst=4\n" in texts["myrunstreak-sync.service"]
    assert all(
        "RestartPreventExitStatus=2 3\n" in text for name, text in texts.items() if name.endswith(".service")
    )


def test_without_a_zone_a_timer_goes_by_the_machines_clock() -> None:
    """Systemd's default."""
    assert "\nOnCalendar=*-*-* 06:00:00\n" in units(a_schedule(Path("/runs")))["myrunstreak-sync.timer"]


@pytest.mark.parametrize("path", ["/it's/myrunstreak", '/a "b"/myrunstreak'])
def test_a_program_that_systemd_cannot_start_is_refused(path: str) -> None:
    """One line that names the path and the way out."""
    with pytest.raises(InvalidSettings, match="quotation mark") as refused:
        units(Schedule(Path("/runs"), (Job("sync", path, ("06:00",)),)))
    assert path in str(refused.value)
    assert "--with crontab" in str(refused.value)


@pytest.mark.parametrize(
    "changed",
    [
        ("myrunstreak-sync.timer", "*-*-* 06:00:00", "Mon 06:00"),
        ("myrunstreak-sync.service", "WorkingDirectory=", "#"),
        ("myrunstreak-sync.service", "ExecStart=", "ExecStart=/bin/true "),
    ],
    ids=lambda changed: changed[2],
)
def test_units_that_say_something_else_say_no_schedule(changed: tuple[str, str, str]) -> None:
    """Rather than a wrong one."""
    name, before, after = changed
    texts = units(a_schedule(Path("/runs")))
    assert before in texts[name]
    assert schedule_in({**texts, name: texts[name].replace(before, after)}) is None
    assert schedule_in({one: text for one, text in texts.items() if one != name}) is None


def verify(folder: Path, schedule: Schedule) -> subprocess.CompletedProcess[str]:
    """What systemd itself says about the units."""
    for name, text in units(schedule).items():
        (folder / name).write_text(text)
    return subprocess.run(
        [
            "systemd-analyze",
            "--user",
            "verify",
            *(str(path) for path in sorted(folder.glob("myrunstreak-*"))),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(folder)},
        check=False,
    )


@needs_systemd
@pytest.mark.parametrize(
    "name", ["runs", "my runs", "100% mine", "cash $HOME ${HOME} $$", "läuft; # & |", "%h %%"]
)
def test_systemd_accepts_the_units_and_finds_the_program(tmp_path: Path, name: str) -> None:
    """In a folder of any name; it says so where it does not find it."""
    folder = tmp_path / name
    folder.mkdir()
    program = folder / "myrunstreak"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    jobs = tuple(
        Job(job.name, str(program), job.times, "Europe/Amsterdam") for job in a_schedule(folder).jobs
    )
    checked = verify(tmp_path, Schedule(folder, jobs))
    assert (0, "") == (checked.returncode, checked.stdout + checked.stderr)
    program.unlink()
    checked = verify(tmp_path, Schedule(folder, jobs))
    assert 0 != checked.returncode
    assert f"{program} is not executable" in checked.stderr


@needs_systemd
def test_systemd_reads_the_time_in_its_zone() -> None:
    """Half past six in Amsterdam in winter."""
    timer = units(a_schedule(Path("/runs"), zone="Europe/Amsterdam"))["myrunstreak-reminder.timer"]
    [calendar, _] = [line.partition("=")[2] for line in timer.splitlines() if line.startswith("OnCalendar=")]
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--base-time=2026-11-27 12:00:00 UTC", calendar],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "TZ": "UTC"},
    )
    assert "Fri 2026-11-27 17:30:00 UTC" in done.stdout
