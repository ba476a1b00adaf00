"""`myrunstreak records`: the longest, biggest and fastest, with the run, how it was measured, and earlier holders."""

from __future__ import annotations

from myrunstreak.analytics.answers import BestEfforts, HeldEffort, Holding, Record, Records
from rich.console import Console

from scripts.answering import answers_of, print_json
from scripts.local_settings import load_settings
from scripts.measures import NOTHING, Units, distance, duration, pace
from scripts.tables import Column, Rows
from scripts.terminal import EXIT_DONE, counted, standard_output


def run(
    *, minimum: str | None, of_distance: str | None, history: bool, units: Units | None, as_json: bool
) -> int:
    """Print every record, or the best effort over one distance."""
    settings = load_settings()
    shown_in, out = units or settings.units, standard_output()
    with answers_of(settings) as answers:
        if of_distance is not None:
            efforts = answers.best_efforts(distance=of_distance)
            print_json(efforts) if as_json else _show_efforts(out, efforts, shown_in)
            return EXIT_DONE
        records = answers.records(minimum=minimum)
    print_json(records) if as_json else _show(out, records, shown_in, history=history)
    return EXIT_DONE


def _show(out: Console, records: Records, units: Units, *, history: bool) -> None:
    if not records.items:
        out.print("There is no record yet: run first.", style="yellow")
        return
    rows: list[list[str]] = []
    styles: list[str] = []
    for item in records.items:
        rows.append(_row(item.kind.replace("_", " "), item, item, units))
        styles.append("")
        if history:
            for one in reversed(item.history):
                rows.append(_row("", item, one, units))
                styles.append("dim")
    columns = [
        Column("record"),
        Column("value", right=True),
        Column("when"),
        Column("run", needed=False),
        Column("measured", needed=False),
        Column("held before", right=True, needed=False),
    ]
    Rows(columns, rows, styles).show(out)
    if not history and any(item.history for item in records.items):
        out.print("--history shows who held them before", style="dim")


def _row(name: str, item: Record, held: Record | Holding, units: Units) -> list[str]:
    measured = item.source or "" if held is item else ""
    before = counted(len(item.history), "time") if held is item and item.history else ""
    when = held.period.replace("/", " to ") if held.period else str(held.date or NOTHING)
    return [name, _value(item, held.value, units), when, str(held.activity_id or ""), measured, before]


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
        holders: list[HeldEffort] = [*reversed(item.history)]
        now = HeldEffort(
            elapsed_s=item.elapsed_s,
            activity_id=item.activity_id,
            date=item.date,
            offset_s=item.offset_s,
            source=item.source,
        )
        for number, one in enumerate([now, *holders]):
            speed = pace(one.elapsed_s / item.distance_m * 1000, units)
            begins = "" if one.offset_s is None else f"after {duration(one.offset_s)}"
            rows.append(
                [duration(one.elapsed_s), speed, str(one.date), str(one.activity_id), one.source, begins]
            )
            styles.append("bold" if number == 0 else "dim")
    if not rows:
        out.print("No run is long enough for that distance yet.", style="yellow")
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
            f"{counted(len(efforts.not_counted), 'stretch', 'stretches')} faster than any human yet: not counted",
            style="yellow",
        )
