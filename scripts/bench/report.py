"""The figures as tables for people, and the goals that they are held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from scripts.bench.processes import Figures

MB: Final = 1e6


@dataclass(frozen=True)
class Goal:
    """One promise: what was measured, and whether it holds.

    Attributes:
        name: what is compared.
        target: what is wanted, in words.
        measured: the figure.
        met: whether it is what was wanted.
    """

    name: str
    target: str
    measured: float
    met: bool


def goals(results: Figures) -> Iterator[Goal]:
    """The goals of those measurements that were made."""
    if storing := results.get("storing"):
        yield _at_least("store a history, against row by row", storing["times_row_by_row"], 300)
        if "times_dlt" in storing:
            yield _at_least("store a history, against dlt", storing["times_dlt"], 10)
        yield _at_most("store a history, against only parsing it", storing["of_parsing"], 3)
        many = storing["many"]
        yield _at_most(f"peak memory of {many['runs']:,} runs, MB", many["peak_mb"], 300, unit="")
    if daily := results.get("daily"):
        for place in ("disk", "S3"):
            yield _at_most(
                f"a day onto the longest history against the shortest, {place}",
                daily[f"work_ratio_{place}"],
                2,
            )
    if growth := results.get("growth"):
        yield _at_most(
            f"file after {growth['days']:,} days against a fresh one", growth["largest_ratio"], 1.5
        )
        yield Goal("rows after these days", "nothing lost", growth["runs"], growth["nothing_lost"])
    if overview := results.get("overview"):
        for rival, times in overview["overview"]["against"].items():
            yield _at_least(f"an overview, against {rival}", times, 1)
        yield _at_most("an overview, ms", overview["overview"]["seconds"]["duckdb"] * 1000, 45, unit=" ms")
        for rival, times in overview["streaks"]["against"].items():
            yield _at_least(f"streaks of {overview['days']:,} run days, against {rival}", times, 1)
        yield _at_most(
            f"streaks of {overview['days']:,} run days, ms",
            overview["streaks"]["seconds"]["duckdb"] * 1000,
            10,
            unit=" ms",
        )
    if efforts := results.get("efforts"):
        yield _at_least(
            "best efforts, against the faster of two pointers and windows", efforts["times_the_faster"], 5
        )
        yield Goal("best efforts of all ways", "the same", efforts["efforts"], efforts["same_times"])
    if imports := results.get("imports"):
        count = len(imports["unwanted"])
        yield Goal("heavy modules that the handler imports in vain", "none", count, count == 0)


def _at_least(name: str, measured: float, target: float) -> Goal:
    return Goal(name, f"at least {target:g} times", measured, measured >= target)


def _at_most(name: str, measured: float, target: float, unit: str = " times") -> Goal:
    return Goal(name, f"at most {target:g}{unit}", measured, measured <= target)


def show(results: Figures, console: Console) -> None:
    """Print a table for each measurement, then the goals."""
    tables: dict[str, Callable[[Figures], Table]] = {
        "storing": _storing,
        "daily": _daily,
        "growth": _growth,
        "imports": _imports,
        "rebuilding": _rebuilding,
        "efforts": _efforts,
        "overview": _overview,
        "answering": _answering,
    }
    for name, table in tables.items():
        if name in results:
            console.print(table(results[name]))
    held = _table("Goals", "goal", "wanted", "measured", "")
    for goal in goals(results):
        held.add_row(
            goal.name, goal.target, f"{goal.measured:,.2f}", "met" if goal.met else "[bold]missed[/]"
        )
    console.print(held)


def _storing(figures: Figures) -> Table:
    ours = figures["ours"]["seconds"]
    table = _table(
        f"A. {figures['runs']:,} runs with 10 splits each, from raw pages; medians of {figures['rounds']}",
        *("way", "seconds", "ours = 1", "processor s", "peak MB", "file MB"),
    )
    for name, label in (
        ("ours", "MyRunStreak"),
        ("only_parsing", "only parsing, nothing stored"),
        ("dlt", "dlt, merge, Parquet loader"),
    ):
        if one := figures.get(name):
            table.add_row(label, *_measured(one, ours))
    for one in figures["row_by_row"]["curve"]:
        table.add_row(f"row by row, {one['runs']:,} runs only", *_measured(one))
    scaled = figures["row_by_row"]
    for label, name in (("in proportion", "seconds_proportional"), ("by its curve", "seconds_by_curve")):
        table.add_row(
            f"row by row, scaled {label}", f"{scaled[name]:.0f}", f"{scaled[name] / ours:.0f}", "", "", ""
        )
    many = figures["many"]
    table.add_row(f"MyRunStreak, {many['runs']:,} runs", *_measured(many))
    return table


def _measured(one: Figures, ours: float | None = None) -> list[str]:
    """Seconds, their ratio to ours, processor seconds, peak memory and, where one was made, the file's size."""
    cells = [
        f"{one['seconds']:.2f}",
        f"{one['seconds'] / ours:.2f}" if ours else "",
        f"{one['cpu_seconds']:.2f}",
        f"{one['peak_mb']:.0f}",
    ]
    return [*cells, f"{one['file_mb']:.1f}"] if "file_mb" in one else cells


def _daily(figures: Figures) -> Table:
    table = _table(
        f"B. A day of {figures['runs_a_day']} runs onto a history; medians of {figures['rounds']}",
        *("history", "on", "work s", "transfer s", "processor s", "MB down", "MB up", "peak MB"),
    )
    for row in figures["days"]:
        table.add_row(
            f"{row['history']:,}",
            row["place"],
            f"{row['work_seconds']:.3f}",
            f"{row['transfer_seconds']:.3f}",
            f"{row['cpu_seconds']:.3f}",
            f"{row['bytes_down'] / MB:.2f}",
            f"{row['bytes_up'] / MB:.2f}",
            f"{row['peak_mb']:.0f}",
        )
    return table


def _growth(figures: Figures) -> Table:
    table = _table(
        f"C. The file over {figures['days']:,} daily publications from {figures['history']:,} runs",
        *("after days", "MB", "fresh = 1"),
    )
    for day, size in figures["sizes"].items():
        table.add_row(str(day), f"{size / MB:.2f}", f"{size / figures['fresh_bytes']:.2f}")
    table.add_row("freshly built", f"{figures['fresh_bytes'] / MB:.2f}", "1.00")
    return table


def _imports(figures: Figures) -> Table:
    table = _table(
        f"D. Importing {figures['handler']}: {figures['median_ms']:.0f} ms, median of {figures['rounds']}",
        *("package", "its own modules, ms"),
    )
    for part in figures["heaviest"]:
        table.add_row(part["package"], f"{part['own_ms']:.0f}")
    return table


def _rebuilding(figures: Figures) -> Table:
    table = _table(
        f"E. Rebuild from the raw archive; medians of {figures['rounds']}",
        *("runs", "details objects", "seconds", "rows", "points", "rows and points a second", "peak MB"),
    )
    table.add_row(
        f"{figures['runs']:,}",
        f"{figures['details_objects']:,}",
        f"{figures['seconds']:.2f}",
        f"{figures['rows']:,.0f}",
        f"{figures['points']:,.0f}",
        f"{figures['rows_a_second']:,.0f}",
        f"{figures['peak_mb']:.0f}",
    )
    return table


def _overview(figures: Figures) -> Table:
    table = _table(
        f"F. Warm answers; medians of {figures['rounds']} processes",
        *("question", "by", "ms", "ours = 1"),
    )
    questions = {
        "overview": f"all numbers of an overview, {figures['runs']:,} runs",
        "streaks": f"all streaks, {figures['days']:,} run days",
    }
    for name, question in questions.items():
        ours = figures[name]["seconds"]["duckdb"]
        for by, seconds in figures[name]["seconds"].items():
            label = "MyRunStreak" if by == "duckdb" else by
            table.add_row(question, label, f"{seconds * 1000:.1f}", f"{seconds / ours:.2f}")
    return table


def _efforts(figures: Figures) -> Table:
    table = _table(
        f"G. {figures['efforts']:,} best efforts of {figures['recordings']:,} recordings of "
        f"{figures['samples']:,} points; medians of {figures['rounds']}, windows once",
        *("way", "seconds", "ours = 1", "processor s", "peak MB"),
    )
    ours = figures["ours"]["seconds"]
    for name, label in (
        ("ours", "MyRunStreak"),
        ("two_pointers", "two pointers, plain Python"),
        ("starts_only", "the same, only from points on (inexact)"),
        ("windows", "SQL windows"),
    ):
        table.add_row(label, *_measured(figures[name], ours))
    return table


def _answering(figures: Figures) -> Table:
    cold = figures["cold"]
    parts = ", ".join(f"{name.removesuffix('_ms').replace('_', ' ')} {ms:.0f}" for name, ms in cold.items())
    table = _table(
        f"G. The API over {figures['runs']:,} runs, warm on loopback; cold, in ms: {parts}",
        *("path", "p50 ms", "p99 ms", "a second", "its SQL alone, ms", "of that"),
    )
    for one in figures["endpoints"]:
        table.add_row(
            one["path"],
            f"{one['p50_ms']:.1f}",
            f"{one['p99_ms']:.1f}",
            f"{one['a_second']:.0f}",
            f"{one['direct_ms']:.1f}",
            f"{one['p50_ms'] / one['direct_ms']:.2f}",
        )
    return table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table
