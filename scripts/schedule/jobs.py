"""What is started on this machine, and when: plain values, made of the settings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.contract.times import DIGEST_AT
from myrunstreak.errors import InvalidSettings

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings

ARGUMENTS: Final[dict[str, tuple[str, ...]]] = {
    "sync": ("sync",),
    "reminder": ("message", "reminder", "--send"),
    "digest": ("message", "digest", "--send"),
}
PURPOSES: Final[dict[str, str]] = {
    "sync": "the daily sync",
    "reminder": "reminders of a day that is still open",
    "digest": "milestones, the week and the year",
}
SYNC_AT: Final = "06:00"

# Control characters and what is no text; a backslash, which one cron takes for itself and another does not.
_UNWRITABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\\]")


@dataclass(frozen=True)
class Job:
    """One command at some times of every day.

    Attributes:
        executable: the absolute path of `myrunstreak`.
        times: each as HH:MM, the earliest first.
        zone: the IANA zone of these times; None: this machine's own.
    """

    name: str
    executable: str
    times: tuple[str, ...]
    zone: str | None = None

    @property
    def command(self) -> tuple[str, ...]:
        """What is started: the program and its arguments."""
        return (self.executable, *ARGUMENTS[self.name])

    @property
    def purpose(self) -> str:
        """What it is for."""
        return PURPOSES[self.name]


@dataclass(frozen=True)
class Schedule:
    """The jobs of one runner on this machine, which start in the folder with `.env`."""

    folder: Path
    jobs: tuple[Job, ...]

    @property
    def has_messages(self) -> bool:
        """Whether anything is said to the runner."""
        return any(job.name != "sync" for job in self.jobs)

    @property
    def sync_at(self) -> str | None:
        """When the daily sync starts."""
        return next((job.times[0] for job in self.jobs if job.name == "sync"), None)


def schedule_of(settings: Settings, folder: Path, executable: Path, sync_at: str = SYNC_AT) -> Schedule:
    """The jobs that the settings ask for; the sync is always one.

    Raises:
        InvalidSettings: a path has a character that a schedule cannot hold.
    """
    check_path(folder)
    check_path(executable)
    zone = settings.runner_timezone
    jobs = [Job("sync", str(executable), (sync_at,), zone)]
    if settings.reminder_times:
        jobs.append(Job("reminder", str(executable), tuple(settings.reminder_times), zone))
    if settings.digest:
        jobs.append(Job("digest", str(executable), (DIGEST_AT,), zone))
    return Schedule(folder, tuple(jobs))


def check_path(path: Path) -> None:
    """Refuse a path that a unit or a line of a crontab cannot hold.

    Raises:
        InvalidSettings: it has a control character, a backslash, a blank at an end, or is no text.
    """
    text = str(path)
    if _UNWRITABLE.search(text) or text != text.strip():
        raise InvalidSettings(f"A schedule cannot hold the path {text!a}: rename the folder.")


def differences(installed: Schedule, wanted: Schedule) -> list[str]:
    """What has changed since a schedule was installed, as the names of settings where it is one."""
    before = {job.name: job for job in installed.jobs}
    after = {job.name: job for job in wanted.jobs}
    found: list[str] = []
    if _times(before, "reminder") != _times(after, "reminder"):
        found.append("REMIND_AT")
    if _times(before, "digest") != _times(after, "digest"):
        found.append("DIGEST")
    common = [(before[name], after[name]) for name in before if name in after]
    if any(one.zone != other.zone for one, other in common):
        found.append("RUNNER_TIMEZONE")
    if any(one.executable != other.executable for one, other in common):
        found.append("the place of myrunstreak")
    return found


def _times(jobs: dict[str, Job], name: str) -> Sequence[str]:
    return jobs[name].times if name in jobs else ()


def in_machine_zone(schedule: Schedule) -> Schedule:
    """The same jobs at the same times of this machine's clock."""
    return replace(schedule, jobs=tuple(replace(job, zone=None) for job in schedule.jobs))
