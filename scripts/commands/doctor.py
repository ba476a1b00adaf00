"""`myrunstreak doctor`: everything that a command needs, each part by itself, with what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text

from scripts.commands.command import Json, command
from scripts.display.labelled import show_labelled
from scripts.display.program import as_typed
from scripts.display.terminal import (
    EXIT_DONE,
    EXIT_FAILED,
    EXIT_REAUTHORISE,
    json_text,
    plain,
    standard_output,
)

if TYPE_CHECKING:
    from rich.console import Console

    from scripts.doctor.finding import Finding

_STYLES: Final = {"ok": "green", "look": "yellow", "broken": "red"}
_WIDTH: Final = 22


@command(examples=("myrunstreak doctor", "myrunstreak doctor --online", "myrunstreak doctor --json"))
def doctor(
    online: Annotated[
        bool, typer.Option("--online", help="Compare the clock with Smashrun's too: one request.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Look over settings, tokens and database, and say what to do.

    Exit 1 where something is broken, 3 where authorising is all that is needed. Nothing is changed.
    """
    from myrunstreak.instants import utc_now
    from myrunstreak.redaction import redact

    from scripts.doctor.examination import examine
    from scripts.doctor.finding import Case
    from scripts.local_settings import understand_settings

    out, found = standard_output(), list["Finding"]()
    for finding in examine(Case(understand_settings(), utc_now(), online=online)):
        found.append(finding)
        if not as_json:
            _show(out, finding, redact(finding.says))
    broken = [one for one in found if one.mark == "broken"]
    if as_json:
        items = [asdict(one) | {"says": redact(one.says)} for one in found]
        print(json_text({"is_well": not broken, "items": items}))
    if not broken:
        return EXIT_DONE
    return EXIT_REAUTHORISE if all(one.is_about_consent for one in broken) else EXIT_FAILED


def _show(out: Console, finding: Finding, says: str) -> None:
    label = f"{f'[{finding.mark}]':<9}{finding.part}"
    show_labelled(out, label, Text(plain(says), _STYLES[finding.mark]), width=_WIDTH)
    if finding.to_do:
        out.print(f"{'':<{_WIDTH}}{plain(as_typed(finding.to_do))}", style="bold", soft_wrap=True)
