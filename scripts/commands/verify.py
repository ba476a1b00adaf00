"""`myrunstreak verify`: every stored run compared with Smashrun, field by field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from myrunstreak.measures import counted
from rich.console import Console

from scripts.commands.command import Json, Settings, command
from scripts.display.progress import SyncProgress
from scripts.display.terminal import EXIT_DONE, EXIT_IN_PART, plain, standard_error, standard_output

if TYPE_CHECKING:
    from scripts.record.drift import Drift

_SHOWN: Final = 20


@command(
    examples=(
        "myrunstreak verify",
        "myrunstreak verify --json",
    ),
    interrupted="Stopped. Nothing was changed.",
)
def verify(settings: Settings, as_json: Json = False) -> int:
    """Compare every run with Smashrun, and change nothing. Exit 4 on drift."""
    from scripts.record.drift import compare

    with SyncProgress(standard_error()) as progress:
        drift = compare(settings, progress)
    if as_json:
        print(json.dumps({"drift": drift.is_drift, **asdict(drift)}, indent=2, default=str))
    else:
        _show(drift, standard_output())
    return EXIT_IN_PART if drift.is_drift or drift.archive_objects_lost else EXIT_DONE


def _show(drift: Drift, out: Console) -> None:
    out.print(
        f"Compared {counted(drift.compared, 'run')} with Smashrun ({counted(drift.requests, 'request')}): "
        + ("they differ." if drift.is_drift else "no difference."),
        style="yellow" if drift.is_drift else "green",
    )
    for run in drift.changed[:_SHOWN]:
        out.print(f"Changed: run {run.activity_id}")
        for name, values in run.fields.items():
            out.print(f"  {name}: here {plain(values['here'])}, at Smashrun {plain(values['there'])}")
    if len(drift.changed) > _SHOWN:
        out.print(f"and {len(drift.changed) - _SHOWN:,} more changed runs (all with --json)")
    _list(out, "Missing here", drift.missing_here)
    _list(out, "Gone at Smashrun", drift.gone_there)
    _list(out, "Named but not shown by Smashrun", drift.not_compared)
    if drift.quarantined:
        out.print(f"Quarantine: {counted(drift.quarantined, 'record')}; see `myrunstreak quarantine list`.")
    if lost := drift.archive_objects_lost:
        out.print(
            f"Raw archive: {counted(len(lost), 'object')} missing, from {lost[0]} on; a rebuild would lose their runs.",
            style="yellow",
        )
    if drift.is_drift or drift.archive_objects_lost:
        out.print("To repair it: `myrunstreak sync --full`")


def _list(out: Console, label: str, ids: Sequence[int]) -> None:
    if ids:
        more = f" and {len(ids) - _SHOWN:,} more (all with --json)" if len(ids) > _SHOWN else ""
        out.print(f"{label}: {', '.join(str(one) for one in ids[:_SHOWN])}{more}")
