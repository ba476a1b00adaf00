"""`myrunstreak schedule`: what starts the daily sync and the messages on this machine, without AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from scripts.commands.command import Json, Settings, command
from scripts.display.tables import Column, Rows
from scripts.display.terminal import data_output, json_text, plain, standard_error, standard_output

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from scripts.schedule.jobs import Job, Schedule
    from scripts.schedule.mechanism import Mechanism


def _read_time(text: str) -> str:
    from myrunstreak.contract.times import parse_times

    try:
        [time] = parse_times(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time of day; write one such as 06:00.") from None
    return time


@command(
    examples=(
        "myrunstreak schedule install --preview",
        "myrunstreak schedule install --sync-at 05:30",
    )
)
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
    from myrunstreak.instants import utc_now

    from scripts.local_settings import settings_sources
    from scripts.schedule.choice import all_found, choose, mechanisms
    from scripts.schedule.installation import notes_on, put, refuse_another_folder, wanted

    sources = settings_sources()
    folder = sources.folder
    known = mechanisms(settings, folder)
    found = all_found(known)
    if not preview:
        refuse_another_folder(found, folder)
    before = next((one.schedule for _, one in found if one.schedule), None)
    chosen = choose(known, mechanism or (found[0][0].name if found else None))
    now = utc_now()
    schedule = wanted(settings, folder, chosen, sync_at or (before.sync_at if before else None), now)
    if preview:
        _show_preview(chosen, schedule, as_json=as_json)
        return
    notes = [*put(chosen, schedule, found), *notes_on(settings, sources, schedule, now)]
    if as_json:
        print(json_text({**_facts(chosen, schedule), "notes": notes}))
        return
    out = standard_output()
    out.print(f"Installed with {chosen.name}.", style="green")
    _show_jobs(schedule)
    _show_lines(notes)


@command(examples=("myrunstreak schedule show", "myrunstreak schedule show --json"))
def show(settings: Settings, as_json: Json = False) -> None:
    """Show what this machine starts and when next, or that nothing is installed."""
    from myrunstreak.instants import utc_now

    from scripts.local_settings import settings_sources
    from scripts.schedule.choice import all_found, mechanisms
    from scripts.schedule.installation import warnings_about

    folder, now = settings_sources().folder, utc_now()
    found = all_found(mechanisms(settings, folder))
    warnings = [
        line for one, installed in found for line in warnings_about(settings, folder, one, installed, now)
    ]
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
    _show_lines(warnings)


@command(examples=("myrunstreak schedule show", "myrunstreak schedule remove"))
def remove(settings: Settings, as_json: Json = False) -> None:
    """Take away what was installed on this machine; the record stays."""
    from scripts.local_settings import settings_sources
    from scripts.schedule.choice import all_found, mechanisms

    removed: list[str] = []
    for one, _ in all_found(mechanisms(settings, settings_sources().folder)):
        one.remove()
        removed.append(one.name)
    if as_json:
        print(json.dumps({"removed": removed}))
    elif removed:
        standard_output().print(f"Removed from {' and '.join(removed)}: nothing starts by itself any more.")
    else:
        standard_output().print("Nothing was installed.")


def _show_preview(mechanism: Mechanism, schedule: Schedule, *, as_json: bool) -> None:
    texts = mechanism.preview(schedule)
    if as_json:
        files = [{"place": place, "text": text} for place, text in texts.items()]
        print(json_text({"mechanism": mechanism.name, "preview": True, "files": files}))
        return
    out, data = standard_output(), data_output()
    for place, text in texts.items():
        out.print(plain(place), style="bold")
        print(text, file=data)  # as it would be written
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


def _show_lines(lines: list[str]) -> None:
    out = standard_output()
    for number, line in enumerate(lines):
        out.print(("" if number else "\n") + plain(line), style="yellow")


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
        (Column("next"), lambda one: f"{one[2]:%a} {one[2].date()} {one[2]:%H:%M}"),
    ).show(out)
    first = schedule.jobs[0]
    out.print()
    out.print(f"Times: {first.zone or f'this machine ({name})'}")
    out.print(f"Folder: {plain(schedule.folder)}")
    out.print(f"Program: {plain(first.executable)}")
