"""``python -m scripts.bench``: every measurement, as tables, in ``scripts/bench/results.json`` and docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from scripts.bench import answering, daily, efforts, growth, imports, overview, rebuilding, report, storing
from scripts.bench import within_lambda as in_lambda
from scripts.bench.environments import Sides, find_sides
from scripts.bench.goals import goals
from scripts.bench.limits import LimitsUnavailable, lambda_limits
from scripts.bench.plans import FULL, QUICK, Plans
from scripts.bench.processes import Figures, measure
from scripts.documents.benchmarks import PAGE, RESULTS, write_page
from scripts.lambda_package.target import PackageError

MEASUREMENTS: Final = (
    "storing",
    "daily",
    "growth",
    "imports",
    "overview",
    "answering",
    "rebuilding",
    "efforts",
    "within_lambda",
)


def run(plans: Plans, sides: Sides, only: Collection[str], console: Console) -> Figures:
    """Make the measurements named in ``only``; what each found, where, and the goals."""
    known: dict[str, Callable[[Path], Figures]] = {
        "storing": lambda folder: storing.measure_storing(plans.storing, folder, sides),
        "daily": lambda folder: daily.measure_days(plans.daily, folder, sides),
        "growth": lambda folder: growth.measure_growth(plans.growth, folder, sides),
        "imports": lambda _: imports.measure_imports(plans.imports, sides),
        "overview": lambda folder: overview.measure_overview(plans.overview, folder, sides),
        "answering": lambda folder: answering.measure_answers(plans.answering, folder, sides),
        "rebuilding": lambda folder: rebuilding.measure_rebuild(plans.rebuilding, folder, sides),
        "efforts": lambda folder: efforts.measure_efforts(plans.efforts, folder, sides),
        "within_lambda": lambda folder: in_lambda.measure_within_lambda(plans.within_lambda, folder, sides),
    }
    results: Figures = {"machine": _machine(sides)}
    chosen = [name for name in MEASUREMENTS if name in only]
    for number, name in enumerate(chosen, start=1):
        load = _load()
        with (
            tempfile.TemporaryDirectory(prefix="myrunstreak-bench-") as folder,
            console.status(f"{name} ({number} of {len(chosen)})"),
        ):
            results[name] = {"load_before": load, **known[name](Path(folder))}
        results[name]["load_after"] = _load()
    return results | {"goals": [asdict(goal) for goal in goals(results)]}


def main() -> int:
    """The command line: 0 done, 2 it cannot be done here."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller, for a look; nothing is written")
    parser.add_argument(
        "--only",
        action="append",
        choices=MEASUREMENTS,
        help="one measurement (repeatable); nothing is written",
    )
    parser.add_argument(
        "--lambda",
        action="store_true",
        dest="limited",
        help="our side within 512 MB and 0.29 of a core; nothing is written",
    )
    chosen = parser.parse_args()
    console = Console()
    only = set(chosen.only or MEASUREMENTS)
    with ExitStack() as stack:
        try:
            sides = find_sides()
            if chosen.limited:
                sides = replace(sides, ours=sides.ours.within(stack.enter_context(lambda_limits())))
                only.discard("within_lambda")
        except (PackageError, LimitsUnavailable) as error:
            print(f"bench: {error}", file=sys.stderr)
            return 2
        for name in ("dlt", "frames"):
            if getattr(sides, name) is None:
                console.print(
                    f".venv-bench-{name} is missing and does not take part: `make bench` installs it."
                )
        results = run(QUICK if chosen.quick else FULL, sides, only, console)
    report.show(results, console)
    if chosen.quick or chosen.limited:
        console.print(
            "The goals are those of the full sizes on a whole machine: here they only show that all is measured."
        )
    if not chosen.quick and not chosen.limited and only == set(MEASUREMENTS):
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        write_page()
        console.print(f"Written to {os.path.relpath(RESULTS)} and {os.path.relpath(PAGE)}.")
    return 0


def _machine(sides: Sides) -> Figures:
    versions = {
        side: measure("scripts.bench.versions:installed", on=on)["versions"]
        for side, on in (("ours", sides.ours), ("dlt", sides.dlt), ("frames", sides.frames))
        if on
    }
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": versions,
    }


def _load() -> list[float]:
    return [round(one, 2) for one in os.getloadavg()]


if __name__ == "__main__":
    sys.exit(main())
