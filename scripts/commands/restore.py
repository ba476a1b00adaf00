"""`myrunstreak restore`: an earlier state of the database in the place of the present one."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Final

import typer
from myrunstreak.contract.layout import BACKUPS_FOLDER
from myrunstreak.instants import to_text, utc_now
from myrunstreak.measures import counted

from scripts.commands.command import Json, Settings, at_most_one, command
from scripts.display.confirmation import confirm
from scripts.display.progress import SyncProgress
from scripts.display.tables import Column, Rows
from scripts.display.terminal import EXIT_DONE, EXIT_FAILED, plain, size_text, standard_error, standard_output

if TYPE_CHECKING:
    from rich.console import Console

    from scripts.restore.candidate import Candidate
    from scripts.restore.contents import Contents
    from scripts.restore.replacement import Present
    from scripts.restore.sources import Sources

_SHOWN: Final = 20
_FIGURES: Final = ("runs", "current streak", "newest run day", "data as of")


@command(
    examples=(
        "myrunstreak restore",
        "myrunstreak restore --from-archive --dry-run",
        "myrunstreak restore --from-archive --yes",
    ),
    interrupted="Stopped. The database was not replaced.",
)
def restore(
    settings: Settings,
    version: Annotated[
        str | None, typer.Option("--version", metavar="ID", help="An earlier version in the bucket.")
    ] = None,
    backup: Annotated[
        str | None,
        typer.Option(
            "--backup",
            metavar="NAME",
            help="A backup such as 2026-W48, or the newest one: weekly, monthly or replaced.",
        ),
    ] = None,
    from_archive: Annotated[
        bool, typer.Option("--from-archive", help="The database built again from the raw archive.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would change, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> int:
    """Put an earlier database in the place of the present one.

    Alone it lists what there is. With one of the sources it shows what would change, and asks; what it replaces is kept.
    """
    from scripts.restore.candidate import Choice, find_candidate
    from scripts.restore.replacement import look_at_present, replace_database
    from scripts.restore.sources import Sources

    at_most_one(version=version, backup=backup, from_archive=from_archive)
    sources = Sources(settings)
    if not (version or backup or from_archive):
        _show_states(sources, as_json=as_json)
        return EXIT_DONE
    now = utc_now()
    with TemporaryDirectory() as folder:
        work = Path(folder)
        with SyncProgress(standard_error()) as progress:
            progress.stage("reading the present database")
            present = look_at_present(sources, settings, work, now)
            candidate = find_candidate(
                Choice(version, backup), sources, present, settings, work, now, progress
            )
        if not as_json:
            _show_change(standard_output(), candidate, present)
        kept, is_restored = None, not dry_run and (yes or confirm("Replace the database?"))
        if is_restored:
            with SyncProgress(standard_error()) as progress:
                progress.stage("keeping the present database, and replacing it")
                kept = replace_database(sources, present, candidate.file, settings, utc_now())
    if as_json:
        facts = {
            "database": str(sources.location),
            "from": candidate.what,
            "before": present.contents.facts() if present.contents else None,
            "damage": present.damage or None,
            "after": candidate.contents.facts(),
            "restored": is_restored,
            "kept": kept,
        }
        print(json.dumps(facts, indent=2))
    else:
        _show_outcome(standard_output(), sources, candidate, kept, is_restored=is_restored, dry_run=dry_run)
    return EXIT_DONE if is_restored or dry_run else EXIT_FAILED


def _show_states(sources: Sources, *, as_json: bool) -> None:
    states = sources.states()
    if as_json:
        listed = [
            {one.kind: one.name, "written_at": to_text(one.written_at), "bytes": one.size} for one in states
        ]
        print(json.dumps({"database": str(sources.location), "states": listed}, indent=2))
        return
    out = standard_output()
    if states:
        Rows.of(
            states[:_SHOWN],
            (Column("to restore it"), lambda one: one.option),
            (Column("written, UTC"), lambda one: f"{one.written_at:%Y-%m-%d %H:%M}"),
            (Column("size", right=True), lambda one: size_text(one.size)),
        ).show(out)
        if len(states) > _SHOWN:
            out.print(f"and {len(states) - _SHOWN:,} older ones (all with --json)")
    else:
        out.print(f"There is neither an earlier version nor a backup of {sources.location}.")
    out.print("`myrunstreak restore --from-archive` builds it again from the raw archive.")


def _show_change(out: Console, candidate: Candidate, present: Present) -> None:
    """The present database beside the one that would take its place."""
    before = _cells(present.contents) if present.contents else ["-"] * len(_FIGURES)
    Rows(
        [Column(""), Column("now"), Column(candidate.what)],
        list(zip(_FIGURES, before, _cells(candidate.contents), strict=True)),
    ).show(out)
    if present.damage:
        out.print(f"The present database {plain(present.damage)}.", style="yellow")
    elif present.version is None:
        out.print("There is no database at present.", style="yellow")


def _cells(contents: Contents) -> list[str]:
    return [
        f"{contents.runs:,}",
        counted(contents.streak_days, "day") + (", then unknown" if contents.state == "unknown" else ""),
        str(contents.newest_day or "-"),
        f"{contents.data_as_of:%Y-%m-%d %H:%M} UTC" if contents.data_as_of else "unknown",
    ]


def _show_outcome(
    out: Console,
    sources: Sources,
    candidate: Candidate,
    kept: str | None,
    *,
    is_restored: bool,
    dry_run: bool,
) -> None:
    if not is_restored:
        out.print(f"Nothing was changed{': --dry-run' if dry_run else ''}.")
        return
    out.print(f"Restored {sources.location} from {plain(candidate.what)}.", style="green")
    if kept:
        out.print(
            f"What it replaced is kept as {BACKUPS_FOLDER}/{kept}.duckdb; to bring it back: "
            f"`myrunstreak restore --backup {kept}`"
        )
    out.print("The next sync fetches everything since.")
