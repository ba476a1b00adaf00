"""`myrunstreak rebuild`: the database again from the raw archive alone, without network and without tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from myrunstreak.contract.layout import RECORDINGS_FOLDER
from myrunstreak.errors import InvalidSettings
from myrunstreak.measures import counted

from scripts.commands.command import Json, Settings, command
from scripts.display.progress import SyncProgress
from scripts.display.terminal import standard_error, standard_output


@command(
    examples=(
        "myrunstreak rebuild --to again.duckdb",
        "myrunstreak rebuild --to again.duckdb --force",
    ),
    interrupted="Stopped. No database was written, and the archive is unchanged.",
)
def rebuild(
    settings: Settings,
    to: Annotated[Path, typer.Option(metavar="FILE", help="Where the new database goes.")],
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
    accept_fewer: Annotated[
        bool, typer.Option("--accept-fewer", help="Keep it even if it has fewer runs than the record.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Build the database again from the raw archive, offline."""
    from scripts.record.rebuild import build, runs_expected

    if "://" in str(to):
        raise InvalidSettings(f"--to {to}: a rebuild goes to a file on this machine; copy it from there.")
    if to.is_dir():
        raise InvalidSettings(f"--to {to} is a folder; name a file, for example {to / 'runs.duckdb'}.")
    if to.exists() and not force:
        raise InvalidSettings(f"{to} exists. Nothing was changed: name another file, or use --force.")
    expected = 0 if accept_fewer else runs_expected(settings, to)
    with SyncProgress(standard_error()) as progress:
        source, objects, rows = build(settings, to, progress, at_least=expected)
    if as_json:
        facts = {
            "file": str(to),
            "recordings": str(to.parent / RECORDINGS_FOLDER),
            "archive": str(settings.archive),
            "source": source,
            "objects": objects,
            "rows": rows,
        }
        print(json.dumps(facts, indent=2))
        return
    out = standard_output()
    out.print(f"Built {to} from {counted(objects, 'object')} of {settings.archive} ({source}).")
    for table, count in rows.items():
        out.print(f"  {table:<16}{count:>10,}")
