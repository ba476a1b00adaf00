"""Splits, efforts and recordings follow every edit of a run: as if only its present state had ever been seen."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.recordings import file_name
from myrunstreak.sync.values import RawObject

from tests.stage.drafts import Run, Shelf, open_database, paced, recorded, rows, run

YEARS = (2024, 2025, 2026)
IDS = (1, 2, 3)


def bare(activity_id: int, year: int, distance: float | None) -> Run:
    """A run as a list shows it."""
    fields = {"startDateTimeLocal": f"{year}-03-0{activity_id}T07:12:00+02:00", "hasDetails": 1}
    return run(activity_id, distance=distance, duration=1500.0 + activity_id, **fields)


def with_recording(record: Run, km: float, pace_s: float) -> Run:
    """The run with a recording of so many km."""
    series = paced((km * pace_s, km), every_s=60)
    return recorded(
        record, **series, duration=series["clock"], elevation=[n % 7 for n in range(len(series["clock"]))]
    )


class Life:
    """Runs that are edited, deleted, revived and fetched at random, and what they are in the end."""

    def __init__(self, shelf: Shelf, dice: random.Random, steps: int) -> None:
        self.state: dict[int, tuple[int, float | None]] = dict.fromkeys(IDS, (2025, 10.0))
        self.details: dict[int, tuple[float, Run]] = {}
        self.deleted: set[int] = set()
        self._shelf, self._dice = shelf, dice
        self.objects = [shelf.page(0, *(bare(one, *self.state[one]) for one in IDS))]
        for minute in range(1, steps + 1):
            self.objects.append(self._step(minute))

    def _step(self, minute: int) -> RawObject:
        dice, one = self._dice, self._dice.choice(IDS)
        match dice.choice(["distance", "distance", "year", "delete", "details", "details", "late"]):
            case "delete":
                self.deleted.add(one)
                return self._shelf.vanished(minute, one)
            case "details" | "late" as kind:
                observed = minute if kind == "details" else max(0.1, minute - dice.randint(1, 3) - 0.5)
                record = with_recording(
                    bare(one, *self.state[one]), dice.choice([0.9, 3.3, 5.0, 10.02]), dice.choice([290, 330])
                )
                if observed > self.details.get(one, (0.0, {}))[0]:
                    self.details[one] = observed, record
                return self._shelf.details(observed, record)
            case "year":
                self.state[one] = dice.choice(YEARS), self.state[one][1]
            case _:
                self.state[one] = self.state[one][0], dice.choice([None, 0, 0.5, 2.5, 3.0, 5.0, 9.95, 10.0])
        # Listed again, a deleted run is alive.
        self.deleted.discard(one)
        return self._shelf.page(minute, bare(one, *self.state[one]))

    def only_the_end(self, shelf: Shelf) -> list[RawObject]:
        """What a database sees that begins now."""
        details = [record for _, record in self.details.values()]
        page = shelf.page(0, *(bare(one, *self.state[one]) for one in IDS))
        return [page, shelf.details(1, *details)] if details else [page]


def derived(database: RunDatabase, places: Path) -> dict[str, Any]:
    """Every derived row of a database, and which runs' present recordings stand in which year's file."""
    tables = ("splits", "splits_beyond_run", "best_efforts", "efforts_beyond_run", "laps")
    found: dict[str, Any] = {table: rows(database, f"SELECT * FROM {table} ORDER BY ALL") for table in tables}
    for year in YEARS:
        file = places / file_name(year)
        if file.exists():
            points = duckdb.execute(
                "SELECT activity_id, point, clock_ms, distance_cm FROM read_parquet(?) ORDER BY ALL",
                [str(file)],
            ).fetchall()
            found |= {str(year): points} if points else {}
    return found


def opened(folder: Path) -> tuple[RunDatabase, Path]:
    """A new database with recordings beside it."""
    places, work = folder / "recordings", folder / "work"
    work.mkdir(parents=True)
    return open_database(places, work), places


def check_life(folder: Path, seed: int, steps: int) -> None:
    """The same derived rows after every edit as from the end alone, however the syncs were grouped."""
    dice = random.Random(seed)
    shelf = Shelf(folder / "shelf")
    life = Life(shelf, dice, steps)
    fresh, fresh_places = opened(folder / "fresh")
    fresh.apply(life.only_the_end(shelf))
    fresh.keep_recordings()
    expected = derived(fresh, fresh_places)
    for number, group in enumerate((1, dice.randint(2, 5), len(life.objects))):
        database, places = opened(folder / f"grouped-{number}")
        for first in range(0, len(life.objects), group):
            database.apply(life.objects[first : first + group])
            database.keep_recordings()
        assert expected == derived(database, places), f"seed {seed}, {group} at once"
        assert life.deleted == database.deleted_ids()


@pytest.mark.parametrize("seed", range(3))
def test_derived_rows_are_those_of_the_final_state(tmp_path: Path, seed: int) -> None:
    """Distance, year, deletion and return, new details and late ones, in any order and any groups."""
    check_life(tmp_path, seed, 14)


@pytest.mark.soak
def test_edits_campaign(tmp_path: Path) -> None:
    """The same for many more lives."""
    start = 1000 * int(os.environ.get("SOAK_SEED", "1"))
    for seed in range(start, start + int(os.environ.get("SOAK_COUNT", "200")) // 10):
        check_life(tmp_path / str(seed), seed, 30)


def test_a_run_cut_short_has_no_longer_splits_and_efforts_until_it_is_long_again(shelf: Shelf) -> None:
    """From 10 km to 2.5: two splits and a half of one, nothing over more than a mile; and back, everything."""
    database = open_database()
    whole = with_recording(bare(1, 2026, 10.0), 10.0, 300)
    database.apply([shelf.page(0, bare(1, 2026, 10.0)), shelf.details(1, whole)])
    before = [rows(database, f"SELECT * FROM {table} ORDER BY ALL") for table in ("splits", "best_efforts")]
    database.apply([shelf.page(2, bare(1, 2026, 2.5))])
    splits = "SELECT split_number, distance_km, duration_s FROM splits WHERE unit = 'km' ORDER BY 1"
    assert [(1, 1.0, 300.0), (2, 1.0, 300.0), (3, pytest.approx(0.5), pytest.approx(150.0))] == [
        (number, pytest.approx(km), pytest.approx(seconds)) for number, km, seconds in rows(database, splits)
    ]
    efforts = "SELECT distance FROM best_efforts ORDER BY distance_m"
    assert [("400m",), ("1/2mi",), ("1km",), ("1mi",)] == rows(database, efforts)
    database.apply([shelf.page(3, bare(1, 2026, 0))])
    assert ([], []) == (rows(database, splits), rows(database, efforts))
    for minute, distance in ((4, None), (5, 10.0)):
        database.apply([shelf.page(minute, bare(1, 2026, distance))])
        after = [
            rows(database, f"SELECT * FROM {table} ORDER BY ALL") for table in ("splits", "best_efforts")
        ]
        assert before == after


HONEST = [float(second) for second in range(0, 1801, 10)]
CLOCKS = {
    "begins at an epoch": [1.7e9 + one for one in HONEST],
    "leaps by years": [one if one < 900 else one + 8e8 for one in HONEST],
    "leaps to an epoch and back": [one + 1.7e9 if 600 <= one < 1200 else one for one in HONEST],
    "goes back": [one if one < 900 else one - 700 for one in HONEST],
    "goes back a little": [one if one < 900 else one - 25 for one in HONEST],
    "says no value once": [4294967295.0 if one == 900 else one for one in HONEST],
    "slips once": [100.0 if one == 900 else one for one in HONEST],
}


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("both", [True, False])
def test_a_clock_that_is_set_in_mid_run_changes_nothing_of_what_was_run(
    shelf: Shelf, clock: str, *, both: bool
) -> None:
    """Six kilometres at five minutes each, whatever the clock says of them."""
    series: dict[str, list[Any]] = {"clock": CLOCKS[clock], "distance": [one / 300 for one in HONEST]}
    if both:
        series["duration"] = CLOCKS[clock]
    database = open_database()
    record = run(1, distance=6.0, duration=1800.0, hasDetails=1)
    database.apply([shelf.page(0, record), shelf.details(1, recorded(record, **series))])
    durations = rows(database, "SELECT duration_s FROM splits WHERE unit = 'km' ORDER BY split_number")
    assert [pytest.approx(300, abs=0.5)] * 6 == [one for (one,) in durations]
    efforts = (
        "SELECT distance, elapsed_s FROM best_efforts WHERE NOT flagged ORDER BY distance_m DESC LIMIT 1"
    )
    assert [("5km", pytest.approx(1500, abs=0.5))] == rows(database, efforts)
