"""The clock of this machine beside the runner's: whether they agree, and when a job starts next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from myrunstreak.errors import InvalidSettings

from scripts.schedule.jobs import Job, Schedule, in_machine_zone

# Clocks change on the hour or the half hour of UTC.
_STEP: Final = timedelta(minutes=30)
_YEAR: Final = timedelta(days=366)


def machine_zone(link: Path = Path("/etc/localtime")) -> tuple[str, tzinfo]:
    """The name and the zone of this machine's clock, which systemd, launchd and cron read.

    The variable TZ is not asked: it is the shell's alone.
    """
    try:
        name = str(link.resolve()).partition("zoneinfo/")[2]
        with link.open("rb") as file:
            return name or "this machine's zone", ZoneInfo.from_file(file, key=name or None)
    except (OSError, ValueError):
        return "UTC", UTC  # what the C library takes where there is no such file


def same_clock(zone: str, machine: tzinfo, now: datetime) -> bool:
    """Whether a zone has this machine's time throughout the coming year; their names may differ."""
    runner = ZoneInfo(zone)
    return all(
        moment.astimezone(runner).utcoffset() == moment.astimezone(machine).utcoffset()
        for moment in _steps(now)
    )


def fit_machine(schedule: Schedule, mechanism: str, machine: tuple[str, tzinfo], now: datetime) -> Schedule:
    """A schedule for what knows only the machine's clock.

    Where the runner's zone is another one, the sync keeps its time of day on the machine's clock.

    Raises:
        InvalidSettings: there are messages, which would come at another hour than the runner's.
    """
    name, clock = machine
    zone = schedule.jobs[0].zone
    if zone and schedule.has_messages and not same_clock(zone, clock, now):
        raise InvalidSettings(
            f"{mechanism} knows this machine's clock ({name}) and no other: by it, messages in RUNNER_TIMEZONE ({zone}) "
            f"would come at a wrong hour. Set this machine's zone to {zone}, use `--with systemd`, or unset REMIND_AT "
            "and DIGEST. (CRON_TZ is not understood by every cron.)"
        )
    return in_machine_zone(schedule)


def next_start(job: Job, at: str, machine: tzinfo, now: datetime) -> datetime:
    """When a job starts next at one of its times, as a time of its own zone."""
    zone = ZoneInfo(job.zone) if job.zone else machine
    clock, today = time.fromisoformat(at), now.astimezone(zone).date()
    starts = (datetime.combine(today + timedelta(days=ahead), clock, zone) for ahead in range(-1, 3))
    # By way of UTC, so that a time that a change of the clock leaves out becomes the one that there is.
    return min(start for one in starts if (start := one.astimezone(UTC)) > now).astimezone(zone)


def _steps(now: datetime) -> Iterator[datetime]:
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return (first + number * _STEP for number in range(_YEAR // _STEP))
