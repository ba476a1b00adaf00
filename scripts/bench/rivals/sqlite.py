"""An overview with SQLite, the standard library's."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Final

from scripts.bench.rivals.questions import NOW, YEAR, read_runs, time_warm

_FIGURES: Final = """
SELECT {by} AS period, count(*), count(DISTINCT date), sum(km), sum(s), max(km), sum(gain),
    sum(CASE WHEN s > 0 THEN s END) / sum(CASE WHEN s > 0 THEN km END)
FROM runs GROUP BY period ORDER BY period DESC
"""
_STREAKS: Final = """
SELECT min(day), max(day), count(*)
FROM (SELECT day, day - row_number() OVER (ORDER BY day) AS island FROM (SELECT DISTINCT day FROM runs))
GROUP BY island ORDER BY 1
"""
_HELD: Final = """
SELECT value FROM (
    SELECT at, value, max(value) OVER (ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM ({candidates})
) WHERE before IS NULL OR value > before + 1e-9 ORDER BY at
"""


def overview_sqlite(file: str, repeats: int) -> dict[str, Any]:
    """The same in SQLite, the standard library's."""
    rows = read_runs(file)
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
    today = NOW.date().toordinal()
    week = "(day - 1) / 7"
    candidates = {
        "longest_run": "SELECT start AS at, km AS value FROM runs WHERE NOT beyond",
        "biggest_day": "SELECT date AS at, sum(km) AS value FROM runs GROUP BY date",
        "biggest_week": f"SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY {week}",
        "biggest_month": "SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY substr(date, 1, 7)",
        "biggest_year": "SELECT min(date) AS at, sum(km) AS value FROM runs GROUP BY substr(date, 1, 4)",
    }

    def question() -> dict[str, float]:
        streaks = database.execute(_STREAKS).fetchall()
        years = database.execute(_FIGURES.format(by="substr(date, 1, 4)")).fetchall()
        months = database.execute(_FIGURES.format(by="substr(date, 1, 7)")).fetchall()
        records = {
            kind: [value for (value,) in database.execute(_HELD.format(candidates=sql))]
            for kind, sql in candidates.items()
        }
        breaks = [later[0] - earlier[1] - 1 for earlier, later in pairwise(streaks)]
        calendar = dict(
            database.execute(
                "SELECT date, sum(km) FROM runs WHERE date BETWEEN ? AND ? GROUP BY date",
                [f"{YEAR}-01-01", f"{YEAR}-12-31"],
            ).fetchall()
        )
        first = date(YEAR, 1, 1)
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

    return time_warm(question, repeats)
