"""Long recordings, made as text: many numbers in little time."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Final

from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.raw_archive import RawArchive

from tests.stage.history import NOW, Record, run

SERIES: Final = {
    "clock": "{0}",
    "distance": "{1:.5f}",
    "duration": "{0}",
    "latitude": "47.{0:06d}",
    "longitude": "8.{0:06d}",
    "elevation": "{2:.1f}",
    "heartRate": "{3}",
    "cadence": "{4}",
    "temperature": "18.5",
    "power": "{5}",
    "speed": "{6:.2f}",
}


def recording(points: int, series: int = len(SERIES)) -> str:
    """The members of a detail that make a recording of a point a second, as JSON text."""
    names = list(SERIES)[:series]
    values = (
        ",".join(
            SERIES[name].format(
                t, t * 0.0028, 400 + t % 70 / 3, 130 + t % 40, 165 + t % 9, 200 + t % 60, 9 + t % 20 / 9
            )
            for t in range(points)
        )
        for name in names
    )
    return f'"recordingKeys":{json.dumps(names)},"recordingValues":[{",".join(f"[{one}]" for one in values)}]'


def runs_of(count: int, points: int) -> list[Record]:
    """So many runs on as many days, as a list shows them."""
    return [
        run(number, of=count, hasDetails=1, distance=round(points * 0.0028, 5), duration=float(points))
        for number in range(count)
    ]


def archive(folder: Path, runs: list[Record], points: int, at_once: int, series: int = len(SERIES)) -> None:
    """Archive the list of the runs, and their details so many to an object."""
    work = folder.parent / "drafts"
    work.mkdir(parents=True)
    shelf = RawArchive(LocalBlobs(folder), "loopback", work)
    shelf.add(shelf.draft("extended", json.dumps(runs).encode(), NOW - timedelta(hours=2)))
    members = recording(points, series)
    for first in range(0, len(runs), at_once):
        whole = [json.dumps(one)[:-1] + "," + members + "}" for one in runs[first : first + at_once]]
        observed_at = NOW - timedelta(hours=1) + timedelta(seconds=first)
        draft = shelf.draft("details", f"[{','.join(whole)}]".encode(), observed_at)
        shelf.add(draft)
        draft.file.unlink()
