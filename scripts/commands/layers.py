"""`myrunstreak layers`: the runner's own streaks, one inside the other, and why a day or a month counted."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import Final

from myrunstreak.analytics.layers.models import (
    LayerExplanation,
    LayerExplanations,
    Layers,
    LayerState,
    LayerStreak,
    RunningPeriod,
)
from myrunstreak.contract.layout import DEFINITIONS_NAME
from myrunstreak.contract.settings import Settings
from myrunstreak.contract.units import KM_OF
from myrunstreak.errors import InvalidQuestion
from myrunstreak.store.blobs import split_object
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.demo.summary import show_zone_advice
from scripts.display.terminal import EXIT_DONE, counted, plain, standard_output
from scripts.local_settings import load_settings
from scripts.record.reading import answers_of, print_json

_WORDS: Final = {
    "done": ("done", "green"),
    "at_risk": ("at risk", "yellow"),
    "resting": ("rest if missed", "cyan"),
    "broken": ("broken", "red"),
    "unknown": ("not known", "yellow"),
}
_VERDICT_STYLES: Final = {
    "qualifies": "green",
    "open": "yellow",
    "rest": "cyan",
    "missed": "red",
    "outside": "dim",
    "unknown": "yellow",
}


def run(*, explain: date | None = None, as_of: date | None = None, as_json: bool = False) -> int:
    """Print every layered streak as it stands, or what each of them makes of a day."""
    if explain and as_of:
        raise InvalidQuestion("--explain and --as-of together ask two questions; give one of them.")
    settings = load_settings()
    with answers_of(settings) as answers:
        answer = answers.explain_layers(explain) if explain else answers.layers(as_of=as_of)
        own = answers.has_own_layers
    out = standard_output()
    if as_json:
        print_json(answer)
    elif isinstance(answer, LayerExplanations):
        _show_explanations(out, answer)
    else:
        _show(out, answer, settings)
        show_zone_advice(out, answer.timezone, is_set=answer.timezone_is_set)
        if not own:
            out.print(
                f"Your own streaks go into {_place(settings)}; see docs/streak-definitions.md.", style="dim"
            )
    return EXIT_DONE


def _place(settings: Settings) -> str:
    folder = str(split_object(settings.database)[0])
    return f"{folder}{'' if folder.endswith('/') else '/'}{DEFINITIONS_NAME}"


def _show(out: Console, answer: Layers, settings: Settings) -> None:
    if not out.is_terminal:
        for item in answer.items:
            name, state, now, longest, running = _cells(item, settings)
            out.print(plain(f"{name}: {state}; {now}; longest {longest}; {running} ({item.definition})"))
        return
    table = Table(header_style="bold")
    for title in ("Streak", "State", "Now", "Longest", "This period"):
        table.add_column(title, overflow="fold")
    for item in answer.items:
        name, state, *rest = (Text(plain(cell)) for cell in _cells(item, settings))
        name.append(f"\n{plain(item.definition)}", style="dim")
        state.stylize(_WORDS[item.state][1])
        table.add_row(name, state, *rest)
    out.print(table, soft_wrap=False)


def _cells(item: LayerState, settings: Settings) -> list[str]:
    """Name, state, current streak, longest, running period."""
    now = f"{_length(item.current)} since {item.current.start_date}" if item.current else "no living streak"
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
        f"{period.seconds_left / 3600:.1f} hours"
        if period.days_left == 1
        else f"{period.days_left} days with today"
    )
    return f"{have}; {needed} to go, {left} left"


def _show_explanations(out: Console, answer: LayerExplanations) -> None:
    for item in answer.items:
        out.print(Text.assemble((plain(item.name), "bold"), f" ({plain(item.definition)})"))
        out.print(Text(f"  {plain(item.reason)}", style=_VERDICT_STYLES[item.verdict]))
        _show_runs(out, item)


def _show_runs(out: Console, item: LayerExplanation) -> None:
    for one in item.runs:
        km = "no distance" if one.distance_km is None else f"{one.distance_km:.2f} km"
        out.print(
            plain(f"  {one.start_local[:16].replace('T', ' ')}  {km}  {one.reason}  [{one.activity_id}]")
        )
