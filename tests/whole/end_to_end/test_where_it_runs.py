"""The facts of a history do not depend on the machine's time zone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from scripts.simulator import Switches, load_activities
from tests.stage.history import FIRST_ID, Record, run
from tests.stage.kills import ROOT
from tests.stage.world import MakeWorld

ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati")
SHARED = ROOT.parent / "shared" / "data" / "runner-a.json.gz"


@dataclass(frozen=True)
class Facts:
    """What is known about a history."""

    runs: int
    days: int
    distance_km: float
    streak: tuple[str, str, int]


def travelling() -> list[Record]:
    """120 days in a row, each run late in the evening or just after midnight at another end of the world.

    Days 50 and 90 are rests, so the longest streak is the first one; every tenth day has two runs. Read as
    instants, or in any one zone, many runs would fall on a neighbouring day.
    """
    offsets = ("+14:00", "-11:00", "+05:45", "-05:00", "+00:00")
    records: list[Record] = []
    for number in (n for n in range(120) if n not in (50, 90)):
        day = date(2025, 1, 1) + timedelta(days=number)
        time = "23:58" if number % 2 else "00:03"
        offset = offsets[number % len(offsets)]
        start = {"startDateTimeLocal": f"{day}T{time}:00{offset}", "distance": 5.0, "hasDetails": 0}
        records.append(run(1) | start | {"activityId": FIRST_ID + number})
        if number % 10 == 0:
            records.append(run(1) | start | {"activityId": FIRST_ID + 10_000 + number})
    return records


HISTORIES: dict[str, tuple[Any, Facts]] = {
    "seeded": (travelling, Facts(128, 118, 640.0, ("2025-01-01", "2025-02-19", 50))),
}
if SHARED.exists():
    HISTORIES["runner-a"] = (
        lambda: load_activities(SHARED),
        Facts(3703, 3195, 13669.207, ("2024-03-13", "2025-05-16", 430)),
    )

_ASK = """
import json, sys
from contextlib import closing
from pathlib import Path
from myrunstreak.composition import open_services
from myrunstreak.contract.events import SyncEvent
from myrunstreak.contract.settings import Settings
from myrunstreak.store.published import PublishedDatabase

settings = Settings(**json.loads(sys.argv[1]))
with open_services(settings) as services:
    services.sync(SyncEvent())
with closing(PublishedDatabase(settings)) as published, published.read() as reading:
    connection = reading.connection
    total = connection.execute("SELECT count(*), count(DISTINCT start_date), sum(distance_km) FROM runs").fetchone()
    streak = connection.execute(
        "SELECT start_date, end_date, length_days FROM streaks ORDER BY length_days DESC, end_date DESC LIMIT 1"
    ).fetchone()
print(json.dumps([*total, *streak], default=str))
"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("name", HISTORIES)
def test_the_facts_are_the_same_in_every_zone(
    name: str, zone: str, make_world: MakeWorld, tmp_path: Path
) -> None:
    """Runs, days, distance and the longest streak of a history that is known."""
    make, facts = HISTORIES[name]
    world = make_world(make(), Switches(rate_limits=False), detail_requests_per_sync=0)
    done = subprocess.run(
        [sys.executable, "-c", _ASK, json.dumps(world.settings.model_dump(exclude_none=True))],
        env=os.environ | {"TZ": zone, "PYTHONPATH": str(ROOT / "lambda_src")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert facts == Facts(found[0], found[1], round(found[2], 3), (found[3], found[4], found[5]))
