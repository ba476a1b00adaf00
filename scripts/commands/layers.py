"""`myrunstreak layers`: the runner's own streaks, one inside the other, and why a day or a month counted."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import TYPE_CHECKING, Annotated, Final

from myrunstreak.contract.units import KM_OF, Units
from myrunstreak.measures import counted, distance, time_left
from rich.console import Console
from rich.text import Text

from scripts.commands.command import AsOf, Json, Settings, at_most_one, command, day_option
from scripts.display.answers import print_json
from scripts.display.labelled import show_labelled
from scripts.display.streaks import show_zone_advice
from scripts.display.terminal import plain, standard_output
from scripts.record.reading import definitions_place, open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.layers.models import (
        LayerExplanation,
        LayerExplanations,
        Layers,
        LayerState,
        LayerStreak,
        RunningPeriod,
    )

_WORDS: Final = {
    "done": ("done", "green"),
    "at_risk": ("at risk", "yellow"),
    "resting": ("rest if missed", "cyan"),
    "broken": ("broken", "red"),
    "unknown": ("not known", "yellow"),
}
_LABEL: Final = 15
_VERDICT_STYLES: Final = {
    "qualifies": "green",
    "open": "yellow",
    "rest": "cyan",
    "missed": "red",
    "outside": "dim",
    "unknown": "yellow",
}


@command(
    examples=(
        "myrunstreak layers",
        "myrunstreak layers --explain yesterday",
        "myrunstreak layers --as-of 2024-12-31",
    ),
    units=True,
    long=True,
)
def layers(
    settings: Settings,
    explain: Annotated[date | None, day_option(help="Show what each streak makes of that day.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Show your own streaks, one inside the other. See docs/streak-definitions.md."""
    at_most_one(explain=explain, as_of=as_of)
    out = standard_output()
    with open_engine(settings) as engine:
        if explain:
            explanations = engine.explain_layers(explain)
            print_json(explanations) if as_json else _show_explanations(out, explanations, settings.units)
            return
        answer, has_own = engine.layers(as_of=as_of), engine.has_own_layers
    if as_json:
        print_json(answer)
        return
    _show(out, answer, settings)
    show_zone_advice(out, answer.timezone, is_set=answer.timezone_is_set)
    if not has_own:
        out.print(
            f"Your own streaks go into {definitions_place(settings)}; see docs/streak-definitions.md.",
            style="dim",
        )


def _show(out: Console, answer: Layers, settings: Settings) -> None:
    if not out.is_terminal:
        for item in answer.items:
            name, state, now, longest, running = _cells(item, settings)
            out.print(plain(f"{name}: {state}; {now}; longest {longest}; {running} ({item.definition})"))
        return
    for number, item in enumerate(answer.items):
        name, state, *rest = _cells(item, settings)
        if number:
            out.print()
        out.print(Text.assemble((plain(name), "bold"), "  ", (state, _WORDS[item.state][1])))
        out.print(plain(item.definition), style="dim")
        for label, words in zip(("  now", "  longest", "  this period"), rest, strict=True):
            show_labelled(out, label, words, width=_LABEL)


def _cells(item: LayerState, settings: Settings) -> list[str]:
    """Name, state, current streak, longest, running period."""
    now = f"{_length(item.current)} since {item.current.start_date}" if item.current else "no current streak"
    if item.state == "unknown":
        now = f"as of {item.as_of}: {now}; runs since then are not in it"
    longest = f"{_length(item.longest)} to {item.longest.end_date}" if item.longest else "none yet"
    running = _running(item.period, settings) if item.period else f"waits for {item.inside}"
    return [item.name, _WORDS[item.state][0], now, longest, running]


def _length(streak: LayerStreak) -> str:
    rested = f" ({streak.rest_used} rested)" if streak.rest_used else ""
    return f"{counted(streak.length, streak.unit)}{rested}"


def _running(period: RunningPeriod, settings: Settings) -> str:
    """What there is and what is still needed, in the runner's unit."""
    factor, missing = KM_OF[settings.units], period.missing
    have = f"{counted(period.runs, 'run')}, {period.distance_km / factor:.2f} {settings.units}"
    needs = [
        counted(missing.runs, "run") if missing.runs else "",
        f"{counted(missing.days, 'day')} with a run" if missing.days and not missing.runs else "",
        f"{ceil(missing.distance_km / factor * 100) / 100:.2f} {settings.units}"
        if missing.distance_km
        else "",
        counted(ceil(missing.duration_s / 60), "minute") if missing.duration_s else "",
    ]
    needed = " and ".join(filter(None, needs))
    if not needed:
        return have
    left = (
        f"{time_left(period.seconds_left)} left"
        if period.days_left == 1
        else f"{period.days_left} days left, including today"
    )
    return f"{have}; {needed} to go, {left}"


def _show_explanations(out: Console, answer: LayerExplanations, units: Units) -> None:
    for item in answer.items:
        out.print(Text.assemble((plain(item.name), "bold"), f" ({plain(item.definition)})"))
        out.print(Text(f"  {plain(item.reason)}", style=_VERDICT_STYLES[item.verdict]))
        _show_runs(out, item, units)


def _show_runs(out: Console, item: LayerExplanation, units: Units) -> None:
    for run in item.runs:
        far = "no distance" if run.distance_km is None else distance(run.distance_km, units)
        start = run.start_local[:16].replace("T", " ")
        out.print(plain(f"  {start}  {far}  {run.reason}  [{run.activity_id}]"))
