"""systemd: a service and a timer for each job, of the runner's own manager."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar, Final

from myrunstreak.errors import InvalidSettings

from scripts.schedule.jobs import ARGUMENTS, Job, Schedule
from scripts.schedule.mechanism import MechanismName
from scripts.schedule.programs import has, must, run
from scripts.schedule.unit_files import UnitFiles, remove_empty

_HEAD: Final = "# Written by `myrunstreak schedule install`, removed by `myrunstreak schedule remove`.\n"

# The first sync of many runs is long; a message is one short sync and a few requests.
_LONGEST: Final = {"sync": "1h", "reminder": "10min", "digest": "10min"}

# How often a job that failed is tried again within an hour, beside its starts at its times.
_TRIES: Final = 3

_SERVICE: Final = """\
[Unit]
Description=MyRunStreak: {purpose}
StartLimitIntervalSec=1h
StartLimitBurst={starts}

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={program} {arguments}
TimeoutStartSec={longest}
# 4: done in part, and the next one goes on from there.
SuccessExitStatus=4
# A machine that has just woken may have no network yet. Settings (2) and an authorisation (3) need the runner.
Restart=on-failure
RestartSec=5min
RestartPreventExitStatus=2 3
"""

# Persistent for reminders too: a late one of the same evening still helps, and after midnight the command sends none.
_TIMER: Final = """\
[Unit]
Description=MyRunStreak, timer: {purpose}

[Timer]
{calendar}
# A time that the machine slept through is made up for.
Persistent=true

[Install]
WantedBy=timers.target
"""

_CALENDAR: Final = re.compile(r"^OnCalendar=\*-\*-\* (\d\d:\d\d):00(?: (\S+))?$", re.MULTILINE)
_FOLDER: Final = re.compile(r"^WorkingDirectory=(/.*)$", re.MULTILINE)
_PROGRAM: Final = re.compile(r'^ExecStart="(/[^"]*)" ', re.MULTILINE)
_TIMER_NAMES: Final = {name: f"myrunstreak-{name}.timer" for name in ARGUMENTS}
_SERVICE_NAMES: Final = {name: f"myrunstreak-{name}.service" for name in ARGUMENTS}


def units(schedule: Schedule) -> dict[str, str]:
    """The texts of the units, by their names.

    Raises:
        InvalidSettings: systemd cannot start a program of that path.
    """
    texts: dict[str, str] = {}
    for job in schedule.jobs:
        zone = f" {job.zone}" if job.zone else ""
        texts[_SERVICE_NAMES[job.name]] = _HEAD + _SERVICE.format(
            purpose=job.purpose,
            folder=_escaped(str(schedule.folder)),
            program=_quoted_program(job.executable),
            arguments=" ".join(ARGUMENTS[job.name]),
            longest=_LONGEST[job.name],
            starts=len(job.times) + _TRIES,
        )
        texts[_TIMER_NAMES[job.name]] = _HEAD + _TIMER.format(
            purpose=job.purpose, calendar="\n".join(f"OnCalendar=*-*-* {at}:00{zone}" for at in job.times)
        )
    return texts


def schedule_in(texts: Mapping[str, str]) -> Schedule | None:
    """The schedule that units say, None where they say none that we wrote."""
    jobs: list[Job] = []
    folder = None
    for name in ARGUMENTS:
        service, timer = texts.get(_SERVICE_NAMES[name]), texts.get(_TIMER_NAMES[name])
        if service is None and timer is None:
            continue
        times = _CALENDAR.findall(timer or "")
        folder, program = _FOLDER.search(service or ""), _PROGRAM.search(service or "")
        if not (times and folder and program):
            return None
        zone = times[0][1] or None
        jobs.append(Job(name, _plain(program[1]), tuple(at for at, _ in times), zone))
    return Schedule(Path(_plain(folder[1])), tuple(jobs)) if folder else None


def _quoted_program(path: str) -> str:
    """A path as the first word of ExecStart: there a dollar sign stands for itself, and a quotation mark for nothing."""
    if re.search("[\"']", path):
        raise InvalidSettings(
            f"systemd starts no program with a quotation mark in its path ({path}): rename the folder, or use "
            "`--with crontab`."
        )
    return f'"{_escaped(path)}"'


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


def _plain(text: str) -> str:
    return text.replace("%%", "%")


class Systemd(UnitFiles):
    """Timers of the runner's systemd manager."""

    name: ClassVar[MechanismName] = "systemd"
    knows_zones: ClassVar[bool] = True

    def __init__(self) -> None:
        config = _home("XDG_CONFIG_HOME", ".config")
        names = [*_SERVICE_NAMES.values(), *_TIMER_NAMES.values()]
        super().__init__(config / "systemd" / "user", _above(config), names)

    def is_here(self) -> bool:
        """Whether the runner's manager answers; it does not in a container, and rarely after `su`."""
        return has("systemctl") and run("systemctl", "--user", "show", "--property=Version").returncode == 0

    def texts(self, schedule: Schedule) -> dict[str, str]:
        """The units."""
        return units(schedule)

    def read(self, texts: Mapping[str, str]) -> Schedule | None:
        """What the units say."""
        return schedule_in(texts)

    def idle(self, schedule: Schedule) -> list[str]:
        """The timers that the manager does not report as active."""
        timers = [_TIMER_NAMES[job.name] for job in schedule.jobs]
        if not has("systemctl"):
            return timers
        states = run("systemctl", "--user", "is-active", *timers).stdout.decode().split()
        return [timer for timer, state in zip_longest(timers, states) if timer and state != "active"]

    def install(self, schedule: Schedule) -> list[str]:
        """Write the units and start the timers."""
        self._replace(units(schedule))
        if not has("loginctl") or self._lingers():
            return []
        return ["The timers run while you are logged in. To have them run always: loginctl enable-linger"]

    def remove(self) -> None:
        """Stop the timers and remove the units."""
        self._replace({})

    def _start(self, names: Collection[str]) -> None:
        if timers := _timers(names):
            must("systemctl", "--user", "daemon-reload")
            must("systemctl", "--user", "enable", "--now", *timers)
        elif has("systemctl"):
            run("systemctl", "--user", "daemon-reload")

    def _stop(self, names: Collection[str]) -> None:
        timers = _timers(names)
        if not timers:
            return
        if has("systemctl"):
            must("systemctl", "--user", "disable", "--now", *timers)
            run("systemctl", "--user", "reset-failed", *(one for one in names if one not in timers))
        wanted = self.folder / "timers.target.wants"
        # When a persistent timer last ran: the next installation is not to make up for what this one missed.
        data = _home("XDG_DATA_HOME", ".local/share")
        stamps = data / "systemd" / "timers"
        for timer in timers:
            (wanted / timer).unlink(missing_ok=True)
            (stamps / f"stamp-{timer}").unlink(missing_ok=True)
        remove_empty(wanted, below=self.folder)
        remove_empty(stamps, below=_above(data))

    def _lingers(self) -> bool:
        done = run("loginctl", "show-user", str(os.getuid()), "--property=Linger", "--value")
        return done.returncode == 0 and done.stdout.strip() == b"yes"


def _timers(names: Collection[str]) -> list[str]:
    return [name for name in names if name.endswith(".timer")]


def _home(variable: str, default: str) -> Path:
    """A folder of the XDG base directories; a relative one does not count."""
    given = os.environ.get(variable, "")
    return Path(given) if given.startswith("/") else Path.home() / default


def _above(folder: Path) -> Path:
    """The folder under which systemd and we make others: the runner's home, or where a variable leads to."""
    home = Path.home()
    return home if home in folder.parents else folder.parent
