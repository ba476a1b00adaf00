"""An overview and all streaks with frames in memory: pandas and polars."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from scripts.bench.rivals.questions import NOW, YEAR, read_runs, time_warm


def overview_pandas(file: str, repeats: int) -> dict[str, Any]:
    """The same with frames in memory."""
    pd: Any = import_module("pandas")

    names = ["id", "start", "date", "km", "s", "gain", "beyond"]
    frame = pd.DataFrame(read_runs(file), columns=pd.Index(names))
    frame["date"] = pd.to_datetime(frame["date"])
    today = pd.Timestamp(NOW.date())

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
        year = daily.reindex(pd.date_range(f"{YEAR}-01-01", f"{YEAR}-12-31"))
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

    return time_warm(question, repeats)


def _day_numbers(days: int) -> list[int]:
    """Run days in their order, with a day off after every 97."""
    return [number + number // 97 for number in range(days)]


def _answers(lengths: int, longest: int) -> dict[str, float]:
    return {"streaks": lengths, "longest": longest}


def streaks_pandas(days: int, repeats: int) -> dict[str, Any]:
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
        return _answers(len(streaks), int(streaks["length"].max()))

    return time_warm(question, repeats)


def streaks_polars(days: int, repeats: int) -> dict[str, Any]:
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
        return _answers(len(streaks), int(streaks["length"].max()))

    return time_warm(question, repeats)
