"""Warm answers: the numbers of an overview, and all streaks of very many days, against frames and SQLite.

Every contestant holds the same runs in its own form (a published file, frames in memory, an SQLite database), answers
the same questions and has to come to the same figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from scripts.bench.environments import Environment, Sides
from scripts.bench.history import archive_history, read_archive
from scripts.bench.processes import Figures, alternately, measure, medians, ratio
from scripts.bench.rivals.questions import NOW, YEAR, time_warm

_TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class Plan:
    """How much is asked how often.

    Attributes:
        runs: the history of the overview.
        days: run days of the streaks' measurement.
        rounds: processes a contestant; each takes the median of ``repeats`` warm answers.
    """

    runs: int
    days: int
    rounds: int
    repeats: int


def measure_overview(plan: Plan, folder: Path, sides: Sides) -> Figures:
    """Both questions; seconds and ratios."""
    archive_history(folder / "raw", plan.runs)
    file = folder / "overview.duckdb"
    store = "scripts.bench.overview:store"
    measure(store, on=sides.ours, root=str(folder / "raw"), file=str(file), without_efforts=True)
    overview = {"ours": ("scripts.bench.overview:overview", sides.ours)}
    streaks = {"ours": ("scripts.bench.overview:streaks", sides.ours)}
    overview["sqlite"] = ("scripts.bench.rivals.sqlite:overview_sqlite", sides.ours)
    if sides.frames:
        overview["pandas"] = ("scripts.bench.rivals.frames:overview_pandas", sides.frames)
        for name in ("pandas", "polars"):
            streaks[name] = (f"scripts.bench.rivals.frames:streaks_{name}", sides.frames)
    return {
        "overview": _compare(plan, overview, file=str(file)),
        "streaks": _compare(plan, streaks, days=plan.days),
        "runs": plan.runs,
        "days": plan.days,
        "rounds": plan.rounds,
    }


def _compare(plan: Plan, sides: dict[str, tuple[str, Environment]], **arguments: Any) -> Figures:
    contestants = [
        lambda name=name, on=on: measure(name, on=on, repeats=plan.repeats, **arguments)
        for name, on in sides.values()
    ]
    found = dict(zip(sides, alternately(plan.rounds, contestants), strict=True))
    ours = found["ours"]
    rivals = {name: figures for name, figures in found.items() if name != "ours"}
    for name, figures in rivals.items():
        _same(name, ours[0]["answers"], figures[0]["answers"])
    return {
        "seconds": {name: medians(figures, "seconds")["seconds"] for name, figures in found.items()},
        "against": {name: ratio(figures, ours) for name, figures in rivals.items()},
    }


def _same(name: str, ours: dict[str, float], theirs: dict[str, float]) -> None:
    wrong = [key for key in ours if abs(ours[key] - theirs[key]) > _TOLERANCE * max(1, abs(ours[key]))]
    if wrong:
        raise AssertionError(f"{name} answers otherwise: {[(key, ours[key], theirs[key]) for key in wrong]}")


# -- ours, each in its own process --------------------------------------------------------------------


def store(root: str, file: str, without_efforts: bool = False) -> Figures:
    """Publish an archive's runs, with days off, so that there is more than one streak."""
    from myrunstreak.store.manager import DuckDBManager

    manager = DuckDBManager(file)
    manager.database.apply(read_archive(Path(root)).objects)
    manager.connect().execute("DELETE FROM activities WHERE dayofyear(start_date) IN (40, 41, 200)")
    if without_efforts:
        # The rivals do not compute them.
        manager.connect().execute("DELETE FROM best_efforts")
    manager.publish()
    manager.close()
    return {}


def overview(file: str, repeats: int) -> Figures:
    """The engine that the API and the command line ask."""
    import duckdb
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.tuning import Tuning
    from myrunstreak.store.prepared import PreparedConnection

    settings = Tuning(runner_timezone="Europe/Amsterdam")
    # One thread, as the API has it: two take longer to agree than such a question takes.
    with duckdb.connect(file, read_only=True, config={"threads": 1}) as connection:
        prepared = PreparedConnection(connection)

        def question() -> dict[str, float]:
            answers = Engine(prepared, now=NOW, settings=settings)
            streak, calendar = answers.streak(), answers.calendar(YEAR)
            years, months = answers.stats("year").items, answers.stats("month").items
            records = {one.kind: one for one in answers.records().items}
            assert streak.longest
            return {
                "current": streak.current.length_days if streak.current else 0,
                "longest": streak.longest.length_days,
                "years": sum(one.distance_km for one in years),
                "pace": years[0].pace_s_per_km or 0,
                "months": len(months),
                "best month": max(one.distance_km for one in months),
                "calendar": sum(one.distance_km for one in calendar.days),
                "run days": sum(one.is_run_day for one in calendar.days),
                "held": len(records["longest_run"].history),
                **{kind: records[kind].value for kind in _KINDS},
            }

        return time_warm(question, repeats)


_KINDS: Final = (
    "longest_run",
    "biggest_day",
    "biggest_week",
    "biggest_month",
    "biggest_year",
    "longest_break",
)


def streaks(days: int, repeats: int) -> Figures:
    """The days of a publication, as the engine reads them."""
    import duckdb
    from myrunstreak.store.schema.migrations import migrate
    from myrunstreak.store.stored_numbers import refresh_stored_numbers

    connection = duckdb.connect(config={"threads": 1})
    migrate(connection, "the benchmark")
    connection.execute(
        f"""
        INSERT INTO activities BY NAME
        SELECT
            n AS activity_id, date + INTERVAL 7 HOUR AS start_local, date AS start_date, false AS offset_suspect,
            5.0 AS distance_km, 1500.0 AS duration_s, 'x' AS content_hash, now() AS first_seen_at, now() AS synced_at
        FROM (
            SELECT n, DATE '0001-01-01' + CAST(n + n // 97 AS INTEGER) AS date
            FROM range({days - 1}, -1, -1) AS numbers (n)
        )
        """
    )
    refresh_stored_numbers(connection)

    # Every column is asked for: DuckDB would not compute the others.
    query = """
        SELECT count(*), max(length_days), min(start_date), max(end_date), sum(runs), sum(distance_km)
        FROM streaks_in_order('stored_daily_sums', 0)
    """

    def question() -> dict[str, float]:
        row = connection.execute(query).fetchone()
        assert row
        return {"streaks": row[0], "longest": row[1]}

    return time_warm(question, repeats)
