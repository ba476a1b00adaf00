"""The figures as tables, for the terminal and for docs/benchmarks.md alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scripts.bench.processes import Figures

MB: Final = 1e6


@dataclass(frozen=True)
class Sheet:
    """A table: its title, its columns, its rows of texts. The first column is words, the others are figures."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def sheets(results: Figures) -> list[Sheet]:
    """A table or two for each measurement that was made."""
    known: dict[str, Callable[[Figures], Iterator[Sheet]]] = {
        "storing": _storing,
        "daily": _daily,
        "growth": _growth,
        "imports": _imports,
        "overview": _overview,
        "answering": _answering,
        "rebuilding": _rebuilding,
        "efforts": _efforts,
        "within_lambda": _within_lambda,
    }
    return [sheet for name, of in known.items() if name in results for sheet in of(results[name])]


def goals_sheet(results: Figures) -> Sheet:
    """The goals, as they were kept."""
    rows = [
        (one["name"], one["target"], _spread(one), "met" if one["met"] else "missed")
        for one in results["goals"]
    ]
    return Sheet("Goals", ("what", "wanted", "measured (spread)", ""), tuple(rows))


def engines_sheet(figures: Figures) -> Sheet:
    """The club's board on each engine, size by size."""
    rows = [
        (
            f"{size['runs'] // 1_000_000} million runs, {engine['name']}",
            f"{engine['start_seconds']:.1f}",
            f"{engine['first_seconds']:.2f}",
            _times(engine["seconds"]),
            _times(engine["ratio"]),
        )
        for size in figures["sizes"]
        for engine in size["engines"]
    ]
    return Sheet(
        "The board of a club, by engine",
        ("lake, engine", "start s", "first board s", "board s (spread)", "DuckDB = 1 (spread)"),
        tuple(rows),
    )


def _spread(goal: Mapping[str, float]) -> str:
    digits = 2 if goal["greatest"] < 10 else 1 if goal["greatest"] < 100 else 0
    middle, *ends = (f"{goal[name]:,.{digits}f}" for name in ("measured", "least", "greatest"))
    return middle if ends == [middle, middle] else f"{middle} ({ends[0]} to {ends[1]})"


def _times(ratio: Figures) -> str:
    return _spread({"measured": ratio["median"], "least": ratio["least"], "greatest": ratio["greatest"]})


def _measured(one: Figures) -> tuple[str, ...]:
    file = f"{one['file_mb']:.1f}" if "file_mb" in one else ""
    return f"{one['seconds']:.2f}", f"{one['cpu_seconds']:.2f}", f"{one['peak_mb']:.0f}", file


def _storing(figures: Figures) -> Iterator[Sheet]:
    ways = {
        "ours": "MyRunStreak",
        "only_parsing": "only parsing, nothing stored",
        "dlt": "dlt, merge, Parquet loader",
    }
    rows = [(label, *_measured(figures[name])) for name, label in ways.items() if name in figures]
    scaled = figures["row_by_row"]
    rows += [(f"row by row, {one['runs']:,} runs", *_measured(one)) for one in scaled["curve"]]
    rows.append(("row by row, in proportion", f"{scaled['seconds_proportional']:.0f}", "", "", ""))
    rows.append(("row by row, by its curve", f"{scaled['seconds_by_curve']:.0f}", "", "", ""))
    many = figures["many"]
    rows.append((f"MyRunStreak, {many['runs']:,} runs", *_measured(many)))
    yield Sheet(
        f"Storing {figures['runs']:,} runs with 10 splits each",
        ("way", "seconds", "processor s", "peak MB", "file MB"),
        tuple(rows),
    )


def _daily(figures: Figures) -> Iterator[Sheet]:
    yield Sheet(
        f"A day of {figures['runs_a_day']} runs onto a history",
        ("history", "processor s", "work s", "transfer s", "MB down", "MB up", "peak MB"),
        tuple(
            (
                f"{day['history']:,} on {day['place']}",
                f"{day['cpu_seconds']:.3f}",
                f"{day['work_seconds']:.3f}",
                f"{day['transfer_seconds']:.3f}",
                f"{day['bytes_down'] / MB:.2f}",
                f"{day['bytes_up'] / MB:.2f}",
                f"{day['peak_mb']:.0f}",
            )
            for day in figures["days"]
        ),
    )


def _growth(figures: Figures) -> Iterator[Sheet]:
    fresh = figures["fresh_bytes"]
    rows = [
        (f"after {day} days", f"{size / MB:.2f}", f"{size / fresh:.2f}")
        for day, size in figures["sizes"].items()
    ]
    yield Sheet(
        f"The file over {figures['days']:,} publications from {figures['history']:,} runs",
        ("file", "MB", "fresh = 1"),
        (*rows, ("freshly built", f"{fresh / MB:.2f}", "1.00")),
    )


def _imports(figures: Figures) -> Iterator[Sheet]:
    rows = [
        (figures["handler"], f"{figures['seconds'] * 1000:.0f}"),
        ("duckdb and pydantic alone", f"{figures['least_seconds'] * 1000:.0f}"),
        *(
            (f"of it {part['package']}'s own modules", f"{part['own_ms']:.0f}")
            for part in figures["heaviest"]
        ),
    ]
    yield Sheet("Importing the sync's handler", ("import", "ms"), tuple(rows))


def _overview(figures: Figures) -> Iterator[Sheet]:
    questions = {
        "overview": f"all numbers of an overview, {figures['runs']:,} runs",
        "streaks": f"all streaks, {figures['days']:,} run days",
    }
    rows = list[tuple[str, ...]]()
    for name, question in questions.items():
        for by, seconds in figures[name]["seconds"].items():
            times = figures[name]["against"].get(by)
            who = "MyRunStreak" if by == "ours" else by
            rows.append((f"{question}: {who}", f"{seconds * 1000:.1f}", _times(times) if times else "1"))
    yield Sheet("Warm answers in a process", ("question", "ms", "ours = 1"), tuple(rows))


def _answering(figures: Figures) -> Iterator[Sheet]:
    yield Sheet(
        f"The API over {figures['runs']:,} runs, warm, p50 in ms",
        ("path", "asked before", "new", "its SQL prepared", "a second, new"),
        tuple(
            (
                one["path"],
                f"{one['asked_before']['p50_ms']:.2f}",
                f"{one['new']['p50_ms']:.1f}",
                f"{one['prepared_ms']:.1f}",
                f"{one['new']['a_second']:.0f}",
            )
            for one in figures["endpoints"]
        ),
    )
    yield _cold(figures["cold"], "The API from a cold start")


def _cold(cold: Figures, title: str) -> Sheet:
    data = cold["data"]
    rows = [
        ("interpreter and runtime client", f"{cold['runtime_client']['seconds'] * 1000:.0f}"),
        ("with the answer of the page", f"{cold['page']['seconds'] * 1000:.0f}"),
        ("with the first answer of data", f"{data['seconds'] * 1000:.0f}"),
        ("of that the handler's import", f"{data['handler_ms']:.0f}"),
        ("of that the first answer", f"{data['first_answer_ms']:.0f}"),
        ("the second answer", f"{data['second_answer_ms']:.0f}"),
    ]
    return Sheet(title, ("from the start of a process to", "ms"), tuple(rows))


def _rebuilding(figures: Figures) -> Iterator[Sheet]:
    rows = [(f"{figures['details_objects']:,} details", *_rebuilt(figures))]
    if whole := figures.get("whole"):
        rows.append((f"{figures['runs']:,} details", *_rebuilt(whole)))
    yield Sheet(
        f"A rebuild of {figures['runs']:,} runs, {figures['samples']:,} points a recording",
        ("with", "seconds", "processor s", "points", "peak MB"),
        tuple(rows),
    )


def _rebuilt(one: Figures) -> tuple[str, ...]:
    return (
        f"{one['seconds']:.2f}",
        f"{one['cpu_seconds']:.2f}",
        f"{one['points']:,.0f}",
        f"{one['peak_mb']:.0f}",
    )


def _efforts(figures: Figures) -> Iterator[Sheet]:
    ways = {
        "ours": "MyRunStreak",
        "two_pointers": "two pointers, plain Python",
        "starts_only": "the same, only from points on (inexact)",
        "windows": "SQL windows",
    }
    yield Sheet(
        f"{figures['efforts']:,} best efforts of {figures['recordings']:,} recordings with {figures['samples']:,} points",
        ("way", "seconds", "processor s", "peak MB"),
        tuple((label, *_measured(figures[name])[:3]) for name, label in ways.items()),
    )


def _within_lambda(figures: Figures) -> Iterator[Sheet]:
    if why := figures.get("unavailable"):
        yield Sheet("Within 512 MB and 0.29 of a core", ("not measured",), ((why,),))
        return
    rows = [
        (label, _times(one["seconds"]), _times(one["cpu_seconds"]), f"{one['peak_mb']:.0f}")
        for label, one in (
            (f"store {figures['runs']:,} runs", figures["storing"]),
            (f"a day onto {figures['runs']:,} runs", figures["day"]),
        )
    ]
    columns = ("what", "seconds", "processor s", "peak MB")
    yield Sheet("Within 512 MB and 0.29 of a core", columns, tuple(rows))
    yield _cold(figures["cold"], "The API from a cold start, within the same")
