"""What the numbers are, by counting: plain Python, day by day, written from the meaning of the numbers alone.

Nothing here is quick or clever, and nothing is taken from the engine: neither its SQL nor its Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MILE = 1.60934
TINY = 1e-9

# Distance in km and the seconds of the fastest so far; a run is held against the longest that is not longer.
WORLD_BESTS = (
    (0.1, 9.58), (0.2, 19.19), (0.4, 43.03), (0.8, 100.91), (1.0, 131.96), (1.60934, 223.13), (3.21869, 474.1),
    (5.0, 755.36), (10.0, 1571.0), (15.0, 2387.0), (21.0975, 3402.0), (42.195, 7235.0), (50.0, 9523.0),
    (100.0, 21935.0),
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A run as it was recorded."""

    id: int
    start: datetime
    km: float | None
    seconds: float | None
    offset: int | None = None
    suspect: bool = False
    gain: float | None = None
    deleted: bool = False
    kind: str | None = "running"

    @property
    def day(self) -> date:
        """Its own calendar day."""
        return self.start.date()


def live(runs: Sequence[Run]) -> list[Run]:
    """Those that count."""
    return [run for run in runs if not run.deleted and is_running(run.kind)]


def is_running(kind: str | None) -> bool:
    """Whether an activity counts unless the runner says otherwise."""
    label = (kind or "").lower()
    return "run" in label or label in {"", "treadmill", "trail", "track", "unknown"}


def on(runs: Sequence[Run], day: date) -> list[Run]:
    """The live runs of a day."""
    return [run for run in live(runs) if run.day == day]


def km_of(runs: Sequence[Run]) -> float:
    """Their distance."""
    return sum(run.km or 0.0 for run in runs)


def run_days(runs: Sequence[Run], minimum: float) -> set[date]:
    """Days whose live runs add up to the minimum; with 0 any run counts."""
    return {day for day in {run.day for run in live(runs)} if km_of(on(runs, day)) >= minimum - TINY}


def place_of(runs: Sequence[Run], zone: str | None) -> Any:
    """The runner's clock."""
    if zone:
        return ZoneInfo(zone)
    known = [run for run in live(runs) if run.offset is not None and not run.suspect]
    latest = max(known, key=lambda run: (run.start, run.id), default=None)
    return timezone(timedelta(minutes=latest.offset or 0 if latest else 0))


def had_ended(runs: Sequence[Run], day: date, zone: str | None, data_as_of: datetime | None) -> bool:
    """Whether nothing can be missing of a day: at data_as_of it was a later one. Without it all are known."""
    return data_as_of is None or data_as_of.astimezone(place_of(runs, zone)).date() > day


def today_of(runs: Sequence[Run], now: datetime, zone: str | None) -> tuple[date, int]:
    """The runner's day, and the whole seconds until it ends."""
    place = place_of(runs, zone)
    today = now.astimezone(place).date()
    if on(runs, today + DAY):
        today += DAY
    # Found by looking at the clock: the first second at which it is another day there.
    end = datetime.combine(today + DAY, time(), UTC) - timedelta(hours=30)
    while end.astimezone(place).date() <= today:
        end += timedelta(minutes=1)
    return today, max(0, int((end - now).total_seconds()))


def streaks(runs: Sequence[Run], minimum: float) -> list[list[date]]:
    """Maximal sets of consecutive run days, oldest first."""
    days = run_days(runs, minimum)
    found: list[list[date]] = []
    for day in sorted(days):
        if day - DAY in days:
            found[-1].append(day)
        else:
            found.append([day])
    return found


def described(runs: Sequence[Run], days: Sequence[date]) -> dict[str, Any]:
    """A streak in figures."""
    within = [run for run in live(runs) if days[0] <= run.day <= days[-1]]
    return {
        "start_date": days[0],
        "end_date": days[-1],
        "length_days": len(days),
        "runs": len(within),
        "distance_km": km_of(within),
    }


def reaching(days: set[date], day: date) -> list[date]:
    """The run days in a row that end with a day or with the one before it."""
    last, row = day if day in days else day - DAY, list[date]()
    while last in days:
        row.insert(0, last)
        last -= DAY
    return row


def streak(
    runs: Sequence[Run],
    now: datetime,
    zone: str | None,
    minimum: float,
    as_of: date | None,
    data_as_of: datetime | None = None,
) -> dict[str, Any]:
    """The answer about the streak."""
    everything = runs
    if as_of is not None:
        runs = [run for run in runs if run.day <= as_of]
        today, left = as_of, 0
    else:
        today, left = today_of(runs, now, zone)
    days = run_days(runs, minimum)
    told_of, current = today, reaching(days, today)
    state = "done_today" if today in days else "at_risk" if current else "broken"
    if data_as_of and state == "broken" and not had_ended(everything, today - DAY, zone, data_as_of):
        state = "unknown"
        told_of, _ = today_of(everything, data_as_of, zone)
        current = reaching(days, told_of)
    found = streaks(runs, minimum)
    longest = max(found, key=lambda one: (len(one), one[0]), default=None)
    earlier = [one for one in found if one[-1] < (current[0] if current else told_of)]
    return {
        "today": today,
        "state": state,
        "as_of": told_of,
        "current": described(runs, current) if current else None,
        "needed_today_km": 0.0 if state == "done_today" else max(0.0, minimum - km_of(on(runs, today))),
        "seconds_left_today": left,
        "longest": described(runs, longest) if longest else None,
        "previous": described(runs, earlier[-1]) | {"ended_by": earlier[-1][-1] + DAY} if earlier else None,
    }


def known_break(
    runs: Sequence[Run], last: date, following: date, zone: str | None, data_as_of: datetime | None
) -> list[date]:
    """The days between two streaks that are known to have been without a run day."""
    between = [last + number * DAY for number in range(1, (following - last).days)]
    return [day for day in between if had_ended(runs, day, zone, data_as_of)]


def all_streaks(
    runs: Sequence[Run], now: datetime, zone: str | None, minimum: float, data_as_of: datetime | None
) -> list[dict[str, Any]]:
    """Every streak with the break behind it, longest first, the newest of equals first."""
    found = streaks(runs, minimum)
    told_of = streak(runs, now, zone, minimum, None, data_as_of)["as_of"]
    rows = [
        described(runs, one)
        | {
            "is_current": one[0] <= told_of and one[-1] >= told_of - DAY,
            "break_days": len(known_break(runs, one[-1], following[0], zone, data_as_of)) or None
            if following
            else None,
        }
        for one, following in zip(found, [*found[1:], None], strict=False)
    ]
    return sorted(rows, key=lambda row: (row["length_days"], row["start_date"]), reverse=True)


def gaps(
    runs: Sequence[Run],
    now: datetime,
    zone: str | None,
    minimum: float,
    data_as_of: datetime | None,
    since: date = date.min,
    until: date = date.max,
) -> list[dict[str, Any]]:
    """Missed days in a row, newest first: walked day by day, with what was recorded in them."""
    today, _ = today_of(runs, now, zone)
    days = run_days(runs, minimum)
    found: list[dict[str, Any]] = []
    day = min(days, default=today)
    while day < today and had_ended(runs, day, zone, data_as_of):
        if day not in days and since <= day <= until:
            if not found or found[-1]["end_date"] != day - DAY:
                found.append({"start_date": day, "runs": 0, "deleted": 0, "other_activities": 0})
            within = [run for run in runs if run.day == day]
            gap = found[-1]
            gap["end_date"] = day
            gap["deleted"] += sum(run.deleted for run in within)
            gap["runs"] += len(live(within))
            gap["other_activities"] += sum(not run.deleted and not is_running(run.kind) for run in within)
        day += DAY
    for gap in found:
        gap["length"] = (gap["end_date"] - gap["start_date"]).days + 1
        first, following = gap["start_date"], gap["end_date"] + DAY
        while first - DAY not in days:
            first -= DAY
        while following < day and following not in days:
            following += DAY
        gap["is_open"] = following not in days
        gap["streak_before"] = next(len(one) for one in streaks(runs, minimum) if one[-1] == first - DAY)
        gap["streak_after"] = next((len(one) for one in streaks(runs, minimum) if one[0] == following), None)
    return found[::-1]


def figures(runs: Sequence[Run]) -> dict[str, Any]:
    """What live runs add up to."""
    timed = [run for run in runs if (run.seconds or 0) > 0 and (run.km or 0) > 0]
    gains = [run.gain for run in runs if run.gain is not None]
    distances = [run.km for run in runs if run.km is not None]
    return {
        "runs": len(runs),
        "days": len({run.day for run in runs}),
        "distance_km": km_of(runs),
        "duration_s": sum(run.seconds or 0.0 for run in runs),
        "pace_s_per_km": sum(run.seconds or 0 for run in timed) / km_of(timed) if km_of(timed) else None,
        "longest_run_km": max(distances, default=None),
        "elevation_gain_m": sum(gains) if gains else None,
    }


def label(day: date, unit: str, week_start: str = "monday") -> str:
    """The name of the period that a day lies in."""
    if unit == "year":
        return f"{day.year:04d}"
    if unit == "month":
        return f"{day.year:04d}-{day.month:02d}"
    # A week that begins on Sunday is named by the Monday in it.
    year, week, _ = (day + DAY if week_start == "sunday" else day).isocalendar()
    return f"{year:04d}-W{week:02d}"


def periods(runs: Sequence[Run], unit: str, week_start: str = "monday") -> dict[str, dict[str, Any]]:
    """Figures by the names of periods with a run."""
    grouped: dict[str, list[Run]] = {}
    for run in live(runs):
        grouped.setdefault(label(run.day, unit, week_start), []).append(run)
    return {name: figures(group) for name, group in grouped.items()}


def between(runs: Sequence[Run], first: date, last: date) -> dict[str, Any]:
    """Figures of some days, both ends counted."""
    return figures([run for run in live(runs) if first <= run.day <= last])


def eddington(runs: Sequence[Run], unit_km: float) -> tuple[int, int]:
    """The number, and how many more days the next one takes: by trying every number."""
    sums = [km_of(on(runs, day)) / unit_km for day in {run.day for run in live(runs)}]

    def days(least: int) -> int:
        return sum(one >= least - TINY for one in sums)

    number = 0
    while days(number + 1) >= number + 1:
        number += 1
    return number, number + 1 - days(number + 1)


def beyond_human(run: Run) -> bool:
    """Whether a run was faster than anybody yet over its distance."""
    if not run.km or not run.seconds or run.seconds <= 0:
        return False
    km, best = max((one for one in WORLD_BESTS if one[0] <= run.km), default=WORLD_BESTS[0])
    for distance, seconds in ((20.0, 3402.0 / 21.0975), (30.0, 7235.0 / 42.195)):
        if km < distance <= run.km or (km < distance and run.km >= distance):
            return run.seconds < run.km * seconds
    return run.seconds < run.km * best / km


def held(values: Sequence[tuple[Any, float]]) -> list[tuple[Any, float]]:
    """Those that beat all before them, in their order: the last one holds the record."""
    holders: list[tuple[Any, float]] = []
    for who, value in values:
        if value > 0 and (not holders or value > holders[-1][1] + TINY):
            holders.append((who, value))
    return holders


def records(
    runs: Sequence[Run], minimum: float, week_start: str, zone: str | None, data_as_of: datetime | None
) -> dict[str, list[tuple[Any, float]]]:
    """The holders of every record, by its kind."""
    by_time = sorted(live(runs), key=lambda run: (run.start, run.id))
    days = sorted({run.day for run in by_time})
    found = {
        "longest_run": held([(run.id, run.km or 0.0) for run in by_time if not beyond_human(run)]),
        "biggest_day": held([(day, km_of(on(runs, day))) for day in days]),
    }
    for kind, unit in (("biggest_week", "week"), ("biggest_month", "month"), ("biggest_year", "year")):
        sums: dict[str, float] = {}
        for run in by_time:
            name = label(run.day, unit, week_start)
            sums[name] = sums.get(name, 0.0) + (run.km or 0.0)
        found[kind] = held(list(sums.items()))
    one_by_one = streaks(runs, minimum)
    breaks = [
        known_break(runs, earlier[-1], later[0], zone, data_as_of) for earlier, later in pairwise(one_by_one)
    ]
    found["longest_break"] = held([(f"{one[0]}/{one[-1]}", float(len(one))) for one in breaks if one])
    return {kind: holders for kind, holders in found.items() if holders}
