"""`myrunstreak schedule`: what starts the daily sync and the messages on this machine, without AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import typer
from myrunstreak.errors import InvalidSettings, MyRunStreakError
from myrunstreak.measures import day_text

from scripts.commands.command import Json, Settings, command
from scripts.display.tables import Column, Rows
from scripts.display.terminal import json_text, plain, standard_error, standard_output

if TYPE_CHECKING:
    from datetime import datetime, tzinfo
    from pathlib import Path

    from myrunstreak.contract.settings import Settings as AllSettings

    from scripts.schedule.jobs import Job, Schedule
    from scripts.schedule.mechanism import Installed, Mechanism

_AGAIN: Final = "run `myrunstreak schedule install` again"


def _read_time(text: str) -> str:
    from myrunstreak.contract.times import parse_times

    try:
        [time] = parse_times(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time of the day; accepted: HH:MM, such as 06:00") from None
    return time


@command()
def install(
    settings: Settings,
    mechanism: Annotated[
        Literal["systemd", "launchd", "crontab"] | None,
        typer.Option(
            "--with", help="What starts the jobs; default: as installed, else what this machine has."
        ),
    ] = None,
    sync_at: Annotated[
        str | None,
        typer.Option(
            "--sync-at",
            parser=_read_time,
            metavar="HH:MM",
            help="When the daily sync starts; default: as installed, else 06:00.",
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show what would be written, and write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Have this machine start the daily sync, and the messages that REMIND_AT and DIGEST ask for."""
    from scripts.local_settings import settings_folder
    from scripts.schedule.choice import all_found, choose, mechanisms

    folder = settings_folder()
    known = mechanisms(settings, folder)
    found = all_found(known)
    for _, installed in found:
        _refuse_another_folder(installed, folder)
    before = next((one.schedule for _, one in found if one.schedule), None)
    chosen = choose(known, mechanism or (found[0][0].name if found else None))
    schedule = _wanted(settings, folder, chosen, sync_at or (before.sync_at if before else None))
    if preview:
        _show_preview(chosen, schedule, as_json=as_json)
        return
    notes = [*_put(chosen, schedule, found), *_notes(settings, schedule)]
    if as_json:
        print(json_text({**_facts(chosen, schedule), "notes": notes}))
        return
    out = standard_output()
    out.print(f"Installed with {chosen.name}.", style="green")
    _show_jobs(schedule)
    for note in notes:
        out.print(plain(note), style="yellow")


@command()
def show(settings: Settings, as_json: Json = False) -> None:
    """Show what this machine starts and when next, or that nothing is installed."""
    from scripts.local_settings import settings_folder
    from scripts.schedule.choice import all_found, mechanisms

    folder = settings_folder()
    found = all_found(mechanisms(settings, folder))
    warnings = [line for one, installed in found for line in _warnings(settings, folder, one, installed)]
    if as_json:
        items = [_facts(one, installed.schedule) for one, installed in found]
        print(json_text({"installed": items, "warnings": warnings}))
        return
    out = standard_output()
    if not found:
        out.print(
            "Nothing is installed: `myrunstreak schedule install` starts the daily sync.", style="yellow"
        )
    for one, installed in found:
        out.print(f"Installed with {one.name}.", style="green")
        if installed.schedule:
            _show_jobs(installed.schedule)
    for warning in warnings:
        out.print(plain(warning), style="yellow")


@command()
def remove(settings: Settings, as_json: Json = False) -> None:
    """Take away what was installed on this machine; the record stays."""
    from scripts.local_settings import settings_folder
    from scripts.schedule.choice import all_found, mechanisms

    removed: list[str] = []
    for one, _ in all_found(mechanisms(settings, settings_folder())):
        one.remove()
        removed.append(one.name)
    if as_json:
        print(json.dumps({"removed": removed}))
    elif removed:
        standard_output().print(f"Removed from {' and '.join(removed)}: nothing starts by itself any more.")
    else:
        standard_output().print("Nothing was installed.")


def _wanted(settings: AllSettings, folder: Path, mechanism: Mechanism, sync_at: str | None) -> Schedule:
    """The schedule of the settings, as this mechanism can keep it."""
    from myrunstreak.instants import utc_now

    from scripts.schedule.jobs import SYNC_AT, schedule_of
    from scripts.schedule.zones import fit_machine, machine_zone

    schedule = schedule_of(settings, folder, _program(), sync_at or SYNC_AT)
    if mechanism.knows_zones:
        return schedule
    return fit_machine(schedule, mechanism.name, machine_zone(), utc_now())


def _program() -> Path:
    """The program `myrunstreak` of this environment."""
    import sys
    from pathlib import Path

    program = Path(sys.executable).with_name("myrunstreak")
    if not program.is_file():
        raise InvalidSettings(f"There is no {program} that could be started: `make setup` installs it.")
    return program


def _refuse_another_folder(installed: Installed, folder: Path) -> None:
    if installed.schedule and installed.schedule.folder != folder:
        raise InvalidSettings(
            f"The schedule on this machine is of another folder, {installed.schedule.folder}, and there is one for each "
            "user. To have it here instead: `myrunstreak schedule remove`, then install."
        )


def _put(chosen: Mechanism, schedule: Schedule, found: list[tuple[Mechanism, Installed]]) -> list[str]:
    """Install, then remove what another mechanism holds: where the first fails, the other still starts the jobs."""
    others = [one for one, _ in found if one is not chosen]
    notes = chosen.install(schedule)
    try:
        for one in others:
            one.remove()
    except MyRunStreakError:
        if len(others) == len(found):
            chosen.remove()
        raise
    return notes


def _notes(settings: AllSettings, schedule: Schedule) -> list[str]:
    """What has to be known about an installation, one line each."""
    from myrunstreak.instants import utc_now

    from scripts.local_settings import settings_outside_dotenv
    from scripts.schedule.zones import machine_zone, same_clock

    notes: list[str] = []
    if not settings.reminder_times:
        notes.append(
            "No reminders: set RUNNER_TIMEZONE and REMIND_AT=18:30,21:30 in .env, then install again."
        )
    zone, (name, clock) = settings.runner_timezone, machine_zone()
    if zone and schedule.jobs[0].zone is None and not same_clock(zone, clock, utc_now()):
        notes.append(f"The sync starts by this machine's clock ({name}), not by RUNNER_TIMEZONE ({zone}).")
    if names := settings_outside_dotenv():
        notes.append(
            f"Only this shell knows {', '.join(names)}: what is started reads .env alone, so write them there."
        )
    return notes


def _warnings(settings: AllSettings, folder: Path, mechanism: Mechanism, installed: Installed) -> list[str]:
    """What is wrong with an installation, and what to do, one line each."""
    from scripts.schedule.jobs import differences

    schedule = installed.schedule
    if schedule is None:
        return [f"It was changed by hand and cannot be read any more: {_AGAIN}."]
    if schedule.folder != folder:
        return [
            f"It belongs to another folder, {schedule.folder}: the settings here are not those it runs with."
        ]
    warnings: list[str] = []
    try:
        changed = differences(schedule, _wanted(settings, folder, mechanism, schedule.sync_at))
    except InvalidSettings as error:
        warnings.append(str(error))
    else:
        if changed:
            have = "has" if len(changed) == 1 else "have"
            warnings.append(f"{' and '.join(changed)} {have} changed: {_AGAIN}.")
    if not installed.is_as_written or schedule.sync_at is None:
        warnings.append(f"It was changed by hand: {_AGAIN}.")
    if idle := mechanism.idle(schedule):
        warnings.append(f"{mechanism.name} does not say that {' and '.join(idle)} will be started: {_AGAIN}.")
    return warnings


def _show_preview(mechanism: Mechanism, schedule: Schedule, *, as_json: bool) -> None:
    texts = mechanism.preview(schedule)
    if as_json:
        files = [{"place": place, "text": text} for place, text in texts.items()]
        print(json_text({"mechanism": mechanism.name, "preview": True, "files": files}))
        return
    out = standard_output()
    for place, text in texts.items():
        out.print(plain(place), style="bold")
        out.print(plain(text))
    standard_error().print("Nothing was written: install without --preview does that.", style="dim")


def _facts(mechanism: Mechanism, schedule: Schedule | None) -> dict[str, Any]:
    """An installation as JSON; where it cannot be read, without its jobs."""
    from scripts.schedule.zones import machine_zone

    _, clock = machine_zone()
    jobs: list[dict[str, Any]] = [
        {
            "name": job.name,
            "for": job.purpose,
            "command": list(job.command),
            "times": list(job.times),
            "zone": job.zone,
            "next": min(_starts(job, clock)).isoformat(),
        }
        for job in (schedule.jobs if schedule else ())
    ]
    return {"mechanism": mechanism.name, "folder": str(schedule.folder) if schedule else None, "jobs": jobs}


def _starts(job: Job, clock: tzinfo) -> list[datetime]:
    from myrunstreak.instants import utc_now

    from scripts.schedule.zones import next_start

    now = utc_now()
    return [next_start(job, at, clock, now) for at in job.times]


def _show_jobs(schedule: Schedule) -> None:
    from scripts.schedule.jobs import ARGUMENTS
    from scripts.schedule.zones import machine_zone

    name, clock = machine_zone()
    starts = [
        (job, at, start)
        for job in schedule.jobs
        for at, start in zip(job.times, _starts(job, clock), strict=True)
    ]
    out = standard_output()
    out.print()
    Rows.of(
        starts,
        (Column("job"), lambda one: one[0].name),
        (Column("at"), lambda one: one[1]),
        (Column("command"), lambda one: " ".join(ARGUMENTS[one[0].name])),
        (Column("next"), lambda one: f"{one[2]:%a} {day_text(one[2].date())} {one[2]:%H:%M}"),
    ).show(out)
    first = schedule.jobs[0]
    out.print()
    out.print(f"Times: {first.zone or f'this machine ({name})'}")
    out.print(f"Folder: {plain(schedule.folder)}")
    out.print(f"Program: {plain(first.executable)}")
