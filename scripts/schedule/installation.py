"""An installation as a whole: what the settings ask for, how it takes the place of another, what is wrong with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.files import file_errors

from scripts.local_settings import SettingsSources
from scripts.schedule.jobs import SYNC_AT, Schedule, differences, schedule_of
from scripts.schedule.mechanism import Installed, Mechanism
from scripts.schedule.zones import fit_machine, machine_zone, same_clock

if TYPE_CHECKING:
    from myrunstreak.contract.settings import Settings

Found = Sequence[tuple[Mechanism, Installed]]

# They lead to config.env and to the data of an installed command.
_XDG: Final = ("XDG_CONFIG_HOME", "XDG_DATA_HOME")
_AGAIN: Final = "run `myrunstreak schedule install` again"


def wanted(
    settings: Settings, folder: Path, mechanism: Mechanism, sync_at: str | None, now: datetime
) -> Schedule:
    """The schedule that the settings ask for, as a mechanism can keep it.

    Raises:
        InvalidSettings: it cannot: a path or the zone of the messages is not for it.
    """
    program = Path(sys.executable).with_name("myrunstreak")
    if not program.is_file():
        raise InvalidSettings(
            f"There is no {program} that could be started: install myrunstreak, or in a checkout run `make setup`."
        )
    schedule = schedule_of(settings, folder, program, sync_at or SYNC_AT)
    if mechanism.knows_zones:
        return schedule
    return fit_machine(schedule, mechanism.name, machine_zone(), now)


def refuse_another_folder(found: Found, folder: Path) -> None:
    """Keep the schedule of another folder from being replaced by accident.

    Raises:
        InvalidSettings: there is one.
    """
    for _, installed in found:
        if installed.schedule and installed.schedule.folder != folder:
            raise InvalidSettings(
                f"The schedule on this machine belongs to another folder, {installed.schedule.folder}, and a user has "
                "one. To have it here instead: `myrunstreak schedule remove`, then install."
            )


def put(mechanism: Mechanism, schedule: Schedule, found: Found) -> list[str]:
    """Install a schedule, and remove what other mechanisms hold; what has to be known about it, one line each.

    The others come second: where the installation fails, they still start their jobs.

    Raises:
        MyRunStreakError: it could not be done; everything is as it was before.
    """
    others = [one for one, _ in found if one is not mechanism]
    # The data folder of an installed command may not be there yet.
    with file_errors("make", str(schedule.folder), remedy="Mend its permissions.", otherwise="Try again."):
        schedule.folder.mkdir(parents=True, exist_ok=True)
    notes = mechanism.install(schedule)
    try:
        for one in others:
            one.remove()
    except MyRunStreakError:
        if len(others) == len(found):
            mechanism.remove()
        raise
    return notes


def notes_on(settings: Settings, sources: SettingsSources, schedule: Schedule, now: datetime) -> list[str]:
    """What a runner may not expect of a schedule, one line each."""
    from myrunstreak.messages.channels import open_channels

    notes: list[str] = []
    file = sources.writable_file
    if not settings.reminder_times:
        notes.append(
            f"No reminders: set RUNNER_TIMEZONE and REMIND_AT=18:30,21:30 in {file}, then install again."
        )
    if schedule.has_messages and not open_channels(settings):
        notes.append("There is no channel, so no message can be sent. Add one: `myrunstreak message --add -`")
    zone, (name, clock) = settings.runner_timezone, machine_zone()
    if zone and schedule.jobs[0].zone is None and not same_clock(zone, clock, now):
        notes.append(f"The sync starts by this machine's clock ({name}), not by RUNNER_TIMEZONE ({zone}).")
    if names := sources.outside_file:
        notes.append(
            f"Only this shell has {', '.join(names)}: what is started reads {file} and no shell, so write it there."
        )
    if sources.is_of_user and (names := [name for name in _XDG if os.environ.get(name)]):
        notes.append(
            f"What is started has to know {' and '.join(names)} too, and may not have this shell's: set it for the "
            "whole session (such as in ~/.config/environment.d), or do without it."
        )
    return notes


def warnings_about(
    settings: Settings, folder: Path, mechanism: Mechanism, installed: Installed, now: datetime
) -> list[str]:
    """What is wrong with an installation and what to do, one line each."""
    schedule = installed.schedule
    if schedule is None:
        return [f"It was changed by hand and cannot be read any more: {_AGAIN}."]
    if schedule.folder != folder:
        return [f"It belongs to another folder, {schedule.folder}, and runs with the settings there."]
    warnings: list[str] = []
    try:
        changed = differences(schedule, wanted(settings, folder, mechanism, schedule.sync_at, now))
    except InvalidSettings as error:
        warnings.append(str(error))
    else:
        if changed:
            have = "has" if len(changed) == 1 else "have"
            warnings.append(f"{' and '.join(changed)} {have} changed: {_AGAIN}.")
    if not installed.is_as_written or schedule.sync_at is None:
        warnings.append(f"It was changed by hand: {_AGAIN}.")
    if idle := mechanism.idle(schedule):
        warnings.append(f"{mechanism.name} does not say that it starts {' and '.join(idle)}: {_AGAIN}.")
    return warnings
