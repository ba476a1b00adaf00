"""Clocks that were set in mid-run: a step that no run can have taken counts like a usual one.

A watch that starts before it knows the time corrects itself on the way: the clock of its recording then goes back, or
leaps by years. What was run before and after keeps its times, and no split lasts a year or less than nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import compress, pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

from myrunstreak.store.loading.reading import as_list

if TYPE_CHECKING:
    import duckdb

# As many seconds as the recordings' files can hold in ms: a longer step is no pause, and a later start no start.
LONGEST_S: Final = 2_147_483

_COLUMNS: Final = ("clock_s", "duration_s")
# One row: whether any recording has such a time, for each of the columns. Nearly always none has.
_ANY_LEAPS: Final = f"SELECT max(clock_s) > {LONGEST_S}, max(duration_s) > {LONGEST_S} FROM points"
_ANY_GOES_BACK: Final = """
SELECT bool_or(clock_s < last_clock_s), bool_or(duration_s < last_duration_s)
FROM (
    SELECT
        clock_s,
        duration_s,
        lag(clock_s IGNORE NULLS) OVER way AS last_clock_s,
        lag(duration_s IGNORE NULLS) OVER way AS last_duration_s
    FROM points
    WINDOW way AS (PARTITION BY activity_id ORDER BY point)
)
"""
_LEAPS: Final = f"AND {{column}} > {LONGEST_S}"
_GOES_BACK: Final = "QUALIFY {column} < lag({column}) OVER (PARTITION BY activity_id ORDER BY point)"
# One row per recording with such a time: the samples whose time says something, in their order.
_UNSTEADY: Final = """
SELECT activity_id, to_json(list(point ORDER BY point)), to_json(list({column} ORDER BY point))
FROM points
WHERE isfinite({column}) AND {column} >= 0 AND activity_id IN (
    SELECT activity_id FROM points WHERE isfinite({column}) AND {column} >= 0 {condition}
)
GROUP BY activity_id
"""


def steady(times: Sequence[float], longest: float) -> list[float | None]:
    """Times that never go back and never leap further than the longest pause; None for a slip.

    A sample aside of its neighbours, which follow each other without it, is a slip. Otherwise the clock was set, and
    the step lasts as long as the recording's usual one.
    """
    steps = [now - before for before, now in pairwise(times) if 0 < now - before <= longest]
    usual = median(steps) if steps else 0
    found: list[float | None] = []
    total = before = 0.0
    for place, time in enumerate(times):
        if 0 < place and _is_slip(times, place, usual):
            found.append(None)
            continue
        step = time - before
        if not 0 <= step <= longest:
            step = usual if place else 0
        total, before = total + step, time
        found.append(total)
    return found


def _is_slip(times: Sequence[float], place: int, usual: float) -> bool:
    before, time = times[place - 1], times[place]
    after, later = (*times[place + 1 : place + 3], None, None)[:2]
    if not usual or after is None or after - before < usual:
        return False
    return time < before or (time > after and (later is None or later < time))


def steady_leaps(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring times of the staged ``points`` within the range of the recordings' files, where a clock leaps to the seconds
    of an epoch."""
    _update_times(connection, _ANY_LEAPS, _LEAPS)


def steady_clocks(connection: duckdb.DuckDBPyConnection) -> None:
    """Give the staged ``points`` a clock and a moving time that never go back."""
    _update_times(connection, _ANY_GOES_BACK, _GOES_BACK)


def _update_times(connection: duckdb.DuckDBPyConnection, any_such: str, condition: str) -> None:
    found = connection.execute(any_such).fetchone() or ()
    for column in compress(_COLUMNS, found):
        statement = _UNSTEADY.format(column=column, condition=condition.format(column=column))
        rows: list[dict[str, float | None]] = []
        for activity_id, points, times in connection.execute(statement).fetchall():
            rows += [
                {"activity_id": activity_id, "point": point, "time_s": time}
                for point, time in zip(json.loads(points), steady(json.loads(times), LONGEST_S), strict=True)
            ]
        if rows:
            connection.execute(
                f"""
                UPDATE points SET {column} = s.time_s
                FROM (
                    SELECT unnest(
                        from_json($rows, '[{{"activity_id": "BIGINT", "point": "INTEGER", "time_s": "DOUBLE"}}]'),
                        recursive := true
                    )
                ) AS s
                WHERE s.activity_id = points.activity_id AND s.point = points.point
                """,
                {"rows": as_list(rows)},
            )
