"""`myrunstreak eddington`: the Eddington numbers in km and in miles."""

from __future__ import annotations

from myrunstreak.measures import counted
from rich.text import Text

from scripts.commands.command import Json, Settings, command
from scripts.display.answers import print_json
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine


@command(
    examples=(
        "myrunstreak eddington",
        "myrunstreak eddington --json",
    ),
    units=True,
)
def eddington(settings: Settings, as_json: Json = False) -> None:
    """Show Eddington numbers: E days of E km (or miles) or more."""
    with open_engine(settings) as engine:
        answer = engine.eddington()
    if as_json:
        print_json(answer)
        return
    out = standard_output()
    numbers = {"km": answer.km, "mi": answer.mi}
    for unit, found in sorted(
        numbers.items(), key=lambda one: one[0] != settings.units
    ):  # the runner's own first
        number, following = found.number, found.number + 1
        reached = f"{counted(number, 'day')} of {number} {unit} or more"
        needed = f"{counted(found.days_to_next, 'more day')} of {following} {unit} for Eddington {following}"
        out.print(Text.assemble((f"{number:>4}", "bold"), f" {unit}   {reached}, {needed}"))
