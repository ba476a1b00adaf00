"""`myrunstreak records`: the longest, biggest and fastest, with the run, how it was measured, and earlier holders.

A time that is only known from the pace of a longer effort is shown as what it is at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from myrunstreak.measures import NOTHING, Units, counted, distance, duration, pace
from rich.console import Console

from scripts.commands.command import Json, Minimum, Settings, at_most_one, command
from scripts.display.answers import print_json
from scripts.display.tables import Column, Rows
from scripts.display.terminal import standard_output
from scripts.record.reading import open_engine

if TYPE_CHECKING:
    from myrunstreak.analytics.best_models import (
        BestEffort,
        BestEfforts,
        Coverage,
        HeldEffort,
        Holding,
        Record,
        Records,
    )


@command(
    examples=(
        "myrunstreak records",
        "myrunstreak records --distance 10k",
        "myrunstreak records --distance half --units mi",
    ),
    units=True,
    long=True,
)
def records(
    settings: Settings,
    of_distance: Annotated[
        str | None,
        typer.Option(
            "--distance",
            metavar="D",
            help="The best efforts over one distance, such as 5km, 10k, half or mile.",
        ),
    ] = None,
    history: Annotated[bool, typer.Option("--history", help="Show the previous bests too.")] = False,
    recent: Annotated[bool, typer.Option("--recent", help="The newest bests first.")] = False,
    minimum: Minimum = None,
    as_json: Json = False,
) -> None:
    """Show your bests: the longest, biggest and fastest."""
    at_most_one(distance=of_distance is not None, recent=recent)
    shown_in, out = settings.units, standard_output()
    with open_engine(settings) as engine:
        if of_distance is not None:
            efforts = engine.best_efforts(distance=of_distance)
            print_json(efforts) if as_json else _show_efforts(out, efforts, shown_in)
            return
        answer = engine.records(minimum=minimum, sort="newest" if recent else "kind")
    print_json(answer) if as_json else _show(out, answer, shown_in, history=history)


def _show(out: Console, records: Records, units: Units, *, history: bool) -> None:
    if not records.items:
        out.print("There are no bests yet: run first.", style="yellow")
        return
    rows: list[list[str]] = []
    styles: list[str] = []
    for item in records.items:
        rows.append(_row(item.kind.replace("_", " "), item, item, units))
        styles.append("")
        if history:
            for held in reversed(item.history):
                rows.append(_row("", item, held, units))
                styles.append("dim")
    columns = [
        Column("record"),
        Column("value", right=True),
        Column("when"),
        Column("run", needed=False),
        Column("measured", needed=False),
        Column("previous bests", right=True, needed=False),
    ]
    Rows(columns, rows, styles).show(out)
    if not history and any(item.history for item in records.items):
        out.print("--history shows the previous bests", style="dim")
    _show_coverage(out, records.coverage)


def _show_coverage(out: Console, coverage: Coverage) -> None:
    from myrunstreak.analytics.coverage import coverage_text

    text = coverage_text(coverage)
    if text:
        out.print(text, style="yellow" if coverage.pending else "dim")


def _row(name: str, item: Record, held: Record | Holding, units: Units) -> list[str]:
    measured = previous = ""
    value = _value(item, held.value, units)
    if held is item:
        measured = _source(item)
        previous = f"{len(item.history):,}" if item.history else ""
        value = f"at most {value}" if item.source == "bound" else value
    when = held.period.replace("/", " to ") if held.period else str(held.date or NOTHING)
    return [name, value, when, str(held.activity_id or ""), measured, previous]


def _source(item: Record | BestEffort) -> str:
    return f"pace of {item.bounded_by}" if item.bounded_by else item.source or ""


def _value(item: Record, value: float, units: Units) -> str:
    match item.unit:
        case "km":
            return distance(value, units)
        case "days":
            return counted(int(value), "day")
        case _:
            return duration(value)


def _show_efforts(out: Console, efforts: BestEfforts, units: Units) -> None:
    rows: list[list[str]] = []
    styles: list[str] = []
    for item in efforts.items:
        if item.source == "bound":
            speed = pace(item.elapsed_s / item.distance_m * 1000, units)
            shown = f"at most {duration(item.elapsed_s)}"
            rows.append([shown, speed, str(item.date), str(item.activity_id), _source(item), ""])
            styles.append("bold")
        for held in _holders(item):
            speed = pace(held.elapsed_s / item.distance_m * 1000, units)
            begins = "" if held.offset_s is None else f"after {duration(held.offset_s)}"
            rows.append(
                [duration(held.elapsed_s), speed, str(held.date), str(held.activity_id), held.source, begins]
            )
            styles.append("dim" if len(rows) > 1 else "bold")
    if not rows:
        unknown = "Nothing is known over that distance yet."
        none = "No run is long enough for that distance yet."
        out.print(unknown if efforts.coverage.pending else none, style="yellow")
        _show_coverage(out, efforts.coverage)
        return
    out.print(f"{efforts.items[0].distance}, the fastest first", style="bold")
    columns = [
        Column("time", right=True),
        Column("pace", right=True),
        Column("date"),
        Column("run", needed=False),
        Column("measured", needed=False),
        Column("within the run", needed=False),
    ]
    Rows(columns, rows, styles).show(out)
    if efforts.not_counted:
        out.print(
            f"{counted(len(efforts.not_counted), 'stretch', 'stretches')} faster than the world's best: not counted",
            style="yellow",
        )
    _show_coverage(out, efforts.coverage)


def _holders(item: BestEffort) -> list[HeldEffort]:
    """Everything measured that was the best, the fastest first."""
    from myrunstreak.analytics.best_models import HeldEffort

    earlier = [*reversed(item.history)]
    if item.source == "bound":
        return earlier
    return [HeldEffort(**{name: getattr(item, name) for name in HeldEffort.model_fields}), *earlier]
