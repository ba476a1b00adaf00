"""F: all numbers of an overview, warm: streak, years, months, records with their history, a year's calendar.

Every contestant holds the same runs in its own form (a database file, frames in memory, an SQLite file), answers
the same questions and has to come to the same figures. G: all streaks of a million run days.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from scripts.bench.history import archive_history, read_archive
from scripts.bench.processes import Figures, alternately, measure, median

_NOW: Final = datetime(2026, 10, 31, 20, tzinfo=UTC)
_YEAR: Final = 2026
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True)
class Plan:
    """How much is asked how often.

    Attributes:
        runs: the history of the overview.
        days: run days of the streaks' measurement.
        rounds: processes a contestant; each takes the median of ``repeats`` warm answers.
        frames: with pandas and polars.
    """

    runs: int
    days: int
    rounds: int
    repeats: int
    frames: bool = True


def run(plan: Plan, folder: Path) -> Figures:
    """Measure both; seconds and ratios."""
    archive_history(folder / "raw", plan.runs)
    file = folder / "overview.duckdb"
    measure("scripts.bench.overview:store", root=str(folder / "raw"), file=str(file), without_efforts=True)
    return {
        "overview": _compare(plan, "overview", ["duckdb", "pandas", "sqlite"], file=str(file)),
        "streaks": _compare(plan, "streaks", ["duckdb", "pandas", "polars"], days=plan.days),
        "runs": plan.runs,
        "days": plan.days,
        "rounds": plan.rounds,
    }


def _compare(plan: Plan, what: str, names: list[str], **arguments: Any) -> Figures:
    names = [name for name in names if plan.frames or name in {"duckdb", "sqlite"}]
    contestants = [
        lambda name=name: measure(f"scripts.bench.overview:{what}_{name}", repeats=plan.repeats, **arguments)
        for name in names
    ]
    figures = alternately(plan.rounds, contestants)
    found = dict(zip(names, figures, strict=True))
    for name in names[1:]:
        _same(name, found[names[0]][0]["answers"], found[name][0]["answers"])
    seconds = {name: median(one, "seconds") for name, one in found.items()}
    return {
        "seconds": seconds,
        "against": {name: seconds[name] / seconds["duckdb"] for name in names[1:]},
    }


def _same(name: str, ours: dict[str, float], theirs: dict[str, float]) -> None:
    wrong = [key for key in ours if abs(ours[key] - theirs[key]) > _TOLERANCE * max(1, abs(ours[key]))]
    if wrong:
        raise AssertionError(f"{name} answers otherwise: {[(key, ours[key], theirs[key]) for key in wrong]}")


def _warm(question: Callable[[], dict[str, float]], repeats: int) -> Figures:
    answers, seconds = question(), list[float]()
    for _ in range(repeats):
        begin = time.perf_counter()
        question()
        seconds.append(time.perf_counter() - begin)
    return {"seconds": statistics.median(seconds), "fastest": min(seconds), "answers": answers}


# -- the overview -------------------------------------------------------------------------------------


def store(root: str, file: str, without_efforts: bool = False) -> Figures:
    """Fold an archive into a database file."""
    import duckdb
    from myrunstreak.store.database import RunDatabase
    from myrunstreak.store.schema.migrations import migrate

    with duckdb.connect(file) as connection:
        migrate(connection, "the benchmark")
        RunDatabase(connection).apply(read_archive(Path(root)).of("summary", "extended"))
        # Days off, so that there is more than one streak: the history itself has a run nearly every day.
        connection.execute("DELETE FROM activities WHERE dayofyear(start_date) IN (40, 41, 200)")
        if without_efforts:
            # Best efforts are left out: the rivals do not compute them.
            connection.execute("DELETE FROM best_efforts")
    return {}


def overview_duckdb(file: str, repeats: int) -> Figures:
    """Ours: the engine that the API and the command line ask."""
    import duckdb
    from myrunstreak.analytics.engine import Engine
    from myrunstreak.contract.settings import Tuning

    settings = Tuning(runner_timezone="Europe/Amsterdam")
    # One thread, as the API has it: two take longer to agree than such a question takes.
    with duckdb.connect(file, read_only=True, config={"threads": 1}) as connection:

        def question() -> dict[str, float]:
            answers = Engine(connection, now=_NOW, settings=settings)
            streak, calendar = answers.streak(), answers.calendar(_YEAR)
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

        return _warm(question, repeats)


_KINDS: Final = (
    "longest_run",
    "biggest_day",
    "biggest_week",
    "biggest_month",
    "biggest_year",
    "longest_break",
)


def _runs(file: str) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(file, read_only=True) as connection:
        return connection.execute(
            """
            SELECT activity_id, start_local, start_date, distance_km, duration_s, elevation_gain_m,
                beyond_human(distance_km, duration_s)
            FROM runs
            ORDER BY start_local
            """
        ).fetchall()


def overview_pandas(file: str, repeats: int) -> Figures:
    """The same with frames in memory."""
    pd: Any = import_module("pandas")

    names = ["id", "start", "date", "km", "s", "gain", "beyond"]
    frame = pd.DataFrame(_runs(file), columns=pd.Index(names))
    frame["date"] = pd.to_datetime(frame["date"])
    today = pd.Timestamp(_NOW.date())

    def figures(by: Any) -> Any:
        timed = frame["s"] > 0
        sums = frame.groupby(by).agg(
            runs=("id", "size"), days=("date", "nunique"), km=("km", "sum"), s=("s", "sum"),
            longest=("km", "max"), gain=("gain", "sum"), first=("date", "min"),
        )  # fmt: skip
        paced = frame[timed].groupby(by if isinstance(by, str) else by[timed])[["s", "km"]].sum()
        sums["pace"] = paced["s"] / paced["km"]
        return sums

    def held(values: Any) -> Any:
        return values[values > values.cummax().shift(fill_value=0) + 1e-9]

    def question() -> dict[str, float]:
        daily = figures("date")
        days = daily.index.to_series()
        island = (days.diff() != pd.Timedelta(days=1)).cumsum()
        streaks = days.groupby(island).agg(["min", "max", "size"])
        living = streaks[streaks["max"] >= today - pd.Timedelta(days=1)]
        years, months = figures(frame["date"].dt.year), figures(frame["date"].dt.to_period("M"))
        weeks = daily["km"].groupby(days.dt.to_period("W")).sum()
        breaks = (streaks["min"].shift(-1) - streaks["max"]).dt.days - 1
        records = {
            "longest_run": held(frame.loc[~frame["beyond"], "km"]),
            "biggest_day": held(daily["km"]),
            "biggest_week": held(weeks),
            "biggest_month": held(months["km"]),
            "biggest_year": held(years["km"]),
            "longest_break": held(breaks.dropna()),
        }
        year = daily.reindex(pd.date_range(f"{_YEAR}-01-01", f"{_YEAR}-12-31"))
        calendar = year["km"].fillna(0.0)
        return {
            "current": float(living["size"].iloc[-1]) if len(living) else 0,
            "longest": float(streaks["size"].max()),
            "years": float(years["km"].sum()),
            "pace": float(years["pace"].iloc[-1]),
            "months": len(months),
            "best month": float(months["km"].max()),
            "calendar": float(calendar.sum()),
            "run days": float(year["runs"].notna().sum()),
            "held": len(records["longest_run"]) - 1,
            **{kind: float(one.iloc[-1]) for kind, one in records.items()},
        }

    return _warm(question, repeats)


_SQLITE_FIGURES: Final = """
SELECT {by} AS period, count(*), count(DISTINCT date), sum(km), sum(s), max(km), sum(gain),
    sum(CASE WHEN s > 0 THEN s END) / sum(CASE WHEN s > 0 THEN km END)
FROM runs GROUP BY period ORDER BY period DESC
"""
_SQLITE_STREAKS: Final = """
SELECT min(day), max(day), count(*)
FROM (SELECT day, day - row_number() OVER (ORDER BY day) AS island FROM (SELECT DISTINCT day FROM runs))
GROUP BY island ORDER BY 1
"""
_SQLITE_HELD: Final = """
SELECT value FROM (
    SELECT at, value, max(value) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM ({candidates})
) WHERE before IS NULL OR value > before + 1e-9 ORDER BY at
"""


def overview_sqlite(file: str, repeats: int) -> Figures:
    """The same in SQLite, the standard library's."""
    rows = _runs(file)
    database = sqlite3.connect(":memory:")
    database.execute(
        "CREATE TABLE runs (id INTEGER PRIMARY KEY, start, date, day INTEGER, km, s, gain, beyond)"
    )
    database.executemany(
        "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (one, start.isoformat(), day.isoformat(), day.toordinal(), *others)
            for one, start, day, *others in rows
        ],
    )
    database.execute("CREATE INDEX by_date ON runs (date)")
    today = _NOW.date().toordinal()
    week = "(day - 1) / 7"
    candidates = {
        "longest_run": "SELECT start AS at, km AS value FROM runs WHERE NOT beyond",
        "biggest_day": "SELECT date AS at, sum(km) AS value FROM runs GROUP BY date",
        "biggest_week": f"SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY {week}",
        "biggest_month": "SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY substr(date, 1, 7)",
        "biggest_year": "SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY substr(date, 1, 4)",
    }

    def question() -> dict[str, float]:
        streaks = database.execute(_SQLITE_STREAKS).fetchall()
        years = database.execute(_SQLITE_FIGURES.format(by="substr(date, 1, 4)")).fetchall()
        months = database.execute(_SQLITE_FIGURES.format(by="substr(date, 1, 7)")).fetchall()
        records = {
            kind: [value for (value,) in database.execute(_SQLITE_HELD.format(candidates=sql))]
            for kind, sql in candidates.items()
        }
        breaks = [later[0] - earlier[1] - 1 for earlier, later in pairwise(streaks)]
        calendar = dict(
            database.execute(
                "SELECT date, sum(km) FROM runs WHERE date BETWEEN ? AND ? GROUP BY date",
                [f"{_YEAR}-01-01", f"{_YEAR}-12-31"],
            ).fetchall()
        )
        first = date(_YEAR, 1, 1)
        days = [calendar.get((first + timedelta(days=one)).isoformat()) for one in range(365)]
        return {
            "current": streaks[-1][2] if streaks[-1][1] >= today - 1 else 0,
            "longest": max(one[2] for one in streaks),
            "years": sum(one[3] for one in years),
            "pace": years[0][7],
            "months": len(months),
            "best month": max(one[3] for one in months),
            "calendar": sum(one or 0 for one in days),
            "run days": sum(one is not None for one in days),
            "held": len(records["longest_run"]) - 1,
            "longest_break": max(breaks),
            **{kind: values[-1] for kind, values in records.items()},
        }

    return _warm(question, repeats)


# -- all streaks of very many days --------------------------------------------------------------------


def _day_numbers(days: int) -> list[int]:
    """Run days, newest first as Smashrun lists them, with a day off after every 97."""
    return [number + number // 97 for number in range(days)][::-1]


def _told(lengths: int, longest: int) -> dict[str, float]:
    return {"streaks": lengths, "longest": longest}


def streaks_duckdb(days: int, repeats: int) -> Figures:
    """The schema's own macro, over days that are summed up already: what the others are given."""
    import duckdb
    from myrunstreak.store.schema.migrations import migrate

    connection = duckdb.connect()
    migrate(connection, "the benchmark")
    connection.execute(
        f"""
        CREATE TABLE summed AS
        SELECT DATE '0001-01-01' + CAST(n + n // 97 AS INTEGER) AS date, 1 AS runs, 5.0 AS distance_km
        FROM range({days - 1}, -1, -1) AS numbers (n)
        """
    )
    connection.execute("CREATE OR REPLACE VIEW daily AS SELECT * FROM summed")

    def question() -> dict[str, float]:
        row = connection.execute("SELECT count(*), max(length_days) FROM streaks_of(0)").fetchone()
        assert row
        return _told(*row)

    return _warm(question, repeats)


def streaks_pandas(days: int, repeats: int) -> Figures:
    """Differences and groups of a sorted column."""
    pd: Any = import_module("pandas")

    frame = pd.DataFrame({"day": _day_numbers(days), "runs": 1, "km": 5.0})

    def question() -> dict[str, float]:
        ordered = frame.sort_values("day")
        island = (ordered["day"].diff() != 1).cumsum()
        streaks = ordered.groupby(island).agg(
            start=("day", "min"),
            end=("day", "max"),
            length=("day", "size"),
            runs=("runs", "sum"),
            km=("km", "sum"),
        )
        return _told(len(streaks), int(streaks["length"].max()))

    return _warm(question, repeats)


def streaks_polars(days: int, repeats: int) -> Figures:
    """The same, lazily."""
    pl: Any = import_module("polars")

    frame = pl.DataFrame({"day": _day_numbers(days)}).with_columns(runs=1, km=5.0)

    def question() -> dict[str, float]:
        streaks = (
            frame.lazy()
            .sort("day")
            .with_columns(island=(pl.col("day").diff() != 1).fill_null(True).cum_sum())
            .group_by("island")
            .agg(
                start=pl.col("day").min(),
                end=pl.col("day").max(),
                length=pl.len(),
                runs=pl.col("runs").sum(),
                km=pl.col("km").sum(),
            )
            .collect()
        )
        return _told(len(streaks), int(streaks["length"].max()))

    return _warm(question, repeats)
