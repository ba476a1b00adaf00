"""A rebuild gives the same numbers to the last digit, however the details were grouped and the work was shared."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.raw_archive import RawArchive

from tests.stage import content
from tests.stage.history import NOW, Record, run

RUNS, SAMPLES = 24, 900


def recorded() -> list[Record]:
    """Runs with recordings of fractions, whose sums depend on the order of adding."""
    dice = random.Random(7)
    records: list[Record] = []
    for number in range(RUNS):
        distance = elevation = 0.0
        series: list[list[float]] = [[], [], [], []]
        for sample in range(SAMPLES):
            distance += dice.random() * 0.006
            elevation += dice.uniform(-0.7, 0.7)
            values = (sample * 1.1, distance, elevation, dice.uniform(100, 180))
            for one, value in zip(series, values, strict=True):
                one.append(round(value, 5))
        recording = {
            "recordingKeys": ["clock", "distance", "elevation", "heartRate"],
            "recordingValues": series,
        }
        records.append(run(number, of=RUNS, hasDetails=1) | recording)
    return records


def built(folder: Path, records: list[Record], at_once: int) -> dict[str, content.Rows]:
    """The database of an archive whose details came so many at once."""
    store = DuckDBManager(folder / "runs.duckdb")
    archive = RawArchive(LocalBlobs(folder / "raw"), "loopback", store.work)
    bare = [{key: value for key, value in one.items() if not key.startswith("recording")} for one in records]
    archive.add(archive.draft("extended", json.dumps(bare).encode(), NOW))
    for first in range(0, RUNS, at_once):
        body = json.dumps(records[first : first + at_once]).encode()
        archive.add(archive.draft("details", body, NOW + timedelta(seconds=1 + first)))
    try:
        store.catch_up(archive)
        return content.content(store.connect())
    finally:
        store.close()


def test_splits_do_not_depend_on_grouping_or_chance(tmp_path: Path) -> None:
    """The same recordings, twice at once and one by one: the same splits, bit for bit."""
    records = recorded()
    expected = built(tmp_path / "at-once", records, RUNS)
    assert 100 < len(expected["splits"])
    assert expected == built(tmp_path / "again", records, RUNS)
    assert expected == built(tmp_path / "singly", records, 5)
