"""``python -m scripts.bench``: every measurement, as tables and in ``scripts/bench/results.json``."""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from rich.console import Console

from scripts.bench import answering, daily, efforts, growth, imports, overview, rebuilding, report, storing
from scripts.bench.processes import Figures

RESULTS: Final = Path(__file__).with_name("results.json")
EVERYTHING: Final = frozenset(
    {"storing", "daily", "growth", "imports", "rebuilding", "overview", "efforts", "answering"}
)
_PACKAGES: Final = ("duckdb", "pydantic", "boto3", "moto", "dlt", "pyarrow", "pandas", "polars")


@dataclass(frozen=True)
class Plans:
    """How large every measurement is."""

    storing: storing.Plan
    daily: daily.Plan
    growth: growth.Plan
    imports: int
    rebuilding: rebuilding.Plan
    overview: overview.Plan
    answering: answering.Plan
    efforts: efforts.Plan


def full(rival: bool, frames: bool = False) -> Plans:
    """What the documents quote."""
    return Plans(
        storing.Plan(10_000, 100_000, (250, 500, 1_000), rounds=5, rival=rival),
        daily.Plan((10_000, 100_000), rounds=5),
        growth.Plan(10_000, days=1_000, noted_every=200),
        imports=9,
        rebuilding=rebuilding.Plan(4_600, details=200, samples=2_000, rounds=3),
        overview=overview.Plan(10_000, days=1_000_000, rounds=5, repeats=15, frames=frames),
        answering=answering.Plan(10_000, requests=60, rounds=9),
        efforts=efforts.Plan(1_000, samples=2_000, rounds=3),
    )


def quick(rival: bool, frames: bool = False) -> Plans:
    """Whether it works and roughly where it stands, in a fraction of the time."""
    return Plans(
        storing.Plan(2_000, 10_000, (50, 100), rounds=3, rival=rival),
        daily.Plan((2_000, 10_000), rounds=3),
        growth.Plan(2_000, days=50, noted_every=25),
        imports=3,
        rebuilding=rebuilding.Plan(1_000, details=20, samples=500, rounds=1),
        overview=overview.Plan(2_000, days=100_000, rounds=2, repeats=5, frames=frames),
        answering=answering.Plan(2_000, requests=20, rounds=3),
        efforts=efforts.Plan(90, samples=2_000, rounds=2),
    )


def tiny(rival: bool, frames: bool = False) -> Plans:
    """What the tests run."""
    return Plans(
        storing.Plan(60, 120, (5, 10), rounds=1, rival=rival),
        daily.Plan((60, 120), rounds=1),
        growth.Plan(60, days=3, noted_every=2),
        imports=1,
        rebuilding=rebuilding.Plan(60, details=2, samples=20, rounds=1),
        overview=overview.Plan(400, days=300, rounds=1, repeats=1, frames=frames),
        answering=answering.Plan(100, requests=2, rounds=1),
        efforts=efforts.Plan(3, samples=300, rounds=1),
    )


def run(plans: Plans, only: set[str], console: Console) -> Figures:
    """Make the measurements named in ``only``; what each found, and where."""
    measurements: dict[str, Callable[[Path], Figures]] = {
        "storing": lambda folder: storing.run(plans.storing, folder),
        "daily": lambda folder: daily.measure_all(plans.daily, folder),
        "growth": lambda folder: growth.measure_growth(plans.growth, folder),
        "imports": lambda _: imports.measure_imports(plans.imports),
        "rebuilding": lambda folder: rebuilding.measure_rebuild(plans.rebuilding, folder),
        "overview": lambda folder: overview.run(plans.overview, folder),
        "answering": lambda folder: answering.run(plans.answering, folder),
        "efforts": lambda folder: efforts.measure_efforts(plans.efforts, folder),
    }
    results: Figures = {"machine": _machine()}
    for name, measurement in measurements.items():
        if name in only:
            load = _load()
            with tempfile.TemporaryDirectory(prefix="myrunstreak-bench-") as folder, console.status(name):
                results[name] = {"load_before": load, **measurement(Path(folder))}
            results[name]["load_after"] = _load()
    results["goals"] = [asdict(goal) for goal in report.goals(results)]
    return results


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m scripts.bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="smaller, for a look; results.json is left alone"
    )
    parser.add_argument("--days", type=int, metavar="N", help="daily publications of the growth measurement")
    parser.add_argument(
        "--only",
        action="append",
        choices=sorted(EVERYTHING),
        help="one measurement (repeatable); results.json keeps the others",
    )
    chosen = parser.parse_args()
    console = Console()
    rival = find_spec("dlt") is not None and find_spec("pyarrow") is not None
    if not rival:
        console.print("dlt is not installed and does not take part; `make bench` installs it.")
    frames = find_spec("pandas") is not None and find_spec("polars") is not None
    if not frames:
        console.print("pandas and polars are not installed and do not take part; `make bench` installs them.")
    plans = quick(rival, frames) if chosen.quick else full(rival, frames)
    if chosen.days is not None:
        grown = growth.Plan(plans.growth.history, chosen.days, max(1, chosen.days // 5))
        plans = replace(plans, growth=grown)
    results = run(plans, set(chosen.only or EVERYTHING), console)
    report.show(results, console)
    if not chosen.quick:
        if chosen.only and RESULTS.exists():
            results = {**json.loads(RESULTS.read_text(encoding="utf-8")), **results}
            results["goals"] = [asdict(goal) for goal in report.goals(results)]
        RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
        console.print(f"Written to {os.path.relpath(RESULTS)}")


def _machine() -> Figures:
    versions = dict[str, str]()
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
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
    main()
