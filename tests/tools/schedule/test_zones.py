"""The machine's clock and the runner's: whether they agree, and when a job starts next."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from myrunstreak.errors import InvalidSettings

from scripts.schedule.jobs import Job, Schedule
from scripts.schedule.zones import fit_machine, machine_zone, next_start, same_clock
from tests.tools.schedule.conftest import EXECUTABLE, a_schedule

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_zones_agree_by_their_times_and_not_by_their_names() -> None:
    """Over a year: two may have the same time today and not in summer."""
    assert same_clock("Europe/Berlin", AMSTERDAM, NOW)
    assert same_clock("Etc/UTC", UTC, NOW)
    assert not same_clock("Europe/London", ZoneInfo("UTC"), NOW)
    assert not same_clock("Europe/London", AMSTERDAM, NOW)
    assert not same_clock("Africa/Lagos", AMSTERDAM, NOW)


def test_where_the_clocks_agree_the_jobs_go_by_the_machines() -> None:
    """At the same times."""
    schedule = a_schedule(Path("/runs"), zone="Europe/Berlin")
    fitted = fit_machine(schedule, "crontab", ("Europe/Amsterdam", AMSTERDAM), NOW)
    assert a_schedule(Path("/runs")) == fitted


@pytest.mark.parametrize("name", ["crontab", "launchd"])
def test_messages_are_refused_where_the_clocks_differ(name: str) -> None:
    """In one line: what, where, and what to do."""
    with pytest.raises(InvalidSettings) as refused:
        fit_machine(a_schedule(Path("/runs"), zone="Asia/Tokyo"), name, ("Europe/Amsterdam", AMSTERDAM), NOW)
    line = str(refused.value)
    assert line.startswith(f"{name} knows this machine's clock (Europe/Amsterdam)")
    assert "Set this machine's zone to Asia/Tokyo" in line
    assert "--with systemd" in line
    assert "\n" not in line


def test_a_sync_alone_goes_by_the_machines_clock() -> None:
    """In any zone of the runner's: an hour more or less does it no harm."""
    job = Job("sync", EXECUTABLE, ("06:00",), "Asia/Tokyo")
    fitted = fit_machine(Schedule(Path("/runs"), (job,)), "crontab", ("Europe/Amsterdam", AMSTERDAM), NOW)
    assert (Job("sync", EXECUTABLE, ("06:00",), None),) == fitted.jobs


def test_a_job_starts_next_at_its_time_in_its_zone() -> None:
    """Today if it is still to come, else tomorrow; by the machine's clock where it has no zone."""
    job = Job("reminder", EXECUTABLE, ("18:30",), "Europe/Amsterdam")
    assert "2026-11-27T18:30:00+01:00" == next_start(job, "18:30", UTC, NOW).isoformat()
    assert "2026-11-28T13:00:00+01:00" == next_start(job, "13:00", UTC, NOW).isoformat()
    assert (
        "2026-11-27T13:00:00+00:00" == next_start(Job("sync", EXECUTABLE, ()), "13:00", UTC, NOW).isoformat()
    )


def test_a_job_far_from_utc_starts_on_its_own_day() -> None:
    """It is the 28th there already."""
    job = Job("sync", EXECUTABLE, ("06:00",), "Pacific/Kiritimati")
    assert "2026-11-28T06:00:00+14:00" == next_start(job, "06:00", UTC, NOW).isoformat()


def test_a_time_that_the_clock_leaves_out_is_the_one_after_it() -> None:
    """On the night of the change to summer time there is no half past two."""
    night = datetime(2027, 3, 27, 22, 0, tzinfo=UTC)
    job = Job("sync", EXECUTABLE, ("02:30",), "Europe/Amsterdam")
    assert "2027-03-28T03:30:00+02:00" == next_start(job, "02:30", UTC, night).isoformat()


def test_the_machines_zone_is_the_file_that_its_schedulers_read(tmp_path: Path) -> None:
    """By name where it is a link into the zones, and UTC where there is none."""
    link = tmp_path / "localtime"
    assert ("UTC", UTC) == machine_zone(link)
    zones = Path("/usr/share/zoneinfo")
    if not (zones / "Europe/Amsterdam").is_file():
        pytest.skip("no zones on this machine")
    link.symlink_to(zones / "Europe/Amsterdam")
    name, clock = machine_zone(link)
    assert "Europe/Amsterdam" == name
    assert same_clock("Europe/Amsterdam", clock, NOW)
    link.unlink()
    link.write_bytes((zones / "Europe/Amsterdam").read_bytes())
    name, clock = machine_zone(link)
    assert "this machine's zone" == name
    assert same_clock("Europe/Amsterdam", clock, NOW)
