"""The runs that an answer rests on: those it names, and those that count on the days it speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, cast

from myrunstreak.analytics import models, period_models
from myrunstreak.analytics.models import ActivityId, Part
from myrunstreak.analytics.statements import Database, ask
from pydantic import Field

Days = tuple[date, date]

MOST_IDS: Final = 100
_EVER: Final = (date.min, date.max)
# One row: how many runs there are, and the ids of the first: those that the answer names, then the newest.
_RUNS: Final = """
WITH days AS (
    SELECT unnest(CAST($first_days AS DATE[])) AS first_day, unnest(CAST($last_days AS DATE[])) AS last_day
),
named AS (
    SELECT unnest(CAST($named AS BIGINT[])) AS activity_id
),
found AS (
    SELECT activity_id, true AS is_named FROM named
    UNION ALL
    SELECT activity_id, false
    FROM run_measures SEMI JOIN days ON start_date BETWEEN first_day AND last_day
    WHERE activity_id NOT IN (FROM named)
)
SELECT
    count(*) AS count,
    list(activity_id ORDER BY is_named DESC, start_local DESC, activity_id DESC)[:$most] AS activity_ids
FROM found JOIN activities USING (activity_id)
"""


class RestsOn(Part):
    """The runs behind an answer."""

    count: int = Field(description="how many runs the answer rests on")
    activity_ids: list[ActivityId] = Field(
        description=f"their ids on Smashrun: those that the answer names first, then the newest; at most {MOST_IDS}"
    )
    more: bool = Field(
        description="whether there are more than are named; the tool runs, with from and to, lists them"
    )


def find_runs(database: Database, answer: Part | None, *, weeks_begin_before: int = 0) -> RestsOn:
    """The runs behind an answer.

    Args:
        database: the connection that gave it.
        weeks_begin_before: days before Monday on which the weeks of the answer begin.
    """
    named: set[int] = set()
    days: list[Days] = []
    for one in _walk(answer, weeks_begin_before) if answer else ():
        if isinstance(one, int):
            named.add(one)
        else:
            days.append(one)
    merged = _merge(days)
    [row] = ask(
        database,
        _RUNS,
        {
            "first_days": [first for first, _ in merged],
            "last_days": [last for _, last in merged],
            "named": sorted(named),
            "most": MOST_IDS,
        },
    )
    return RestsOn(count=row["count"], activity_ids=row["activity_ids"] or [], more=row["count"] > MOST_IDS)


def _walk(part: Part, weeks_begin_before: int, until: date = date.max) -> Iterator[int | Days]:
    """The ids in an answer, and the days that it speaks of, up to the day that it is as of."""
    match part:
        case period_models.Eddington():
            yield _EVER
        case models.Calendar(year=year):
            yield _days_of_period(str(year), 0)
        case models.DaySeries(items=series):
            if series:  # of a page of it, only its own days
                yield series[0].date, series[-1].date
        case period_models.Comparison(items=items):
            for item in items:
                yield date(item.year, 1, 1), item.to
        case _:
            fields = dict(part)
            until = fields.get("as_of") or until
            for one in _own(fields, weeks_begin_before):
                yield one if isinstance(one, int) else (one[0], min(one[1], until))
            for value in fields.values():
                for inner in cast("list[object]", value) if isinstance(value, list) else [value]:
                    if isinstance(inner, Part):
                        yield from _walk(inner, weeks_begin_before, until)


def _own(fields: dict[str, Any], weeks_begin_before: int) -> Iterator[int | Days]:
    """The run or the days that a part of an answer is about, without the parts within it."""
    match fields:
        case {"activity_id": int(activity_id)}:
            yield activity_id
        case {"start_date": date() as first, "end_date": date() as last}:
            yield first, last
        case {"from_": date() as first, "to": date() as last}:
            yield first, last
        case {"period": str(period)}:
            yield _days_of_period(period, weeks_begin_before)
        case {"date": date() as day}:
            yield day, day
        case _:
            pass


def _days_of_period(text: str, weeks_begin_before: int) -> Days:
    """The first and last day of 2024, 2024-05, 2024-W05 or 2024-01-02/2024-01-05."""
    first, slash, last = text.partition("/")
    if slash:
        return date.fromisoformat(first), date.fromisoformat(last)
    year, _, within = text.partition("-")
    if within.startswith("W"):
        monday = date.fromisocalendar(int(year), int(within[1:]), 1)
        begin = monday - timedelta(days=weeks_begin_before)
        return begin, begin + timedelta(days=6)
    if within:
        begin = date(int(year), int(within), 1)
        return begin, (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date(int(year), 1, 1), date(int(year), 12, 31)


def _merge(days: list[Days]) -> list[Days]:
    """The same days in as few stretches as there can be."""
    merged: list[Days] = []
    for first, last in sorted(days):
        if merged and first.toordinal() <= merged[-1][1].toordinal() + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
