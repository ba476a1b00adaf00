"""Recordings: one Parquet file a year beside the database, exact to its documented scale."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myrunstreak.errors import StoreConflict
from myrunstreak.store.blobs.local import LocalBlobs
from myrunstreak.store.blobs.port import Superseded, Version
from myrunstreak.store.database import RunDatabase
from myrunstreak.store.manager import DuckDBManager
from myrunstreak.store.recordings import Recordings, file_name
from myrunstreak.store.schema.migrations import migrate
from myrunstreak.sync.values import RawObject

from tests.stage.drafts import Run, Shelf, naive, recorded, run
from tests.stage.examples import examples

# Smallest step of each column, in the unit of Smashrun's series.
SCALES = {
    "clock": ("clock_ms", 1e-3),
    "duration": ("duration_ms", 1e-3),
    "distance": ("distance_cm", 1e-5),
    "latitude": ("latitude_e7", 1e-7),
    "longitude": ("longitude_e7", 1e-7),
    "elevation": ("elevation_cm", 1e-2),
    "heartRate": ("heart_rate", 1.0),
    "cadence": ("cadence", 1.0),
    "temperature": ("temperature_dc", 1e-1),
    "power": ("power_w", 1.0),
    "speed": ("speed_dam_h", 1e-2),
}


class Beside:
    """A database and its recordings' folder."""

    def __init__(self, folder: Path, blobs: LocalBlobs | None = None) -> None:
        folder.mkdir(exist_ok=True)
        self.blobs = blobs or LocalBlobs(folder / "recordings")
        connection = duckdb.connect()
        migrate(connection, "a test")
        self.database = RunDatabase(connection, Recordings(self.blobs, folder))

    def apply(self, objects: Iterable[RawObject]) -> None:
        """Apply archived objects and keep their recordings."""
        self.database.apply(objects)
        self.database.keep_recordings()

    def read(self, year: int, columns: str = "*") -> list[tuple[Any, ...]]:
        """The rows of a year's file."""
        path = Path(self.blobs.place) / file_name(year)
        return duckdb.execute(f"SELECT {columns} FROM read_parquet(?)", [str(path)]).fetchall()


def _with(points: int, activity_id: int = 1, **fields: Any) -> Run:
    ramp = [float(number) for number in range(points)]
    return recorded(
        run(activity_id, hasDetails=1, **fields), clock=ramp, duration=ramp, distance=[r / 100 for r in ramp]
    )


_ranges = {
    "clock": (0, 90_000), "duration": (0, 90_000), "distance": (0, 500), "latitude": (-90, 90), "longitude": (-180, 180),
    "elevation": (-400, 9000), "heartRate": (1, 250), "cadence": (1, 250), "temperature": (-60, 60), "power": (0, 2500),
    "speed": (0, 50),
}  # fmt: skip
_samples = st.lists(
    st.fixed_dictionaries({key: st.none() | st.floats(low, high) for key, (low, high) in _ranges.items()}),
    min_size=1,
    max_size=20,
)


@pytest.fixture(scope="module")
def drawer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all examples of a module."""
    return tmp_path_factory.mktemp("drawer")


_example = iter(range(10**9))


def _is_place(sample: dict[str, float | None]) -> bool:
    """Both coordinates, and not those that mean "unknown"."""
    place = sample["latitude"], sample["longitude"]
    return None not in place and place not in {(0, 0), (-1, -1)}


@examples(6)
@given(samples=_samples)
def test_every_series_comes_back_within_its_scale(
    drawer: Path, samples: list[dict[str, float | None]]
) -> None:
    """In the order recorded, nothing missing, nothing made up; only what is no place has none."""
    home = drawer / str(next(_example))
    beside, shelf = Beside(home), Shelf(home / "shelf")
    series = {key: [sample[key] for sample in samples] for key in _ranges}
    record = recorded(run(1, hasDetails=1), **series)
    beside.apply([shelf.page(0, run(1, hasDetails=1)), shelf.details(1, record)])
    stored = beside.read(2026, ", ".join(["point", *(column for column, _ in SCALES.values())]))
    assert [*range(len(samples))] == [row[0] for row in stored]
    for place, (key, (_, step)) in enumerate(SCALES.items(), start=1):
        for sample, row in zip(samples, stored, strict=True):
            expected = sample[key]
            if expected is None or (key in ("latitude", "longitude") and not _is_place(sample)):
                assert row[place] is None
            else:
                assert expected == pytest.approx(row[place] * step, abs=step * 0.5001)


def test_lost_fixes_and_readings_of_nothing_are_missing(tmp_path: Path, shelf: Shelf) -> None:
    """-1/-1 and 0/0 are no place, nor is latitude 91; a heart rate of 0 is none, a height of -1 m is one."""
    beside = Beside(tmp_path / "home")
    record = recorded(
        run(1, hasDetails=1),
        clock=[0, 1, 2, 3, 4, 5, 6],
        latitude=[-1, -1, 52, 0, 91, 52, 52],
        longitude=[-1, 10, 4, 0, 4, -181, None],
        elevation=[-1, 0, 1, 1, 1, 1, 1],
        heartRate=[0, -1, 150, 150, 150, 150, 150],
        cadence=[0, 160, -2, -2, -2, -2, -2],
    ) | {"pauseIndexes": [2]}
    beside.apply([shelf.page(0, run(1, hasDetails=1)), shelf.details(1, record)])
    assert [
        (None, None, -100, None, None, False),
        (-10_000_000, 100_000_000, 0, None, 160, False),
        (520_000_000, 40_000_000, 100, 150, None, True),
        *[(None, None, 100, 150, None, False)] * 4,
    ] == beside.read(2026, "latitude_e7, longitude_e7, elevation_cm, heart_rate, cadence, after_pause")


def test_a_recording_follows_its_run_to_another_year_and_back(tmp_path: Path, shelf: Shelf) -> None:
    """It stands in one file only, that of the year of the run as it is now; its neighbours stay."""
    beside = Beside(tmp_path / "home")
    beside.apply(
        [shelf.page(0, run(1, hasDetails=1), run(2, hasDetails=1)), shelf.details(1, _with(3), _with(4, 2))]
    )
    earlier = {"startDateTimeLocal": "2025-12-31T23:50:00+01:00"}
    beside.apply([shelf.page(2, run(1, hasDetails=1, **earlier))])
    assert [(1,)] * 3 == beside.read(2025, "activity_id")
    assert [(2,)] * 4 == beside.read(2026, "activity_id")
    beside.apply([shelf.page(3, run(1, hasDetails=1)), shelf.details(4, _with(5, 2))])
    assert [] == beside.read(2025, "activity_id")
    assert [(1,)] * 3 + [(2,)] * 5 == beside.read(2026, "activity_id")


def test_a_newer_recording_takes_the_place_of_the_older(tmp_path: Path, shelf: Shelf) -> None:
    """Of this run alone, whole: no points of the older one remain."""
    beside = Beside(tmp_path / "home")
    beside.apply(
        [shelf.page(0, run(1, hasDetails=1), run(2, hasDetails=1)), shelf.details(1, _with(9), _with(4, 2))]
    )
    beside.apply([shelf.details(2, _with(3))])
    beside.apply([shelf.details(0, _with(7))])
    stored = beside.read(2026, "activity_id, observed_at")
    assert [(1, naive(2))] * 3 + [(2, naive(1))] * 4 == sorted(stored)


def test_years_have_a_file_each_by_the_runs_own_day(tmp_path: Path, shelf: Shelf) -> None:
    """A run on New Year's Eve belongs to the old year, whatever the year was in UTC."""
    beside = Beside(tmp_path / "home")
    eve = {"startDateTimeLocal": "2025-12-31T23:30:00-05:00"}
    morning = {"startDateTimeLocal": "2026-01-01T00:10:00+14:00"}
    beside.apply(
        [
            shelf.page(0, run(1, hasDetails=1, **eve), run(2, hasDetails=1, **morning)),
            shelf.details(1, _with(2, 1, **eve), _with(3, 2, **morning)),
        ]
    )
    assert ["year=2025/recordings.parquet", "year=2026/recordings.parquet"] == list(beside.blobs.names())
    assert ({(1,)}, {(2,)}) == (set(beside.read(2025, "activity_id")), set(beside.read(2026, "activity_id")))


class Rivalled(LocalBlobs):
    """A folder into which another process writes just before each of our first writes."""

    def __init__(self, root: Path, rivals: list[Beside], objects: list[Any]) -> None:
        super().__init__(root)
        self._rivals, self._objects = rivals, objects

    def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
        """Let a rival go first while there is one."""
        if self._rivals:
            self._rivals.pop().apply(self._objects)
        return super().write(name, source, expected, note)


def test_two_writers_of_one_year_end_with_both_recordings(tmp_path: Path, shelf: Shelf) -> None:
    """The second writer reads the first one's file and adds its own rows."""
    folder = tmp_path / "recordings"
    both = shelf.page(0, run(1, hasDetails=1), run(2, hasDetails=1))
    rival = Beside(tmp_path / "rival", LocalBlobs(folder))
    ours = Beside(tmp_path / "ours", Rivalled(folder, [rival], [shelf.details(1, _with(4, 2))]))
    for one in (rival, ours):
        one.apply([both])
    ours.apply([shelf.details(2, _with(3, 1))])
    assert [(1,)] * 3 + [(2,)] * 4 == sorted(ours.read(2026, "activity_id"))


def test_a_year_that_others_keep_changing_is_given_up(tmp_path: Path, shelf: Shelf) -> None:
    """Bounded; the details stay on the queue."""

    class Hopeless(LocalBlobs):
        def write(self, name: str, source: Path, expected: Version | None, note: str = "") -> Version:
            raise Superseded("another")

    manager = DuckDBManager(tmp_path / "runs.duckdb", recordings=Hopeless(tmp_path / "recordings"))
    manager.observe_page(shelf.page(0, run(1, hasDetails=1)), shelf.archive.add)
    manager.publish()
    manager.observe(shelf.details(1, _with(3)), shelf.archive.add)
    with pytest.raises(StoreConflict, match="Nothing is lost"):
        manager.publish()
    assert [1] == manager.database.pending_details()
    manager.close()


def test_without_points_no_file_is_made(tmp_path: Path, shelf: Shelf) -> None:
    """Manual runs leave no trace among the recordings."""
    beside = Beside(tmp_path / "home")
    beside.apply([shelf.page(0, run(1, hasDetails=1)), shelf.details(1, run(1, hasDetails=1))])
    assert [] == list(beside.blobs.names())


def test_recordings_that_came_in_parts_are_kept_together(tmp_path: Path, shelf: Shelf) -> None:
    """However many portions a year came in: of each run its newest recording, in the order of the points."""
    beside = Beside(tmp_path / "home")
    beside.apply(
        [
            shelf.page(0, *(run(number, hasDetails=1) for number in (1, 2, 3))),
            shelf.details(1, _with(5, 3), _with(2, 1)),
        ]
    )
    for number, minute, points in ((2, 2, 4), (1, 3, 3), (1, 4, 6)):
        beside.database.apply([shelf.details(minute, _with(points, number))])
    beside.database.keep_recordings()
    beside.database.keep_recordings()
    expected = [(number, point) for number, points in ((1, 6), (2, 4), (3, 5)) for point in range(points)]
    assert expected == beside.read(2026, "activity_id, point")
    assert not list((tmp_path / "home").glob("recordings-part*"))
