"""launchd: an agent for each job, in the runner's own session."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, ClassVar, Final
from xml.parsers.expat import ExpatError

from scripts.schedule.jobs import ARGUMENTS, Job, Schedule
from scripts.schedule.mechanism import MechanismName
from scripts.schedule.programs import has, must, run
from scripts.schedule.unit_files import UnitFiles, remove_empty

_PREFIX: Final = "org.myrunstreak."
_SUFFIX: Final = ".plist"


def agents(schedule: Schedule, logs: Path) -> dict[str, str]:
    """The texts of the property lists, by their names; what the jobs print goes to a file each in `logs`."""
    return {f"{_PREFIX}{job.name}{_SUFFIX}": _agent(schedule.folder, job, logs) for job in schedule.jobs}


def _agent(folder: Path, job: Job, logs: Path) -> str:
    log = str(logs / f"{job.name}.log")
    clocks = [at.split(":") for at in job.times]
    content = {
        "Label": f"{_PREFIX}{job.name}",
        "ProgramArguments": list(job.command),
        "WorkingDirectory": str(folder),
        "StartCalendarInterval": [{"Hour": int(hour), "Minute": int(minute)} for hour, minute in clocks],
        "StandardOutPath": log,
        "StandardErrorPath": log,
    }
    return plistlib.dumps(content, sort_keys=False).decode()


def schedule_in(texts: Mapping[str, str]) -> Schedule | None:
    """The schedule that property lists say, None where they say none that we wrote."""
    jobs: list[Job] = []
    folder = None
    try:
        for name in ARGUMENTS:
            if text := texts.get(f"{_PREFIX}{name}{_SUFFIX}"):
                content: dict[str, Any] = plistlib.loads(text.encode(errors="surrogateescape"))
                folder = Path(content["WorkingDirectory"])
                jobs.append(_job(name, content))
    except (plistlib.InvalidFileException, ExpatError, LookupError, TypeError, ValueError):
        return None
    return Schedule(folder, tuple(jobs)) if folder else None


def _job(name: str, content: dict[str, Any]) -> Job:
    times = tuple(f"{one['Hour']:02d}:{one['Minute']:02d}" for one in content["StartCalendarInterval"])
    return Job(name, str(content["ProgramArguments"][0]), times)


class Launchd(UnitFiles):
    """Agents of the runner's launchd session. They know this machine's clock alone."""

    name: ClassVar[MechanismName] = "launchd"
    knows_zones: ClassVar[bool] = False

    def __init__(self) -> None:
        library = Path.home() / "Library"
        self._logs = library / "Logs" / "myrunstreak"
        self._domain = f"gui/{os.getuid()}"
        super().__init__(
            library / "LaunchAgents", Path.home(), [f"{_PREFIX}{name}{_SUFFIX}" for name in ARGUMENTS]
        )

    def is_here(self) -> bool:
        """Whether this is a Mac."""
        return has("launchctl")

    def texts(self, schedule: Schedule) -> dict[str, str]:
        """The property lists."""
        return agents(schedule, self._logs)

    def read(self, texts: Mapping[str, str]) -> Schedule | None:
        """What the property lists say."""
        return schedule_in(texts)

    def idle(self, schedule: Schedule) -> list[str]:
        """The agents that the session does not know."""
        labels = [f"{_PREFIX}{job.name}" for job in schedule.jobs]
        return [label for label in labels if not self._is_loaded(label)]

    def install(self, schedule: Schedule) -> list[str]:
        """Write the property lists and have the session read them."""
        self._replace(self.texts(schedule))
        return []

    def remove(self) -> None:
        """Have the session forget the agents, and remove the property lists and the logs."""
        self._replace({})
        for name in ARGUMENTS:
            (self._logs / f"{name}.log").unlink(missing_ok=True)
        self._tidy()

    def _start(self, names: Collection[str]) -> None:
        if names:
            # launchd opens a log and makes no folder for it.
            with self._errors("write"):
                self._logs.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not self._is_loaded(name.removesuffix(_SUFFIX)):
                must("launchctl", "bootstrap", self._domain, str(self.folder / name))

    def _stop(self, names: Collection[str]) -> None:
        for name in names:
            label = name.removesuffix(_SUFFIX)
            # What is not loaded cannot be unloaded, and need not be.
            if self._is_loaded(label):
                must("launchctl", "bootout", f"{self._domain}/{label}")
        self._tidy()

    def _tidy(self) -> None:
        remove_empty(self._logs, below=self._below)

    def _is_loaded(self, label: str) -> bool:
        return has("launchctl") and run("launchctl", "print", f"{self._domain}/{label}").returncode == 0
