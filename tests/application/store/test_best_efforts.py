"""Best efforts: what a run's recording, or its average, is worth over the known distances, and what is not counted."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import pytest
from myrunstreak.store.database import RunDatabase

from tests.stage.drafts import Run, Shelf, content, open_database, paced, recorded, rows, run, value

about = partial(pytest.approx, abs=0.02)  # a sample lies within half a centimetre of what was meant
Efforts = dict[str, tuple[float, float | None, str]]


def efforts(database: RunDatabase, *, flagged: bool = False, activity_id: int = 1) -> Efforts:
    """Elapsed time, offset and source of a run's efforts, shortest distance first."""
    found = rows(
        database,
        "SELECT distance, elapsed_s, offset_s, source FROM best_efforts"
        " WHERE activity_id = ? AND flagged = ? ORDER BY distance_m",
        [activity_id, flagged],
    )
    assert len(found) == len({distance for distance, *_ in found})
    return {distance: (elapsed, offset, source) for distance, elapsed, offset, source in found}


def folded(shelf: Shelf, record: Run, **series: list[Any]) -> RunDatabase:
    """A database with one run and its recording."""
    database = open_database()
    database.apply([shelf.page(0, record), shelf.details(1, recorded(record, **series))])
    return database


def test_a_recording_gives_every_distance_that_the_run_is_long_enough_for(shelf: Shelf) -> None:
    """The quick kilometre in the middle, its surroundings for more; nothing for what was not run."""
    database = folded(shelf, run(1, distance=3.0, duration=1000.0), **paced((360, 1), (240, 1), (400, 1)))
    found = efforts(database)
    assert ["400m", "1/2mi", "1km", "1mi"] == list(found)
    assert [about(96), about(193.12), about(240)] == [found[name][0] for name in ("400m", "1/2mi", "1km")]
    assert (about(240 + 0.60934 * 360), about(360 - 0.60934 * 360), "recording") == found["1mi"]


@pytest.mark.parametrize(
    ("length_km", "longest"),
    [
        (0.4, "400m"),
        (1.60934, "1mi"),
        (1.60933, "1km"),
        (5.0, "5km"),
        (4.99999, "2mi"),
        (21.0975, "half-marathon"),
    ],
)
def test_a_run_of_exactly_a_distance_has_it(shelf: Shelf, length_km: float, longest: str) -> None:
    """To Smashrun's five decimals: a centimetre decides."""
    database = folded(shelf, run(1, distance=length_km), **paced((length_km * 300, length_km)))
    assert longest == list(efforts(database))[-1]


def test_pauses_count(shelf: Shelf) -> None:
    """The clock goes on while the runner stands; the moving time is not asked."""
    series = paced((120, 0.5), (300, 0), (120, 0.5))
    database = folded(
        shelf, run(1, distance=1.0, duration=240.0), **series, duration=[0.0] * len(series["clock"])
    )
    assert (540, 0, "recording") == efforts(database)["1km"]
    assert (about(96), about(0), "recording") == efforts(database)["400m"]


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (4.95, ["5km"]),
        (5.05, ["5km"]),
        (4.94999, []),
        (5.05001, []),
        (0.404, ["400m"]),
        (1.6, ["1mi"]),
        (42, ["marathon"]),
    ],
)
def test_without_a_recording_the_average_stands_for_distances_within_a_hundredth(
    shelf: Shelf, distance: float, expected: list[str]
) -> None:
    """On both sides, bounds included."""
    database = open_database()
    database.apply([shelf.page(0, run(1, distance=distance, duration=distance * 300))])
    found = efforts(database)
    assert expected == list(found)
    for name, (elapsed, offset, source) in found.items():
        length_km = value(database, "SELECT distance_km FROM effort_distances WHERE distance = ?", [name])
        assert (about(float(length_km) * 300), None, "average") == (elapsed, offset, source)


@pytest.mark.parametrize("fields", [{"duration": 0}, {"duration": None}, {"distance": 0}])
def test_a_run_without_a_pace_has_no_average(shelf: Shelf, fields: dict[str, Any]) -> None:
    """A duration of 0 is no record."""
    database = open_database()
    database.apply([shelf.page(0, run(1, **fields))])
    assert {} == efforts(database)


def test_an_edit_changes_the_average_and_nothing_else_does(shelf: Shelf) -> None:
    """A note is no pace; deleted and revived, the run keeps what it did."""
    database = open_database()
    database.apply([shelf.page(0, run(1), run(2, distance=10.0, duration=3000.0))])
    before = content(database)["best_efforts"]
    database.apply(
        [shelf.page(1, run(1, notes="windy")), shelf.vanished(2, 2), shelf.page(3, run(1, notes=""))]
    )
    assert before == content(database)["best_efforts"]
    database.apply([shelf.page(4, run(1, duration=1400.0))])
    assert {"5km": (1400, None, "average")} == efforts(database)
    database.apply([shelf.page(5, run(1, distance=6.0))])
    assert {} == efforts(database)
    assert ["10km"] == list(efforts(database, activity_id=2))


def test_a_recording_takes_the_place_of_the_average_and_an_edit_does_not_bring_it_back(shelf: Shelf) -> None:
    """Its efforts are those of the recording alone, whatever the run's own figures are."""
    database = open_database()
    database.apply([shelf.page(0, run(1, distance=5.0))])
    database.apply([shelf.details(1, recorded(run(1), **paced((1500, 4.99))))])
    first = content(database)["best_efforts"]
    assert ["400m", "1/2mi", "1km", "1mi", "2mi"] == list(efforts(database))
    database.apply([shelf.page(2, run(1, distance=5.01, duration=1400.0))])
    assert first == content(database)["best_efforts"]


def test_the_newest_recording_counts_and_without_one_the_average_does(shelf: Shelf) -> None:
    """A late answer from before changes nothing; details without series leave the run's own figures."""
    database = folded(shelf, run(1), **paced((1500, 5)))
    newer = content(database)["best_efforts"]
    database.apply([shelf.details(0.5, recorded(run(1), **paced((1200, 5))))])
    assert newer == content(database)["best_efforts"]
    database.apply([shelf.details(2, run(1))])
    assert {"5km": (1500, None, "average")} == efforts(database)
    database.apply([shelf.details(3, recorded(run(1), **paced((1200, 5))))])
    assert (about(1200), 0, "recording") == efforts(database)["5km"]


def test_the_hash_is_of_what_an_effort_was_made_from(shelf: Shelf) -> None:
    """The same series under another note have the same; one centimetre less has another."""
    hashes = [
        value(
            folded(shelf, run(1, notes=notes), **paced((600, km))),
            "SELECT DISTINCT content_hash FROM best_efforts",
        )
        for notes, km in (("", 2.0), ("again", 2.0), ("", 1.99999))
    ]
    assert [True, False] == [hashes[0] == one for one in hashes[1:]]


def test_samples_that_say_nothing_are_left_out(shelf: Shelf) -> None:
    """No distance, no clock, below 0, not a number, a clock that goes back: the others stand for themselves."""
    whole = folded(shelf, run(1), clock=[0, 100, 200, 300], distance=[0, 0.3, 0.7, 1.0])
    holed = folded(
        shelf,
        run(1),
        clock=[-1, 0, 50, None, 100, 70, 200, 250, 260, 300],
        distance=[0, 0, None, 0.6, 0.3, 0.5, 0.7, -1, "NaN", 1.0],
    )
    assert {"400m": (100, 100, "recording")}.items() <= efforts(whole).items()
    assert efforts(whole) == efforts(holed)


def test_a_distance_that_shrinks_was_as_long_before(shelf: Shelf) -> None:
    """The way covered is the farthest until then."""
    database = folded(shelf, run(1), clock=[0, 100, 200, 300, 400], distance=[0, 0.4, 0.3, 0.4, 0.81])
    assert [about(400 * 100 / 410), about(400 - 0.00533 / 0.4 * 100)] == [
        one[0] for one in efforts(database).values()
    ]


@pytest.mark.parametrize("clock", [[0, 0, 0, 0], [5, 5, 5, 5], [300, 200, 100, 0]])
def test_no_effort_takes_no_time(shelf: Shelf, clock: list[float]) -> None:
    """A clock that stands, or runs backwards, measures nothing."""
    database = folded(shelf, run(1, distance=0.1), clock=clock, distance=[0, 0.3, 0.6, 0.9])
    assert ({}, {}) == (efforts(database), efforts(database, flagged=True))


def test_a_jump_is_flagged_and_the_run_without_it_counts(shelf: Shelf) -> None:
    """Four kilometres in a second: what was run before and after stands on its own."""
    series = paced((600, 2), (1, 4), (600, 2), every_s=5)
    database = folded(shelf, run(1, distance=8.0), **series)
    counted, flagged = efforts(database), efforts(database, flagged=True)
    assert ["400m", "1/2mi", "1km", "1mi"] == list(counted)
    assert {"400m": 120, "1km": 300} == {name: about(counted[name][0]) for name in ("400m", "1km")}
    # Two miles and five kilometres were never run without it, though the latter in a human time.
    assert ["400m", "1/2mi", "1km", "1mi", "2mi", "5km"] == list(flagged)
    assert about(1 + 300) == flagged["5km"][0]


def test_a_small_jump_does_not_make_a_short_record(shelf: Shelf) -> None:
    """200 m in a second within 400 m would take 61 s: slower than the record, faster than was run."""
    database = folded(shelf, run(1), **paced((300, 1), (1, 0.2), (300, 1), every_s=1))
    assert (about(120), about(61)) == (
        efforts(database)["400m"][0],
        efforts(database, flagged=True)["400m"][0],
    )


def test_a_watch_that_finds_its_place_again_has_not_jumped(shelf: Shelf) -> None:
    """A minute without satellites, then 200 m at once: the way is spread over the minute, and all of it counts."""
    database = folded(shelf, run(1), **paced((300, 1), (59, 0), (1, 0.2), (300, 1), every_s=1))
    found = efforts(database)
    assert ["400m", "1/2mi", "1km", "1mi"] == list(found)
    assert [about(120), about(300), about(60 + 1.40934 * 300)] == [
        found[name][0] for name in ("400m", "1km", "1mi")
    ]


def test_a_ride_is_flagged_and_the_run_before_it_stands_beside_it(shelf: Shelf) -> None:
    """At 60 km/h without a jump: every stretch with a part of it is beyond human, and none of them counts."""
    database = folded(shelf, run(1, distance=6.0), **paced((1500, 5), (60, 1), every_s=1))
    counted, flagged = efforts(database), efforts(database, flagged=True)
    assert ["400m", "1/2mi", "1km", "1mi", "2mi", "5km"] == list(flagged) == list(counted)
    assert [about(120), about(300), about(1500)] == [counted[name][0] for name in ("400m", "1km", "5km")]


# Where in the honest run the watch makes 900 m of 20 seconds, and the 5 km that were run on one side of it.
@pytest.mark.parametrize("before_km", [0, 0.5, 5, 5.5, 6])
def test_a_sprint_of_the_watch_sets_no_record(shelf: Shelf, before_km: float) -> None:
    """45 m/s for 20 s would make 1250 s of the 5 km; 1500 s were run, and likewise over every other distance."""
    stages = [(before_km * 300, before_km), (20, 0.9), ((6 - before_km) * 300, 6 - before_km)]
    database = folded(shelf, run(1, distance=6.9), **paced(*(one for one in stages if one[1]), every_s=1))
    counted, flagged = efforts(database), efforts(database, flagged=True)
    assert list(flagged) == list(counted)
    for name, (elapsed, _, _) in counted.items():
        length_km = value(database, "SELECT distance_km FROM effort_distances WHERE distance = ?", [name])
        assert about(float(length_km) * 300) == elapsed
    assert about(1250) == flagged["5km"][0]


def test_what_was_run_on_neither_side_of_a_sprint_does_not_count(shelf: Shelf) -> None:
    """Three kilometres before and after are no five."""
    database = folded(shelf, run(1, distance=6.9), **paced((900, 3), (20, 0.9), (900, 3), every_s=1))
    assert ["400m", "1/2mi", "1km", "1mi"] == list(efforts(database))
    assert ["400m", "1/2mi", "1km", "1mi", "2mi", "5km"] == list(efforts(database, flagged=True))


def test_a_drive_home_is_cut_off(shelf: Shelf) -> None:
    """With its red lights and its queues: only what was run counts."""
    drive = [(40, 0.6), (30, 0), (60, 1.2), (90, 0.5), (20, 0), (300, 6), (25, 0)]
    database = folded(shelf, run(1, distance=13.3), **paced((1560, 5.2), (45, 0), *drive, every_s=1))
    counted = efforts(database)
    assert ["400m", "1/2mi", "1km", "1mi", "2mi", "5km"] == list(counted)
    assert [about(300), about(1500)] == [counted[name][0] for name in ("1km", "5km")]
    assert "10km" in efforts(database, flagged=True)


def test_a_recording_without_an_honest_stretch_has_no_average_instead(shelf: Shelf) -> None:
    """The whole run's pace would hold the ride that was cut out."""
    database = folded(shelf, run(1, distance=1.0, duration=260.0), **paced((100, 0.3), (40, 0.5), (120, 0.2)))
    assert {} == efforts(database)
    assert ["400m", "1/2mi", "1km"] == list(efforts(database, flagged=True))


@pytest.mark.parametrize(("seconds", "flagged"), [(755, True), (756, False)])
def test_an_average_beyond_the_world_record_is_flagged(
    shelf: Shelf, seconds: float, *, flagged: bool
) -> None:
    """5 km in 12:35.36 is the limit."""
    database = open_database()
    database.apply([shelf.page(0, run(1, duration=seconds))])
    assert ["5km"] == list(efforts(database, flagged=flagged))
    assert {} == efforts(database, flagged=not flagged)


@pytest.mark.parametrize(("seconds", "flagged"), [(755, True), (756, False)])
def test_a_stretch_beyond_the_world_record_is_flagged(shelf: Shelf, seconds: float, *, flagged: bool) -> None:
    """The same limit, recorded."""
    database = folded(shelf, run(1), **paced((seconds, 5)))
    assert "5km" in efforts(database, flagged=flagged)
    assert "5km" not in efforts(database, flagged=not flagged)


def test_efforts_are_finite_and_of_known_distances(shelf: Shelf) -> None:
    """One row per run, distance and flag, ascending in time with distance."""
    database = folded(shelf, run(1, distance=51.0), **paced((51 * 300, 51)))
    found = efforts(database)
    assert [
        name for (name,) in rows(database, "SELECT distance FROM effort_distances ORDER BY distance_m")
    ] == list(found)
    times = [one[0] for one in found.values()]
    assert times == sorted(times)
    assert all(math.isfinite(one) and one > 0 for one in times)
