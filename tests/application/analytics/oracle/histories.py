"""Made-up histories, by the thousand: everything that a runner's record may hold, small enough to meet at its edges."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import duckdb

from tests.application.analytics.oracle.oracle import MILE, Run

ZONES = (
    None, "UTC", "Europe/Amsterdam", "America/St_Johns", "America/Havana", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca",
)  # fmt: skip
# Days on which something happens to calendars or clocks somewhere.
ANCHORS = (
    date(2024, 2, 29), date(2025, 3, 1), date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 11, 1),
    date(2027, 1, 1), date(2020, 12, 31), date(2021, 1, 3), date(2026, 5, 10), date(2026, 3, 8),
)  # fmt: skip
MINIMA = {"any": 0.0, "mile": MILE, "1km": 1.0, "5km": 5.0, "0.8": 0.8}
DISTANCES = (None, 0.0, 0.1, 0.7, 0.8, 0.80934, 1.0, MILE, 2.5, 5.0, 5.00001, 10.0, 12.34567, 21.0975, 42.195)
KINDS = (None, "", "Trail Running", "TREADMILL", "cycling", "Walking", "unknown")
OFFSETS = (-720, -660, -210, 0, 60, 120, 345, 630, 840)


@dataclass(frozen=True)
class History:
    """Runs, an instant, and what the runner has chosen."""

    runs: list[Run]
    now: datetime
    zone: str | None
    minimum: str
    week_start: str
    data_as_of: datetime | None = None


def history(seed: int) -> History:
    """The history of a seed; every fortieth spans years."""
    rng = random.Random(seed)
    anchor = rng.choice(ANCHORS)
    long = seed % 40 == 0
    span, count = (1200, 300) if long else (rng.choice((3, 8, 25, 70)), rng.choice((0, 1, 2, 6, 12, 30)))
    runs = [
        _run(rng, number, anchor - timedelta(days=int(rng.triangular(-3, span, 0))))
        for number in range(count)
    ]
    if runs and rng.random() < 0.3:
        runs += [_run(rng, count + number, rng.choice(runs).day) for number in range(rng.randint(1, 4))]
    if rng.random() < 0.2:
        runs.append(_run(rng, 900, anchor + timedelta(days=7)))
    hour = rng.choice(
        (time(0, 0, 1), time(10, 30), time(11, 59, 59), time(12), time(22, 1), time(23, 59, 59))
    )
    now = datetime.combine(anchor, hour, UTC)
    zone, minimum, week_start = rng.choice(ZONES), rng.choice(list(MINIMA)), rng.choice(("monday", "sunday"))
    behind = rng.choice((None, None, 0, 1, 11, 13, 24, 26, 36, 47, 73, 24 * 9))
    data_as_of = None if behind is None else now - timedelta(hours=behind, minutes=rng.choice((0, 1, 29)))
    return History(runs, now, zone, minimum, week_start, data_as_of)


def _run(rng: random.Random, number: int, day: date) -> Run:
    clock = rng.choice((time(0, 0), time(0, 1), time(6, 30), time(6, 30), time(18, 5), time(23, 59)))
    km = rng.choice(DISTANCES) if rng.random() < 0.8 else round(rng.uniform(0, 30), 5)
    pace = rng.choice((0, 150, 170, 300, 330.5, 400)) if rng.random() < 0.3 else rng.uniform(240, 420)
    return Run(
        id=1000 + number,
        start=datetime.combine(day, clock),
        km=km,
        seconds=None if rng.random() < 0.1 else round((km or 0.5) * pace, 3),
        offset=None if rng.random() < 0.1 else rng.choice(OFFSETS),
        suspect=rng.random() < 0.1,
        gain=None if rng.random() < 0.4 else float(rng.randint(0, 300)),
        deleted=rng.random() < 0.12,
        kind=rng.choice(KINDS) if rng.random() < 0.3 else "running",
    )


_COLUMNS = (
    "activity_id, start_local, start_date, distance_km, duration_s, utc_offset_minutes, offset_suspect, elevation_gain_m,"
    " activity_type, deleted_at, content_hash, first_seen_at, synced_at"
)


def store(connection: duckdb.DuckDBPyConnection, runs: list[Run]) -> None:
    """Let the record be these runs."""
    connection.execute("DELETE FROM activities")
    if not runs:
        return

    def literal(value: object) -> str:
        return "NULL" if value is None else repr(value)

    rows = ", ".join(
        f"({run.id}, TIMESTAMP '{run.start}', DATE '{run.day}', CAST({literal(run.km)} AS DOUBLE),"
        f" CAST({literal(run.seconds)} AS DOUBLE), {literal(run.offset)}, {run.suspect}, {literal(run.gain)},"
        f" {literal(run.kind)},"
        f" {'TIMESTAMP' if run.deleted else ''} {repr('2026-01-02 00:00:00') if run.deleted else 'NULL'},"
        " 'x', TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01')"
        for run in runs
    )
    connection.execute(f"INSERT INTO activities ({_COLUMNS}) VALUES {rows}")
