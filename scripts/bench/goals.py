"""What every measurement is held to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scripts.bench.processes import Figures, spread


@dataclass(frozen=True)
class Goal:
    """One promise: what was measured, and whether it holds.

    Attributes:
        name: what is compared.
        target: what is wanted, in words.
        measured: the figure; where it was taken several times, their median.
        least, greatest: its spread.
        met: whether it is what was wanted.
    """

    name: str
    target: str
    measured: float
    least: float
    greatest: float
    met: bool


def goals(results: Figures) -> Iterator[Goal]:
    """The goals of those measurements that were made."""
    for name, of in (
        ("storing", _storing),
        ("daily", _daily),
        ("growth", _growth),
        ("imports", _imports),
        ("overview", _overview),
        ("answering", _answering),
        ("rebuilding", _rebuilding),
        ("efforts", _efforts),
    ):
        if figures := results.get(name):
            yield from of(figures)


def _storing(figures: Figures) -> Iterator[Goal]:
    yield _at_most("store a history, of only parsing it", figures["of_parsing"], 3)
    if "times_dlt" in figures:
        yield _at_least("store a history, against dlt", figures["times_dlt"], 10)
    yield _at_least("store a history, against row by row", figures["times_row_by_row"], 300)
    many = figures["many"]
    yield _at_most(f"peak memory of {many['runs']:,} runs", _once(many["peak_mb"]), 300, "MB")
    yield _at_most(
        f"{many['runs']:,} runs, of {many['runs'] // figures['runs']} times {figures['runs']:,}",
        figures["many_of_linear"],
        1.2,
    )


def _daily(figures: Figures) -> Iterator[Goal]:
    for day in figures["days"]:
        if day["place"] == "disk":
            yield _at_most(f"a day onto {day['history']:,} runs, processor", day["cpu"], 0.15, "s")
    yield _at_most("a day onto the longest history, of the shortest", figures["longest_of_shortest"], 1.5)


def _growth(figures: Figures) -> Iterator[Goal]:
    largest = _once(figures["largest_ratio"])
    yield _at_most(f"the file over {figures['days']:,} days, of a fresh one", largest, 1.5)
    runs = _once(figures["runs"])
    yield Goal("rows after these days", "nothing lost", **_measured(runs), met=figures["nothing_lost"])


def _imports(figures: Figures) -> Iterator[Goal]:
    yield _at_most("import of the sync's handler", _once(figures["seconds"] * 1000), 115, "ms")
    unwanted = _once(len(figures["unwanted"]))
    yield Goal("heavy modules imported in vain", "none", **_measured(unwanted), met=not figures["unwanted"])


def _overview(figures: Figures) -> Iterator[Goal]:
    least = {"pandas": 1.7, "sqlite": 2.5}
    for rival, times in figures["overview"]["against"].items():
        yield _at_least(f"an overview of {figures['runs']:,} runs, against {rival}", times, least[rival])
    for rival, times in figures["streaks"]["against"].items():
        yield _at_least(f"streaks of {figures['days']:,} days, against {rival}", times, 3)


def _answering(figures: Figures) -> Iterator[Goal]:
    for name, words in (("asked_before", "asked before"), ("new", "new")):
        of_prepared = spread([one[f"{name}_of_prepared"] for one in figures["endpoints"]])
        # Every endpoint is held to it, so the slowest decides.
        slowest = of_prepared | {"median": of_prepared["greatest"]}
        yield _at_most(f"the slowest answer of the API, {words}, of its SQL prepared", slowest, 1.3)
    cold = figures["cold"]
    yield _at_most("the page from a cold start, of the runtime client", cold["page_of_least"], 1.4)
    own = sum(cold["data"][f"{part}_ms"] for part in ("handler", "first_answer"))
    yield _at_most("the first data from a cold start", _once(own), 155, "ms")


def _rebuilding(figures: Figures) -> Iterator[Goal]:
    yield _at_most("a rebuild, each run's details", figures["a_detail"], 0.03, "s")
    if whole := figures.get("whole"):
        yield _at_most(f"a rebuild with all {figures['runs']:,} details", _once(whole["seconds"]), 180, "s")


def _efforts(figures: Figures) -> Iterator[Goal]:
    yield _at_least("best efforts, against two pointers", figures["times_two_pointers"], 10)
    efforts = _once(figures["efforts"])
    yield Goal("best efforts of all exact ways", "the same", **_measured(efforts), met=figures["same_times"])


def _once(value: float) -> Figures:
    return spread([value])


def _measured(measured: Figures) -> Figures:
    return {"measured": measured["median"], "least": measured["least"], "greatest": measured["greatest"]}


def _at_least(name: str, measured: Figures, target: float) -> Goal:
    return Goal(name, f"at least {target:g} x", **_measured(measured), met=measured["median"] >= target)


def _at_most(name: str, measured: Figures, target: float, unit: str = "x") -> Goal:
    return Goal(name, f"at most {target:g} {unit}", **_measured(measured), met=measured["median"] <= target)
