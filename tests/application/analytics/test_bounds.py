"""Records over distances do not contradict each other: where a longer effort allows more than was measured, the bound
is shown as a bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
from myrunstreak.analytics.best_models import BestEffort, Record
from myrunstreak.analytics.coverage import ATTEMPTS, MOST_A_SYNC
from myrunstreak.smashrun.limiter import REQUESTS_PER_HOUR
from myrunstreak.store.detail_queue import ATTEMPTS as QUEUE_ATTEMPTS
from myrunstreak.sync.details import RESERVED_REQUESTS

from tests.stage.drafts import Shelf, open_database, paced, recorded, run
from tests.stage.efforts import (
    ARRIVING,
    DISTANCES,
    METRES,
    Effort,
    Shown,
    asked,
    counted_out,
    some_efforts,
)

DAY = date(2026, 5, 1)
HISTORIES = 28


# The recordings have only begun to arrive: the fastest 1 km known is 5:01, a 5 km by its average is 4:13 a km.
def by_distance(efforts: Sequence[Effort]) -> dict[str, BestEffort]:
    """The answer about best efforts."""
    return {one.distance: one for one in asked(efforts).best_efforts().items}


def by_kind(efforts: Sequence[Effort]) -> dict[str, Record]:
    """The fastest of the answer about records."""
    items = asked(efforts).records().items
    return {one.kind.removeprefix("fastest_"): one for one in items if one.kind.startswith("fastest_")}


def approximately(shown: Shown) -> Shown:
    """The same but for how fractions come out."""
    return Shown(
        pytest.approx(shown.seconds, rel=1e-12),
        shown.activity_id,
        shown.source,
        shown.bounded_by,
        shown.measured,
        shown.earlier,
    )


@pytest.mark.parametrize("part", range(4))
def test_every_record_is_what_counting_by_hand_comes_to(part: int) -> None:
    """Both answers: holder, source, bound, what was measured, and who held it before."""
    sources = set[str]()
    for seed in range(part, HISTORIES, 4):
        efforts = some_efforts(seed)
        expected = {name: approximately(one) for name, one in counted_out(efforts).items()}
        found = by_distance(efforts)
        assert expected == {
            name: Shown(
                one.elapsed_s,
                one.activity_id,
                one.source,
                one.bounded_by,
                one.measured_s,
                tuple(holder.elapsed_s for holder in one.history),
            )
            for name, one in found.items()
        }, seed
        assert list(found) == [name for name in DISTANCES if name in found], seed
        by_hand = by_kind(efforts)
        assert expected == {
            name: Shown(
                one.value,
                one.activity_id or 0,
                one.source or "",
                one.bounded_by,
                one.measured,
                tuple(holder.value for holder in one.history),
            )
            for name, one in by_hand.items()
        }, seed
        assert list(by_hand) == list(found), seed
        sources |= {one.source for one in found.values()}
    assert {"recording", "average", "bound"} == sources


@pytest.mark.parametrize("seed", range(12))
def test_no_shorter_distance_is_slower_than_a_longer_one(seed: int) -> None:
    """By pace, for every two distances of an answer, whichever recordings have arrived."""
    efforts = [one for one in some_efforts(seed) if one.source == "average"]
    # Recordings of even runs: each contains its own shorter stretches.
    efforts += [
        Effort(100 + number, DAY, name, METRES[name] * (0.26 + number / 100))
        for number in range(seed % 4)
        for name in DISTANCES[: 3 + 4 * number]
    ]
    shown = list(by_distance(efforts).values())
    for shorter, longer in combinations(shown, 2):
        slack = 1e-9
        assert shorter.elapsed_s / shorter.distance_m <= longer.elapsed_s / longer.distance_m + slack


def test_the_pace_of_five_kilometres_bounds_the_kilometre() -> None:
    """4:13 at most, by the run of 5 km; the 5:01 that was measured stands beside it, what it beat in the history."""
    found = by_distance(ARRIVING)
    assert set(DISTANCES[:6]) == set(found)
    one = found["1km"]
    assert ("bound", pytest.approx(253.0), 3, date(2026, 5, 3), "5km", None) == (
        one.source,
        one.elapsed_s,
        one.activity_id,
        one.date,
        one.bounded_by,
        one.offset_s,
    )
    assert 301.0 == one.measured_s
    assert [(310.0, 1), (301.0, 2)] == [(holder.elapsed_s, holder.activity_id) for holder in one.history]
    assert ("average", None, None) == (
        found["5km"].source,
        found["5km"].bounded_by,
        found["5km"].measured_s,
    )
    assert one == asked(ARRIVING).best_efforts(distance="1 km").items[0]


def test_a_distance_without_any_effort_has_the_bound() -> None:
    """Nothing was measured, and there is no previous best."""
    one = by_distance(ARRIVING)["400m"]
    assert ("bound", pytest.approx(101.2), None, []) == (
        one.source,
        one.elapsed_s,
        one.measured_s,
        one.history,
    )


def test_what_was_measured_as_fast_stands() -> None:
    """A bound is no better than the same time on the clock."""
    efforts = [*ARRIVING, Effort(4, date(2026, 5, 4), "1km", 253.0)]
    one = by_distance(efforts)["1km"]
    assert ("recording", 253.0, 4, None) == (one.source, one.elapsed_s, one.activity_id, one.measured_s)
    assert [310.0, 301.0] == [holder.elapsed_s for holder in one.history]


def test_what_is_flagged_bounds_nothing() -> None:
    """A car's five kilometres say nothing about the runner's kilometre."""
    efforts = [*ARRIVING[:2], Effort(3, DAY, "5km", 700.0, "average", flagged=True)]
    assert {"1km", "400m", "1/2mi"} == set(by_distance(efforts))
    assert "recording" == by_distance(efforts)["1km"].source


def test_a_recording_speaks_for_itself() -> None:
    """Two quick ends around a slow middle: the mile's pace is no bound where the run's own kilometre was measured."""
    efforts = [Effort(1, DAY, "1km", 252.0), Effort(1, DAY, "1mi", 362.0)]
    one = by_distance(efforts)["1km"]
    assert ("recording", 252.0) == (one.source, one.elapsed_s)


def test_a_deleted_run_bounds_nothing() -> None:
    """It keeps its efforts, and they count nowhere."""
    answers = asked(ARRIVING)
    answers._database.execute("UPDATE activities SET deleted_at = now() WHERE activity_id = 3")
    assert ["recording"] == [
        one.source for one in answers.best_efforts().items if one.distance in {"1km", "5km"}
    ]


def test_the_bound_goes_when_the_recording_comes(tmp_path: Path) -> None:
    """From the average of a run to what its recording says: a fast finish, faster than even running gives."""
    shelf, database = Shelf(tmp_path), open_database()
    record = run(1, distance=5.0, duration=1500.0, hasDetails=1)
    answers = asked([])
    answers._database = database.connection  # type: ignore[assignment]
    database.apply([shelf.page(0, record)])
    assert {"bound", "average"} == {one.source for one in answers.best_efforts().items}
    assert (0, 1, 1) == (
        answers.records().coverage.recordings,
        answers.records().coverage.pending,
        answers.records().coverage.of,
    )
    database.apply([shelf.details(1, recorded(record, **paced((1240, 4), (260, 1))))])
    found = answers.best_efforts()
    assert {"recording"} == {one.source for one in found.items}
    assert (1, 0, 1, None) == (
        found.coverage.recordings,
        found.coverage.pending,
        found.coverage.of,
        found.coverage.complete_about,
    )
    kilometre = next(one for one in found.items if one.distance == "1km")
    assert pytest.approx(260, abs=0.02) == kilometre.elapsed_s


def waiting(here: int, queued: int, *, again: int = 0, **tuning: object) -> tuple[int, int, int, date | None]:
    """The coverage of so many runs with a recording here, so many that wait, and some whose recording is read again."""
    answers = asked([Effort(number, DAY, "1km", 300.0) for number in range(1, here + queued + 3)], **tuning)
    execute = answers._database.execute
    execute(f"UPDATE activities SET has_details = true WHERE activity_id <= {here + queued}")
    execute(f"UPDATE activities SET details_at = TIMESTAMP '2026-06-01' WHERE activity_id <= {here}")
    execute(
        "INSERT INTO details_queue BY NAME SELECT activity_id, TIMESTAMP '2026-06-01' AS enqueued_at, 0 AS attempts "
        f"FROM activities WHERE activity_id > {here - again} AND activity_id <= {here + queued}"
    )
    coverage = answers.records().coverage
    assert coverage == answers.best_efforts().coverage
    return coverage.recordings, coverage.of, coverage.pending, coverage.complete_about


@pytest.mark.parametrize(
    ("here", "queued", "again", "budget", "complete"),
    [
        (16, 44, 0, 2, date(2026, 12, 18)),
        (16, 43, 0, 2, date(2026, 12, 18)),
        (16, 42, 0, 2, date(2026, 12, 17)),
        (4, 1, 0, 200, date(2026, 11, 27)),
        (4, 1, 4, 1, date(2026, 12, 1)),
        (4, 4, 0, 0, None),
        (5, 0, 0, 200, None),
        (5, 0, 2, 200, None),
        (0, 0, 0, 200, None),
    ],
)
def test_every_answer_says_how_much_is_here_and_when_the_rest_will_be(
    here: int, queued: int, again: int, budget: int, complete: date | None
) -> None:
    """One sync a day, each with its budget; no day where details are off or none waits."""
    expected = (here, here + queued, queued, complete)
    assert expected == waiting(here, queued, again=again, detail_requests_per_sync=budget)


def test_what_was_asked_for_in_vain_too_often_does_not_wait() -> None:
    """It is one of the recordings that Smashrun has, and no day is promised for it."""
    assert ATTEMPTS == QUEUE_ATTEMPTS
    answers = asked([Effort(number, DAY, "1km", 300.0) for number in range(1, 4)], detail_requests_per_sync=1)
    answers._database.execute("UPDATE activities SET has_details = true")
    answers._database.execute(
        "INSERT INTO details_queue BY NAME SELECT activity_id, TIMESTAMP '2026-06-01' AS enqueued_at, "
        "CASE WHEN activity_id = 1 THEN 4 ELSE 5 END AS attempts FROM activities"
    )
    coverage = answers.records().coverage
    assert (0, 3, 1, date(2026, 11, 27)) == (
        coverage.recordings,
        coverage.of,
        coverage.pending,
        coverage.complete_about,
    )


def test_a_large_budget_is_held_to_what_an_hour_allows() -> None:
    """Smashrun's limit leaves about two hundred requests to one sync, whatever is allowed beyond."""
    assert REQUESTS_PER_HOUR - RESERVED_REQUESTS == MOST_A_SYNC
    assert date(2026, 11, 28) == waiting(0, 201, detail_requests_per_sync=5000)[-1]
